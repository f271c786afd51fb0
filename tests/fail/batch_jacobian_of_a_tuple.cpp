// SPDX-License-Identifier: BSL-1.0
// The rows of a structure are not defined: the batch is the first axis of one array.
// EXPECT: etape: batch_jacobian needs one array, whose first axis is the batch, found a structure
#include <etape/etape.hpp>

void program(xt::xtensor<double, 2> const& rows)
{
#ifdef ETAPE_CONTROL
    (void)etape::batch_jacobian([](auto const& a) { return a * 2.0; })(rows);
#else
    (void)etape::batch_jacobian([](auto const& p)
                                { return std::get<0>(p) * 2.0; })(std::tuple(rows, 2.0));
#endif
}
