// SPDX-License-Identifier: BSL-1.0
// Dual numbers as elements of xtensor containers.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <etape/etape.hpp>

#include <xtensor/xmath.hpp>
#include <xtensor/xnorm.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

namespace
{
    using d1 = etape::dual<double>;
    using array = xt::xtensor<d1, 1>;

    array points()
    {
        return array{d1(0.5, 1.0), d1(1.5, 1.0), d1(-2.0, 1.0)};
    }
}

BOOST_AUTO_TEST_SUITE(dual_xtensor)

BOOST_AUTO_TEST_CASE(elementwise_functions_and_arithmetic)
{
    const array x = points();
    const array y = xt::exp(x) * xt::sin(x) + x * x;
    for (std::size_t i = 0; i < x.size(); ++i)
    {
        const double v = x(i).v;
        BOOST_TEST(y(i).v == std::exp(v) * std::sin(v) + v * v, boost::test_tools::tolerance(1e-15));
        BOOST_TEST(y(i).d[0] == std::exp(v) * (std::sin(v) + std::cos(v)) + 2 * v,
                   boost::test_tools::tolerance(1e-14));
    }
    const array z = xt::tanh(x) + xt::pow(x, d1(2.0)) + xt::abs(x);
    BOOST_TEST(z(2).d[0] == 1 / std::pow(std::cosh(-2.0), 2) - 4.0 - 1.0, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(reductions)
{
    const array x = points();
    const d1 s = xt::sum(x * x)();
    BOOST_TEST(s.v == 6.5);
    BOOST_TEST(s.d[0] == 0.0);
    const d1 m = xt::amax(x)();
    BOOST_TEST(m.v == 1.5);
    BOOST_TEST(m.d[0] == 1.0);
}

BOOST_AUTO_TEST_CASE(several_tangents_in_a_matrix)
{
    using d3 = etape::dual<double, 3>;
    // x_ij has tangent e_j, twice in the second row
    xt::xtensor<d3, 2> x = xt::xtensor<d3, 2>::from_shape({2, 3});
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j)
        {
            x(i, j) = d3(1.0 + static_cast<double>(3 * i + j));
            x(i, j).d[j] = static_cast<double>(i + 1);
        }
    const xt::xtensor<d3, 1> rows = xt::sum(x * x, {1});
    BOOST_TEST(rows(1).v == 16.0 + 25.0 + 36.0);
    for (std::size_t j = 0; j < 3; ++j)
    {
        BOOST_TEST(rows(0).d[j] == 2 * x(0, j).v);
        BOOST_TEST(rows(1).d[j] == 4 * x(1, j).v);
    }
    const xt::xtensor<d3, 2> y = xt::transpose(xt::exp(x)) * xt::view(x, 0, xt::all(), xt::newaxis());
    BOOST_TEST(y(2, 1).v == std::exp(6.0) * 3.0, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(y(2, 1).d[2] == std::exp(6.0) * (2.0 * 3.0 + 1.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(y(2, 1).d[0] == 0.0);
}

BOOST_AUTO_TEST_CASE(selection_and_extrema)
{
    const array x = points();
    const array w = xt::where(x > d1(0.0), x * x, d1(3.0) * x);
    BOOST_TEST(w(1).d[0] == 3.0);
    BOOST_TEST(w(2).d[0] == 3.0);
    BOOST_TEST(w(2).v == -6.0);
    const array m = xt::maximum(x, d1(1.0));
    BOOST_TEST(m(0).d[0] == 0.0);
    BOOST_TEST(m(1).d[0] == 1.0);
    const array c = xt::clip(x, -1.0, 1.0) + xt::minimum(x, 1.0);
    BOOST_TEST(c(0).d[0] == 2.0);
    BOOST_TEST(c(1).v == 2.0);
    BOOST_TEST(c(1).d[0] == 0.0);
    BOOST_TEST(c(2).d[0] == 1.0);
    const d1 least = xt::amin(x)();
    BOOST_TEST(least.v == -2.0);
    BOOST_TEST(!xt::any(xt::isnan(x)));
    BOOST_TEST(xt::all(xt::isfinite(x)));
    // Nested, with a plain number on the other side.
    using d2 = etape::dual<d1>;
    const xt::xtensor<d2, 1> n{d2(d1(2.0, 1.0), d1(1.0))};
    const d2 chosen = xt::where(n > 1.0, n * n, 0.0)(0);
    BOOST_TEST(chosen.d[0].d[0] == 2.0);
    using std::isnan;
    BOOST_TEST(!isnan(chosen));
}

BOOST_AUTO_TEST_CASE(norms)
{
    const array x = points();
    BOOST_TEST(xt::norm_sq(x)().v == 6.5);
    BOOST_TEST(xt::norm_sq(x)().d[0] == 0.0);
    BOOST_TEST(xt::norm_l2(x)().v == std::sqrt(6.5));
    BOOST_TEST(xt::norm_l1(x)().d[0] == 1.0);
    BOOST_TEST(xt::norm_linf(x)().d[0] == -1.0);
}

BOOST_AUTO_TEST_SUITE_END()
