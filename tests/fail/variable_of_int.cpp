// SPDX-License-Identifier: BSL-1.0
// Integers have no derivative.
// EXPECT: etape: variable<T> needs T = double or float
#include <etape/etape.hpp>

#ifdef ETAPE_CONTROL
using number = double;
#else
using number = int;
#endif
etape::variable<number> x;
