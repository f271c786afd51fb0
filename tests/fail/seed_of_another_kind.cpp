// SPDX-License-Identifier: BSL-1.0
// A seed that is neither a number nor an array.
// EXPECT: etape: a seed is a number or a plain array expression, one for each target
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * x, x, etape::seed(2.0));
#else
    (void)t.gradient(x * x, x, etape::seed("2"));
#endif
}
