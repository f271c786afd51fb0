// SPDX-License-Identifier: BSL-1.0
// A result of rank 2 is no tensor of rank 1.
// EXPECT: etape: the expression has another rank than the array made of it or assigned to: N of tensor<T, N> and variable<T, N> is the rank
#include <etape/etape.hpp>

void program(etape::variable<double, 2> const& a)
{
#ifdef ETAPE_CONTROL
    etape::tensor<double, 2> y = a * 2.0;
#else
    etape::tensor<double, 1> y = a * 2.0;
#endif
}
