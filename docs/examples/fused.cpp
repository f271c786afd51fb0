// SPDX-License-Identifier: BSL-1.0
// A function that is one expression: value and gradient in one pass.
#include <iostream>

#include <etape/etape.hpp>
#include <xtensor/xio.hpp>
namespace ad = etape;

int main()
{
    xt::xtensor<double, 1> data{1.9, 2.3, 2.9}, mean{2.0, 2.0, 3.0}, to_mean{0.0, 0.0, 0.0};
    double to_width = 0;
    auto loss = ad::fused([&](auto const& m, auto const& width)
                          { return 0.5 * xt::sum(xt::square((data - m) / width)) + 3.0 * ad::log(width); });

    double value = loss.into(to_mean, to_width)(mean, 0.5);     // no tape, nothing allocated
    auto [same, gradient] = ad::value_and_grad(loss)(mean, 0.5);
    std::cout << value << ' ' << to_mean << ' ' << to_width << ' ' << std::get<1>(gradient) << '\n';
}
// prints: -1.85944 { 0.4     , -1.2     ,  0.4     } 5.12 5.12
