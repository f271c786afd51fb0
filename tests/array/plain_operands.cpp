// SPDX-License-Identifier: BSL-1.0
// Code that is written for tracked arrays takes plain ones: functions of etape's own names, reductions, and xtensor's with axes known at run time.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <xtensor/xarray.hpp>

#include <etape/etape.hpp>

BOOST_AUTO_TEST_SUITE(plain_operands)

namespace
{
    namespace ad = etape;
    const auto loss = [](auto const& x) { return ad::sum(ad::softplus(x) * ad::maximum(x, 0.3)); };
}

BOOST_AUTO_TEST_CASE(functions_of_plain_arrays_constants_and_expressions)
{
    const xt::xtensor<double, 1> p{0.5, 0.25};
    const ad::variable<double, 1> x = p;
    const ad::constant<double, 1> c(p);
    const xt::xtensor<double, 1> a = ad::exp(p), b = ad::exp(c), e = ad::exp(p + c), w = ad::where(p > 0.3, p, 0.0);
    for (std::size_t i = 0; i < 2; ++i)
    {
        BOOST_TEST(a(i) == std::exp(p(i)));
        BOOST_TEST(b(i) == std::exp(p(i)));
        BOOST_TEST(e(i) == std::exp(2 * p(i)));
    }
    BOOST_TEST(w(0) == 0.5);
    BOOST_TEST(w(1) == 0.0);
    BOOST_TEST(loss(p) == loss(x).value(), boost::test_tools::tolerance(1e-14));
    BOOST_TEST(loss(c) == loss(x).value(), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(reductions_of_plain_arrays)
{
    const xt::xtensor<double, 2> m{{1, 2}, {3, 4}};
    static_assert(std::is_same_v<decltype(ad::sum(m)), double>);
    BOOST_TEST(ad::sum(m) == 10.0);
    BOOST_TEST(ad::mean(m * 2.0) == 5.0);
    BOOST_TEST(ad::prod(m) == 24.0);
    BOOST_TEST(ad::amax(m) == 4.0);
    BOOST_TEST(ad::amin(m) == 1.0);
    BOOST_TEST(ad::norm_l1(m) == 10.0);
    BOOST_TEST(ad::norm_sq(m) == 30.0);
    BOOST_TEST(ad::norm_l2(m) == std::sqrt(30.0));
    BOOST_TEST(ad::variance(m) == 1.25);
    BOOST_TEST(ad::stddev(m) == std::sqrt(1.25));
    BOOST_TEST(ad::logsumexp(m) == std::log(std::exp(1) + std::exp(2) + std::exp(3) + std::exp(4)), boost::test_tools::tolerance(1e-14));
    const auto rows = ad::sum(m, {1});
    static_assert(std::is_same_v<decltype(rows), const ad::constant<double, 1>>);
    BOOST_TEST(rows(0) == 3.0);
    BOOST_TEST(rows(1) == 7.0);
    BOOST_TEST(ad::sum(m, {0, 1}) == 10.0);
    const auto p = ad::softmax(m, {1});
    BOOST_TEST(p(0, 0) + p(0, 1) == 1.0, boost::test_tools::tolerance(1e-14));
    const xt::xtensor<float, 1> f{1.5f, 2.5f};
    static_assert(std::is_same_v<decltype(ad::mean(f)), float>);
    BOOST_TEST(ad::mean(f) == 2.0f);
}

BOOST_AUTO_TEST_CASE(plain_operands_record_nothing)
{
    const xt::xtensor<double, 1> p{0.5, 0.25};
    ad::tape t;
    BOOST_TEST(ad::sum(p) == 0.75);
    BOOST_TEST(t.statistics().statements == 0u);
}

BOOST_AUTO_TEST_CASE(axes_known_at_run_time)
{
    const ad::variable<double, 2> m{{1, 2}, {3, 4}};
    const std::vector<std::size_t> axes{0};
    ad::tape t(true);
    const auto column = [&](auto const& e)
    {
        xt::xarray<ad::variable<double>> c = e;
        return std::pair(c(1).value(), *t.gradient(c(1), m));
    };
    const auto [sum, d_sum] = column(xt::sum(m * m, axes));
    BOOST_TEST(sum == 20.0);
    BOOST_TEST(d_sum(0, 1) == 4.0);
    BOOST_TEST(d_sum(1, 1) == 8.0);
    BOOST_TEST(d_sum(0, 0) == 0.0);
    const auto [mean, d_mean] = column(xt::mean(m, axes));
    BOOST_TEST(mean == 3.0);
    BOOST_TEST(d_mean(1, 1) == 0.5);
    const auto [prod, d_prod] = column(xt::prod(m, axes));
    BOOST_TEST(prod == 8.0);
    BOOST_TEST(d_prod(0, 1) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
