// SPDX-License-Identifier: BSL-1.0
// Targets and seeds: sums of targets, weights, exact zeros, what is asked for where nothing connects.
#include <semantics/expect.hpp>

#include <cmath>
#include <limits>

BOOST_AUTO_TEST_SUITE(seeds)

BOOST_AUTO_TEST_CASE(without_a_seed_the_gradient_of_the_sum)
{
    ad::variable<double, 2> x{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t(true);
    ad::tensor<double, 2> y = x * x;
    BOOST_TEST(is(t.gradient(y, x), {2, 4, 6, 8}));
    BOOST_TEST(is(t.gradient(ad::sum(y), x), {2, 4, 6, 8}));
}

BOOST_AUTO_TEST_CASE(an_array_seed_weights_each_element)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    const xt::xtensor<double, 1> w{1.0, -1.0, 0.5};
    BOOST_TEST(is(t.gradient(y, x, ad::seed(w)), {2, -4, 3}));
    BOOST_TEST(is(t.gradient(y, x, ad::seed(w * 2.0)), {4, -8, 6}));
    BOOST_TEST(is(t.gradient(x * x, x, ad::seed(ad::constant<double, 1>(w))), {2, -4, 3}));
    BOOST_TEST(expect::same(expect::numbers(w), {1, -1, 0.5}));
}

BOOST_AUTO_TEST_CASE(a_number_seeds_every_element)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(x * x, x, ad::seed(3.0)), {6, 12}));
    BOOST_TEST(is(t.gradient(x * x, x, ad::seed(3)), {6, 12}));
    BOOST_TEST(is(t.gradient(ad::sum(x * x), x, ad::seed(3)), {6, 12}));
}

BOOST_AUTO_TEST_CASE(a_zero_seed_gives_exact_zeros)
{
    ad::variable<double> s = 0.0;
    ad::variable<double, 1> x{0.0, 2.0};
    ad::tape t(true);
    // Slopes that are infinite at 0 must not meet the zero as inf * 0.
    const auto zero = t.gradient(sqrt(s), s, ad::seed(0.0));
    BOOST_TEST(is(zero, 0));
    BOOST_TEST(!std::signbit(*zero));
    ad::tensor<double, 1> y = xt::sqrt(x) + xt::log(x);
    BOOST_TEST(is(t.gradient(y, x, ad::seed(0.0)), {0, 0}));
    BOOST_TEST(is(t.gradient(y, x, ad::seed(xt::xtensor<double, 1>{0.0, 0.0})), {0, 0}));
}

BOOST_AUTO_TEST_CASE(a_structural_zero_is_a_gradient)
{
    ad::variable<double> s = 3.0;
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(s * 0, s), 0));
    BOOST_TEST(is(t.gradient(s - s, s), 0));
    BOOST_TEST(is(t.gradient(x * 0.0, x), {0, 0}));
    BOOST_TEST(is(t.gradient(x - x, x), {0, 0}));
    BOOST_TEST(is(t.gradient(sign(s), s), 0));
    BOOST_TEST(is(t.gradient(xt::sign(x), x), {0, 0}));
    BOOST_TEST(is(t.gradient(maximum(s, 5.0), s), 0));
}

BOOST_AUTO_TEST_CASE(unconnected_zero_asks_for_zeros)
{
    ad::variable<double> s = 3.0, u = 1.0;
    ad::variable<double, 2> x{{1.0, 2.0}}, v{{3.0}, {4.0}};
    ad::tape t(true);
    auto y = s * ad::sum(x);
    BOOST_TEST(is(t.gradient(y, u, ad::unconnected::zero), 0));
    BOOST_TEST(is(t.gradient(y, v, ad::unconnected::zero), {0, 0}));
    BOOST_TEST((t.gradient(y, v, ad::unconnected::zero)->shape()[0] == 2u));
    auto [g, h] = t.gradient(y, s, v, ad::unconnected::zero);
    BOOST_TEST(is(g, 3));
    BOOST_TEST(is(h, {0, 0}));
    // And on one result, where none was the answer:
    const auto none_yet = t.gradient(y, v);
    BOOST_TEST(none(none_yet, ad::reason::unconnected));
    BOOST_TEST(expect::same(expect::numbers(none_yet.value_or_zero()), {0, 0}));
    BOOST_TEST(t.gradient(y, u).value_or_zero() == 0.0);
    BOOST_TEST(is(t.gradient(y, u, ad::seed(2.0, ad::unconnected::zero)), 0));
}

