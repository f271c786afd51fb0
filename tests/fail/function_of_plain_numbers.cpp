// SPDX-License-Identifier: BSL-1.0
// A function that takes a double cannot be called with a variable in its place.
// EXPECT: etape: the function is called with tracked variables in place of its arguments
#include <etape/etape.hpp>

double program()
{
#ifdef ETAPE_CONTROL
    return etape::grad([](auto const& x) { return x * x; })(1.0);
#else
    return etape::grad([](double x) { return x * x; })(1.0);
#endif
}
