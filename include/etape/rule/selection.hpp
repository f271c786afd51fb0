// SPDX-License-Identifier: BSL-1.0
// Rules that choose between their arguments.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_TERNARY_SELECTION(X) X(where)

ETAPE_BEGIN_ARCH
namespace rule
{
    // The branch not taken contributes exactly nothing, also when it is NaN or infinite.
    struct where : row<arg_kind::control, arg_kind::smooth, arg_kind::smooth>
    {
        ETAPE_ROW(where, 1, 0.5, 0.5, "none, c != 0, c == 0", "the branch not taken contributes nothing")
        ETAPE_DOMAIN({0, 1}, {-10, 10}, {-10, 10})
        ETAPE_NEEDS(need::nothing, need::arg0, need::arg0)
        ETAPE_VALUE3(select<T>(lane::is_zero(a), c, b))
        ETAPE_NO_AUX
        ETAPE_PULL3(lane::zero<T>(), select<T>(lane::is_zero(a), lane::zero<T>(), g),
                    select<T>(lane::is_zero(a), g, lane::zero<T>()))
        ETAPE_PUSH3(lane::select_tangent(lane::is_zero(a), dc, db))
    };
}
ETAPE_END_ARCH
