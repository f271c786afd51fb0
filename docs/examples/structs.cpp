// SPDX-License-Identifier: BSL-1.0
// The struct form: a model is a source, and its gradient has the same members.
#include <iostream>

#include <boost/hana.hpp>
#include <etape/etape.hpp>
namespace ad = etape;

struct line
{
    ad::variable<double, 1> slopes;
    ad::variable<double> height;
};
BOOST_HANA_ADAPT_STRUCT(line, slopes, height);

int main()
{
    line model{{0.5, -1.0}, 2.0};
    const xt::xtensor<double, 2> points{{1, 2}, {3, 4}, {5, 6}};
    const xt::xtensor<double, 1> heights{1, 2, 3};
    ad::tape tape;
    auto residual = ad::matmul(points, model.slopes) + model.height - heights;
    auto gradient = tape.gradient(xt::mean(xt::square(residual)), model);
    model.slopes -= 0.01 * *gradient[BOOST_HANA_STRING("slopes")];
    model.height -= 0.01 * *gradient[BOOST_HANA_STRING("height")];
    std::cout << model.slopes << ' ' << model.height << '\n';
}
// prints: {0.703333, -0.746667} 2.05
