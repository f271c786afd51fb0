// SPDX-License-Identifier: BSL-1.0
// Axes of an operand whose rank is not known to the compiler.
// EXPECT: etape: a reduction over axes needs an operand whose rank is known at compile time
#include <etape/etape.hpp>

void program(etape::variable<double, 2> const& x, xt::xarray<etape::variable<double>> const& y)
{
#ifdef ETAPE_CONTROL
    (void)etape::mean(x, {0});
#else
    (void)etape::mean(y, {0});
#endif
}
