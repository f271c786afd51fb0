// SPDX-License-Identifier: BSL-1.0
// A function whose result is forgotten has no derivative.
// EXPECT: etape: the function returns nothing: expected numbers or arrays
#include <etape/etape.hpp>

double program()
{
#ifdef ETAPE_CONTROL
    return etape::grad([](auto const& x) { return x * x; })(1.0);
#else
    return etape::grad([](auto const& x) { static_cast<void>(x * x); })(1.0);
#endif
}
