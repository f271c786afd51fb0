// SPDX-License-Identifier: BSL-1.0
// A recorded gradient of a number that is neither float nor double.
// EXPECT: a recorded (differentiable) one is not offered
#include <etape/etape.hpp>

using number = etape::variable<xsimd::batch<double>>;

void program(number const& x)
{
    etape::tape t;
    const number y = x * x;
#ifdef ETAPE_CONTROL
    t.gradient(y, x);
#else
    t.gradient(y, x, etape::differentiable);
#endif
}
