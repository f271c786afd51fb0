// SPDX-License-Identifier: BSL-1.0
// Rules of polygamma, beta and the incomplete gamma and beta functions.
#pragma once

#include <etape/rule/special_row.hpp>

#define ETAPE_BINARY_GAMMA(X) X(beta) X(lbeta) X(gamma_p) X(gamma_q)
#define ETAPE_TERNARY_GAMMA(X) X(ibeta)
#define ETAPE_ORDERED_GAMMA(X) X(polygamma)

ETAPE_BEGIN_ARCH
namespace rule
{
    // The derivative of order a of digamma
    struct polygamma : of_order
    {
        ETAPE_ROW(polygamma, 400, 1, 1, "none, polygamma(a + 1, b)", "the order a = 0, 1, 2, ... is a parameter without derivative; infinite or NaN at the poles b = 0, -1, -2, ...")
        static constexpr const char* note = "even orders cross zero between the poles: for b < 0 ulps of at least 1/64 of the result at 1 - b";
        ETAPE_DOMAIN({1, 6}, {-1000, 1e6})
        ETAPE_SPECIAL_ROW_OF_ORDER(polygamma)
    };

    // Gamma(a) Gamma(b)/Gamma(a + b)
    struct beta : binary
    {
        ETAPE_ROW(beta, 300, 1.5, 2, "y (psi(a) - psi(a + b)), y (psi(b) - psi(a + b))",
                  "of positive arguments; derivatives are NaN at 0")
        static constexpr const char* note = "the mixed second derivative crosses zero: ulps of at least y trigamma(a + b)/64";
        ETAPE_DOMAIN({0.001, 400}, {0.001, 400})
        ETAPE_SPECIAL_ROW2(beta)
    };

    // log beta(a, b)
    struct lbeta : binary
    {
        ETAPE_ROW(lbeta, 300, 2, 2, "psi(a) - psi(a + b), psi(b) - psi(a + b)",
                  "of positive arguments; derivatives are NaN at 0, and where both are infinite")
        static constexpr double value_floor = 1;
        static constexpr const char* note = "the value crosses zero where beta is 1: ulps of at least 1";
        ETAPE_DOMAIN({1e-8, 1e8}, {1e-8, 1e8})
        ETAPE_SPECIAL_ROW2(lbeta)
    };

    // The lower incomplete gamma function, normalised: the integral of t^(a-1) exp(-t)/Gamma(a) over [0, b]
    struct gamma_p : binary
    {
        ETAPE_ROW(gamma_p, 2000, 2, 2, "an integral, b^(a-1) exp(-b)/Gamma(a)", "of a > 0 and b >= 0, else NaN")
        static constexpr const char* note =
            "second derivatives cross zero: by the shape ulps of at least |y'| sqrt(trigamma(a)), mixed ones of at least |log(b)|/64 times the density";
        ETAPE_DOMAIN({0.1, 100}, {0, 200})
        ETAPE_SPECIAL_ROW2(gamma_p)
    };

    // gamma_q(a, b) = 1 - gamma_p(a, b)
    struct gamma_q : binary
    {
        ETAPE_ROW(gamma_q, 2000, 2, 2, "an integral, -b^(a-1) exp(-b)/Gamma(a)", "of a > 0 and b >= 0, else NaN")
        static constexpr const char* note =
            "second derivatives cross zero: by the shape ulps of at least |y'| sqrt(trigamma(a)), mixed ones of at least |log(b)|/64 times the density";
        ETAPE_DOMAIN({0.1, 100}, {0, 200})
        ETAPE_SPECIAL_ROW2(gamma_q)
    };

    // The incomplete beta function, normalised: the integral of t^(a-1) (1-t)^(b-1)/beta(a, b) over [0, c]
    struct ibeta : ternary
    {
        ETAPE_ROW(ibeta, 3000, 2, 2, "an integral, an integral, c^(a-1) (1-c)^(b-1)/beta(a, b)", "of 1e-10 <= a, b <= 1e10 and 0 <= c <= 1, else NaN")
        static constexpr const char* note = "second derivatives cross zero: ulps of at least 1/64 of the terms that cancel";
        ETAPE_DOMAIN({0.1, 50}, {0.1, 50}, {0, 1})
        ETAPE_SPECIAL_ROW3(ibeta)
    };
}
ETAPE_END_ARCH
