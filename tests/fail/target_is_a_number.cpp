// SPDX-License-Identifier: BSL-1.0
// The gradient of a plain number.
// EXPECT: etape: gradient() needs a tracked target, found a plain number: its derivative was lost before
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * x, x);
#else
    (void)t.gradient(value(x * x), x);
#endif
}
