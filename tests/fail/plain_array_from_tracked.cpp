// SPDX-License-Identifier: BSL-1.0
// The same at the declaration of a plain array.
// EXPECT: etape: a tracked expression is assigned to a plain array, which would lose its derivative: use value(e)
#include <etape/etape.hpp>

double program(etape::variable<double, 1>& x)
{
#ifdef ETAPE_CONTROL
    xt::xtensor<double, 1> a = etape::value(xt::exp(x));
#else
    xt::xtensor<double, 1> a = xt::exp(x);
#endif
    return a(0);
}
