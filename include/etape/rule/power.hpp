// SPDX-License-Identifier: BSL-1.0
// Rules of powers and roots.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_UNARY_POWER(X) X(square) X(sqrt)

ETAPE_BEGIN_ARCH
namespace rule
{
    // (a + h)^2 ~= a^2 + 2 a h
    struct square : unary
    {
        ETAPE_ROW(square, 1, 0.51, 0.51, "2 a", "")
        ETAPE_DOMAIN({-100, 100})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(a* a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g*(a + a))
        ETAPE_PUSH1(da* a* constant<T>(2.0))
    };

    // sqrt(a + h) ~= y + h/(2 y)
    struct sqrt : unary
    {
        ETAPE_ROW(sqrt, 8, 0.51, 2, "1/(2 y)", "sqrt'(0) = inf; an adjoint of exactly 0 stays 0 there")
        ETAPE_DOMAIN({1e-30, 1e30})
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::sqrt(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::quotient_or_zero<T>(constant<T>(0.5) * g, y))
        ETAPE_PUSH1(lane::tangent_quotient_or_zero(da * constant<T>(0.5), y))
    };
}
ETAPE_END_ARCH
