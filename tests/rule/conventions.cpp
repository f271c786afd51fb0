// SPDX-License-Identifier: BSL-1.0
// Kinks, poles, ties and saturation: each documented convention is one named case, on scalar and batch lanes.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <limits>

#include <etape/rule/lane_memory.hpp>
#include <etape/rule/table.hpp>

namespace
{
    using namespace etape;
    constexpr double inf = std::numeric_limits<double>::infinity();
    const double not_a_number = std::numeric_limits<double>::quiet_NaN();

    bool same(double a, double b)
    {
        return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
    }

    template <class Rule, int J, class T, class... A>
    T pull_on(double g, A... a)
    {
        T aux = lane::zero<T>();
        const T y = Rule::value_aux(aux, T(a)...);
        return Rule::template pull<J>(T(g), y, aux, T(a)...);
    }
    template <class T>
    double first(const T& v)
    {
        std::array<double, lane::lane_size<T>> out;
        lane::store(out.data(), v);
        for (double x : out)
        {
            BOOST_TEST(same(x, out[0]));
        }
        return out[0];
    }
    using batch = xsimd::batch<double>;

    // The adjoint of argument J for adjoint g of the result, the same on both lanes.
    template <class Rule, int J = 0, class... A>
    double pull(double g, A... a)
    {
        const double scalar = pull_on<Rule, J, double>(g, a...);
        const double lanes = first(pull_on<Rule, J, batch>(g, a...));
        BOOST_TEST((scalar == lanes || (std::isnan(scalar) && std::isnan(lanes))),
                   Rule::name << ": scalar " << scalar << ", batch " << lanes);
        return scalar;
    }
    template <class Rule, class... A>
    double value(A... a)
    {
        const double scalar = Rule::value(double(a)...);
        const double lanes = first(Rule::value(batch(a)...));
        BOOST_TEST(same(scalar, lanes), Rule::name << ": scalar " << scalar << ", batch " << lanes);
        return scalar;
    }
    template <class Rule>
    double push(double a, double da)
    {
        double aux = 0;
        const double y = Rule::value_aux(aux, a);
        return Rule::push(y, aux, a, da);
    }
}

BOOST_AUTO_TEST_SUITE(rule_conventions)

BOOST_AUTO_TEST_CASE(ties_of_extrema_share_half_and_half)
{
    BOOST_TEST((pull<rule::maximum, 0>(3.0, 1.0, 1.0)) == 1.5);
    BOOST_TEST((pull<rule::maximum, 1>(3.0, 1.0, 1.0)) == 1.5);
    BOOST_TEST((pull<rule::minimum, 0>(3.0, 1.0, 1.0)) == 1.5);
    BOOST_TEST((pull<rule::fmax, 1>(3.0, 1.0, 1.0)) == 1.5);
    BOOST_TEST((pull<rule::fmin, 0>(3.0, 0.0, -0.0)) == 1.5);
    BOOST_TEST((pull<rule::maximum, 0>(3.0, 2.0, 1.0)) == 3.0);
    BOOST_TEST((pull<rule::maximum, 1>(3.0, 2.0, 1.0)) == 0.0);
    const double next = std::nextafter(1.0, 2.0);
    BOOST_TEST((pull<rule::maximum, 0>(3.0, next, 1.0)) == 3.0);
    BOOST_TEST((pull<rule::minimum, 0>(3.0, next, 1.0)) == 0.0);
}

BOOST_AUTO_TEST_CASE(nan_wins_in_maximum_and_loses_in_fmax)
{
    BOOST_TEST(std::isnan(value<rule::maximum>(not_a_number, 1.0)));
    BOOST_TEST(std::isnan(value<rule::maximum>(1.0, not_a_number)));
    BOOST_TEST(std::isnan(value<rule::minimum>(not_a_number, 1.0)));
    BOOST_TEST(value<rule::fmax>(not_a_number, 1.0) == 1.0);
    BOOST_TEST(value<rule::fmax>(1.0, not_a_number) == 1.0);
    BOOST_TEST(value<rule::fmin>(not_a_number, 1.0) == 1.0);
    BOOST_TEST((pull<rule::fmax, 1>(3.0, not_a_number, 1.0)) == 3.0);
    BOOST_TEST((pull<rule::fmax, 0>(3.0, not_a_number, 1.0)) == 0.0);
}

