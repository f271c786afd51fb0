// SPDX-License-Identifier: BSL-1.0
// Numbers are variables, not arrays of rank 0.
// EXPECT: etape: a result of rank 0 is a variable<T>
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    etape::variable<double> s = etape::sum(x);
#else
    etape::tensor<double, 0> s = etape::sum(x);
#endif
}
