// SPDX-License-Identifier: BSL-1.0
// Nor by a cast: it would lose its derivative.
// EXPECT: etape: a tracked value would lose its derivative here: use value(e) for the plain values, or stop_gradient(e)
#include <etape/etape.hpp>

double program(etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    return value(x * 2);
#else
    return static_cast<double>(x * 2);
#endif
}
