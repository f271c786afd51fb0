// SPDX-License-Identifier: BSL-1.0
// Rules of the scaled and the inverse error function and of the standard normal distribution.
#pragma once

#include <etape/rule/detail/normal.hpp>
#include <etape/rule/special_row.hpp>

#define ETAPE_UNARY_NORMAL(X) X(erfcx) X(erf_inv) X(normal_cdf) X(normal_logcdf) X(normal_quantile)

ETAPE_BEGIN_ARCH
namespace rule
{
    // exp(a^2) erfc(a)
    struct erfcx : unary
    {
        ETAPE_ROW(erfcx, 300, 1, 1, "2 a y - 2/sqrt(pi)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_SPECIAL_ROW1(erfcx)
    };

    struct erf_inv : unary
    {
        ETAPE_ROW(erf_inv, 200, 1, 1, "sqrt(pi)/2 exp(y^2)", "NaN outside; erf_inv'(+-1) = inf")
        ETAPE_DOMAIN({-1, 1})
        ETAPE_SPECIAL_ROW1(erf_inv)
    };

    // Phi(a) = erfc(-a/sqrt(2))/2
    struct normal_cdf : unary
    {
        ETAPE_ROW(normal_cdf, 60, 5, 4, "exp(-a^2/2)/sqrt(2 pi)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(detail::normal_distribution(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(g * detail::normal_density(a))
        ETAPE_PUSH1(da * detail::normal_density(a))
    };

    // log Phi(a), also where Phi underflows
    struct normal_logcdf : unary
    {
        ETAPE_ROW(normal_logcdf, 300, 2, 1.5, "phi(a)/Phi(a)", "")
        ETAPE_DOMAIN(everywhere)
        ETAPE_SPECIAL_ROW1(normal_logcdf)
    };

    // The inverse of normal_cdf
    struct normal_quantile : unary
    {
        ETAPE_ROW(normal_quantile, 200, 1, 1, "1/phi(y)", "NaN outside; normal_quantile'(0) = normal_quantile'(1) = inf")
        ETAPE_DOMAIN({0, 1})
        ETAPE_SPECIAL_ROW1(normal_quantile)
    };
}
ETAPE_END_ARCH
