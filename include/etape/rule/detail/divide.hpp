// SPDX-License-Identifier: BSL-1.0
// Quotient and reciprocal from one division, for rules that need both.
#pragma once
#include <limits>

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

    // The same for a divisor that a loop does not change: what depends on b alone is hoisted out of it, and two operations stay
    // where divide() has eight. With h just below 1/b in magnitude and l = 1/b - h, of the same sign and never 0,
    //     y = fma(a, h, a l)
    // is within 0.51 ulp of a/b, and right for infinities, NaN and signed zeros of a without a look at them.
    template <class T>
    ETAPE_ALWAYS_INLINE T divide_by_uniform(T& r, const T& a, const T& b)
    {
        if constexpr (lane::is_batch_v<T> && ETAPE_HAS_FMA)
        {
            using number = typename T::value_type;
            using limits = std::numeric_limits<number>;
            const T one = lane::constant<T>(1.0);
            r = one / b;
            // Before the branch: compilers hoist what may trap only if every iteration computes it.
            const T h = r * T(1 - limits::epsilon());
            const T l = lane::simd::fnma(h, b, one) * r;
            // Inside, h and l are exact enough; a NaN is outside.
            const T size = lane::abs(b);
            const auto inside = lane::mask_and(lane::ge(size, T(4 * limits::min())), lane::le(size, T(1 / (4 * limits::min()))));
            if (!lane::all(inside)) [[unlikely]]
            {
                return a / b;
            }
            return lane::simd::fma(a, h, a * l);
        }
        else
        {
            return divide(r, a, b);
        }
    }
}
ETAPE_END_ARCH
