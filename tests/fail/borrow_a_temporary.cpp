// SPDX-License-Identifier: BSL-1.0
// Memory that is gone when the statement ends cannot be borrowed.
// EXPECT-GNU: use of deleted function
// EXPECT-Clang: call to deleted function 'borrow'
#include <etape/etape.hpp>

void program(xt::xtensor<double, 1> const& a)
{
#ifdef ETAPE_CONTROL
    auto b = etape::borrow(a);
#else
    auto b = etape::borrow(xt::xtensor<double, 1>(a));
#endif
}
