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

    // (1 + e)^2 for 0 <= e <= 1, with half the roundings of the square of the sum.
    template <class T>
    ETAPE_ALWAYS_INLINE T one_plus_squared(const T& e)
    {
        return lane::muladd(e, T(e + lane::constant<T>(2.0)), lane::constant<T>(1.0));
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
            return lane::select<T>(far, lane::constant<T>(1.3418505116100474e-3), lane::constant<T>(4.0)) * e / one_plus_squared(e);
        }
    }

    // The root of s = a^2 + Sign; from 2^30 on |a|, equal in double and without overflow of a^2.
    template <int Sign, class T>
    ETAPE_ALWAYS_INLINE T root_of_square(T& s, const T& a)
    {
        const T one = lane::constant<T>(1.0);
        if constexpr (Sign < 0 && !lane::rounds_once_v<T>)
        {
            s = (a - one) * (a + one);
        }
        else
        {
            s = lane::muladd(a, a, lane::constant<T>(Sign));
        }
        if constexpr (!lane::double_suffices_v<T>)
        {
            return lane::sqrt(s);
        }
        else
        {
            const T size = signed_away(a);
            return lane::select<T>(lane::gt(size, lane::constant<T>(0x1p30)), size, lane::sqrt(s));
        }
    }
    // 1/sqrt(a^2 + Sign); the derivative -a/sqrt(a^2 + Sign)^3 with the fewest roundings.
    template <int Sign, class T>
    ETAPE_ALWAYS_INLINE T over_root_of_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            V s;
            const V r = root_of_square<Sign>(s, a.v);
            return T(lane::constant<V>(1.0) / r, a.d * (-((a.v / r) / s)));
        }
        else
        {
            T s;
            return lane::constant<T>(1.0) / root_of_square<Sign>(s, a);
        }
    }
}
ETAPE_END_ARCH
