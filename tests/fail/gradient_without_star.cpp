// SPDX-License-Identifier: BSL-1.0
// A gradient that may be missing is not an array: the star asks for its value.
// EXPECT: etape: a gradient that may be missing in an expression: *g is its value
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1>& x, etape::variable<double> const& y)
{
#ifdef ETAPE_CONTROL
    x -= 0.1 * *t.gradient(y, x);
#else
    x -= 0.1 * t.gradient(y, x);
#endif
}
