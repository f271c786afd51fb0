// SPDX-License-Identifier: BSL-1.0
// Rules of the arithmetic operators and fma.
#pragma once

#include <etape/rule/detail/divide.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_OPERATORS_ARITHMETIC(X) X(neg, -) X(pos, +)
#define ETAPE_BINARY_OPERATORS_ARITHMETIC(X) X(add, +) X(sub, -) X(mul, *) X(div, /)
#define ETAPE_TERNARY_ARITHMETIC(X) X(fma)

ETAPE_BEGIN_ARCH
namespace rule
{
    struct neg : unary
    {
        ETAPE_ROW(neg, 1, 0.5, 0.5, "-1", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::negate(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(-g)
        ETAPE_PUSH1(-da)
    };

    struct pos : unary
    {
        ETAPE_ROW(pos, 0, 0.5, 0.5, "1", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g)
        ETAPE_PUSH1(da)
    };

    struct add : binary
    {
        ETAPE_ROW(add, 1, 0.51, 0.51, "1, 1", "")
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::nothing, need::nothing)
        ETAPE_VALUE2(a + b)
        ETAPE_NO_AUX
        ETAPE_PULL2(g, g)
        ETAPE_PUSH2(da + db)
    };

    struct sub : binary
    {
        ETAPE_ROW(sub, 1, 0.51, 0.51, "1, -1", "")
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::nothing, need::nothing)
        ETAPE_VALUE2(a - b)
        ETAPE_NO_AUX
        ETAPE_PULL2(g, -g)
        ETAPE_PUSH2(da - db)
    };

    // (a + h)(b + k) ~= a b + h b + a k
    struct mul : binary
    {
        ETAPE_ROW(mul, 1, 0.51, 0.51, "b, a", "")
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg1, need::arg0)
        ETAPE_VALUE2(a * b)
        ETAPE_NO_AUX
        ETAPE_PULL2(g * b, g * a)
        ETAPE_PUSH2(da * b + db * a)
    };

    // (a + h)/(b + k) ~= y + (h - y k)/b; the shared intermediate is 1/b.
    struct div : binary
    {
        ETAPE_ROW(div, 8, 1.5, 3, "1/b, -y/b", "NaN to b at a = 0 where 1/b overflows, and at inf/inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "the value is within 0.75 ulp but next to the smallest normal number, where the correction of the quotient loses digits; six roundings add up in the second derivative";
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::aux, need::aux | need::result)
        ETAPE_VALUE2(a / b)
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a, const T& b)
        {
            return detail::divide(aux, a, b);
        }
        // b is the same in every lane of a loop
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux_uniform(T& aux, const T& a, const T& b)
        {
            return detail::divide_by_uniform(aux, a, b);
        }
        ETAPE_PULL2(g * aux, -(g * aux) * y)
        ETAPE_PUSH2((da - db * y) * aux)
    };

    // The value has one rounding where the hardware offers it, otherwise two.
    struct fma : ternary
    {
        ETAPE_ROW(fma, 2, 1, 0.51, "b, a, 1", "")
        static constexpr const char* note =
            "without a fused instruction the value has two roundings, and the bound does not hold where the sum cancels; with one it holds everywhere";
        ETAPE_DOMAIN({0.1, 10}, {0.1, 10}, {0.1, 10})
        ETAPE_NEEDS(need::arg1, need::arg0, need::nothing)
        ETAPE_VALUE3(lane::muladd(a, b, c))
        ETAPE_NO_AUX
        ETAPE_PULL3(g * b, g * a, g)
        ETAPE_PUSH3(dc + db * a + da * b)
    };
}
ETAPE_END_ARCH
