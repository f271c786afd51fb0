// SPDX-License-Identifier: BSL-1.0
// A controlled stepper of Boost.odeint whose Value is tracked: step sizes are plain numbers.
// EXPECT: etape: the Value of an odeint stepper is a plain number, for its steps have no derivative
#include <vector>

#include <boost/numeric/odeint.hpp>

#include <etape/etape.hpp>
#include <etape/with/odeint.hpp>

using number = etape::variable<double>;
using state = std::vector<number>;

void solve(state& x, number const& rate)
{
    namespace ode = boost::numeric::odeint;
    const auto system = [&](state const& s, state& d, double) { d[0] = -rate * s[0]; };
#ifdef ETAPE_CONTROL
    ode::integrate<double>(system, x, 0.0, 1.0, 0.1);
#else
    ode::integrate(system, x, 0.0, 1.0, 0.1);
#endif
}
