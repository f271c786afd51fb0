// SPDX-License-Identifier: BSL-1.0
// Functions that xtensor writes for plain elements, of tracked expressions.
#include <semantics/expect.hpp>

#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Warray-bounds"  // g++ 12 at -O2 about xtensor's svector
#endif
#include <xtensor/xsort.hpp>

BOOST_AUTO_TEST_SUITE(xtensor_functions)

BOOST_AUTO_TEST_CASE(norms_over_axes_known_at_run_time)
{
    ad::variable<double, 2> x{{3, -4}, {0, 0}};
    const std::vector<std::size_t> axes{1};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::sum(xt::norm_sq(x, axes)), x), {6, -8, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::norm_l1(x, axes)), x), {1, -1, 0, 0}));
    ad::variable<double, 2> z{{4, 0}, {0, 0}};
    BOOST_TEST(is(t.gradient(xt::sum(xt::norm_l2(z, axes)), z), {1, 0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::norm_sq(x, std::array<std::size_t, 1>{0})), x), {6, -8, 0, 0}));
}
BOOST_AUTO_TEST_CASE(immediate_reductions)
{
    ad::variable<double, 2> x{{1, 2}, {3, 4}};
    const std::vector<std::size_t> axes{0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::sum(xt::square(xt::sum(x, axes, xt::evaluation_strategy::immediate))), x), {8, 12, 8, 12}));
    BOOST_TEST(is(t.gradient(xt::sum(x * x, xt::evaluation_strategy::immediate), x), {2, 4, 6, 8}));
}
BOOST_AUTO_TEST_CASE(repetitions)
{
    ad::variable<double, 2> x{{1, 2}, {3, 4}};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::sum(xt::square(xt::repeat(x, 2, 0))), x), {4, 8, 12, 16}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::square(xt::repeat(x, std::vector<std::size_t>{0, 3}, 1))), x), {0, 12, 0, 24}));
    BOOST_CHECK_THROW(xt::repeat(x, 2, 2), ad::shape_error);
    BOOST_CHECK_THROW(xt::repeat(x, std::vector<std::size_t>{1}, 0), ad::shape_error);
}
BOOST_AUTO_TEST_CASE(numbers_that_are_not)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    ad::variable<double, 1> x{1.0, nan, 3.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::nansum(x * x), x), {2, 0, 6}));
    BOOST_TEST(is(t.gradient(xt::nanmean(x), x), {0.5, 0, 0.5}));
    BOOST_TEST(is(t.gradient(xt::nanmax(x), x), {0, 0, 1}));
    BOOST_TEST(is(t.gradient(xt::sum(2.0 * xt::nan_to_num(x)), x), {2, 0, 2}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::where(xt::isfinite(x), x * x, 0.0)), x), {2, 0, 6}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::where(xt::isclose(x, 3.0), x * x, 0.0)), x), {0, 0, 6}));
    BOOST_TEST(!xt::allclose(x, x));
}
BOOST_AUTO_TEST_CASE(differences_and_integrals)
{
    ad::variable<double, 1> x{1, 2, 4};
    ad::variable<double, 2> m{{1, 2, 4}, {0, 1, 3}};
    const xt::xtensor<double, 1> at{0, 1, 3};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::trapz(x * x), x), {1, 4, 4}));
    BOOST_TEST(xt::trapz(x, at).value() == 7.5);
    BOOST_TEST(is(t.gradient(xt::trapz(x, at), x), {0.5, 1.5, 1}));
    // by the points: differences of means of neighbours
    BOOST_TEST(is(t.gradient(xt::trapz(at, x), x), {-0.5, -1.5, 2}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::trapz(m, 2.0)), m), {1, 2, 1, 1, 2, 1}));
    BOOST_TEST(is(t.gradient(xt::sum(xt::trapz(m, 1.0, 0) * at), m), {0, 0.5, 1.5, 0, 0.5, 1.5}));
    BOOST_CHECK_THROW(xt::trapz(x, xt::xtensor<double, 1>{0, 1}), ad::shape_error);
    BOOST_CHECK_THROW(xt::trapz(m, 1.0, 2), ad::shape_error);
    BOOST_TEST(is(t.gradient(xt::sum(ad::tensor<double, 1>(xt::diff(x * x))), x), {-2, 0, 8}));
}
BOOST_AUTO_TEST_CASE(sums_along_axes_and_orders_of_expressions)
{
    ad::variable<double, 2> x{{1, 2}, {3, 4}};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::sum(ad::tensor<double, 2>(xt::cumsum(x * x, 1))), x), {4, 4, 12, 8}));
    BOOST_TEST(xt::argsort(-1.0 * x, 1)(0, 0) == 1u);
}
BOOST_AUTO_TEST_CASE(interpolation)
{
    ad::variable<double, 1> f{1.0, 4.0, 2.0};
    const xt::xtensor<double, 1> at{-1.0, 0.25, 1.5, 9.0}, points{0.0, 1.0, 2.0};
    ad::tape t;
    BOOST_TEST(is(t.gradient(xt::sum(xt::interp(at, points, f)), f), {1.75, 0.75, 1.5}));
}
BOOST_AUTO_TEST_CASE(covariances)
{
    ad::variable<double, 2> x{{1, 2, 3}, {1, 0, 2}};
    ad::tape t;
    const auto c = xt::cov(x);
    BOOST_TEST(ad::value(c)(0, 0) == 1.0);
    BOOST_TEST(ad::value(c)(0, 1) == 0.5);
    BOOST_TEST(is(t.gradient(xt::view(c, 0, 0), x), {-1, 0, 1, 0, 0, 0}));
    const ad::variable<double, 1> u{1, 2, 3}, v{1, 0, 2};
    BOOST_TEST(ad::value(xt::cov(u, v))(0, 1) == 0.5);
}
BOOST_AUTO_TEST_CASE(powers_with_a_fixed_exponent)
{
    const ad::variable<double, 1> x{-2, 0, 3};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::pow<1>(x), x), {1, 1, 1}));
    BOOST_TEST(is(t.gradient(xt::pow<2>(x), x), {-4, 0, 6}));
    BOOST_TEST(is(t.gradient(xt::pow<3>(x + 0.0), x), {12, 0, 27}));
    const ad::tensor<double, 1> y = xt::pow<5>(x);
    BOOST_TEST(expect::same(expect::numbers(y), {-32, 0, 243}));
    BOOST_TEST(is(t.gradient(y, x), {80, 0, 405}));
}
BOOST_AUTO_TEST_CASE(larger_and_smaller_of_numbers)
{
    ad::variable<double> s = 2.0, u = 3.0;
    ad::tape t(true);
    BOOST_TEST(*t.gradient(ad::variable<double>(max(s, u) * s), s) == 3.0);
    using std::max;
    BOOST_TEST(*t.gradient(ad::variable<double>(max(s * 2.0, 1.0)), s) == 2.0);
}

