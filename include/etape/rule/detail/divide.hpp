// SPDX-License-Identifier: BSL-1.0
// Quotient and reciprocal from one division, for rules that need both.
#pragma once

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // y = a/b and r = 1/b. With FMA the quotient is a*r with one Newton correction,
    //     v0 = a r,   e = a - v0 b (exact),   y = v0 + e r,
    // within one ulp of a/b, so that the reverse rule (which reads r) costs no second division. Operands that
    // leave the range where 1/b and e are exact enough, and results that are not finite, take a real division.
    template <class T>
    ETAPE_ALWAYS_INLINE T divide(T& r, const T& a, const T& b)
    {
        if constexpr (lane::is_composite_v<T>)
        {
            return lane::lane_traits<T>::divide(r, a, b);
        }
        else if constexpr (lane::is_batch_v<T> && ETAPE_HAS_FMA)
        {
            constexpr bool wide = sizeof(lane::scalar_t<T>) == 8;
            const T low = lane::constant<T>(wide ? 0x1p-1020 : 0x1p-124);
            const T high = lane::constant<T>(wide ? 0x1p+1020 : 0x1p+124);
            r = lane::constant<T>(1.0) / b;
            const T v0 = a * r;
            const T e = lane::simd::fnma(v0, b, a);
            const T size = xsimd::abs(b);
            const auto ok = lane::mask_and(lane::mask_and(lane::ge(size, low), lane::le(size, high)),
                                           lane::le(xsimd::abs(v0), high));
            if (!lane::all(ok)) [[unlikely]]
            {
                return a / b;
            }
            // An exact v0 is kept as it is: 0 * r would otherwise lose the sign of zero.
            return lane::select<T>(lane::is_zero(e), v0, lane::simd::fma(e, r, v0));
        }
        else
        {
            r = lane::constant<T>(1.0) / b;
            return a / b;
        }
    }
}
ETAPE_END_ARCH
