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

    // a/y of y = hypot(a, b), and 0 at the origin. The derivative (b da - a db) b/y^3 has no square that cancels.
    template <class T>
    ETAPE_ALWAYS_INLINE T direction_cosine(const T& a, const T& b, const T& y)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto p = direction_cosine(a.v, b.v, y.v);
            const auto q = direction_cosine(b.v, a.v, y.v);
            return T(p, (a.d * q - b.d * p) * ratio_or_zero(q, y.v));
        }
        else
        {
            return ratio_or_zero(a, y);
        }
    }

    // n/(p^2 + q^2), and 0 at the origin. Squares that leave the range of the type are avoided by a second division.
    template <class T>
    ETAPE_ALWAYS_INLINE T over_squares_value(const T& n, const T& p, const T& q)
    {
        constexpr bool wide = sizeof(lane::scalar_t<T>) >= 8;
        const T r = lane::muladd(p, p, q * q);
        const auto ok = lane::mask_and(lane::ge(r, lane::constant<T>(wide ? 1e-280 : 1e-28)),
                                       lane::le(r, lane::constant<T>(wide ? 1e300 : 1e37)));
        if (lane::all(ok)) [[likely]]
        {
            return n / r;
        }
        const T h = lane::hypot(p, q);
        return ratio_or_zero(ratio_or_zero(n, h), h);
    }
    // p/(p^2 + q^2), where p is a or b and q the other. With P, Q = p, q/(p^2 + q^2) the derivative is (Q^2 - P^2) dp - 2 P Q dq.
    template <class T>
    ETAPE_ALWAYS_INLINE T over_squares(const T& p, const T& q)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = over_squares(p.v, q.v);
            const auto t = over_squares(q.v, p.v);
            using V = std::remove_cvref_t<decltype(p.v)>;
            const V difference = over_squares_value(V(q.v - p.v), p.v, q.v),
                    sum = over_squares_value(V(q.v + p.v), p.v, q.v);
            return T(s, p.d * (difference * sum) - q.d * (s + s) * t);
        }
        else
        {
            return over_squares_value(p, p, q);
        }
    }
}
ETAPE_END_ARCH
