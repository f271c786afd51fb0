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
            r = lane::constant<T>(1.0) / b;
            const T v0 = a * r;
            const T v = lane::simd::fma(lane::simd::fnma(v0, b, a), r, v0);
            // Infinite operands, a reciprocal or a quotient out of range: the correction is NaN, and the division decides.
            if (lane::any(lane::isnan(v))) [[unlikely]]
            {
                return a / b;
            }
            // v0 has the quotient's sign; the correction of an exact -0 would turn it positive.
            return v | (v0 & lane::constant<T>(-0.0));
        }
        else
        {
            r = lane::constant<T>(1.0) / b;
            return a / b;
        }
    }
}
ETAPE_END_ARCH
