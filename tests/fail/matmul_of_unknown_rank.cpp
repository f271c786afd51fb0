// SPDX-License-Identifier: BSL-1.0
// The rank of a product is decided by its operands': xt::eye does not say its own, so the message says what to do.
// EXPECT: etape: matmul takes operands of rank 1 or 2, known at compile time: name it as a tensor<double, 2> first
#include <etape/etape.hpp>

auto product(etape::variable<double, 2> const& x)
{
#ifdef ETAPE_CONTROL
    const etape::tensor<double, 2> sum = x + xt::eye<double>(3);
    return etape::matmul(sum, x);
#else
    return etape::matmul(x + xt::eye<double>(3), x);
#endif
}
