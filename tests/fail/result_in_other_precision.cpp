// SPDX-License-Identifier: BSL-1.0
// The result of an expression in another precision than its variables.
// EXPECT: etape: the expression's variables and the result differ in precision (float, double)
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    etape::tensor<double, 1> y = x * 2.0;
#else
    etape::tensor<float, 1> y = x * 2.0;
#endif
}
