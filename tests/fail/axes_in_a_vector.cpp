// SPDX-License-Identifier: BSL-1.0
// As many axes as are known when the program runs.
// EXPECT: etape: the number of axes decides the rank of a reduction: name them in braces or in a std::array
#include <etape/etape.hpp>

void program(etape::variable<double, 2> const& x)
{
#ifdef ETAPE_CONTROL
    (void)etape::mean(x, std::array<std::size_t, 1>{0});
#else
    (void)etape::mean(x, std::vector<std::size_t>{0});
#endif
}
