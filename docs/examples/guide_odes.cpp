// SPDX-License-Identifier: BSL-1.0
// The guide, differential equations: Boost.odeint's controlled steppers on numbers and on arrays.
#include <iostream>
#include <vector>

#include <boost/numeric/odeint.hpp>
#include <etape/etape.hpp>
#include <etape/with/odeint.hpp>
namespace ad = etape;
namespace ode = boost::numeric::odeint;

int main()
{
    using numbers = std::vector<ad::variable<double>>;              // prey and predators
    ad::variable<double> prey = 1.2, growth = 1.5;
    const auto lotka_volterra = [&](numbers const& x, numbers& dxdt, double)
    {
        dxdt[0] = x[0] * (growth - x[1]);
        dxdt[1] = x[1] * (x[0] - 3.0);
    };
    using array = ad::variable<double, 1>;                          // heat in a rod whose ends are kept as they are
    array start{0.0, 0.0, 4.0, 0.0, 0.0};
    const auto rod = [](array const& u, array& dudt, double)
    {
        auto inner = xt::view(u, xt::range(1, 4)), left = xt::view(u, xt::range(0, 3)), right = xt::view(u, xt::range(2, 5));
        xt::view(dudt, xt::range(1, 4)) = left - 2.0 * inner + right;
    };

    ad::tape tape;
    numbers x{prey, 0.8};
    ode::integrate_adaptive(ode::make_controlled(1e-9, 1e-9, ode::runge_kutta_dopri5<numbers>()), lotka_volterra, x, 0.0, 5.0, 0.1);
    array u = start;
    ode::integrate_adaptive(ode::make_controlled(1e-9, 1e-9, ode::runge_kutta_dopri5<array>()), rod, u, 0.0, 1.0, 0.1);
    auto [to_prey, to_growth, to_start] = tape.gradient(x[0] + u(2), prey, growth, start);
    std::cout << x[0].value() << ' ' << *to_prey << ' ' << *to_growth << ' ' << u(2).value() << ' ' << (*to_start)(2) << '\n';
}
// prints: 6.51746 -3.29589 0.110758 1.17914 0.294785
