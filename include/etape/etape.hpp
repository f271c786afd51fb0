// SPDX-License-Identifier: BSL-1.0
// Everything: arrays, scalars, dual numbers, tapes, derivatives of any order, verification.
#pragma once
#include <etape/api/batch_jacobian.hpp>
#include <etape/api/checkpoint.hpp>
#include <etape/api/custom_rule.hpp>
#include <etape/api/forward_accumulator.hpp>
#include <etape/api/fused.hpp>
#include <etape/api/grad.hpp>
#include <etape/api/hessian.hpp>
#include <etape/api/jacobian.hpp>
#include <etape/api/jacobians.hpp>
#include <etape/api/jvp.hpp>
#include <etape/api/map.hpp>
#include <etape/api/map_reduce.hpp>
#include <etape/api/preaccumulate.hpp>
#include <etape/api/revolve.hpp>
#include <etape/api/tape.hpp>
#include <etape/api/tape_jacobian.hpp>
#include <etape/array/detach.hpp>
#include <etape/array/xtensor_functions.hpp>
#include <etape/dual/dual.hpp>
#include <etape/dual/functions.hpp>
#include <etape/linalg/blas_refusals.hpp>
#include <etape/linalg/linalg.hpp>
#include <etape/linalg/matmul.hpp>
#include <etape/verify/checked_recording.hpp>
#include <etape/verify/compare.hpp>
