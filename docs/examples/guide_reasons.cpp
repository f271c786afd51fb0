// SPDX-License-Identifier: BSL-1.0
// The guide, no gradient: a gradient that is not there says why.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    ad::variable<double, 1> x{1.0, 2.0}, bias{0.1, 0.1}, unused{1.0, 1.0};
    ad::tape tape;
    auto target = xt::sum(x * ad::stop_gradient(xt::exp(bias)));
    auto [to_x, to_bias, to_unused] = tape.gradient(target, x, bias, unused);

    for (auto const* g : {&to_x, &to_bias, &to_unused})
        if (*g)
            std::cout << "a gradient of " << g->value().size() << " elements; ";
        else
            std::cout << to_string(g->why()) << "; ";
    std::cout << to_unused.value_or_zero()(0) << '\n';              // *to_unused would throw missing_gradient
}
// prints: a gradient of 2 elements; detached; unconnected; 0
