// SPDX-License-Identifier: BSL-1.0
// The guide, threads: a gradient over shards, and one recording swept by two threads.
#include <iostream>
#include <thread>
#include <vector>

#include <etape/etape.hpp>
namespace ad = etape;

struct threads                                                      // an executor: body(i) once for each i < n
{
    template <class Body>
    void operator()(std::size_t n, Body const& body) const
    {
        std::vector<std::jthread> all;
        for (std::size_t i = 0; i < n; ++i)
            all.emplace_back([&body, i] { body(i); });
    }
};

int main()
{
    const std::vector<xt::xtensor<double, 1>> shards{{1.0, 2.0}, {3.0}, {4.0, 5.0, 6.0}};
    const auto loss = [](auto const& shard, auto const& mean) { return xt::sum(xt::square(shard - mean)); };
    auto [value, slope] = ad::map_reduce_gradient(threads{}, loss, shards, 3.0);

    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape tape(true);                                            // persistent: swept as often as wanted
    ad::tensor<double, 1> y = xt::exp(x), z = y * y;
    tape.close();                                                   // from here on any thread may sweep it
    double at_y = 0, at_z = 0;
    {
        std::jthread one([&] { at_y = tape.gradient(y, x).value()(0); });
        std::jthread two([&] { at_z = tape.gradient(z, x).value()(0); });
    }
    std::cout << value << ' ' << slope << ' ' << at_y << ' ' << at_z << '\n';
}
// prints: 19 -6 2.71828 14.7781
