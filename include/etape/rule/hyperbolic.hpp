// SPDX-License-Identifier: BSL-1.0
// Rules of hyperbolic functions and their inverses.
#pragma once

#include <etape/rule/detail/circle.hpp>
#include <etape/rule/detail/sech.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_HYPERBOLIC(X) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh)

ETAPE_BEGIN_ARCH
namespace rule
{
    // sinh(a + h) ~= sinh(a) + cosh(a) h
    struct sinh : unary
    {
        ETAPE_ROW(sinh, 30, 3, 3, "cosh(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::sinh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * lane::cosh(a))
        ETAPE_PUSH1(da * lane::cosh(a))
    };

    // cosh(a + h) ~= cosh(a) + sinh(a) h
    struct cosh : unary
    {
        ETAPE_ROW(cosh, 30, 3, 3, "sinh(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::cosh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * lane::sinh(a))
        ETAPE_PUSH1(da * lane::sinh(a))
    };

    // tanh(a + h) ~= y + h/cosh(a)^2. The familiar 1 - y^2 has lost every digit once y rounds to 1.
    struct tanh : unary
    {
        ETAPE_ROW(tanh, 30, 3, 4, "1/cosh(a)^2", "")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "the second derivative has the errors of the value and of the first";
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::tanh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * detail::sech_squared(a))
        ETAPE_PUSH1(da * detail::sech_squared(a))
    };

    // asinh(a + h) ~= y + h/sqrt(1 + a^2)
    struct asinh : unary
    {
        ETAPE_ROW(asinh, 30, 4.5, 3, "1/sqrt(1 + a^2)", "")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "five roundings add up in the second derivative";
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::asinh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * detail::over_root_of_square<1>(a))
        ETAPE_PUSH1(da * detail::over_root_of_square<1>(a))
    };

    // acosh(a + h) ~= y + h/sqrt(a^2 - 1)
    struct acosh : unary
    {
        ETAPE_ROW(acosh, 30, 3, 3, "1/sqrt((a - 1)(a + 1))", "acosh'(1) = inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "five roundings add up in the second derivative";
        ETAPE_DOMAIN({1, infinite})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::acosh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, detail::over_root_of_square<-1>(a)))
        ETAPE_PUSH1(lane::times(da, detail::over_root_of_square<-1>(a)))
    };

    // atanh(a + h) ~= y + h/(1 - a^2)
    struct atanh : unary
    {
        ETAPE_ROW(atanh, 30, 3, 2, "1/((1 - a)(1 + a))", "atanh'(+-1) = inf")
        ETAPE_DOMAIN({-1, 1})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::atanh(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, detail::over_one_minus_square(a)))
        ETAPE_PUSH1(lane::times(da, detail::over_one_minus_square(a)))
    };
}
ETAPE_END_ARCH
