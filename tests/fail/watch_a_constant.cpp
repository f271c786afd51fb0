// SPDX-License-Identifier: BSL-1.0
// A constant cannot be watched.
// EXPECT: etape: a constant cannot be watched: make a variable of it
#include <etape/etape.hpp>

void program(etape::tape& t, etape::constant<double, 1> const& c)
{
#ifdef ETAPE_CONTROL
    etape::variable<double, 1> v = c;
    t.watch(v);
#else
    t.watch(c);
#endif
}
