// SPDX-License-Identifier: BSL-1.0
// The table of conventions, through the tape: ties, kinks, poles and branches that were not taken.
#include <semantics/expect.hpp>

#include <cmath>
#include <limits>

namespace
{
    constexpr double inf = std::numeric_limits<double>::infinity();
    const double not_a_number = std::numeric_limits<double>::quiet_NaN();
}

BOOST_AUTO_TEST_SUITE(conventions)

BOOST_AUTO_TEST_CASE(ties_of_maximum_and_minimum_share_half_and_half)
{
    ad::variable<double> x = 2.0, y = 2.0;
    ad::variable<double, 1> a{2.0, 1.0, 3.0}, b{2.0, 2.0, 2.0};
    ad::tape t(true);
    {
        auto [gx, gy] = t.gradient(maximum(x, y), x, y);
        BOOST_TEST(is(gx, 0.5));
        BOOST_TEST(is(gy, 0.5));
        auto [hx, hy] = t.gradient(minimum(x, y), x, y);
        BOOST_TEST(is(hx, 0.5));
        BOOST_TEST(is(hy, 0.5));
    }
    {
        auto [ga, gb] = t.gradient(xt::maximum(a, b), a, b);
        BOOST_TEST(is(ga, {0.5, 0, 1}));
        BOOST_TEST(is(gb, {0.5, 1, 0}));
        auto [ha, hb] = t.gradient(xt::minimum(a, b), a, b);
        BOOST_TEST(is(ha, {0.5, 1, 0}));
        BOOST_TEST(is(hb, {0.5, 0, 1}));
        auto [fa, fb] = t.gradient(xt::fmax(a, b), a, b);
        BOOST_TEST(is(fa, {0.5, 0, 1}));
        BOOST_TEST(is(fb, {0.5, 1, 0}));
    }
    // The same object on both sides: both halves are its own.
    BOOST_TEST(is(t.gradient(xt::maximum(a, a), a), {1, 1, 1}));
    BOOST_TEST(is(t.gradient(maximum(x, x), x), 1));
}

BOOST_AUTO_TEST_CASE(one_ulp_beside_a_tie_there_is_none)
{
    const double above = std::nextafter(2.0, 3.0);
    ad::variable<double, 1> a{above, 2.0, 2.0}, b{2.0, above, 2.0};
    ad::tape t;
    auto [ga, gb] = t.gradient(xt::maximum(a, b), a, b);
    BOOST_TEST(is(ga, {1, 0, 0.5}));
    BOOST_TEST(is(gb, {0, 1, 0.5}));
}

BOOST_AUTO_TEST_CASE(ties_of_reductions_are_shared_evenly)
{
    ad::variable<double, 1> x{3.0, 1.0, 3.0, 3.0, 1.0, 3.0};
    ad::variable<double, 2> m{{1.0, 5.0, 5.0}, {2.0, 2.0, 2.0}};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(ad::amax(x), x), {0.25, 0, 0.25, 0.25, 0, 0.25}));
    BOOST_TEST(is(t.gradient(ad::amin(x), x), {0, 0.5, 0, 0, 0.5, 0}));
    BOOST_TEST(is(t.gradient(xt::amax(x), x), {0.25, 0, 0.25, 0.25, 0, 0.25}));
    const double third = 1.0 / 3.0;
    BOOST_TEST(is(t.gradient(ad::amax(m, {1}), m), {0, 0.5, 0.5, third, third, third}));
    BOOST_TEST(is(t.gradient(ad::amin(m, {0}), m), {1, 0, 0, 0, 1, 1}));
    BOOST_TEST(is(t.gradient(ad::sum(xt::amax(m, {1})), m), {0, 0.5, 0.5, third, third, third}));
}

