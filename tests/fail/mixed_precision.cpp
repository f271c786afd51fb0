// SPDX-License-Identifier: BSL-1.0
// Arrays of float and of double in one expression.
// EXPECT: etape: an expression mixes variables of float and of double: convert one of them
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& x, etape::variable<float, 1> const& y)
{
#ifdef ETAPE_CONTROL
    etape::tensor<double, 1> z = x * x;
    etape::tensor<float, 1> w = y * y;
#else
    etape::tensor<double, 1> z = x * y;
#endif
}
