// SPDX-License-Identifier: BSL-1.0
// The gradient of a vector into a matrix.
// EXPECT: etape: into() takes, for each argument, a number of its type or an array with memory, of its element type and rank
#include <etape/etape.hpp>
#include <xtensor/xtensor.hpp>

#ifdef ETAPE_CONTROL
using place = xt::xtensor<double, 1>;
#else
using place = xt::xtensor<double, 2>;
#endif
double program(xt::xtensor<double, 1> const& x, place& g)
{
    const auto f = etape::fused([](auto const& a) { return xt::sum(a * a); });
    return f.into(g)(x);
}
