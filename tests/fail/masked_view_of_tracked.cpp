// SPDX-License-Identifier: BSL-1.0
// A masked view is written through; a tracked array has xt::where.
// EXPECT: etape: masked_view of a tracked array: use xt::where
#include <etape/etape.hpp>

auto masked(etape::variable<double, 1> const& x, xt::xtensor<bool, 1> const& mask)
{
#ifdef ETAPE_CONTROL
    return xt::where(mask, x, 0.0);
#else
    return xt::masked_view(x, mask);
#endif
}
