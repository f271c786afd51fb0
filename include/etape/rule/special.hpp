// SPDX-License-Identifier: BSL-1.0
// Rules of error and gamma functions.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_UNARY_SPECIAL(X) X(erf) X(erfc) X(tgamma) X(lgamma) X(digamma)

ETAPE_BEGIN_ARCH
namespace rule
{
    // erf(a + h) ~= y + 2/sqrt(pi) exp(-a^2) h
    struct erf : unary
    {
        ETAPE_ROW(erf, 40, 3, 4, "2/sqrt(pi) exp(-a^2)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::erf(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (lane::two_over_sqrt_pi<T>() * lane::exp_minus_square(a)))
        ETAPE_PUSH1(da * lane::exp_minus_square(a) * lane::two_over_sqrt_pi<T>())
    };

    // erfc(a + h) ~= y - 2/sqrt(pi) exp(-a^2) h
    struct erfc : unary
    {
        ETAPE_ROW(erfc, 40, 4.5, 4, "-2/sqrt(pi) exp(-a^2)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::erfc(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(-(g * (lane::two_over_sqrt_pi<T>() * lane::exp_minus_square(a))))
        ETAPE_PUSH1(da * -lane::exp_minus_square(a) * lane::two_over_sqrt_pi<T>())
    };

    // Gamma(a + h) ~= y + y psi(a) h
    struct tgamma : unary
    {
        ETAPE_ROW(tgamma, 100, 1, 4, "y digamma(a)", "NaN at the poles -1, -2, ..., infinite at 0, with derivatives infinite or NaN")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "the derivative crosses zero between the poles: for a < 0 ulps of at least y psi(1 - a)/64; the errors of two polygammas add up in the second derivative";
        static constexpr bool any_precision = false;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0 | need::result)
        ETAPE_VALUE1(lane::tgamma(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * (y * lane::polygamma<0>(a)))
        ETAPE_PUSH1(da * lane::polygamma<0>(a) * y)
    };

    // log Gamma(a + h) ~= y + psi(a) h
    struct lgamma : unary
    {
        ETAPE_ROW(lgamma, 100, 4, 4, "digamma(a)",
                  "log |Gamma(a)|; the derivative is infinite or NaN at the poles 0, -1, -2, ...")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "the derivative crosses zero between the poles: for a < 0 ulps of at least psi(1 - a)/64; the second derivative has the error of trigamma";
        static constexpr bool any_precision = false;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::lgamma(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * lane::polygamma<0>(a))
        ETAPE_PUSH1(da * lane::polygamma<0>(a))
    };

    // psi(a + h) ~= psi(a) + psi'(a) h
    struct digamma : unary
    {
        ETAPE_ROW(digamma, 100, 4, 4, "trigamma(a)", "infinite or NaN at the poles 0, -1, -2, ...")
        static constexpr double second_ulp = 6;
        static constexpr const char* note = "value and second derivative cross zero between the poles: for a < 0 ulps of at least 1/64 of theirs at 1 - a; the second derivative has the error of tetragamma, from a long recurrence";
        static constexpr bool any_precision = false;
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::polygamma<0>(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * lane::polygamma<1>(a))
        ETAPE_PUSH1(da * lane::polygamma<1>(a))
    };
}
ETAPE_END_ARCH
