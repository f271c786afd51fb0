// SPDX-License-Identifier: BSL-1.0
// Norms, variances, sums without NaN, interpolation and histograms by xtensor's names: values as of plain arrays, derivatives as of differences.
#include <array/check.hpp>

#include <algorithm>
#include <functional>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Warray-bounds"  // g++ 12 at -O2 about xtensor's svector
#endif
#include <xtensor/xhistogram.hpp>

namespace
{
    using vector = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;
    using variable = ad::variable<double, 2>;
    using tensor = ad::tensor<double, 1>;
    using axes = std::array<std::size_t, 1>;
    constexpr double absent = std::numeric_limits<double>::quiet_NaN();

    // f of a variable against f of a plain array; NaN elements have no difference, and no part in f.
    void agrees(const char* name, std::function<tensor(variable const&)> const& tracked, std::function<vector(matrix const&)> const& f, matrix const& at)
    {
        BOOST_TEST_INFO(name);
        const variable x = at;
        ad::tape t;
        const tensor y = tracked(x);
        BOOST_TEST(check::near(expect::numbers(ad::value(y)), expect::numbers(f(at)), 1e-14));
        const auto weight = [](std::size_t i) { return std::cos(1.0 + 2.4 * static_cast<double>(i)); };
        vector w = vector::from_shape({y.size()});
        for (std::size_t i = 0; i < w.size(); ++i)
            w(i) = weight(i);
        const auto total = [&](matrix const& p)
        {
            const vector v = f(p);
            double sum = 0;
            for (std::size_t i = 0; i < v.size(); ++i)
                sum += v(i) * weight(i);
            return sum;
        };
        const auto found = expect::numbers(*t.gradient(ad::sum(y * w), x));
        std::vector<double> expected;
        for (std::size_t i = 0; i < at.size(); ++i)
        {
            matrix up = at, down = at;
            up.data()[i] += 1e-5;
            down.data()[i] -= 1e-5;
            expected.push_back(std::isnan(at.data()[i]) ? 0.0 : (total(up) - total(down)) / 2e-5);
        }
        BOOST_TEST_INFO(name);
        BOOST_TEST(check::near(found, expected, 1e-9));
    }
#define AGREES(...)                                                                                                  \
    agrees(#__VA_ARGS__, [](variable const& a) { return tensor(__VA_ARGS__); }, [](matrix const& a) { return vector(__VA_ARGS__); }, p)
}

BOOST_AUTO_TEST_SUITE(xtensor_statistics)

BOOST_AUTO_TEST_CASE(variances_less_degrees_of_freedom)
{
    const matrix p{{0.3, -1.2, 2.1}, {0.7, 0.9, -0.4}};
    AGREES(xt::variance(a, {0}, 1));
    AGREES(xt::variance(a * a, {1}, 1));
    AGREES(xt::variance(a, axes{1}, 1));
    const ad::variable<double, 2> x = p;
    const ad::variable<double> all = xt::variance(x, {0, 1}, 1);
    BOOST_TEST(all.value() == xt::variance(p)() * 6 / 5, boost::test_tools::tolerance(1e-14));
}
BOOST_AUTO_TEST_CASE(without_nan)
{
    const matrix p{{0.3, absent, 2.1}, {0.7, 0.9, -0.4}};
    AGREES(xt::nanmean(a, axes{1}));
    AGREES(xt::nanvar(a, {0}));
    AGREES(xt::nanvar(a * a, {1}));
    AGREES(xt::nanvar(a, axes{1}));
    AGREES(xt::nanstd(a * a, {1}));
    AGREES(xt::nanstd(a, axes{1}));
    const ad::variable<double, 2> all = p;
    const ad::variable<double> over_all = xt::nanstd(all, {0, 1}), flat_std = xt::nanstd(all);
    BOOST_TEST(over_all.value() == xt::nanstd(p)(), boost::test_tools::tolerance(1e-14));
    const ad::variable<double, 1> level{2.0, 2.0, absent};
    ad::tape flat_tape;
    BOOST_TEST(is(flat_tape.gradient(xt::nanstd(level, {0}), level), {0, 0, 0}));
    BOOST_TEST(flat_std.value() == xt::nanstd(p)(), boost::test_tools::tolerance(1e-14));
    const ad::variable<double, 2> x = p;
    ad::tape t(true);
    const ad::tensor<double, 2> sums(xt::nancumsum(x, 1)), products(xt::nancumprod(x * 2.0, 0));
    BOOST_TEST(check::near(expect::numbers(sums), {0.3, 0.3, 2.4, 0.7, 1.6, 1.2}, 1e-15));
    BOOST_TEST(check::near(expect::numbers(products), {0.6, 1, 4.2, 0.84, 1.8, -3.36}, 1e-15));
    BOOST_TEST(is(t.gradient(sums, x), {3, 0, 1, 3, 2, 1}));
    BOOST_TEST(check::near(expect::numbers(*t.gradient(products, x)), {4.8, 0, 0.4, 1.2, 2, 8.4}, 1e-15));
    const ad::tensor<double, 1> flat(xt::nancumsum(x));
    BOOST_TEST(check::near(expect::numbers(flat), {0.3, 0.3, 2.4, 3.1, 4.0, 3.6}, 1e-15));
}
BOOST_AUTO_TEST_CASE(norms)
{
    const matrix p{{0.3, -1.2, 2.1}, {0.7, 0.9, -0.4}};
    AGREES(xt::norm_linf(a, {1}));
    AGREES(xt::norm_lp(a, 3.0, {1}));
    AGREES(xt::norm_lp_to_p(a * a, 3.0, {0}));
    const ad::variable<double, 2> x = p;
    const auto same = [](auto const& found, auto const& expected)
    { BOOST_TEST(expect::same(expect::numbers(ad::tensor<double, 1>(found)), expect::numbers(ad::tensor<double, 1>(expected)))); };
    const std::vector<std::size_t> at_run_time{1};
    same(xt::norm_lp(x, 3.0, at_run_time), xt::norm_lp(x, 3.0, {1}));
    same(xt::norm_lp(x * x, 3.0, axes{1}), xt::norm_lp(x * x, 3.0, {1}));
    same(xt::norm_linf(x, at_run_time), xt::norm_linf(x, {1}));
    same(xt::norm_lp_to_p(x, 2.0, axes{0}), xt::norm_lp_to_p(x, 2.0, {0}));
    const ad::variable<double, 1> some{3.0, 0.0, -4.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::norm_lp_to_p(some, 2.0), some), {6, 0, -8}));
    BOOST_TEST(xt::norm_l0(some)() == 2u);
    BOOST_TEST((xt::norm_l0(x, {1})(0) == 3u));
    const ad::variable<double> five = xt::norm_lp(some, 2.0);
    BOOST_TEST(five.value() == 5.0, boost::test_tools::tolerance(1e-15));
}
// Queries in any order, at the points, outside of them, and one point alone.
BOOST_AUTO_TEST_CASE(interpolation)
{
    const vector points{0.0, 1.0, 2.5, 4.0}, at{3.0, 0.0, 0.25, 1.0, -1.0, 5.0, 2.4};
    const ad::variable<double, 1> values{1.0, 3.0, 2.0, 6.0};
    ad::tape t(true);
    const auto y = xt::interp(at, points, values, -7.0, 7.0);
    BOOST_TEST(check::near(expect::numbers(y), {2 + 4.0 / 3, -7, 1.5, 3, -7, 7, 3 - 1.4 / 1.5}, 1e-15));
    BOOST_TEST(check::near(expect::numbers(*t.gradient(y, values)), {0.75, 0.25 + 1 + 0.1 / 1.5, 2.0 / 3 + 1.4 / 1.5, 1.0 / 3}, 1e-14));
    const ad::variable<double, 1> one{2.0};
    BOOST_TEST(expect::same(expect::numbers(xt::interp(vector{-1.0, 1.0}, vector{0.0}, one, 3.0, 4.0)), {3, 4}));
    const auto nowhere = xt::interp(vector{absent}, vector{0.0}, one, 3.0, 4.0);
    BOOST_TEST(std::isnan(expect::numbers(nowhere)[0]));
    BOOST_TEST(std::isnan(expect::numbers(*t.gradient(nowhere, one))[0]));
}
BOOST_AUTO_TEST_CASE(histograms_of_tracked_weights)
{
    const vector data{0.1, 2.5, 0.2, 1.5, 3.0, 7.0, -1.0, 1.0}, edges{0.0, 1.0, 2.0, 3.0}, w{1, 2, 3, 4, 5, 6, 7, 8};
    const ad::variable<double, 1> weights = w;
    ad::tape t(true);
    const auto h = xt::histogram(data, edges, weights), density = xt::histogram(data, edges, weights, true);
    BOOST_TEST(expect::same(expect::numbers(h), expect::numbers(vector(xt::histogram(data, edges, w)))));
    BOOST_TEST(check::near(expect::numbers(density), expect::numbers(vector(xt::histogram(data, edges, w, true))), 1e-15));
    BOOST_TEST(is(t.gradient(ad::sum(h * vector{1, 10, 100}), weights), {1, 100, 1, 10, 100, 0, 0, 10}));
    BOOST_CHECK_THROW(xt::histogram(data, vector{1.0}, weights), ad::shape_error);
    BOOST_CHECK_THROW(xt::histogram(vector{1.0}, edges, weights), ad::shape_error);
}

BOOST_AUTO_TEST_SUITE_END()
