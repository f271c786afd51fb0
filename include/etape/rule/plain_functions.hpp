// SPDX-License-Identifier: BSL-1.0
// The functions of the table on plain numbers: one text, ad::exp(2.0 * x), for these and for tracked ones.
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

// Packs, so that those of std, with a parameter for each number, are the better match where both are visible.
#define ETAPE_PLAIN(COUNT, NAME)                                                                  \
    template <class... A>                                                                          \
    requires(sizeof...(A) == COUNT && detail::plain_numbers<A...>) inline detail::plain_result_t<A...> NAME(A... a) \
    {                                                                                              \
        return rule::NAME::value(static_cast<detail::plain_result_t<A...>>(a)...);                 \
    }
#define ETAPE_PLAIN_UNARY(NAME) ETAPE_PLAIN(1, NAME)
#define ETAPE_PLAIN_BINARY(NAME) ETAPE_PLAIN(2, NAME)
#define ETAPE_PLAIN_TERNARY(NAME) ETAPE_PLAIN(3, NAME)
ETAPE_FOR_EACH_UNARY(ETAPE_PLAIN_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_PLAIN_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_PLAIN_TERNARY)
ETAPE_FOR_EACH_ORDERED(ETAPE_PLAIN_BINARY)
#undef ETAPE_PLAIN_TERNARY
#undef ETAPE_PLAIN_BINARY
#undef ETAPE_PLAIN_UNARY
#undef ETAPE_PLAIN
ETAPE_END_ARCH
