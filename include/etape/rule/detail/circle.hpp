// SPDX-License-Identifier: BSL-1.0
// Reciprocals of 1 - a^2, its root, 1 + a^2 and a (1 - a): nothing cancels, and the derivatives are written with the fewest roundings.
#pragma once

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // (1 - a)(1 + a); the derivative -2 a, which the product rule would get from (1 - a) - (1 + a).
    template <class T>
    ETAPE_ALWAYS_INLINE T one_minus_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            return T(one_minus_square(a.v), a.d * (-(a.v + a.v)));
        }
        else if constexpr (lane::rounds_once_v<T>)
        {
            return lane::nmuladd(a, a, lane::constant<T>(1.0));
        }
        else
        {
            return (lane::constant<T>(1.0) - a) * (lane::constant<T>(1.0) + a);
        }
    }
    // 1/(1 - a^2); the derivative 2 a/(1 - a^2)^2
    template <class T>
    ETAPE_ALWAYS_INLINE T over_one_minus_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = one_minus_square(a.v);
            return T(over_one_minus_square(a.v), a.d * (((a.v + a.v) / s) / s));
        }
        else
        {
            return lane::constant<T>(1.0) / one_minus_square(a);
        }
    }
    // 1/sqrt(1 - a^2); the derivative a/sqrt(1 - a^2)^3
    template <class T>
    ETAPE_ALWAYS_INLINE T over_root_one_minus_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = one_minus_square(a.v);
            return T(over_root_one_minus_square(a.v), a.d * (a.v / (s * lane::sqrt(s))));
        }
        else
        {
            return lane::constant<T>(1.0) / lane::sqrt(one_minus_square(a));
        }
    }

    // a (1 - a), the derivative 1 - 2 a from 1/2 - a, which is exact near its zero.
    template <class T>
    ETAPE_ALWAYS_INLINE T times_complement(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            const V rest = lane::constant<V>(0.5) - a.v;
            return T(times_complement(a.v), a.d * (rest + rest));
        }
        else if constexpr (lane::rounds_once_v<T>)
        {
            return lane::nmuladd(a, a, a);
        }
        else
        {
            return a * (lane::constant<T>(1.0) - a);
        }
    }
    // 1/(a (1 - a)); the derivative (2 a - 1)/(a (1 - a))^2
    template <class T>
    ETAPE_ALWAYS_INLINE T over_times_complement(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            const V s = times_complement(a.v), rest = a.v - lane::constant<V>(0.5);
            return T(over_times_complement(a.v), a.d * (((rest + rest) / s) / s));
        }
        else
        {
            return lane::constant<T>(1.0) / times_complement(a);
        }
    }

    // 1/(1 + a^2); the derivative -2 a/(1 + a^2)^2, where a^2 may have overflowed.
    template <class T>
    ETAPE_ALWAYS_INLINE T over_one_plus_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            const V s = lane::muladd(a.v, a.v, lane::constant<V>(1.0));
            return T(over_one_plus_square(a.v), a.d * (-(((a.v + a.v) / s) / s)));
        }
        else
        {
            return lane::constant<T>(1.0) / lane::muladd(a, a, lane::constant<T>(1.0));
        }
    }
}
ETAPE_END_ARCH
