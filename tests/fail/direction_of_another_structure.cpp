// SPDX-License-Identifier: BSL-1.0
// A direction is a vector of numbers where the argument is one.
// EXPECT: etape: a direction or weight has the structure of what it belongs to: expected a vector or array
#include <vector>

#include <etape/etape.hpp>

double program(std::vector<double> const& x)
{
    const auto f = [](auto const& p) { return p[0] * p[1]; };
#ifdef ETAPE_CONTROL
    return etape::jvp(f, x, x).tangent;
#else
    return etape::jvp(f, x, 1.0).tangent;
#endif
}
