// SPDX-License-Identifier: BSL-1.0
// The gradient of a comparison.
// EXPECT: etape: gradient() needs a target of float or double: comparisons and integers have no derivative
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(xt::where(x > 0.0, x, 2.0 * x), x);
#else
    (void)t.gradient(x > 0.0, x);
#endif
}
