// SPDX-License-Identifier: BSL-1.0
// The two partial derivatives of a^b, guarded where logarithm and quotient are not defined.
#pragma once

#include <limits>

#include <etape/rule/lane_power.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // b a^(b-1). From y as b (y/a): cheap, and free of the rounding of b - 1, which a large log(a) would amplify.
    // Where a is 0 or y has left the normal range, the power itself: 2 a at a = 0 is 0, and its derivative is 2.
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_base_slope(const T& a, const T& b, const T& y)
    {
        using S = lane::primal_t<T>;
        using limits = std::numeric_limits<lane::scalar_t<T>>;
        const S size = lane::abs(lane::primal(y));
        const auto ok = lane::mask_and(
            lane::mask_not(lane::is_zero(a)),
            lane::mask_and(lane::ge(size, S(limits::min())), lane::le(size, S(limits::max()))));
        if (lane::all(ok)) [[likely]]
        {
            return b * (y / a);
        }
        const auto origin = lane::mask_and(lane::is_zero(a), lane::is_zero(b));
        return lane::select<T>(origin, lane::zero<T>(), b * lane::pow(a, T(b - lane::constant<T>(1.0))));
    }

    // y log(a) for a > 0, else 0: no NaN from the logarithm.
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_exponent_slope(const T& a, const T& y)
    {
        const auto positive = lane::gt(a, lane::zero<T>());
        const T safe = lane::select<T>(positive, a, lane::constant<T>(1.0));
        return lane::select<T>(positive, y * lane::log(safe), lane::zero<T>());
    }
}
ETAPE_END_ARCH
