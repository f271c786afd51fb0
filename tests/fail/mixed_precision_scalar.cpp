// SPDX-License-Identifier: BSL-1.0
// A number of float in an expression of double.
// EXPECT: etape: an expression mixes variables of float and of double: convert one of them
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& x, etape::variable<float> const& s)
{
#ifdef ETAPE_CONTROL
    etape::tensor<double, 1> z = x * etape::variable<double>(s);
#else
    etape::tensor<double, 1> z = x * s;
#endif
}
