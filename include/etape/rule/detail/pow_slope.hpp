// SPDX-License-Identifier: BSL-1.0
// The two partial derivatives of a^b, guarded where logarithm and quotient are not defined.
#pragma once

#include <limits>

#include <etape/rule/lane_power.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_exponent_slope_value(const T& a, const T& y)
    {
        const auto positive = lane::gt(a, lane::zero<T>());
        const T safe = lane::select<T>(positive, a, lane::constant<T>(1.0));
        return lane::select<T>(positive, y * lane::log(safe), lane::zero<T>());
    }

    // y log(a) for a > 0, else 0: no NaN from the logarithm. In the derivative y/a is finite where 1/a is not.
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_exponent_slope(const T& a, const T& y)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            const auto positive = lane::gt(a.v, lane::zero<V>());
            const V safe = lane::select<V>(positive, a.v, lane::constant<V>(1.0));
            const T inside(y.v * lane::log(safe), y.d * lane::log(safe) + a.d * (y.v / safe));
            return lane::select<T>(positive, inside, lane::zero<T>());
        }
        else
        {
            return pow_exponent_slope_value(a, y);
        }
    }

    // b a^(b-1). From y as b (y/a): cheap, and free of the rounding of b - 1, which a large log(a) would amplify.
    // Where a is 0 or y has left the normal range, the power itself: 2 a at a = 0 is 0, and its derivative is 2.
    template <class T>
    ETAPE_ALWAYS_INLINE auto pow_is_ordinary(const T& a, const T& y)
    {
        using S = lane::primal_t<T>;
        using limits = std::numeric_limits<lane::scalar_t<T>>;
        const S size = lane::abs(lane::primal(y));
        return lane::mask_and(
            lane::mask_not(lane::is_zero(a)),
            lane::mask_and(lane::ge(size, S(limits::min())), lane::le(size, S(limits::max()))));
    }
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_base_slope_anywhere(const T& a, const T& b)
    {
        const auto origin = lane::mask_and(lane::is_zero(a), lane::is_zero(b));
        return lane::select<T>(origin, lane::zero<T>(),
                               b * lane::pow(a, T(b - lane::constant<T>(1.0))));
    }
    // For a < 0 the exponent is an integer, else the power is NaN: the same number without a derivative.
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_exponent(const T& a, const T& b)
    {
        if constexpr (lane::is_composite_v<T>)
        {
            const auto negative = lane::lt(a, lane::zero<T>());
            if (lane::any(negative)) [[unlikely]]
            {
                return lane::select<T>(negative, lane::floor(b), b);
            }
        }
        return b;
    }

    // As a function of a and b, with y = a^b: in the derivative, b - 1 and 1 + b log(a) are formed without y', and nothing is
    // divided by the square of a.
    template <class T>
    ETAPE_ALWAYS_INLINE T pow_base_slope(const T& a, const T& exponent, const T& y)
    {
        const T b = pow_exponent(a, exponent);
        const auto ok = pow_is_ordinary(a, y);
        T s;
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            const V one = lane::constant<V>(1.0);
            const V p = pow_base_slope(a.v, b.v, y.v);
            // Divided by a before the products where these would overflow, after them where the quotient would underflow.
            const auto large = lane::mask_and(lane::gt(a.v, one), lane::gt(lane::abs(y.v), one));
            const V before = lane::select<V>(large, a.v, one), after = lane::select<V>(large, one, a.v);
            s = T(p,
                  a.d * (((b.v - one) * (p / before)) / after) +
                      b.d * ((y.v / before + b.v * (pow_exponent_slope(a.v, y.v) / before)) / after));
        }
        else
        {
            // A factor below 1 first: y/a alone may overflow, and where y is small it may leave the normal range.
            const T one = lane::constant<T>(1.0);
            const auto below = lane::mask_or(lane::lt(lane::abs(b), one), lane::lt(lane::abs(y), one));
            s = lane::select<T>(below, one, b) * (lane::select<T>(below, b, one) * y / a);
        }
        if (lane::all(ok)) [[likely]]
        {
            return s;
        }
        return lane::select<T>(ok, s, pow_base_slope_anywhere(a, b));
    }
}
ETAPE_END_ARCH
