// SPDX-License-Identifier: BSL-1.0
// xtensor-blas has no derivatives: one message that names what has.
// EXPECT: etape: xt::linalg::inv of a tracked array has no derivative: use etape::linalg::inv
#include <etape/etape.hpp>

auto inverse(etape::variable<double, 2> const& x)
{
#ifdef ETAPE_CONTROL
    return etape::linalg::inv(x);
#else
    return xt::linalg::inv(x);
#endif
}
