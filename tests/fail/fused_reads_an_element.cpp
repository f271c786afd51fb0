// SPDX-License-Identifier: BSL-1.0
// A fused function reads an element of its argument.
// EXPECT: etape: fused() takes a function that is one expression with a number as its result
#include <etape/etape.hpp>
#include <xtensor/xtensor.hpp>

double program(xt::xtensor<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    return etape::value_and_grad(etape::fused([](auto const& a) { return xt::sum(a * a); }))(x).value;
#else
    return etape::value_and_grad(etape::fused([](auto const& a) { return xt::sum(a * a) + a(0); }))(x).value;
#endif
}