BOOST_AUTO_TEST_CASE(an_extremum_that_is_nan_is_the_element_that_is_nan)
{
    for (const std::size_t n : {1u, 2u, 3u, 7u, 8u, 9u, 17u, 40u})
        for (std::size_t at = 0; at < n; ++at)
        {
            xt::xtensor<double, 1> v = xt::arange<double>(static_cast<double>(n));
            v(at) = not_a_number;
            std::vector<double> chosen(n, 0.0);
            chosen[at] = 1.0;
            ad::variable<double, 1> x = v;
            ad::variable<double, 2> rows = xt::view(v, xt::newaxis(), xt::all());
            ad::tape t(true);
            const ad::variable<double> largest = ad::amax(x);
            BOOST_TEST(std::isnan(largest.value()));
            BOOST_TEST(is(t.gradient(largest, x), chosen));
            BOOST_TEST(is(t.gradient(ad::amin(x), x), chosen));
            BOOST_TEST(is(t.gradient(ad::amax(rows, {1}), rows), chosen));
            BOOST_TEST(is(t.gradient(ad::amin(x), x, ad::differentiable), chosen));
            const xt::xtensor<double, 1> direction = xt::arange<double>(1.0, static_cast<double>(n) + 1.0);
            BOOST_TEST(ad::jvp([](auto const& a) { return ad::amax(a); }, v, direction).tangent == static_cast<double>(at) + 1.0);
        }
    ad::variable<double, 1> two{not_a_number, 5.0, not_a_number};
    ad::tape t;
    BOOST_TEST(is(t.gradient(ad::amax(two), two), {0.5, 0, 0.5}));
}

BOOST_AUTO_TEST_CASE(the_slope_of_abs_at_0_is_0)
{
    ad::variable<double> s = 0.0;
    ad::variable<double, 1> x{-2.0, -0.0, 0.0, 5e-324, 3.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(abs(s), s), 0));
    BOOST_TEST(is(t.gradient(xt::abs(x), x), {-1, 0, 0, 1, 1}));
    BOOST_TEST(is(t.gradient(xt::fabs(x), x), {-1, 0, 0, 1, 1}));
    BOOST_TEST(is(t.gradient(ad::norm_l1(x), x), {-1, 0, 0, 1, 1}));
}

BOOST_AUTO_TEST_CASE(norms_at_the_origin_have_the_subgradient_0)
{
    ad::variable<double, 1> x{0.0, 0.0};
    ad::variable<double, 2> m{{0.0, 0.0}, {3.0, 4.0}};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(ad::norm_l2(x), x), {0, 0}));
    const auto slopes = expect::numbers(*t.gradient(ad::norm_l2(m, {1}), m));
    BOOST_TEST(slopes[0] == 0.0);
    BOOST_TEST(slopes[1] == 0.0);
    BOOST_TEST(slopes[2] == 0.6, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(slopes[3] == 0.8, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(is(t.gradient(ad::stddev(x), x), {0, 0}));
    BOOST_TEST(is(t.gradient(ad::stddev(m, {0}), m), {-0.5, -0.5, 0.5, 0.5}));
}

BOOST_AUTO_TEST_CASE(pow_is_guarded_at_and_below_0)
{
    ad::variable<double, 1> x{0.0, -2.0, 2.0}, p{2.0, 3.0, 3.0};
    ad::tape t(true);
    auto [gx, gp] = t.gradient(xt::pow(x, p), x, p);
    BOOST_TEST((*gx)(0) == 0.0);
    BOOST_TEST((*gx)(1) == 12.0);
    BOOST_TEST((*gx)(2) == 12.0);
    BOOST_TEST((*gp)(0) == 0.0);
    BOOST_TEST((*gp)(1) == 0.0);
    BOOST_TEST((*gp)(2) == 8.0 * std::log(2.0), boost::test_tools::tolerance(1e-15));
    ad::variable<double> s = 0.0, e = 2.0;
    auto [gs, ge] = t.gradient(pow(s, e), s, e);
    BOOST_TEST(is(gs, 0));
    BOOST_TEST(is(ge, 0));
    BOOST_TEST(is(t.gradient(pow(s, 1.0), s), 1));
    BOOST_TEST(is(t.gradient(pow(s, 0.0), s), 0));
    BOOST_TEST(is(t.gradient(xt::pow(x, 2.0), x), {0, -4, 4}));
}

BOOST_AUTO_TEST_CASE(the_branch_not_taken_contributes_nothing_even_if_it_is_nan_or_inf)
{
    ad::variable<double, 1> x{0.0, -1.0, 4.0};
    ad::tape t(true);
    // log and sqrt have poles and no values at 0 and below.
    BOOST_TEST(is(t.gradient(xt::where(x > 0.0, xt::log(x), x), x), {1, 1, 0.25}));
    BOOST_TEST(is(t.gradient(xt::where(x > 0.0, xt::sqrt(x), 0.0), x), {0, 0, 0.25}));
    BOOST_TEST(is(t.gradient(xt::where(x > 0.0, 1.0 / x, 3.0 * x), x), {3, 3, -0.0625}));
    ad::variable<double, 1> y{not_a_number, inf, 1.0};
    auto [gx, gy] = t.gradient(xt::where(x > 0.0, x * y, x), x, y);
    BOOST_TEST(is(gx, {1, 1, 1}));
    BOOST_TEST(is(gy, {0, 0, 4}));
}

BOOST_AUTO_TEST_CASE(a_branch_that_was_computed_before_contributes_nothing_either)
{
    ad::variable<double, 1> x{0.0, -1.0, 4.0};
    ad::tape t(true);
    ad::tensor<double, 1> inverse = 1.0 / x;
    ad::tensor<double, 1> root = xt::sqrt(x) * x;
    BOOST_TEST(is(t.gradient(xt::where(x > 0.0, inverse, 3.0 * x), x), {3, 3, -0.0625}));
    BOOST_TEST(is(t.gradient(xt::where(x > 0.0, root, 3.0 * x), x), {3, 3, 3}));
    auto sum_of_roots = ad::sum(xt::sqrt(x));
    BOOST_TEST(is(t.gradient(sum_of_roots * 0, x), {0, 0, 0}));
    BOOST_TEST(is(t.gradient(where(x(0) > 1, sum_of_roots, x(1) * 5), x), {0, 5, 0}));
}

BOOST_AUTO_TEST_CASE(the_number_not_chosen_contributes_nothing)
{
    ad::variable<double> x = 0.0;
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(where(x > 0, log(x), x), x), 1));
    BOOST_TEST(is(t.gradient(where(x > 0, x * not_a_number, x * 2), x), 2));
    auto chosen = x > 0 ? log(x) : x * 3;
    BOOST_TEST(is(t.gradient(chosen, x), 3));
}

