// SPDX-License-Identifier: BSL-1.0
// A function that takes a double has no Jacobian, by rows or by columns.
// EXPECT: etape: the function is called with tracked variables in place of its arguments
#include <etape/etape.hpp>

double program()
{
#ifdef ETAPE_CONTROL
    return etape::jacobian([](auto const& x) { return x * x; })(1.0);
#else
    return etape::jacobian([](double x) { return x * x; })(1.0);
#endif
}
