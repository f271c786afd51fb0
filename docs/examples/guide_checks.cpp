// SPDX-License-Identifier: BSL-1.0
// The guide, checking: all modes against each other, and the statement whose rule is wrong.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    const xt::xtensor<double, 1> x{0.3, -1.2, 2.5};
    const auto good = [](auto const& v) { return ad::logsumexp(v * 2.0); };
    const auto report = ad::verify::gradcheck(good, x);             // throws verify::wrong_gradient where modes disagree

    const auto cube = ad::custom_rule("cube", [](auto const& v) { return v * v * v; })
                          .vjp([](auto const& g, auto const&, auto const& v) { return g * 2.0 * v * v; });   // 3, not 2
    ad::verify::checked_recording checked(ad::verify::on_wrong_rule::collect);
    ad::variable<double, 1> v = x;
    ad::tape tape;
    auto y = xt::sum(xt::sin(cube(v)));
    auto g = tape.gradient(y, v);
    std::cout << report.entries << " entries agree: " << report.agree << "; wrong: " << checked.wrong().at(0).operation << '\n';
}
// prints: 3 entries agree: 1; wrong: cube
