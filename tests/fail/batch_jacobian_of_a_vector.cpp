// SPDX-License-Identifier: BSL-1.0
// A batch has rows: an argument of rank 1 is one row, not a batch.
// EXPECT: etape: batch_jacobian needs an argument and a result of rank 2 or more: rows of a batch
#include <etape/etape.hpp>

void program(xt::xtensor<double, 1> const& x, xt::xtensor<double, 2> const& rows)
{
    const auto f = [](auto const& a) { return a * 2.0; };
#ifdef ETAPE_CONTROL
    (void)etape::batch_jacobian(f)(rows);
#else
    (void)etape::batch_jacobian(f)(x);
#endif
}
