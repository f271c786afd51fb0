// SPDX-License-Identifier: BSL-1.0
// The order of a polygamma function cannot carry a tangent.
// EXPECT: etape: polygamma(order, x): the order has no derivative, expected a plain number
#include <etape/etape.hpp>

void program(etape::dual<double> const& order, etape::dual<double> const& x)
{
#ifdef ETAPE_CONTROL
    (void)etape::polygamma(order.v, x);
#else
    (void)etape::polygamma(order, x);
#endif
}
