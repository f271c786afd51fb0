// SPDX-License-Identifier: BSL-1.0
// Mathematical constants as lanes, in the full precision of the lane's scalar (multiprecision too).
#pragma once

#include <numbers>

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    // Built-in types round the long double constant once; other types evaluate a formula in their precision.
#define ETAPE_LANE_CONSTANT(NAME, VALUE, FORMULA)                                                  \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME()                                                                   \
    {                                                                                              \
        using S = scalar_t<T>;                                                                     \
        if constexpr (std::is_floating_point_v<S>)                                                 \
        {                                                                                          \
            return T(static_cast<S>(VALUE));                                                       \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            return T(S(FORMULA));                                                                  \
        }                                                                                          \
    }
    ETAPE_LANE_CONSTANT(ln_2, std::numbers::ln2_v<long double>, log(S(2)))
    ETAPE_LANE_CONSTANT(ln_10, std::numbers::ln10_v<long double>, log(S(10)))
    ETAPE_LANE_CONSTANT(log2_e, std::numbers::log2e_v<long double>, 1 / log(S(2)))
    ETAPE_LANE_CONSTANT(log10_e, std::numbers::log10e_v<long double>, 1 / log(S(10)))
    ETAPE_LANE_CONSTANT(pi, std::numbers::pi_v<long double>, acos(S(-1)))
    ETAPE_LANE_CONSTANT(two_over_sqrt_pi, 2 * std::numbers::inv_sqrtpi_v<long double>,
                        2 / sqrt(acos(S(-1))))
    ETAPE_LANE_CONSTANT(over_sqrt_two_pi, std::numbers::inv_sqrtpi_v<long double> / std::numbers::sqrt2_v<long double>,
                        1 / sqrt(2 * acos(S(-1))))
#undef ETAPE_LANE_CONSTANT
}
ETAPE_END_ARCH