BOOST_AUTO_TEST_CASE(a_missing_gradient_throws_its_explanation)
{
    ad::variable<double, 1> x{1.0, 2.0}, v{3.0};
    ad::tape t;
    const auto g = t.gradient(x * x, v);
    BOOST_TEST(!g);
    BOOST_TEST(!g.has_value());
    BOOST_CHECK_EXCEPTION(*g, ad::missing_gradient, [&](ad::missing_gradient const& e) { return e.what() == g.why_not().text; });
    BOOST_CHECK_THROW(g.value(), ad::missing_gradient);
    BOOST_CHECK_THROW((void)g->shape(), ad::missing_gradient);
}

BOOST_AUTO_TEST_CASE(some_targets_unrelated_to_the_source)
{
    ad::variable<double> x = 3.0, y = 5.0;
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(std::tuple{x * x, y * y}, x), 6));
    BOOST_TEST(is(t.gradient(std::vector<ad::variable<double>>{x * x, y * y, x}, x), 7));
}

BOOST_AUTO_TEST_CASE(repeated_sources_each_get_the_whole_gradient)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 2.0;
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x * s;
    auto [a, b, c, d, e] = t.gradient(y, x, s, x, s, x);
    BOOST_TEST(is(a, {4, 8}));
    BOOST_TEST(is(c, {4, 8}));
    BOOST_TEST(is(e, {4, 8}));
    BOOST_TEST(is(b, 5));
    BOOST_TEST(is(d, 5));
}

BOOST_AUTO_TEST_CASE(intermediate_sources_of_arrays_numbers_and_elements)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    auto s = ad::sum(y);
    ad::variable<double> e = x(1) * 3.0;
    auto z = s * s + e;
    auto [gx, gy, gs, ge] = t.gradient(z, x, y, s, e);
    BOOST_TEST(is(gs, 10));
    BOOST_TEST(is(gy, {10, 10}));
    BOOST_TEST(is(gx, {20, 43}));
    BOOST_TEST(is(ge, 1));
}

BOOST_AUTO_TEST_CASE(an_element_is_a_source_of_its_own)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    auto x1 = x(1);
    auto y = x1 * x1 + x(0) * x1;
    BOOST_TEST(is(t.gradient(y, x1), 5));
    BOOST_TEST(is(t.gradient(y, x), {2, 5}));
}

BOOST_AUTO_TEST_CASE(single_precision_throughout)
{
    ad::variable<float> s = 3.0f;
    ad::variable<float, 1> x{1.0f, 2.0f};
    ad::tape t(true);
    auto y = s * s;
    auto g = t.gradient(y, s);
    static_assert(std::is_same_v<std::decay_t<decltype(*g)>, float>);
    BOOST_TEST(is(g, 6));
    ad::tensor<float, 1> z = x * x * s;
    auto [gx, gs] = t.gradient(z, x, s);
    static_assert(std::is_same_v<std::decay_t<decltype((*gx)(0))>, float>);
    BOOST_TEST(is(gx, {6, 12}));
    BOOST_TEST(is(gs, 5));
    BOOST_TEST(is(t.gradient(z, x, ad::seed(xt::xtensor<float, 1>{2.0f, 0.5f})), {12, 6}));
    BOOST_TEST(is(t.gradient(ad::sum(x(0) * x), x), {4, 1}));
}

BOOST_AUTO_TEST_CASE(float_and_double_on_one_tape)
{
    ad::variable<float> f = 3.0f;
    ad::variable<double> d = 2.0;
    ad::tape t(true);
    auto y = ad::variable<double>(f) * d * d;
    auto [gf, gd] = t.gradient(y, f, d);
    BOOST_TEST(is(gf, 4));
    BOOST_TEST(is(gd, 12));
    auto mixed = t.gradient(std::tuple{f * f, d * d}, f);
    BOOST_TEST(is(mixed, 6));
}

BOOST_AUTO_TEST_CASE(a_nan_passes_through_and_stays_where_it_belongs)
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    ad::variable<double, 1> x{1.0, nan, 3.0};
    ad::tape t;
    const auto g = t.gradient(x * x, x);
    BOOST_TEST((*g)(0) == 2.0);
    BOOST_TEST(std::isnan((*g)(1)));
    BOOST_TEST((*g)(2) == 6.0);
}

BOOST_AUTO_TEST_CASE(empty_arrays_have_empty_gradients)
{
    ad::variable<double, 1> x = xt::xtensor<double, 1>::from_shape({0});
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    BOOST_TEST(is(t.gradient(y, x), std::vector<double>{}));
    auto s = ad::sum(x);
    BOOST_TEST(s.value() == 0.0);
    BOOST_TEST(is(t.gradient(s, x), std::vector<double>{}));
}

BOOST_AUTO_TEST_SUITE_END()
