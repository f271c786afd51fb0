// SPDX-License-Identifier: BSL-1.0
// Special functions of plain numbers and all their partial derivatives, compiled in src/special*.cpp: Boost.Math stays there.
#pragma once

#include <cstddef>

namespace etape::runtime
{
    enum class special_function : unsigned char
    {
        erfcx,
        erf_inv,
        normal_logcdf,
        normal_quantile,
        sinc,
        lambert_w,
        polygamma,
        beta,
        lbeta,
        gamma_p,
        gamma_q,
        ibeta,
        cyl_bessel_j,
        cyl_neumann,
        cyl_bessel_i,
        cyl_bessel_k
    };
    const char* name_of(special_function f);

    inline constexpr std::size_t max_special_arguments = 3;
    // How often to differentiate by each argument, eight bits an argument.
    using derivative_orders = unsigned;
    constexpr derivative_orders once_by(std::size_t argument)
    {
        return 1u << (8 * argument);
    }
    constexpr int order_by(std::size_t argument, derivative_orders orders)
    {
        return static_cast<int>(orders >> (8 * argument) & 255u);
    }

    // y[i] from x[j][i * step[j]]. Computed in long double (a mantissa of 64 bits on x86: the stated bounds follow from it) and
    // rounded once. NaN outside the domain, infinities at poles; rule_error for an order that is not implemented.
    void special_values(special_function f, derivative_orders orders, const double* const* x,
                        const std::ptrdiff_t* step, std::size_t count, double* y);
    void special_values(special_function f, derivative_orders orders, const float* const* x,
                        const std::ptrdiff_t* step, std::size_t count, float* y);
}
