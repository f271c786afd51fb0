// SPDX-License-Identifier: BSL-1.0
// The guide, an optimiser: value and gradient as optimisers call them, and a loop of Barzilai-Borwein steps around it.
#include <array>
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

// The form of NLopt's nlopt_func: the value at x and, where it is asked for, the gradient.
double objective(unsigned n, const double* at, double* to, void*)
{
    const std::array<std::size_t, 1> shape{n};
    ad::variable<double, 1> x = xt::adapt(at, n, xt::no_ownership(), shape);
    ad::tape tape;
    auto head = xt::view(x, xt::range(0, n - 1)), tail = xt::view(x, xt::range(1, n));
    ad::variable<double> f = xt::sum(xt::square(1.0 - head) + 5.0 * xt::square(tail - xt::square(head)));
    if (to != nullptr)
        xt::adapt(to, n, xt::no_ownership(), shape) = *tape.gradient(f, x);
    return f.value();
}

int main()
{
    xt::xtensor<double, 1> x{-1.0, 1.0, 0.5}, slope = xt::zeros<double>({3}), dx = slope, change = slope;
    double step = 0.01, f = objective(3, x.data(), slope.data(), nullptr);
    for (int k = 0; k < 200 && f > 1e-16; ++k)
    {
        dx = -step * slope;
        x += dx;
        change = -slope;
        f = objective(3, x.data(), slope.data(), nullptr);
        change += slope;
        step = xt::sum(dx * dx)() / xt::sum(dx * change)();         // the inverse of the curvature along the last step
    }
    std::cout << x(0) << ' ' << x(1) << ' ' << x(2) << '\n';
}
// prints: 1 1 1
