// SPDX-License-Identifier: BSL-1.0
// Rules of comparisons and logical operators: lanes of 1 and 0 that control and carry no derivative.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_UNARY_OPERATORS_COMPARISON(X) X(logical_not, !)
#define ETAPE_BINARY_OPERATORS_COMPARISON(X)                                                       \
    X(less, <) X(less_equal, <=) X(greater, >) X(greater_equal, >=) X(equal_to, ==)                \
    X(not_equal_to, !=) X(logical_and, &&) X(logical_or, ||)

ETAPE_BEGIN_ARCH
namespace rule
{
#define ETAPE_COMPARISON_ROW(NAME, MASK)                                                           \
    struct NAME : row<arg_kind::control, arg_kind::control>                                        \
    {                                                                                              \
        ETAPE_ROW(NAME, 1, 0.5, 0.5, "none", "only controls: no derivative")                       \
        ETAPE_DOMAIN(everywhere, everywhere)                                                            \
        ETAPE_NEEDS(need::nothing, need::nothing)                                                  \
        ETAPE_VALUE2(lane::mask_to_lane<T>(MASK))                                                  \
        ETAPE_NO_AUX                                                                               \
        ETAPE_PULL2(lane::zero<T>(), lane::zero<T>())                                              \
        ETAPE_PUSH2(lane::zero_like(da))                                                           \
    };
    ETAPE_COMPARISON_ROW(less, lane::lt(a, b))
    ETAPE_COMPARISON_ROW(less_equal, lane::le(a, b))
    ETAPE_COMPARISON_ROW(greater, lane::gt(a, b))
    ETAPE_COMPARISON_ROW(greater_equal, lane::ge(a, b))
    ETAPE_COMPARISON_ROW(equal_to, lane::eq(a, b))
    ETAPE_COMPARISON_ROW(not_equal_to, lane::ne(a, b))
    ETAPE_COMPARISON_ROW(logical_and,
                         lane::mask_not(lane::mask_or(lane::is_zero(a), lane::is_zero(b))))
    ETAPE_COMPARISON_ROW(logical_or,
                         lane::mask_not(lane::mask_and(lane::is_zero(a), lane::is_zero(b))))
#undef ETAPE_COMPARISON_ROW

    struct logical_not : row<arg_kind::control>
    {
        ETAPE_ROW(logical_not, 1, 0.5, 0.5, "none", "only controls: no derivative")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::mask_to_lane<T>(lane::is_zero(a)))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };
}
ETAPE_END_ARCH