BOOST_AUTO_TEST_CASE(kinks_at_zero)
{
    BOOST_TEST(pull<rule::abs>(2.0, 0.0) == 0.0);
    BOOST_TEST(pull<rule::abs>(2.0, -0.0) == 0.0);
    BOOST_TEST(pull<rule::abs>(2.0, -1e-320) == -2.0);
    BOOST_TEST(pull<rule::sign>(2.0, 0.0) == 0.0);
    BOOST_TEST(pull<rule::relu>(2.0, 0.0) == 0.0);
    BOOST_TEST(std::isnan(value<rule::relu>(not_a_number)));
    BOOST_TEST((pull<rule::leaky_relu, 0>(2.0, 0.0, 0.25)) == 0.5);
    BOOST_TEST((pull<rule::elu, 0>(2.0, 0.0, 0.25)) == 0.5);
    BOOST_TEST((pull<rule::fdim, 0>(2.0, 1.0, 1.0)) == 0.0);
    BOOST_TEST((pull<rule::copysign, 0>(2.0, 0.0, -1.0)) == -2.0);
    BOOST_TEST(std::signbit(value<rule::neg>(0.0)));
    BOOST_TEST(!std::signbit(value<rule::neg>(-0.0)));
    BOOST_TEST(push<rule::abs>(0.0, 1.0) == 0.0);
    BOOST_TEST(push<rule::abs>(-2.0, 1.0) == -1.0);
}

BOOST_AUTO_TEST_CASE(where_ignores_the_branch_not_taken)
{
    BOOST_TEST((pull<rule::where, 1>(2.0, 0.0, not_a_number, 1.0)) == 0.0);
    BOOST_TEST((pull<rule::where, 2>(2.0, 0.0, not_a_number, 1.0)) == 2.0);
    BOOST_TEST((pull<rule::where, 2>(2.0, 1.0, 1.0, inf)) == 0.0);
    BOOST_TEST(value<rule::where>(0.0, not_a_number, 1.0) == 1.0);
    BOOST_TEST(rule::where::push(1.0, 0.0, 0.0, not_a_number, 1.0, 0.0, not_a_number, 3.0) == 3.0);
}

BOOST_AUTO_TEST_CASE(clip_gives_the_bounds_to_the_argument)
{
    BOOST_TEST((pull<rule::clip, 0>(2.0, 1.0, 1.0, 3.0)) == 2.0);
    BOOST_TEST((pull<rule::clip, 1>(2.0, 1.0, 1.0, 3.0)) == 0.0);
    BOOST_TEST((pull<rule::clip, 0>(2.0, 3.0, 1.0, 3.0)) == 2.0);
    BOOST_TEST((pull<rule::clip, 1>(2.0, 0.0, 1.0, 3.0)) == 2.0);
    BOOST_TEST((pull<rule::clip, 2>(2.0, 4.0, 1.0, 3.0)) == 2.0);
    BOOST_TEST(value<rule::clip>(2.0, 5.0, 3.0) == 3.0);
    BOOST_TEST((pull<rule::clip, 2>(2.0, 2.0, 5.0, 3.0)) == 2.0);
    BOOST_TEST((pull<rule::clip, 1>(2.0, 2.0, 5.0, 3.0)) == 0.0);
    BOOST_TEST(std::isnan(value<rule::clip>(not_a_number, 1.0, 3.0)));
}

