// SPDX-License-Identifier: BSL-1.0
// Nested dual numbers: higher derivatives, in particular where first-order formulas break down.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <utility>

#include <etape/dual/lanes.hpp>

namespace
{
    using namespace etape;
    using first = dual<double>;
    using second = dual<first>;
    using third = dual<second>;

    third seed(double v)
    {
        return third(second(first(v, 1.0), first(1.0)), second(first(1.0)));
    }
    double order(const third& y, int k)
    {
        return k == 0 ? y.v.v.v : k == 1 ? y.v.v.d[0] : k == 2 ? y.v.d[0].d[0] : y.d[0].d[0].d[0];
    }
    const auto tolerance = boost::test_tools::tolerance(1e-13);
}

BOOST_AUTO_TEST_SUITE(dual_order)

BOOST_AUTO_TEST_CASE(power_to_third_order)
{
    const third y = pow(seed(1.1), 3.5);
    BOOST_TEST(order(y, 0) == std::pow(1.1, 3.5), tolerance);
    BOOST_TEST(order(y, 1) == 3.5 * std::pow(1.1, 2.5), tolerance);
    BOOST_TEST(order(y, 2) == 3.5 * 2.5 * std::pow(1.1, 1.5), tolerance);
    BOOST_TEST(order(y, 3) == 3.5 * 2.5 * 1.5 * std::pow(1.1, 0.5), tolerance);
}

BOOST_AUTO_TEST_CASE(power_at_zero)
{
    const third y = pow(seed(0.0), 2.0);
    BOOST_TEST(order(y, 1) == 0.0);
    BOOST_TEST(order(y, 2) == 2.0);
    BOOST_TEST(order(y, 3) == 0.0);
    const third cube = pow(seed(0.0), 3.0);
    BOOST_TEST(order(cube, 2) == 0.0);
    BOOST_TEST(order(cube, 3) == 6.0);
}

// The derivatives are in the range of the type; b y log(a), and (b - 1) times the slope, are not.
BOOST_AUTO_TEST_CASE(power_close_to_overflow)
{
    using f1 = etape::dual<float>;
    using f2 = etape::dual<f1>;
    for (const auto& [a, b] : {std::pair(30.0f, 25.3f), std::pair(328.97513f, 14.682543f)})
    {
        const double x = static_cast<double>(a), p = static_cast<double>(b), l = std::log(x);
        const auto near = boost::test_tools::tolerance(1e-5);
        const f2 base = f2(f1(a, 1.0f), f1(1.0f)), exponent = f2(f1(b, 1.0f), f1(1.0f));
        BOOST_TEST(static_cast<double>(pow(base, f2(f1(b))).d[0].d[0]) == p * (p - 1) * std::pow(x, p - 2), near);
        BOOST_TEST(static_cast<double>(pow(f2(f1(a)), exponent).d[0].d[0]) == std::pow(x, p) * l * l, near);
        BOOST_TEST(static_cast<double>(pow(f2(f1(a, 1.0f)), f2(f1(b), f1(1.0f))).d[0].d[0]) == std::pow(x, p - 1) * (1 + p * l), near);
    }
}

BOOST_AUTO_TEST_CASE(hyperbolic_tangent_at_zero_and_far_out)
{
    const third y = tanh(seed(0.0));
    BOOST_TEST(order(y, 1) == 1.0);
    BOOST_TEST(order(y, 2) == 0.0);
    BOOST_TEST(order(y, 3) == -2.0);
    for (const double far : {800.0, -800.0})
    {
        const third z = tanh(seed(far));
        BOOST_TEST(order(z, 1) == 0.0);
        BOOST_TEST(order(z, 2) == 0.0);
        BOOST_TEST(order(z, 3) == 0.0);
    }
}

BOOST_AUTO_TEST_CASE(logistic_functions_at_zero_and_far_out)
{
    const third s = sigmoid(seed(0.0));
    BOOST_TEST(order(s, 1) == 0.25);
    BOOST_TEST(order(s, 2) == 0.0);
    BOOST_TEST(order(s, 3) == -0.125, tolerance);
    const third p = softplus(seed(0.0));
    BOOST_TEST(order(p, 1) == 0.5);
    BOOST_TEST(order(p, 2) == 0.25);
    BOOST_TEST(std::abs(order(p, 3)) <= 1e-16);
    for (const double far : {900.0, -900.0})
    {
        for (const third& z : {sigmoid(seed(far)), softplus(seed(far)), log_sigmoid(seed(far)), silu(seed(far))})
        {
            BOOST_TEST(order(z, 2) == 0.0);
            BOOST_TEST(order(z, 3) == 0.0);
        }
    }
}

BOOST_AUTO_TEST_CASE(gamma_functions_to_third_order)
{
    // lgamma''(1) = pi^2/6, lgamma'''(1) = -2 zeta(3)
    const third y = lgamma(seed(1.0));
    BOOST_TEST(order(y, 1) == -0.57721566490153286, tolerance);
    BOOST_TEST(order(y, 2) == 1.6449340668482264, tolerance);
    BOOST_TEST(order(y, 3) == -2.4041138063191886, tolerance);
}

BOOST_AUTO_TEST_CASE(error_function_to_third_order)
{
    const double x = 2.0, d1 = 2 / std::sqrt(std::acos(-1.0)) * std::exp(-x * x);
    const third y = erf(seed(x));
    BOOST_TEST(order(y, 1) == d1, tolerance);
    BOOST_TEST(order(y, 2) == -2 * x * d1, tolerance);
    BOOST_TEST(order(y, 3) == (4 * x * x - 2) * d1, tolerance);
}

BOOST_AUTO_TEST_CASE(an_adjoint_with_a_tangent_is_not_dropped_at_a_pole)
{
    // g = 0 + 1 eps still flows: only an adjoint that vanishes with its tangents may skip the factor.
    const first g(0.0, 1.0), y(0.0), a(0.0);
    BOOST_TEST(!std::isfinite(rule::sqrt::pull<0>(g, y, first(0.0), a).d[0]));
    BOOST_TEST(rule::sqrt::pull<0>(first(0.0), y, first(0.0), a).d[0] == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