BOOST_AUTO_TEST_CASE(reductions_with_an_initial_value)
{
    const ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    ad::tape t(true);
    const ad::tensor<double, 1> sums = xt::sum(x, {1}, xt::initial(10.0)), largest = xt::amax(x, {1}, xt::initial(4.5));
    BOOST_TEST(expect::same(expect::numbers(sums), {16, 25}));
    BOOST_TEST(is(t.gradient(sums, x), {1, 1, 1, 1, 1, 1}));
    BOOST_TEST(expect::same(expect::numbers(largest), {4.5, 6}));
    BOOST_TEST(is(t.gradient(largest, x), {0, 0, 0, 0, 0, 1}));
    const ad::variable<double> total = xt::sum(x, xt::initial(10.0)), product = xt::prod(x, xt::initial(2.0));
    BOOST_TEST(total.value() == 31.0);
    BOOST_TEST(product.value() == 1440.0);
    const ad::variable<double, 1> y{1, 2, 3};
    BOOST_TEST(is(t.gradient(2 * xt::prod(y, xt::initial(2.0)), y), {24, 12, 8}));
}
BOOST_AUTO_TEST_CASE(functions_of_numbers_by_xtensors_names)
{
    const ad::variable<double, 1> x{0.5, 2.0};
    ad::tape t(true);
    const ad::variable<double> y = xt::exp(2.0 * x(0)) * xt::pow(x(1), 3.0) + xt::maximum(x(0), 1.0) * xt::square(x(1));
    BOOST_TEST(y.value() == std::exp(1.0) * 8 + 4, boost::test_tools::tolerance(1e-15));
    const auto g = *t.gradient(y, x);
    BOOST_TEST(g(0) == 16 * std::exp(1.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(g(1) == 12 * std::exp(1.0) + 4, boost::test_tools::tolerance(1e-15));
}
BOOST_AUTO_TEST_CASE(reduced_axes_kept)
{
    const ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 9}};
    ad::tape t(true);
    const ad::tensor<double, 2> v = ad::variance(x, {1}, xt::keep_dims), all = ad::sum(x, {0, -1}, xt::keep_dims);
    BOOST_TEST(v.shape()[0] == 2u);
    BOOST_TEST(v.shape()[1] == 1u);
    BOOST_TEST(expect::numbers(v)[0] == 2.0 / 3, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(is(t.gradient(all * x, x), {48, 48, 48, 48, 48, 48}));
    const ad::tensor<double, 2> centred = x - ad::mean(x, {1}, xt::keep_dims);
    BOOST_TEST(expect::same(expect::numbers(centred), {-1, 0, 1, -2, -1, 3}));
    // Without a finite element the gradient is 0, over axes as over everything.
    const double none = -std::numeric_limits<double>::infinity();
    const ad::variable<double, 2> empty{{none, none}};
    BOOST_TEST(is(t.gradient(ad::logsumexp(empty), empty), {0, 0}));
    BOOST_TEST(is(t.gradient(ad::logsumexp(empty, {1}), empty), {0, 0}));
}

BOOST_AUTO_TEST_SUITE_END()
