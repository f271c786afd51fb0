// SPDX-License-Identifier: BSL-1.0
// The gradient with respect to a plain array.
// EXPECT: etape: gradient() takes sources that are variables, tensors, or tuples, arrays, vectors, hana maps and adapted structs of them
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double, 1> const& x, xt::xtensor<double, 1> const& a)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(x * a, x);
#else
    (void)t.gradient(x * a, a);
#endif
}
