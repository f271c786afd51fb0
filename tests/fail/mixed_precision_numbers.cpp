// SPDX-License-Identifier: BSL-1.0
// Numbers of float and of double in one operation.
// EXPECT: etape: an expression mixes variables of float and of double: convert one of them
#include <etape/etape.hpp>

void program(etape::variable<double> const& x, etape::variable<float> const& y)
{
#ifdef ETAPE_CONTROL
    auto z = x * etape::variable<double>(y);
#else
    auto z = x * y;
#endif
}
