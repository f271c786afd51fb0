// SPDX-License-Identifier: BSL-1.0
// Logistic functions from exp(-|a|): nothing overflows, and both tails keep their relative accuracy.
#pragma once

#include <etape/rule/detail/sech.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // up = sigmoid(a), down = sigmoid(-a) = 1 - up without cancellation
    template <class T>
    struct logistic_pair
    {
        T up, down;
    };
    // Both, and their product, the derivative of up. Its own derivative -tanh(a/2) up down vanishes at 0 without cancellation.
    template <class T>
    ETAPE_ALWAYS_INLINE logistic_pair<T> logistic_with_slope(T& slope, const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            V s;
            const auto y = logistic_with_slope(s, a.v);
            slope = T(s, a.d * (-lane::tanh(V(lane::constant<V>(0.5) * a.v)) * s));
            return {T(y.up, a.d * s), T(y.down, a.d * (-s))};
        }
        else
        {
            const T e = lane::exp(T(-signed_away(a)));
            const T large = lane::constant<T>(1.0) / (lane::constant<T>(1.0) + e);
            const T small = e * large;
            slope = small * large;
            if constexpr (lane::rounds_once_v<T>)
            {
                // e/(1 + e)^2 by one Newton correction: without a second division, and without the roundings of 1 + e, twice.
                slope = lane::muladd(lane::nmuladd(slope, one_plus_squared(e), e), T(large * large), slope);
            }
            const auto negative = lane::lt(a, lane::zero<T>());
            return {lane::select<T>(negative, small, large), lane::select<T>(negative, large, small)};
        }
    }
    template <class T>
    ETAPE_ALWAYS_INLINE logistic_pair<T> logistic(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            using V = std::remove_cvref_t<decltype(a.v)>;
            V s;
            const auto y = logistic_with_slope(s, a.v);
            return {T(y.up, a.d * s), T(y.down, a.d * (-s))};
        }
        else
        {
            T unused;
            return logistic_with_slope(unused, a);
        }
    }

    // sigmoid'(a) = 1/(4 cosh(a/2)^2), for forward rules
    template <class T>
    ETAPE_ALWAYS_INLINE T logistic_slope(const T& a)
    {
        const auto half = lane::constant<T>(0.5);
        return lane::constant<T>(0.25) * sech_squared(T(half * a));
    }

    // log(1 + exp(a)): the part above zero is a itself, what is left is smooth and at most log 2.
    template <class T>
    ETAPE_ALWAYS_INLINE T soft_maximum(const T& a)
    {
        const auto positive = lane::gt(a, lane::zero<T>());
        return lane::select<T>(positive, a, lane::zero<T>()) + lane::log1p(T(lane::exp(T(-signed_away(a)))));
    }

    // log(a/(1 - a)). Near 1/2 the quotient rounds to 1 and the digits are lost; there, exactly,
    //     a/(1 - a) = 1 + (2 a - 1)/(1 - a).
    template <class T>
    ETAPE_ALWAYS_INLINE T log_odds(const T& a)
    {
        const T one = lane::constant<T>(1.0);
        const T rest = one - a;
        const auto middle = lane::mask_and(lane::gt(a, lane::constant<T>(0.25)), lane::lt(a, lane::constant<T>(0.75)));
        return lane::select<T>(middle, lane::log1p(T(((a + a) - one) / rest)), lane::log(T(a / rest)));
    }
}
ETAPE_END_ARCH
