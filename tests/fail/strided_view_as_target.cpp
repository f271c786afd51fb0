// SPDX-License-Identifier: BSL-1.0
// Assignment into xt::strided_view of a variable: it would assign to a copy.
// EXPECT: xstrided_view
#include <etape/etape.hpp>

void program(etape::variable<double, 2>& x, etape::variable<double, 1> const& y)
{
#ifdef ETAPE_CONTROL
    xt::view(x, 0, xt::all()) = y;
#else
    xt::strided_view(x, {0, xt::all()}) = y;
#endif
}
