// SPDX-License-Identifier: BSL-1.0
// Reductions as xtensor spells them: into a running total, and norms and variances over axes.
#include <semantics/expect.hpp>

#include <cmath>
#include <limits>

#include <xtensor/xmath.hpp>
#include <xtensor/xnorm.hpp>

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

BOOST_AUTO_TEST_CASE(norms_and_variances_over_axes)
{
    const ad::variable<double, 2> x{{3.0, -4.0, 0.0}, {0.0, 0.0, 0.0}};
    const xt::xtensor<double, 2> plain = ad::value(x);
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::norm_l1(x, {1}), x), {1, -1, 0, 0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::norm_l2(x, {1}) * 5.0, x), {3, -4, 0, 0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::norm_sq(x * 1.0, {1}), x), {6, -8, 0, 0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::variance(x, {0}), x), {1.5, -2, 0, -1.5, 2, 0}));
    BOOST_TEST(is(t.gradient(xt::stddev(x, {0}), x), {0.5, -0.5, 0, -0.5, 0.5, 0}));
    using expect::numbers;
    using vector = xt::xtensor<double, 1>;
    BOOST_TEST(expect::same(numbers(xt::norm_l1(x, {0})), numbers(vector(xt::norm_l1(plain, {0})))));
    BOOST_TEST(expect::same(numbers(xt::norm_l2(x, {1})), numbers(vector(xt::norm_l2(plain, {1})))));
    BOOST_TEST(expect::same(numbers(xt::norm_sq(x, {1})), numbers(vector(xt::norm_sq(plain, {1})))));
    BOOST_TEST(expect::same(numbers(xt::variance(x, {0})), numbers(vector(xt::variance(plain, {0})))));
    BOOST_TEST(expect::same(numbers(xt::stddev(x, {0})), numbers(vector(xt::stddev(plain, {0})))));
    BOOST_TEST(xt::norm_l1(x, {0, 1}).value() == 7.0);
    BOOST_CHECK_THROW(xt::norm_l1(x, {2}), ad::shape_error);
}

// The same axes in braces, in a std::array and, where the result may be of any rank, in a std::vector.
BOOST_AUTO_TEST_CASE(axes_that_are_computed)
{
    ad::variable<double, 3> x = xt::reshape_view(xt::arange<double>(1, 25), {2, 3, 4});
    ad::tape t(true);
    const std::size_t last = x.dimension() - 1;
    const std::array<std::size_t, 2> two{0, last};
    std::array<int, 1> one{1};
    const std::vector<std::size_t> any{0, last};
    const xt::xtensor<double, 3> plain = ad::value(x);
    const auto same = [&](auto const& found, auto const& braces)
    {
        BOOST_TEST(expect::same(expect::numbers(found), expect::numbers(braces)));
        BOOST_TEST(expect::same(expect::numbers(*t.gradient(found, x)), expect::numbers(*t.gradient(braces, x))));
    };
#define SAME(NAME)                                                                                                   \
    same(ad::NAME(x * x, two), ad::NAME(x * x, {0, 2}));                                                             \
    same(ad::NAME(x * x, one), ad::NAME(x * x, {1}));                                                                \
    same(ad::NAME(x * x, 1), ad::NAME(x * x, {1}));                                                                  \
    same(ad::NAME(x, last), ad::NAME(x, {-1}));                                                                      \
    BOOST_TEST(expect::same(expect::numbers(ad::NAME(plain, 1)), expect::numbers(ad::NAME(plain, {1}))));
    SAME(sum)
    SAME(mean)
    SAME(prod)
    SAME(amax)
    SAME(amin)
    SAME(norm_l1)
    SAME(norm_l2)
    SAME(norm_sq)
    SAME(variance)
    SAME(stddev)
    SAME(logsumexp)
    SAME(softmax)
#undef SAME
    using row = ad::tensor<double, 1>;
    same(row(xt::sum(x * x, two)), ad::sum(x * x, {0, 2}));
    same(row(xt::sum(x * x, any)), ad::sum(x * x, {0, 2}));
    same(row(xt::prod(x, any)), ad::prod(x, {0, 2}));
    same(row(xt::amax(x, any)), ad::amax(x, {0, 2}));
    same(row(xt::amin(x, any)), ad::amin(x, {0, 2}));
    same(xt::variance(x, two), ad::variance(x, {0, 2}));
    same(xt::stddev(x, one), ad::stddev(x, {1}));
    same(ad::mean(x, 1, xt::keep_dims), ad::mean(x, {1}, xt::keep_dims));
    BOOST_CHECK_THROW(ad::sum(x, std::array<int, 1>{3}), ad::shape_error);
    BOOST_CHECK_THROW(ad::sum(x, (std::array<int, 2>{1, -2})), ad::shape_error);
    BOOST_CHECK_THROW(ad::sum(x, 3), ad::shape_error);
}

// NaN in a row is NaN in what the row gives, and in the derivative of what is not linear: also where a branch at 0 hides a pole.
BOOST_AUTO_TEST_CASE(rows_with_nan)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const ad::variable<double, 2> x{{nan, 1.0}, {3.0, 4.0}};
    const xt::xtensor<double, 2> plain = ad::value(x);
    const std::vector<std::size_t> at_run_time{1};
    ad::tape t(true);
    const auto check = [&](const char* name, auto const& rows)
    {
        const auto value = expect::numbers(rows);
        const auto g = expect::numbers(*t.gradient(rows, x));
        BOOST_TEST_INFO(name);
        BOOST_TEST((std::isnan(value[0]) && std::isnan(g[0]) && std::isnan(g[1]) && std::isfinite(value[1]) && std::isfinite(g[2]) && std::isfinite(g[3])));
    };
    check("norm_l2", ad::norm_l2(x, {1}));
    check("xt::norm_l2", xt::norm_l2(x, {1}));
    check("xt::norm_l2, axes of a vector", xt::norm_l2(x, at_run_time));
    check("stddev", ad::stddev(x, {1}));
    check("xt::stddev", xt::stddev(x, {1}));
    check("variance", ad::variance(x, {1}));
    check("logsumexp", ad::logsumexp(x, {1}));
    check("softmax", ad::sum(xt::square(ad::softmax(x, {1})), {1}));
    BOOST_TEST(std::isnan(expect::numbers(ad::norm_l2(plain, {1}))[0]));
}

BOOST_AUTO_TEST_SUITE_END()
