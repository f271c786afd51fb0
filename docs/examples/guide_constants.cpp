// SPDX-License-Identifier: BSL-1.0
// The guide, plain arrays: what a tape copies of them, and how not to.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    xt::xtensor<double, 1> data = xt::ones<double>({1000});
    ad::variable<double, 1> x = xt::zeros<double>({1000});
    const ad::constant<double, 1> fixed = data;                     // copied once, here
    const auto lent = ad::borrow(data);                             // never: data stays alive and unchanged until the sweep

    const auto copied = [&](auto const& d, auto const& f)
    {
        ad::tape tape;
        ad::tensor<double, 1> y = f(x, d);
        return tape.statistics().copied_bytes;
    };
    const auto minus = [](auto const& v, auto const& d) { return v - d; };       // its sweep does not need d
    const auto times = [](auto const& v, auto const& d) { return v * d; };       // this one does
    std::cout << copied(data, minus) << ' ' << copied(data, times) << ' ' << copied(fixed, times) << ' '
              << copied(lent, times) << '\n';
}
// prints: 0 8000 0 0
