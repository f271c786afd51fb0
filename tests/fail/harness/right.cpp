// SPDX-License-Identifier: BSL-1.0
// The runner accepts this one: refused with the text, and fine as control.
// EXPECT: etape: [the] message; that 'users' see
#include <etape/core/config.hpp>

#ifndef ETAPE_CONTROL
static_assert(sizeof(int) == 0, "etape: [the] message; that 'users' see");
#endif
