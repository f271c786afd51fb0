// SPDX-License-Identifier: BSL-1.0
// Fewer seeds than targets.
// EXPECT: etape: gradient() needs as many seeds as targets
#include <etape/etape.hpp>

void program(etape::tape& t, etape::variable<double> const& x)
{
#ifdef ETAPE_CONTROL
    (void)t.gradient(std::tuple{x, x * x}, x, etape::seed(std::tuple{1.0, 2.0}));
#else
    (void)t.gradient(std::tuple{x, x * x}, x, etape::seed(std::tuple{1.0}));
#endif
}
