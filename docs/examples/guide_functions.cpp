// SPDX-License-Identifier: BSL-1.0
// The guide, derivatives of functions: Jacobian, Hessian, products with them, nesting.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    const auto energy = [](auto const& x) { return xt::sum(x * x * x); };
    const auto softmax = [](auto const& x) { return xt::exp(x) / xt::sum(xt::exp(x)); };
    const xt::xtensor<double, 1> x{1.0, 2.0}, v{1.0, 0.0};

    auto [value, gradient] = ad::value_and_grad(energy)(x);         // one reverse sweep
    auto j = ad::jacobian(softmax)(x);                              // shape (2, 2): result, argument
    auto h = ad::hessian(energy)(x);                                // shape (2, 2)
    auto hv = ad::hvp(energy, x, v);                                // h times v, without h
    auto along = ad::jvp(energy, x, v).tangent;                     // forward mode: the slope along v
    auto second = ad::grad(ad::grad([](auto const& t) { return ad::exp(2.0 * t); }))(0.0);
    std::cout << value << ' ' << gradient(1) << ' ' << j(0, 1) << ' ' << h(1, 1) << ' ' << hv(0) << ' ' << along << ' ' << second << '\n';
}
// prints: 9 12 -0.196612 12 6 3 4
