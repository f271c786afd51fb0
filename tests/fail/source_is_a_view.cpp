// SPDX-License-Identifier: BSL-1.0
// The gradient with respect to a part of a variable: ask for that of the variable, and view it.
// EXPECT: etape: gradient() takes sources that are variables, tensors, or tuples, arrays, vectors, hana maps and adapted structs of them
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 2>& x)
{
    auto row = xt::view(x, 0);
#ifdef ETAPE_CONTROL
    auto gradient = *t.gradient(row * row, x);
    (void)xt::view(gradient, 0);
#else
    (void)t.gradient(row * row, row);
#endif
}
