// SPDX-License-Identifier: BSL-1.0
// The guide, arrays: broadcasting, reductions, views, updates in place, loops over elements.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    ad::variable<double, 2> a{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    ad::variable<double, 1> scale{0.5, 1.0, 2.0};
    ad::tape tape;

    ad::tensor<double, 2> b = a * scale;                            // broadcast; computed and recorded here
    ad::tensor<double, 1> rows = xt::sum(xt::square(b), {1});       // a reduction over an axis
    xt::view(a, 0, xt::all()) += xt::view(b, 1, xt::all());         // a new version of a: b keeps what it has read
    auto corner = xt::sum(xt::view(a, xt::all(), xt::range(1, 3))); // lazy: recorded where it is used

    ad::variable<double> chain = 1.0;
    for (std::size_t j = 0; j < scale.size(); ++j)
        chain *= scale(j) + 1.0;                                    // an element is a tracked number

    ad::variable<double> loss = xt::mean(rows) + corner + chain;
    auto to_scale = *tape.gradient(loss, scale);
    std::cout << loss.value() << ' ' << to_scale(0) << ' ' << to_scale(1) << ' ' << to_scale(2) << '\n';
}
// prints: 148.625 14.5 38.5 99