BOOST_AUTO_TEST_CASE(pow_at_and_below_zero)
{
    BOOST_TEST((pull<rule::pow, 0>(1.0, 0.0, 2.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 0>(1.0, 0.0, 1.0)) == 1.0);
    BOOST_TEST((pull<rule::pow, 0>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 0>(1.0, 2.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 0>(1.0, 0.0, 0.5)) == inf);
    BOOST_TEST((pull<rule::pow, 0>(1.0, -2.0, 3.0)) == 12.0);
    BOOST_TEST((pull<rule::pow, 1>(1.0, 0.0, 2.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 1>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 1>(1.0, -2.0, 3.0)) == 0.0);
    BOOST_TEST((pull<rule::pow, 0>(1.0, 1e-160, 2.0)) == 2e-160);
    // y/a is beyond the largest number, the derivative is not
    BOOST_TEST((pull<rule::pow, 0>(1.0, 2.3e-308, -0.003)) == -0.003 * std::pow(2.3e-308, -0.003) / 2.3e-308, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(value<rule::pow>(0.0, -1.0) == inf);
    BOOST_TEST(value<rule::pow>(0.0, 0.0) == 1.0);
    BOOST_TEST(value<rule::pow>(-2.0, 3.0) == -8.0);
    BOOST_TEST(value<rule::pow>(-2.0, 2.0) == 4.0);
    BOOST_TEST(std::isnan(value<rule::pow>(-2.0, 0.5)));
    BOOST_TEST(value<rule::pow>(inf, 2.0) == inf);
}

BOOST_AUTO_TEST_CASE(infinite_factors_meet_a_vanishing_adjoint)
{
    BOOST_TEST(pull<rule::sqrt>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::sqrt>(0.0, 0.0) == 0.0);
    BOOST_TEST(pull<rule::cbrt>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::cbrt>(0.0, 0.0) == 0.0);
    BOOST_TEST(pull<rule::log>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::log>(0.0, 0.0) == 0.0);
    BOOST_TEST(pull<rule::log1p>(0.0, -1.0) == 0.0);
    BOOST_TEST(pull<rule::asin>(1.0, 1.0) == inf);
    BOOST_TEST(pull<rule::asin>(0.0, 1.0) == 0.0);
    BOOST_TEST(pull<rule::acosh>(0.0, 1.0) == 0.0);
    BOOST_TEST(pull<rule::atanh>(1.0, 1.0) == inf);
    BOOST_TEST((pull<rule::pow, 0>(0.0, 0.0, 0.5)) == 0.0);
    BOOST_TEST(push<rule::sqrt>(0.0, 0.0) == 0.0);
    BOOST_TEST(push<rule::sqrt>(0.0, 1.0) == inf);
}

// Where the value is infinite too, the proof against 100 digits claims nothing: the conventions of the rows are asserted here.
BOOST_AUTO_TEST_CASE(slopes_at_the_ends_of_the_domain)
{
    BOOST_TEST(pull<rule::rsqrt>(1.0, 0.0) == -inf);
    BOOST_TEST(pull<rule::log2>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::log10>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::log1p>(1.0, -1.0) == inf);
    BOOST_TEST(pull<rule::asin>(1.0, -1.0) == inf);
    BOOST_TEST(pull<rule::acos>(1.0, 1.0) == -inf);
    BOOST_TEST(pull<rule::acos>(1.0, -1.0) == -inf);
    BOOST_TEST(pull<rule::acosh>(1.0, 1.0) == inf);
    BOOST_TEST(pull<rule::atanh>(1.0, -1.0) == inf);
    BOOST_TEST(pull<rule::logit>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::logit>(1.0, 1.0) == inf);
    BOOST_TEST(pull<rule::log1mexp>(1.0, 0.0) == -inf);
    BOOST_TEST(pull<rule::erf_inv>(1.0, 1.0) == inf);
    BOOST_TEST(pull<rule::erf_inv>(1.0, -1.0) == inf);
    BOOST_TEST(pull<rule::normal_quantile>(1.0, 0.0) == inf);
    BOOST_TEST(pull<rule::normal_quantile>(1.0, 1.0) == inf);
    BOOST_TEST((pull<rule::xlogy, 0>(1.0, 1.0, 0.0)) == -inf);
    BOOST_TEST((pull<rule::xlogy, 1>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::xlog1py, 1>(1.0, 0.0, -1.0)) == 0.0);
    // Forward rules stand on their own.
    BOOST_TEST(push<rule::rsqrt>(0.0, 1.0) == -inf);
    BOOST_TEST(push<rule::log2>(0.0, 1.0) == inf);
    BOOST_TEST(push<rule::log10>(0.0, 1.0) == inf);
    BOOST_TEST(push<rule::log1p>(-1.0, 1.0) == inf);
    BOOST_TEST(push<rule::atanh>(-1.0, 1.0) == inf);
    BOOST_TEST(push<rule::logit>(1.0, 1.0) == inf);
    BOOST_TEST(push<rule::log1mexp>(0.0, 1.0) == -inf);
    BOOST_TEST(push<rule::erf_inv>(-1.0, 1.0) == inf);
    BOOST_TEST(push<rule::normal_quantile>(0.0, 1.0) == inf);
}

BOOST_AUTO_TEST_CASE(norms_at_the_origin)
{
    BOOST_TEST((pull<rule::hypot, 0>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::hypot, 1>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST((pull<rule::hypot, 0>(1.0, 3e200, 4e200)) == 0.6,
               boost::test_tools::tolerance(1e-15));
    BOOST_TEST((pull<rule::atan2, 0>(1.0, 0.0, 0.0)) == 0.0);
    BOOST_TEST(value<rule::atan2>(0.0, 0.0) == 0.0);
    BOOST_TEST((pull<rule::atan2, 0>(1.0, 3e200, 4e200)) == 0.16e-200,
               boost::test_tools::tolerance(1e-15));
    BOOST_TEST((pull<rule::atan2, 1>(1.0, 3e-200, 4e-200)) == -0.12e200,
               boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(remainders_use_the_quotient_of_their_result)
{
    // 1 / 0.1 rounds to 10 although the true quotient is below: fmod gives 0.0999..., so n is 9.
    BOOST_TEST((pull<rule::fmod, 1>(1.0, 1.0, 0.1)) == -9.0);
    BOOST_TEST((pull<rule::fmod, 1>(1.0, -7.0, 3.0)) == 2.0);
    BOOST_TEST((pull<rule::fmod, 0>(1.0, -7.0, 3.0)) == 1.0);
    BOOST_TEST((pull<rule::remainder, 1>(1.0, 2.5, 1.0)) == -2.0);
    BOOST_TEST((pull<rule::remainder, 1>(1.0, 3.5, 1.0)) == -4.0);
    BOOST_TEST(value<rule::fmod>(1e18, 3.0) == 1.0);
}

BOOST_AUTO_TEST_CASE(saturated_functions_keep_their_derivatives)
{
    BOOST_TEST(pull<rule::tanh>(1.0, 1000.0) == 0.0);
    BOOST_TEST(pull<rule::tanh>(1.0, -1000.0) == 0.0);
    BOOST_TEST(push<rule::tanh>(-1000.0, 1.0) == 0.0);
    BOOST_TEST(pull<rule::sigmoid>(1.0, -1000.0) == 0.0);
    BOOST_TEST(pull<rule::softplus>(1.0, 1000.0) == 1.0);
    BOOST_TEST(value<rule::softplus>(1000.0) == 1000.0);
    BOOST_TEST(value<rule::log_sigmoid>(-1000.0) == -1000.0);
    BOOST_TEST(push<rule::softplus>(-1000.0, 1.0) == 0.0);
    BOOST_TEST(pull<rule::erfc>(1.0, 1e200) == 0.0);
    BOOST_TEST(pull<rule::asinh>(1.0, 1e300) == 1e-300);
    BOOST_TEST(value<rule::erf>(inf) == 1.0);
    BOOST_TEST(value<rule::erfc>(-inf) == 2.0);
}

BOOST_AUTO_TEST_CASE(quotients_at_the_edges_of_the_range)
{
    for (const double a : {0.0, -0.0, 1.0, -3.0, 1e300, 1e-310, inf, not_a_number})
    {
        for (const double b : {0.0, -0.0, 1.0, -7.0, 1e300, 1e-310, inf, not_a_number})
        {
            double aux = 0;
            batch aux_lanes(0.0);
            const double y = rule::div::value_aux(aux, a, b);
            BOOST_TEST(same(y, a / b));
            const double lanes = first(rule::div::value_aux(aux_lanes, batch(a), batch(b)));
            BOOST_TEST(same(lanes, a / b), a << " / " << b << " gives " << lanes);
            BOOST_TEST(same(first(aux_lanes), 1 / b));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_derivative_says_so)
{
    static_assert(!rule::floor::active[0] &&
                  rule::floor::kind[0] == rule::arg_kind::non_differentiable);
    static_assert(!rule::less::active[1] && rule::less::kind[1] == rule::arg_kind::control);
    static_assert(!rule::where::active[0] && rule::where::active[1] &&
                  rule::where::kind[0] == rule::arg_kind::control);
    static_assert(rule::sign::active[0], "a structural zero is a gradient");
    BOOST_TEST(pull<rule::floor>(1.0, 2.5) == 0.0);
    BOOST_TEST(value<rule::less>(1.0, 2.0) == 1.0);
    BOOST_TEST(value<rule::logical_and>(1.0, 0.0) == 0.0);
    BOOST_TEST(value<rule::logical_or>(1.0, 0.0) == 1.0);
    BOOST_TEST(value<rule::equal_to>(not_a_number, not_a_number) == 0.0);
    BOOST_TEST(value<rule::round>(-2.5) == -3.0);
    BOOST_TEST(value<rule::rint>(2.5) == 2.0);
}

BOOST_AUTO_TEST_SUITE_END()
