// SPDX-License-Identifier: BSL-1.0
// A tracked expression assigned to a plain array would lose its derivative.
// EXPECT: etape: a tracked expression is assigned to a plain array, which would lose its derivative: use value(e)
#include <etape/etape.hpp>

void program(etape::variable<double, 1>& x, xt::xtensor<double, 1>& a)
{
#ifdef ETAPE_CONTROL
    a = etape::value(x * 2.0);
#else
    a = x * 2.0;
#endif
}
