// SPDX-License-Identifier: BSL-1.0
// The gradient with respect to a plain number.
// EXPECT: etape: gradient() takes sources that are variables, tensors, or tuples, arrays, vectors, hana maps and adapted structs of them
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1> const& x, double s)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * s, x);
#else
    (void)t.gradient(x * s, x, s);
#endif
}
