// SPDX-License-Identifier: BSL-1.0
// A fused function with parameters that are not auto.
// EXPECT: etape: fused() takes a function whose parameters are `auto const&`
#include <etape/etape.hpp>
#include <xtensor/xtensor.hpp>

double program(xt::xtensor<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    return etape::value_and_grad(etape::fused([](auto const& a) { return xt::sum(a * a); }))(x).value;
#else
    return etape::value_and_grad(etape::fused([](etape::variable<double, 1> const& a) { return xt::sum(a * a); }))(x).value;
#endif
}
