// SPDX-License-Identifier: BSL-1.0
// The guide, rules of your own: custom_rule, straight_through, map, preaccumulate.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    const auto softplus = ad::custom_rule("softplus", [](auto const& x) { return xt::log1p(xt::exp(x)); })
                              .vjp([](auto const& g, auto const&, auto const& x) { return g / (1.0 + xt::exp(-x)); })
                              .jvp([](auto const&, auto const& x, auto const& dx) { return dx / (1.0 + xt::exp(-x)); });
    const auto round = [](auto const& x) { return xt::round(x); };
    const auto huber = [](auto const& x) { return ad::select(x * x < 1.0, 0.5 * x * x, abs(x) - 0.5); };
    const auto geometric = [](auto const& q)                        // q + q^2 + q^3 + ...
    {
        auto sum = q, power = q;
        for (int k = 2; k < 60; ++k)
        {
            power *= q;
            sum += power;
        }
        return sum;
    };

    ad::variable<double, 1> x{0.0, 2.0};
    ad::variable<double> q = 0.5;
    ad::tape tape;
    ad::tensor<double, 1> y = softplus(x) + ad::straight_through(round, x) + ad::map(huber, x);
    ad::variable<double> z = ad::preaccumulate(geometric, q);       // 59 terms, one statement
    auto [to_x, to_q] = tape.gradient(xt::sum(y) + z, x, q);
    std::cout << (*to_x)(0) << ' ' << (*to_x)(1) << ' ' << *to_q << '\n';
}
// prints: 1.5 2.8808 4
