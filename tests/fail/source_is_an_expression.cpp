// SPDX-License-Identifier: BSL-1.0
// A source that was never recorded by itself.
// EXPECT: etape: gradient() takes sources that are variables, found an expression
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    const etape::variable<double> y = x * x;
#else
    const auto y = x * x;
#endif
    (void)t.gradient(y * y, y);
}
