// SPDX-License-Identifier: BSL-1.0
// Rules of powers and roots.
#pragma once

#include <etape/rule/detail/norm.hpp>
#include <etape/rule/detail/pow_slope.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_POWER(X) X(square) X(cube) X(sqrt) X(cbrt) X(rsqrt)
#define ETAPE_BINARY_POWER(X) X(pow) X(hypot)

ETAPE_BEGIN_ARCH
namespace rule
{
    // (a + h)^2 ~= a^2 + 2 a h
    struct square : unary
    {
        ETAPE_ROW(square, 1, 0.51, 0.51, "2 a", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(a * a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (a + a))
        ETAPE_PUSH1(da * a + da * a)
    };

    // (a + h)^3 ~= a^3 + 3 a^2 h
    struct cube : unary
    {
        ETAPE_ROW(cube, 2, 1.5, 2, "3 a^2", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(a * a * a)
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (constant<T>(3.0) * (a * a)))
        ETAPE_PUSH1(da * a * a * constant<T>(3.0))
    };

    // sqrt(a + h) ~= y + h/(2 y)
    struct sqrt : unary
    {
        ETAPE_ROW(sqrt, 8, 0.51, 2, "1/(2 y)", "sqrt'(0) = inf")
        static constexpr double second_ulp = 6;
        static constexpr const char* note = "the second derivative is made of y alone: three times its rounding, and those of three divisions";
        ETAPE_DOMAIN(positive)
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::sqrt(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::over(T(constant<T>(0.5) * g), y))
        ETAPE_PUSH1(lane::over(da, y + y))
    };

    // cbrt(a + h) ~= y + h/(3 y^2)
    struct cbrt : unary
    {
        ETAPE_ROW(cbrt, 30, 1, 4.5, "1/(3 y^2)", "cbrt'(0) = inf")
        static constexpr double second_ulp = 13;
        static constexpr const char* note = "the derivatives go with y^-2 and y^-5: two and five times the relative error of the value";
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::result)
        ETAPE_VALUE1(lane::cbrt(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::over(g, constant<T>(3.0) * (y * y)))
        ETAPE_PUSH1(lane::over(lane::over(da, y), constant<T>(3.0) * y))
    };

    // (a + h)^(-1/2) ~= y - y/(2 a) h
    struct rsqrt : unary
    {
        ETAPE_ROW(rsqrt, 10, 1.5, 3, "-y/(2 a)", "rsqrt'(0) = -inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "three divisions, a root and a sum add up in the second derivative";
        ETAPE_DOMAIN(positive)
        ETAPE_NEEDS(need::arg0 | need::result)
        ETAPE_VALUE1(constant<T>(1.0) / lane::sqrt(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, (constant<T>(-0.5) * y) / a))
        ETAPE_PUSH1(-lane::times(da, y / (a + a)))
    };

    // (a + h)^(b + k) ~= y + b a^(b-1) h + y log(a) k
    struct pow : binary
    {
        ETAPE_ROW(pow, 60, 2.5, 4.5, "b a^(b-1), y log(a)",
                  "the same bounds for a < 0 and integers b, where the exponent counts as a constant: derivatives to it are 0, also mixed second ones; NaN for others; the derivative to the exponent is 0 at a = 0; the one to the base is 0 at a = b = 0; NaN where the formula is 0 inf")
        static constexpr const char* note = "the value, a logarithm and up to five roundings add up in the derivatives; the mixed second derivative a^(b-1) (1 + b log(a)) crosses zero: ulps of its larger term";
        static constexpr double second_ulp = 5.5;
        ETAPE_DOMAIN(positive, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1 | need::result, need::arg0 | need::arg1 | need::result)
        ETAPE_VALUE2(lane::pow(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(lane::times(g, detail::pow_base_slope(a, b, y)), lane::times(g, detail::pow_exponent_slope(a, y)))
        ETAPE_PUSH2(lane::times(da, detail::pow_base_slope(a, b, y)) +
                    lane::times(db, detail::pow_exponent_slope(a, y)))
    };

    // hypot(a + h, b + k) ~= y + (a h + b k)/y
    struct hypot : binary
    {
        ETAPE_ROW(hypot, 15, 1.5, 3, "a/y, b/y", "both derivatives are 0 at (0, 0); NaN to an argument that is infinite")
        static constexpr double second_ulp = 9;
        static constexpr const char* note = "the second derivatives go with y^-3: three times the error of the value, and seven roundings";
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1 | need::result, need::arg0 | need::arg1 | need::result)
        ETAPE_VALUE2(lane::hypot(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(g * detail::direction_cosine(a, b, y), g * detail::direction_cosine(b, a, y))
        ETAPE_PUSH2(da * detail::direction_cosine(a, b, y) + db * detail::direction_cosine(b, a, y))
    };
}
ETAPE_END_ARCH
