// SPDX-License-Identifier: BSL-1.0
// Quotients by a norm, defined as zero at the origin.
#pragma once

#include <etape/rule/lane_power.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // a/y, and 0 where y is 0.
    template <class T>
    ETAPE_ALWAYS_INLINE T ratio_or_zero(const T& a, const T& y)
    {
        return lane::select<T>(lane::is_zero(y), lane::zero<T>(), a / y);
    }

    // p/(a^2 + b^2), and 0 at the origin. Squares that leave the range of the type are avoided by a second division.
    template <class T>
    ETAPE_ALWAYS_INLINE T over_squares(const T& p, const T& a, const T& b)
    {
        constexpr bool wide = sizeof(lane::scalar_t<T>) >= 8;
        const T r = lane::muladd(a, a, b * b);
        const auto ok = lane::mask_and(lane::ge(r, lane::constant<T>(wide ? 1e-280 : 1e-28)),
                                       lane::le(r, lane::constant<T>(wide ? 1e300 : 1e37)));
        if (lane::all(ok)) [[likely]]
        {
            return p / r;
        }
        const T h = lane::hypot(a, b);
        return ratio_or_zero(ratio_or_zero(p, h), h);
    }
}
ETAPE_END_ARCH
