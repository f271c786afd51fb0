// SPDX-License-Identifier: BSL-1.0
// What both files of the consumer do with etape, without optimisation: a gradient, x at x = {1, 2, 4} and 1/x of a logarithm.
#pragma once

// A user decides about these; the package must not.
#ifdef XTENSOR_USE_XSIMD
#error "XTENSOR_USE_XSIMD came with the package"
#endif
#ifdef XTENSOR_USE_TBB
#error "XTENSOR_USE_TBB came with the package"
#endif

#if __has_include(<etape/etape.hpp>)
#include <etape/etape.hpp>

#include <cstddef>

namespace
{
    bool slope_is_right()
    {
        xt::xtensor<double, 1> const start = {1.0, 2.0, 4.0};
        etape::variable<double, 1> x = start;
        etape::tape tape;
        auto y = xt::sum(0.5 * x * x + xt::log(x));
        auto gradient = tape.gradient(y, x);
        xt::xtensor<double, 1> const slope = *gradient;
        bool right = slope.size() == 3;
        for (std::size_t k = 0; right && k < 3; ++k)
            right = slope(k) == start(k) + 1 / start(k);
        return right;
    }
}
#else
#include <etape/core/site.hpp>

namespace
{
    bool slope_is_right()
    {
        return etape::to_string(etape::site{}) == "an unknown place";
    }
}
#endif
