// SPDX-License-Identifier: BSL-1.0
// 1 - a^2, 1 + a^2 and a (1 - a) in rules: exact where the plain form cancels, with derivatives that do not cancel either.
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
        else
        {
            return (lane::constant<T>(1.0) - a) * (lane::constant<T>(1.0) + a);
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
        else
        {
            return a * (lane::constant<T>(1.0) - a);
        }
    }

    // 1/(1 + a^2); the derivative -2 a s^2, where a^2 may have overflowed.
    template <class T>
    ETAPE_ALWAYS_INLINE T over_one_plus_square(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = over_one_plus_square(a.v);
            return T(s, a.d * (-(s * a.v + s * a.v) * s));
        }
        else
        {
            return lane::constant<T>(1.0) / lane::muladd(a, a, lane::constant<T>(1.0));
        }
    }
}
ETAPE_END_ARCH
