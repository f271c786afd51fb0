// SPDX-License-Identifier: BSL-1.0
// Boost.Math functions and distributions instantiated with active scalars.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/quadrature/exp_sinh.hpp>
#include <boost/math/quadrature/sinh_sinh.hpp>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <boost/math/quadrature/trapezoidal.hpp>
#include <boost/math/special_functions/ellint_1.hpp>
#include <boost/math/special_functions/legendre.hpp>

#include <etape/etape.hpp>
#include <etape/with/boost_math.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    const auto near = boost::test_tools::tolerance(1e-13);

    template <class F>
    void check(F const& f, double at, double value, double slope)
    {
        const number x = at;
        ad::tape t;
        const number y = f(x);
        BOOST_TEST(y.value() == value, near);
        BOOST_TEST(*t.gradient(y, x) == slope, near);
    }
}

BOOST_AUTO_TEST_SUITE(boost_math)

BOOST_AUTO_TEST_CASE(special_functions)
{
    // P3 = (5 x^3 - 3 x)/2
    check([](number const& x) { return boost::math::legendre_p(3, x); }, 0.3, (5 * 0.027 - 0.9) / 2, (15 * 0.09 - 3) / 2);
    check([](number const& x) { return boost::math::legendre_p(3, x * x); }, 0.5, (5 * 0.015625 - 0.75) / 2, (15 * 0.0625 - 3) / 2);
    // dK/dk by finite differences of the double function
    const auto k = [](double x) { return boost::math::ellint_1(x); };
    const number x = 0.4;
    ad::tape t;
    const number y = boost::math::ellint_1(x * 1.0);
    BOOST_TEST(y.value() == k(0.4), near);
    BOOST_TEST(*t.gradient(y, x) == (k(0.4001) - k(0.3999)) / 2e-4, boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_CASE(distributions)
{
    const double z = 0.5 - 0.2, density = std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
    check([](number const& m) { return cdf(boost::math::normal_distribution<number>(m, number(1.0)), number(0.5)); }, 0.2,
          std::erfc(-z / std::sqrt(2.0)) / 2, -density);
    check([](number const& m) { return pdf(boost::math::normal_distribution<number>(m, number(1.0)), number(0.5)); }, 0.2, density, density * z);
}

BOOST_AUTO_TEST_CASE(quadrature)
{
    // the integral of exp(-x^2) from 0 to b, by its bound, and of exp(-c x^2) over all numbers, by c
    const auto bell = [](number const& x) { return number(ad::exp(-x * x)); };
    const double half = std::sqrt(std::acos(-1.0)) / 2;
    boost::math::quadrature::tanh_sinh<number> finite;
    check([&](number const& b) { return finite.integrate(bell, number(0.0), b); }, 0.8, half * std::erf(0.8), std::exp(-0.64));
    // of 1/(c + cos x) over a period
    const double turn = 2 * std::acos(-1.0);
    check([&](number const& c)
          { return boost::math::quadrature::trapezoidal([&](number const& x) { return number(1.0 / (c + ad::cos(x))); }, number(0.0), number(turn)); },
          2.0, turn / std::sqrt(3.0), -2 * turn / std::sqrt(27.0));
    boost::math::quadrature::sinh_sinh<number> everywhere;
    check([&](number const& c) { return everywhere.integrate([&](number const& x) { return number(ad::exp(-c * x * x)); }); }, 2.0,
          std::sqrt(2.0) * half, -std::sqrt(2.0) * half / 4);
    boost::math::quadrature::exp_sinh<number> onwards;
    check([&](number const& c) { return onwards.integrate([&](number const& x) { return number(ad::exp(-c * x)); }); }, 2.0, 0.5, -0.25);
}

BOOST_AUTO_TEST_SUITE_END()
