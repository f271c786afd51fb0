// SPDX-License-Identifier: BSL-1.0
// The gradient of a plain array.
// EXPECT: etape: gradient() needs a tracked target: this expression is plain numbers, so its derivative was lost before
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * x, x);
#else
    (void)t.gradient(etape::value(x) * 2.0, x);
#endif
}
