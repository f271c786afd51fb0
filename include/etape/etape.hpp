// SPDX-License-Identifier: BSL-1.0
// Everything: arrays, scalars, tapes, gradients.
#pragma once
#include <etape/api/tape.hpp>
