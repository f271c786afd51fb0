// SPDX-License-Identifier: BSL-1.0
// Nor does an array of orders, also of a plain argument.
// EXPECT: etape: polygamma(order, x): the order has no derivative, expected a plain number or array
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& orders, xt::xtensor<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    (void)etape::polygamma(x, orders);
#else
    (void)etape::polygamma(orders, x);
#endif
}
