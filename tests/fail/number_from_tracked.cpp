// SPDX-License-Identifier: BSL-1.0
// A tracked number does not become a plain one by itself.
// EXPECT-GNU: cannot convert
// EXPECT-GNU: to 'double' in initialization
// EXPECT-Clang: no viable conversion from
// EXPECT-Clang: to 'double'
#include <etape/etape.hpp>

double program(etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    double d = value(x * 2);
#else
    double d = x * 2;
#endif
    return d;
}
