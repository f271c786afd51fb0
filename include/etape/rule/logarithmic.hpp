// SPDX-License-Identifier: BSL-1.0
// Rules of logarithms with an exponential inside or a factor outside.
#pragma once

#include <etape/rule/activation.hpp>
#include <etape/rule/detail/logarithmic.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_LOGARITHMIC(X) X(log1pexp) X(log1mexp)
#define ETAPE_BINARY_LOGARITHMIC(X) X(xlogy) X(xlog1py)

ETAPE_BEGIN_ARCH
namespace rule
{
    // log(1 + exp(a)): softplus by its name in statistics
    struct log1pexp : softplus
    {
        static constexpr const char* name = "log1pexp";
    };

    // log(1 - exp(a)); each branch loses digits where the other keeps them (Maechler, "Accurately computing log(1 - exp(-|a|))", 2012).
    struct log1mexp : unary
    {
        ETAPE_ROW(log1mexp, 50, 4, 4, "exp(a)/expm1(a)", "NaN above 0; log1mexp'(0) = -inf")
        static constexpr double second_ulp = 5.5;
        static constexpr const char* note = "the second derivative has the error of expm1 twice";
        ETAPE_DOMAIN({-infinite, 0})
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(select<T>(lane::gt(a, -lane::ln_2<T>()), lane::log(T(-lane::expm1(a))), lane::log1p(lane::negate(lane::exp(a)))))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::times(g, detail::log1mexp_slope(a)))
        ETAPE_PUSH1(lane::times(da, detail::exp_over_expm1(a)))
    };

    // a log(b), and 0 for a = 0 at every b
    struct xlogy : binary
    {
        ETAPE_ROW(xlogy, 22, 3, 2, "log(b), a/b", "0 for a = 0, also at b = 0; both derivatives are 0 at (0, 0); NaN where the formula is inf/inf")
        ETAPE_DOMAIN(everywhere, positive)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(detail::zero_unless(a, b, a * lane::log(b)))
        ETAPE_NO_AUX
        ETAPE_PULL2(lane::times(g, detail::zero_at(a, b, lane::log(b))), lane::times(g, detail::zero_at(a, b, a / b)))
        ETAPE_PUSH2(lane::times(da, detail::zero_at(a, b, lane::log(b))) + lane::times(db, detail::zero_at(a, b, a / b)))
    };

    // a log(1 + b), and 0 for a = 0 at every b
    struct xlog1py : binary
    {
        ETAPE_ROW(xlog1py, 27, 4, 3, "log1p(b), a/(1 + b)", "0 for a = 0, also at b = -1; both derivatives are 0 at (0, -1); NaN where the formula is inf/inf")
        static constexpr double second_ulp = 4.5;
        static constexpr const char* note = "four roundings and that of 1 + b, twice, add up in the second derivative";
        ETAPE_DOMAIN(everywhere, {-1, infinite})
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(detail::zero_unless(a, b, a * lane::log1p(b)))
        ETAPE_NO_AUX
        ETAPE_PULL2(lane::times(g, detail::zero_at(a, T(constant<T>(1.0) + b), lane::log1p(b))),
                    lane::times(g, detail::zero_at(a, T(constant<T>(1.0) + b), a / (constant<T>(1.0) + b))))
        ETAPE_PUSH2(lane::times(da, detail::zero_at(a, T(constant<T>(1.0) + b), lane::log1p(b))) +
                    lane::times(db, detail::zero_at(a, T(constant<T>(1.0) + b), a / (b + constant<T>(1.0)))))
    };
}
ETAPE_END_ARCH
