// SPDX-License-Identifier: BSL-1.0
// The guide, first gradient: a line through four points by gradient descent.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    const xt::xtensor<double, 1> x{0.0, 1.0, 2.0, 3.0}, y{1.1, 2.9, 5.2, 6.8};
    ad::variable<double> slope = 0.0, height = 0.0;
    for (int step = 0; step < 500; ++step)
    {
        ad::tape tape;                                              // records from here on
        auto loss = xt::mean(xt::square(slope * x + height - y));
        auto [to_slope, to_height] = tape.gradient(loss, slope, height);
        slope -= 0.1 * *to_slope;                                   // gradient() ended the recording
        height -= 0.1 * *to_height;
    }
    std::cout << slope.value() << ' ' << height.value() << '\n';
}
// prints: 1.94 1.09
