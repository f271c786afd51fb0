// SPDX-License-Identifier: BSL-1.0
// The functional form: derivatives of functions are functions, of any order.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    auto f = [](auto const& x) { return xt::sum(xt::exp(x) * x); };
    xt::xtensor<double, 1> x{0.0, 1.0}, v{1.0, 2.0};

    auto [value, slope] = ad::value_and_grad(f)(x);             // one reverse sweep
    auto curvature = ad::hessian(f)(x);                         // shape (2, 2)
    auto along = ad::hvp(f, x, v);                              // without the matrix
    auto third = ad::grad([&](auto t) { return ad::sum(ad::hvp(f, t * v, v)); })(1.0);
    std::cout << value << ' ' << slope << ' ' << curvature(1, 1) << ' ' << along << ' ' << third << '\n';
}
// prints: 2.71828 {1, 5.43656} 8.15485 {2, 16.3097} 158.654
