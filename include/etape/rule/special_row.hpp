// SPDX-License-Identifier: BSL-1.0
// How a row over a compiled special function is written: value, reverse and forward rule are its partial derivatives.
#pragma once

#include <etape/rule/detail/special_lanes.hpp>
#include <etape/rule/row.hpp>

// Arguments before FIRST are parameters.
#define ETAPE_SPECIAL_CALL(NAME, FIRST, ORDERS, ...)                                               \
    (lane::special<lane::special_function::NAME, FIRST, ORDERS>(__VA_ARGS__))
#define ETAPE_SPECIAL_ROW1(NAME)                                                                   \
    static constexpr bool any_precision = false;                                                   \
    ETAPE_NEEDS(need::arg0)                                                                        \
    ETAPE_VALUE1(ETAPE_SPECIAL_CALL(NAME, 0, 0, a))                                                \
    ETAPE_NO_AUX                                                                                   \
    ETAPE_PULL1(lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a)))               \
    ETAPE_PUSH1(lane::times(da, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a)))
#define ETAPE_SPECIAL_ROW2(NAME)                                                                   \
    static constexpr bool any_precision = false;                                                   \
    ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)                                  \
    ETAPE_VALUE2(ETAPE_SPECIAL_CALL(NAME, 0, 0, a, b))                                             \
    ETAPE_NO_AUX                                                                                   \
    ETAPE_PULL2(lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a, b)),            \
                lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(1), a, b)))            \
    ETAPE_PUSH2(lane::times(da, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a, b)) +          \
                lane::times(db, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(1), a, b)))
#define ETAPE_SPECIAL_ROW3(NAME)                                                                   \
    static constexpr bool any_precision = false;                                                   \
    ETAPE_NEEDS(need::arg0 | need::arg1 | need::arg2, need::arg0 | need::arg1 | need::arg2,        \
                need::arg0 | need::arg1 | need::arg2)                                              \
    ETAPE_VALUE3(ETAPE_SPECIAL_CALL(NAME, 0, 0, a, b, c))                                          \
    ETAPE_NO_AUX                                                                                   \
    ETAPE_PULL3(lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a, b, c)),         \
                lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(1), a, b, c)),         \
                lane::times(g, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(2), a, b, c)))         \
    ETAPE_PUSH3(lane::times(da, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(0), a, b, c)) +       \
                lane::times(db, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(1), a, b, c)) +       \
                lane::times(dc, ETAPE_SPECIAL_CALL(NAME, 0, runtime::once_by(2), a, b, c)))
// f(order, x)
#define ETAPE_SPECIAL_ROW_OF_ORDER(NAME)                                                           \
    static constexpr bool any_precision = false;                                                   \
    ETAPE_NEEDS(need::nothing, need::arg0 | need::arg1)                                            \
    ETAPE_VALUE2(ETAPE_SPECIAL_CALL(NAME, 1, 0, a, b))                                             \
    ETAPE_NO_AUX                                                                                   \
    ETAPE_PULL2(lane::zero<T>(), lane::times(g, ETAPE_SPECIAL_CALL(NAME, 1, runtime::once_by(1), a, b))) \
    ETAPE_PUSH2(lane::times(db, ETAPE_SPECIAL_CALL(NAME, 1, runtime::once_by(1), a, b)))

ETAPE_BEGIN_ARCH
namespace rule
{
    using of_order = row<arg_kind::parameter, arg_kind::smooth>;
}
ETAPE_END_ARCH
