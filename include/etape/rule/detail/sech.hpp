// SPDX-License-Identifier: BSL-1.0
// Factors of the hyperbolic rules, written so that nothing overflows or cancels at any order of derivative.
#pragma once

#include <etape/rule/lane_power.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // |a| as a times a locally constant sign (1 at zero): smooth even functions of it keep all their derivatives
    // at zero, which abs, with its own derivative 0 there, would cut off after the first.
    template <class T>
    ETAPE_ALWAYS_INLINE T signed_away(const T& a)
    {
        return a *
            lane::select<T>(lane::lt(a, lane::zero<T>()), lane::constant<T>(-1.0),
                            lane::constant<T>(1.0));
    }

    // 1/cosh(a)^2 = 4 e/(1 + e)^2 with e = exp(-2|a|) <= 1; the derivative -2 tanh(a)/cosh(a)^2.
    template <class T>
    ETAPE_ALWAYS_INLINE T sech_squared(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = sech_squared(a.v);
            const auto t = lane::tanh(a.v);
            return T(s, a.d * (-(t + t) * s));
        }
        else if constexpr (!lane::double_suffices_v<T>)
        {
            // More digits than the constants below, and exponents enough.
            const T e = lane::exp(T(lane::constant<T>(-2.0) * signed_away(a)));
            const T s = lane::constant<T>(1.0) + e;
            return lane::constant<T>(4.0) * e / (s * s);
        }
        else
        {
            // Near the end of the exponents 4 e is a normal number where e is none any more: there e is exp(8) times as large, which
            // leaves its argument exact.
            const T x = lane::constant<T>(-2.0) * signed_away(a);
            const auto far = lane::lt(x, lane::constant<T>(-64.0));
            const T e = lane::exp(T(lane::select<T>(far, T(x + lane::constant<T>(8.0)), x)));
            const T s = lane::constant<T>(1.0) + e;
            return lane::select<T>(far, lane::constant<T>(1.3418505116100474e-3), lane::constant<T>(4.0)) * e / (s * s);
        }
    }

    // 1/sqrt(1 + a^2); from 2^30 on 1/|a|, equal in double and without overflow of a^2.
    template <class T>
    ETAPE_ALWAYS_INLINE T rsqrt_one_plus_square(const T& a)
    {
        const T one = lane::constant<T>(1.0);
        if constexpr (!lane::double_suffices_v<T>)
        {
            return one / lane::sqrt(T(a * a + one));
        }
        else
        {
            const T size = signed_away(a);
            return one /
                lane::select<T>(lane::gt(size, lane::constant<T>(0x1p30)), size,
                                lane::sqrt(lane::muladd(a, a, one)));
        }
    }
}
ETAPE_END_ARCH
