// SPDX-License-Identifier: BSL-1.0
// Rules of circular functions and their inverses.
#pragma once

#include <etape/rule/detail/circle.hpp>
#include <etape/rule/detail/norm.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_TRIGONOMETRIC(X) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan)
#define ETAPE_BINARY_TRIGONOMETRIC(X) X(atan2)

ETAPE_BEGIN_ARCH
namespace rule
{
    // sin(a + h) ~= sin(a) + cos(a) h; one sincos gives both.
    struct sin : unary
    {
        ETAPE_ROW(sin, 15, 2.5, 2.5, "cos(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(lane::sin(a))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            T s;
            lane::sincos(a, s, aux);
            return s;
        }
        ETAPE_PULL1(g * aux)
        ETAPE_PUSH1(da * aux)
    };

    // cos(a + h) ~= cos(a) - sin(a) h
    struct cos : unary
    {
        ETAPE_ROW(cos, 15, 2.5, 2.5, "-sin(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(lane::cos(a))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            T c;
            lane::sincos(a, aux, c);
            return c;
        }
        ETAPE_PULL1(-g * aux)
        ETAPE_PUSH1(da * -aux)
    };

    // tan(a + h) ~= y + (1 + y^2) h: no cancellation, unlike 1/cos^2 near its own zeros.
    struct tan : unary
    {
        ETAPE_ROW(tan, 25, 3.5, 7.5, "1 + y^2", "")
        static constexpr const char* note = "near the poles the derivatives have twice and three times the error of the value, which the SIMD library has";
        static constexpr double second_ulp = 11;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::tan(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (constant<T>(1.0) + y * y))
        ETAPE_PUSH1(da + da * (y * y))
    };

    // asin(a + h) ~= y + h/sqrt(1 - a^2)
    struct asin : unary
    {
        ETAPE_ROW(asin, 25, 3, 3, "1/sqrt((1 - a)(1 + a))", "asin'(+-1) = inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "five roundings add up in the second derivative";
        ETAPE_DOMAIN({-1, 1})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::asin(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, detail::over_root_one_minus_square(a)))
        ETAPE_PUSH1(lane::times(da, detail::over_root_one_minus_square(a)))
    };

    // acos(a + h) ~= y - h/sqrt(1 - a^2)
    struct acos : unary
    {
        ETAPE_ROW(acos, 25, 3, 3, "-1/sqrt((1 - a)(1 + a))", "acos'(+-1) = -inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "five roundings add up in the second derivative";
        ETAPE_DOMAIN({-1, 1})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::acos(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(-lane::times(g, detail::over_root_one_minus_square(a)))
        ETAPE_PUSH1(-lane::times(da, detail::over_root_one_minus_square(a)))
    };

    // atan(a + h) ~= y + h/(1 + a^2)
    struct atan : unary
    {
        ETAPE_ROW(atan, 25, 3, 2, "1/(1 + a^2)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::atan(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * detail::over_one_plus_square(a))
        ETAPE_PUSH1(da * detail::over_one_plus_square(a))
    };

    // atan2(a + h, b + k) ~= y + (b h - a k)/(a^2 + b^2)
    struct atan2 : binary
    {
        ETAPE_ROW(atan2, 35, 3, 4, "b/(a^2 + b^2), -a/(a^2 + b^2)",
                  "both derivatives are 0 at (0, 0); NaN where the formula is inf/inf")
        static constexpr double second_ulp = 9;
        static constexpr const char* note = "second derivatives are products of two slopes";
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(lane::atan2(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(g * detail::over_squares(b, a), -(g * detail::over_squares(a, b)))
        ETAPE_PUSH2(da * detail::over_squares(b, a) - db * detail::over_squares(a, b))
    };
}
ETAPE_END_ARCH
