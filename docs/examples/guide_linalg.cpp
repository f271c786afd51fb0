// SPDX-License-Identifier: BSL-1.0
// The guide, linear algebra: the marginal likelihood of a Gaussian process and its gradient by the parameters of the kernel.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    const xt::xtensor<double, 1> at{0.0, 0.4, 1.1, 1.9, 2.6, 3.0}, seen{0.1, 0.5, 0.8, 1.0, 0.4, 0.2};
    const xt::xtensor<double, 2> squares = xt::square(xt::view(at, xt::all(), xt::newaxis()) - at), one = xt::eye<double>(6);

    auto loss = [&](auto const& log_width, auto const& log_noise)
    {
        auto factor = ad::linalg::cholesky(xt::exp(-0.5 * squares * ad::exp(-2.0 * log_width)) + ad::exp(log_noise) * one);
        return 0.5 * xt::sum(seen * ad::linalg::cho_solve(factor, seen)) + xt::sum(xt::log(xt::diagonal(factor)));
    };
    auto [value, gradient] = ad::value_and_grad(loss)(0.2, -2.0);
    auto [by_width, by_noise] = gradient;
    std::cout << value << ' ' << by_width << ' ' << by_noise << '\n';
}
// prints: -1.43511 -1.13337 1.31533
