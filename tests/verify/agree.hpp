// SPDX-License-Identifier: BSL-1.0
// The check that all modes agree on a function, and arrays to call it with.
#pragma once
#include <boost/test/unit_test.hpp>

#include <etape/linalg/matmul.hpp>
#include <etape/verify/compare.hpp>

namespace modes_of
{
    namespace ad = etape;
    using vector = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;

    inline const vector x{0.3, -1.2, 2.1, 0.7}, y{1.5, 0.4, -0.8, 2.2};
    inline const matrix a{{0.2, -0.5, 1.1, 0.9}, {1.3, 0.6, -0.7, 0.1}, {-0.4, 0.8, 0.3, -1.6}};
}

#define AGREE(...)                                                                                                             \
    do                                                                                                                         \
    {                                                                                                                          \
        const auto report = ad::verify::compare_modes(__VA_ARGS__);                                                            \
        BOOST_TEST(report.agree, report.text());                                                                               \
    } while (false)
