// SPDX-License-Identifier: BSL-1.0
// A seed that is tracked itself.
// EXPECT: etape: a seed is plain numbers: use value(e)
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * x, x, etape::seed(etape::value(x)));
#else
    (void)t.gradient(x * x, x, etape::seed(x));
#endif
}
