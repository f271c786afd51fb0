// SPDX-License-Identifier: BSL-1.0
// Arrays of integers neither.
// EXPECT: etape: variable<T, N> needs T = double or float
#include <etape/etape.hpp>

#ifdef ETAPE_CONTROL
using number = float;
#else
using number = int;
#endif
etape::variable<number, 2> x;
