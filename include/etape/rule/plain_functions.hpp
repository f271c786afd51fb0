// SPDX-License-Identifier: BSL-1.0
// The functions of the table that <cmath> does not have, or not for every library, on plain numbers: one text for them and for tracked ones.
#pragma once
#include <type_traits>

#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // long double is not among them: special functions are compiled for double and float.
    template <class... A>
    concept plain_numbers = ((std::is_arithmetic_v<A> && !std::is_same_v<A, long double>)&&...);
    template <class... A>
    using plain_result_t = std::conditional_t<(std::is_same_v<A, float> && ...), float, double>;
}

#define ETAPE_PLAIN_UNARY(NAME)                                                                   \
    template <class A>                                                                             \
    requires(detail::plain_numbers<A>) inline detail::plain_result_t<A> NAME(A a)                  \
    {                                                                                              \
        return rule::NAME::value(static_cast<detail::plain_result_t<A>>(a));                       \
    }
#define ETAPE_PLAIN_BINARY(NAME)                                                                  \
    template <class A, class B>                                                                    \
    requires(detail::plain_numbers<A, B>) inline detail::plain_result_t<A, B> NAME(A a, B b)       \
    {                                                                                              \
        using T = detail::plain_result_t<A, B>;                                                    \
        return rule::NAME::value(static_cast<T>(a), static_cast<T>(b));                            \
    }
#define ETAPE_PLAIN_TERNARY(NAME)                                                                 \
    template <class A, class B, class C>                                                           \
    requires(detail::plain_numbers<A, B, C>) inline detail::plain_result_t<A, B, C> NAME(A a, B b, \
                                                                                         C c)      \
    {                                                                                              \
        using T = detail::plain_result_t<A, B, C>;                                                 \
        return rule::NAME::value(static_cast<T>(a), static_cast<T>(b), static_cast<T>(c));         \
    }
ETAPE_PLAIN_UNARY(digamma)
ETAPE_UNARY_ACTIVATION(ETAPE_PLAIN_UNARY)
ETAPE_BINARY_ACTIVATION(ETAPE_PLAIN_BINARY)
ETAPE_UNARY_LOGARITHMIC(ETAPE_PLAIN_UNARY)
ETAPE_BINARY_LOGARITHMIC(ETAPE_PLAIN_BINARY)
ETAPE_UNARY_NORMAL(ETAPE_PLAIN_UNARY)
ETAPE_UNARY_TRANSCENDENTAL(ETAPE_PLAIN_UNARY)
ETAPE_BINARY_GAMMA(ETAPE_PLAIN_BINARY)
ETAPE_TERNARY_GAMMA(ETAPE_PLAIN_TERNARY)
ETAPE_FOR_EACH_ORDERED(ETAPE_PLAIN_BINARY)
#undef ETAPE_PLAIN_UNARY
#undef ETAPE_PLAIN_BINARY
#undef ETAPE_PLAIN_TERNARY
ETAPE_END_ARCH
