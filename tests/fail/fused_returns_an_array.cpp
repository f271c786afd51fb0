// SPDX-License-Identifier: BSL-1.0
// A fused function's result is an array.
// EXPECT: etape: fused() needs a function whose result is one number
#include <etape/etape.hpp>
#include <xtensor/xtensor.hpp>

double program(xt::xtensor<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    return etape::value_and_grad(etape::fused([](auto const& a) { return xt::sum(a * a); }))(x).value;
#else
    return etape::value_and_grad(etape::fused([](auto const& a) { return a * a; }))(x).value;
#endif
}
