// SPDX-License-Identifier: BSL-1.0
// Reductions into a running total, as training loops write them.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <xtensor/xmath.hpp>

#include <etape/etape.hpp>

namespace ad = etape;

BOOST_AUTO_TEST_SUITE(totals)

BOOST_AUTO_TEST_CASE(compound_assignment_of_reductions)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    ad::variable<double> y = 1.0;
    y += xt::sum(x * x);   // 15
    y -= ad::sum(x);       // 9
    y *= xt::mean(x);      // 18
    y += 2.0 * xt::sum(x); // 30
    y /= ad::norm_l2(x);
    const double norm = std::sqrt(14.0);
    BOOST_TEST(y.value() == 30 / norm, boost::test_tools::tolerance(1e-14));
    const auto g = t.gradient(y, x);
    for (std::size_t i = 0; i < 3; ++i)
    {
        const double xi = x(i).value();
        const double inner = (2 * xi - 1) * 2 + 9.0 / 3 + 2;
        BOOST_TEST((*g)(i) == inner / norm - 30 * xi / (norm * norm * norm), boost::test_tools::tolerance(1e-13));
    }
}

BOOST_AUTO_TEST_SUITE_END()
