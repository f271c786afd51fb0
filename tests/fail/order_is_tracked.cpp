// SPDX-License-Identifier: BSL-1.0
// The order of a Bessel function has no derivative.
// EXPECT: etape: cyl_bessel_j(order, x): the order has no derivative, expected a plain number
#include <etape/etape.hpp>

void program(etape::variable<double> const& order, etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    (void)etape::cyl_bessel_j(order.value(), x);
#else
    (void)etape::cyl_bessel_j(order, x);
#endif
}
