// SPDX-License-Identifier: BSL-1.0
// A fused function evaluates a part of its expression.
// EXPECT: etape: fused() takes a function that is one expression with a number as its result
#include <etape/etape.hpp>
#include <xtensor/xtensor.hpp>

double program(xt::xtensor<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    const auto f = [](auto const& a) { auto s = xt::sum(a * a); return s * s; };
#else
    const auto f = [](auto const& a) { etape::variable<double> s = xt::sum(a * a); return s * s; };
#endif
    return etape::value_and_grad(etape::fused(f))(x).value;
}
