// SPDX-License-Identifier: BSL-1.0
// The guide, memory: a time loop that is recorded, recomputed in blocks, and kept at ten states.
#include <iostream>
#include <utility>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    using state = ad::tensor<double, 1>;
    const auto step = [](auto const& u, std::size_t, auto const& c) -> state { return u + c * xt::sin(u); };
    const auto block = [&](state u, auto const& c)
    {
        for (std::size_t k = 0; k < 50; ++k)
            u = step(u, k, c);
        return u;
    };
    ad::variable<double, 1> start = xt::linspace<double>(0.0, 1.0, 100);
    ad::variable<double> c = 0.005;

    const auto run = [&](auto const& loop)
    {
        ad::tape tape;
        state end = loop(state(start));
        const auto statements = tape.statistics().statements;
        return std::pair(*tape.gradient(xt::sum(end), c), statements);
    };
    const auto in_blocks = [&](auto const& one)
    {
        return [&](state u)
        {
            for (int k = 0; k < 20; ++k)
                u = one(u);
            return u;
        };
    };
    const auto [a, all] = run(in_blocks([&](state const& u) { return block(u, c); }));
    const auto [b, blocks] = run(in_blocks([&](state const& u) { return ad::checkpoint(block, u, c); }));
    const auto [d, one] = run([&](state const& u) { return ad::revolve(step, u, 1000, 10, c); });
    std::cout << a << ' ' << b << ' ' << d << " from " << all << ' ' << blocks << ' ' << one << " statements\n";
}
// prints: 11272.3 11272.3 11272.3 from 1001 21 2 statements
