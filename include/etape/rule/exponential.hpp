// SPDX-License-Identifier: BSL-1.0
// Rules of exponentials and logarithms.
#pragma once

#include <etape/rule/constants.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_EXPONENTIAL(X) X(exp) X(exp2) X(expm1) X(log) X(log2) X(log10) X(log1p)

ETAPE_BEGIN_ARCH
namespace rule
{
    // exp(a + h) ~= exp(a) + exp(a) h
    struct exp : unary
    {
        ETAPE_ROW(exp, 20, 2, 2, "y", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::exp(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * y)
        ETAPE_PUSH1(da * y)
    };

    // exp2(a + h) ~= y + ln(2) y h
    struct exp2 : unary
    {
        ETAPE_ROW(exp2, 20, 2, 4, "ln(2) y", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::exp2(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (y * lane::ln_2<T>()))
        ETAPE_PUSH1(da * lane::ln_2<T>() * y)
    };

    // expm1(a + h) ~= y + exp(a) h. The factor y + 1 has no correct digit for a -> -inf.
    struct expm1 : unary
    {
        ETAPE_ROW(expm1, 25, 3, 2, "exp(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::expm1(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * lane::exp(a))
        ETAPE_PUSH1(da * lane::exp(a))
    };

    // log(a + h) ~= y + h/a
    struct log : unary
    {
        ETAPE_ROW(log, 20, 2, 1, "1/a", "log'(0) = inf")
        ETAPE_DOMAIN(positive)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::log(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::over(g, a))
        ETAPE_PUSH1(lane::times(da, constant<T>(1.0) / a))
    };

    // log2(a + h) ~= y + h/(ln(2) a)
    struct log2 : unary
    {
        ETAPE_ROW(log2, 20, 3, 2.5, "1/(ln(2) a)", "log2'(0) = inf")
        ETAPE_DOMAIN(positive)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::log2(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, lane::log2_e<T>() / a))
        ETAPE_PUSH1(lane::times(da, lane::log2_e<T>() / a))
    };

    // log10(a + h) ~= y + h/(ln(10) a)
    struct log10 : unary
    {
        ETAPE_ROW(log10, 20, 3, 2.5, "1/(ln(10) a)", "log10'(0) = inf")
        ETAPE_DOMAIN(positive)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::log10(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, lane::log10_e<T>() / a))
        ETAPE_PUSH1(lane::times(da, lane::log10_e<T>() / a))
    };

    // log1p(a + h) ~= y + h/(1 + a)
    struct log1p : unary
    {
        ETAPE_ROW(log1p, 25, 3, 2, "1/(1 + a)", "log1p'(-1) = inf")
        ETAPE_DOMAIN({-1, infinite})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::log1p(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::over(g, constant<T>(1.0) + a))
        ETAPE_PUSH1(lane::times(da, constant<T>(1.0) / (a + constant<T>(1.0))))
    };
}
ETAPE_END_ARCH