BOOST_AUTO_TEST_CASE(a_mean_of_chosen_branches_is_finite)
{
    ad::variable<double, 1> x{0.0, 1.0};
    ad::tape t;
    BOOST_TEST(is(t.gradient(ad::mean(xt::where(x > 0.0, xt::sqrt(x), 0.0)), x), {0, 0.25}));
}

// 1/x is infinite at 0, and so is its slope: where it lost, it contributes exactly nothing.
BOOST_AUTO_TEST_CASE(the_side_that_lost_contributes_nothing)
{
    ad::variable<double, 1> x{0.0, 0.5, -0.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::minimum(1.0 / x, 5.0), x), {0, -4, -inf}));
    BOOST_TEST(is(t.gradient(xt::maximum(-1.0 / xt::abs(x), 2.0 * x), x), {2, 2, 2}));
    BOOST_TEST(is(t.gradient(xt::fmin(1.0 / xt::abs(x), 1.0), x), {0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::clip(1.0 / x, -1.0, 1.0), x), {0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::fdim(3.0, 1.0 / xt::square(x)), x), {0, 0, 0}));
    BOOST_TEST(is(t.gradient(ad::relu(-1.0 / xt::square(x)), x), {0, 0, 0}));
    // Also with more operations in between.
    BOOST_TEST(is(t.gradient(xt::minimum(xt::exp(1.0 / xt::square(x)) * 2.0, 5.0), x), {0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(clip_passes_at_its_bounds)
{
    ad::variable<double, 1> x{-1.0, 0.0, 0.5, 1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::clip(x, 0.0, 1.0), x), {0, 1, 1, 1, 0}));
    BOOST_TEST(is(t.gradient(ad::relu(x), x), {0, 0, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(remainders_of_negative_numbers)
{
    ad::variable<double, 1> x{-7.0, 7.0}, y{3.0, 3.0};
    ad::tape t;
    auto [gx, gy] = t.gradient(xt::fmod(x, y), x, y);
    BOOST_TEST(is(gx, {1, 1}));
    BOOST_TEST(is(gy, {2, -2}));
}

BOOST_AUTO_TEST_CASE(poles_give_inf_and_not_nan)
{
    ad::variable<double, 1> x{0.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(xt::sqrt(x), x), inf));
    BOOST_TEST(is(t.gradient(xt::log(x), x), inf));
    BOOST_TEST(is(t.gradient(xt::cbrt(x), x), inf));
}

BOOST_AUTO_TEST_SUITE_END()
