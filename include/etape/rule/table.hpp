// SPDX-License-Identifier: BSL-1.0
// The rule table: every row, as X-macro lists (names) and as a Hana list of types.
#pragma once

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <etape/rule/activation.hpp>
#include <etape/rule/arithmetic.hpp>
#include <etape/rule/bessel.hpp>
#include <etape/rule/comparison.hpp>
#include <etape/rule/exponential.hpp>
#include <etape/rule/gamma.hpp>
#include <etape/rule/hyperbolic.hpp>
#include <etape/rule/logarithmic.hpp>
#include <etape/rule/normal.hpp>
#include <etape/rule/power.hpp>
#include <etape/rule/rounding.hpp>
#include <etape/rule/selection.hpp>
#include <etape/rule/sign.hpp>
#include <etape/rule/special.hpp>
#include <etape/rule/transcendental.hpp>
#include <etape/rule/trigonometric.hpp>

// X(rule name, operator token)
#define ETAPE_FOR_EACH_UNARY_OPERATOR(X)                                                           \
    ETAPE_UNARY_OPERATORS_ARITHMETIC(X) ETAPE_UNARY_OPERATORS_COMPARISON(X)
#define ETAPE_FOR_EACH_BINARY_OPERATOR(X)                                                          \
    ETAPE_BINARY_OPERATORS_ARITHMETIC(X) ETAPE_BINARY_OPERATORS_COMPARISON(X)
// X(rule name), which is also the name of the function
#define ETAPE_FOR_EACH_UNARY(X)                                                                    \
    ETAPE_UNARY_SIGN(X) ETAPE_UNARY_POWER(X) ETAPE_UNARY_EXPONENTIAL(X)                            \
    ETAPE_UNARY_TRIGONOMETRIC(X) ETAPE_UNARY_HYPERBOLIC(X) ETAPE_UNARY_SPECIAL(X)                  \
    ETAPE_UNARY_ROUNDING(X) ETAPE_UNARY_ACTIVATION(X) ETAPE_UNARY_LOGARITHMIC(X) \
    ETAPE_UNARY_NORMAL(X) ETAPE_UNARY_TRANSCENDENTAL(X)
#define ETAPE_FOR_EACH_BINARY(X)                                                                   \
    ETAPE_BINARY_SIGN(X) ETAPE_BINARY_POWER(X) ETAPE_BINARY_TRIGONOMETRIC(X)                       \
    ETAPE_BINARY_ROUNDING(X) ETAPE_BINARY_SELECTION(X) ETAPE_BINARY_ACTIVATION(X) \
    ETAPE_BINARY_LOGARITHMIC(X) ETAPE_BINARY_GAMMA(X)
#define ETAPE_FOR_EACH_TERNARY(X)                                                                  \
    ETAPE_TERNARY_ARITHMETIC(X) ETAPE_TERNARY_SELECTION(X) ETAPE_TERNARY_GAMMA(X)
// f(order, x): the order is a plain number
#define ETAPE_FOR_EACH_ORDERED(X) ETAPE_ORDERED_GAMMA(X) ETAPE_ORDERED_BESSEL(X)

ETAPE_BEGIN_ARCH
namespace rule
{
    namespace detail
    {
        template <class Separator, class... Rows>
        struct rows
        {
            static_assert((complete_row<Rows> && ...), "etape: a row of the rule table lacks a member");
            static constexpr auto table = boost::hana::tuple_t<Rows...>;
        };
        struct first;
    }

#define ETAPE_ROW_TYPE(NAME, ...) , NAME
    inline constexpr auto table = detail::rows<
        detail::first ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_ROW_TYPE)
            ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_ROW_TYPE) ETAPE_FOR_EACH_UNARY(ETAPE_ROW_TYPE)
                ETAPE_FOR_EACH_BINARY(ETAPE_ROW_TYPE) ETAPE_FOR_EACH_TERNARY(ETAPE_ROW_TYPE)
                    ETAPE_FOR_EACH_ORDERED(ETAPE_ROW_TYPE)>::table;
#undef ETAPE_ROW_TYPE
}
ETAPE_END_ARCH
