// SPDX-License-Identifier: BSL-1.0
// A variable keeps its rank.
// EXPECT: etape: the expression has another rank than the array made of it or assigned to: N of tensor<T, N> and variable<T, N> is the rank
#include <etape/etape.hpp>

void program(etape::variable<double, 2>& a, [[maybe_unused]] etape::variable<double, 1>& x)
{
#ifdef ETAPE_CONTROL
    a = a * 2.0;
#else
    x = a * 2.0;
#endif
}
