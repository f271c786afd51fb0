// SPDX-License-Identifier: BSL-1.0
// A reduction cast to a plain number.
// EXPECT: etape: a tracked value would lose its derivative here: use value(e) for the plain values, or stop_gradient(e)
#include <etape/etape.hpp>

double program(etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    return etape::sum(x).value();
#else
    return double(etape::sum(x));
#endif
}
