// SPDX-License-Identifier: BSL-1.0
// More axes than the operand has.
// EXPECT: etape: a reduction names more axes than its operand has
#include <etape/etape.hpp>

void program(etape::variable<double, 1> const& x)
{
#ifdef ETAPE_CONTROL
    (void)etape::sum(x, {0});
#else
    (void)etape::sum(x, {0, 1});
#endif
}
