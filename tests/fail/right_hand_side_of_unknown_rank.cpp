// SPDX-License-Identifier: BSL-1.0
// A matrix may be of a rank that only its values say; a right-hand side, whose rank is the result's, may not.
// EXPECT: etape: linalg takes right-hand sides of rank 1 or 2, known at compile time: name it as a tensor<double, 2> first
#include <etape/etape.hpp>

auto solution(etape::variable<double, 2> const& x)
{
#ifdef ETAPE_CONTROL
    const etape::tensor<double, 2> sum = x + xt::eye<double>(3);
    return etape::linalg::solve(x + xt::eye<double>(3), sum);
#else
    return etape::linalg::solve(x, x + xt::eye<double>(3));
#endif
}
