// SPDX-License-Identifier: BSL-1.0
// Special functions as users call them: on arrays, scalars and dual numbers, in nested derivatives, and with orders of any kind.
#include <array/check.hpp>

#include <numbers>

#include <etape/api/grad.hpp>
#include <etape/api/jvp.hpp>

namespace
{
    constexpr double pi = std::numbers::pi;
    // A few ulps of the size of b.
    bool near(double a, double b)
    {
        return std::abs(a - b) <= 4e-15 * std::abs(b);
    }
}

BOOST_AUTO_TEST_SUITE(array_special)

BOOST_AUTO_TEST_CASE(arrays_are_lazy_expressions_like_all_others)
{
    const ad::variable<double, 1> x = xt::xtensor<double, 1>{-3.0, -0.5, 0.25, 2.0, 7.0};
    ad::tape t;
    const auto y = ad::erfcx(x) * 2.0 + ad::normal_logcdf(x);
    const auto loss = xt::sum(y);
    const auto g = t.gradient(loss, x);
    for (std::size_t i = 0; i < 5; ++i)
    {
        const ad::dual<double> at(ad::value(x)(i), 1.0);
        const ad::dual<double> expected = ad::erfcx(at) * 2.0 + ad::normal_logcdf(at);
        BOOST_TEST(near((*g)(i), expected.d[0]));
        BOOST_TEST(near(ad::value(y)(i), expected.v));
    }
}

BOOST_AUTO_TEST_CASE(one_template_serves_plain_tracked_and_dual_numbers)
{
    const auto f = [](auto const& x)
    {
        using etape::cyl_bessel_j, etape::normal_cdf, etape::xlogy, etape::beta;
        using std::cyl_bessel_j, std::beta;
        return xlogy(x, x) * normal_cdf(x) + cyl_bessel_j(1, x) * beta(x, 2.0);
    };
    const double expected =
        0.5 * std::log(0.5) * 0.69146246127401312 + 0.24226845767487388 / (0.5 * 1.5);
    const ad::variable<double> x = 0.5;
    BOOST_TEST(near(f(0.5), expected));
    BOOST_TEST(near(ad::variable<double>(f(x)).value(), expected));
    BOOST_TEST(near(f(ad::dual<double>(0.5, 1.0)).v, expected));
    static_assert(std::is_same_v<decltype(ad::erfcx(1.0f)), float> &&
                  std::is_same_v<decltype(ad::erfcx(1)), double>);
    BOOST_TEST(ad::polygamma(1, 1) == ad::polygamma(1.0, 1.0));
}

BOOST_AUTO_TEST_CASE(orders_are_numbers_of_any_kind_or_plain_arrays)
{
    const ad::variable<double, 1> x = xt::xtensor<double, 1>{0.5, 1.0, 2.5, 9.0};
    ad::tape t(true);
    // J_1/2(x) = sqrt(2/(pi x)) sin(x), K_1/2(x) = sqrt(pi/(2 x)) exp(-x)
    const auto j = ad::tensor<double, 1>(ad::cyl_bessel_j(0.5, x)),
               k = ad::tensor<double, 1>(ad::cyl_bessel_k(0.5f, x));
    const auto gj = *t.gradient(j, x), gk = *t.gradient(k, x);
    for (std::size_t i = 0; i < 4; ++i)
    {
        const double a = ad::value(x)(i), root = std::sqrt(2 / (pi * a)),
                     decay = std::sqrt(pi / (2 * a)) * std::exp(-a);
        BOOST_TEST(std::abs(ad::value(j)(i) - root * std::sin(a)) < 1e-15);
        BOOST_TEST(std::abs(gj(i) - root * (std::cos(a) - std::sin(a) / (2 * a))) < 1e-15);
        BOOST_TEST(near(ad::value(k)(i), decay));
        BOOST_TEST(near(gk(i), -decay * (1 + 1 / (2 * a))));
    }
    const xt::xtensor<double, 1> orders{0, 1, 2, 3};
    const auto y = ad::tensor<double, 1>(ad::cyl_bessel_i(orders, x));
    const auto g = *t.gradient(y, x);
    for (std::size_t i = 0; i < 4; ++i)
    {
        const ad::variable<double> a = ad::value(x)(i);
        const ad::variable<double> one = ad::cyl_bessel_i(static_cast<int>(i), a);
        BOOST_TEST(ad::value(y)(i) == one.value());
        BOOST_TEST(g(i) == *t.gradient(one, a));
    }
    const ad::variable<double> one = 1.0;
    const ad::variable<double> trigamma = ad::polygamma(1, one);
    BOOST_TEST(near(trigamma.value(), pi * pi / 6));
    BOOST_TEST(near(*t.gradient(trigamma, one), -2.4041138063191886));  // -2 zeta(3)
    BOOST_TEST(std::isnan(ad::polygamma(1.5, one).value()));
}

BOOST_AUTO_TEST_CASE(incomplete_functions_have_derivatives_by_every_argument)
{
    const ad::variable<double> a = 2.0, b = 3.0, x = 1.5, u = 0.25;
    ad::tape t(true);
    const ad::variable<double> p = ad::gamma_p(a, x), q = ad::gamma_q(a, x), i = ad::ibeta(a, b, u);
    BOOST_TEST(near(p.value(), 1 - 2.5 * std::exp(-1.5)));
    const auto [pa, px] = t.gradient(p, a, x);
    const auto [qa, qx] = t.gradient(q, a, x);
    const auto [ia, ib, iu] = t.gradient(i, a, b, u);
    BOOST_TEST(near(*pa, -0.31348863782507932));
    BOOST_TEST(near(*px, 1.5 * std::exp(-1.5)));
    BOOST_TEST((*qa == -*pa && *qx == -*px));
    BOOST_TEST(near(i.value(), 0.0625 * (6 - 8 * 0.25 + 3 * 0.0625)));
    BOOST_TEST(near(*ia, -0.22805360232434637));
    BOOST_TEST(near(*ib, 0.10692153005229139));
    BOOST_TEST(near(*iu, 12 * 0.25 * 0.5625));
}

BOOST_AUTO_TEST_CASE(nested_derivatives_of_a_broadcast_parameter)
{
    // sum over x of gamma_p(a, x): the second derivative by the one shape is the sum of those of all elements
    const ad::variable<double, 1> x = xt::xtensor<double, 1>{1.5, 1.5, 1.5};
    const auto f = [&](ad::variable<double> const& a)
    { return ad::variable<double>(xt::sum(ad::gamma_p(a, x))); };
    const ad::variable<double> a = 2.0;
    const double second = ad::grad(ad::grad(f))(a).value();
    BOOST_TEST(near(second, 3 * 0.10058919839254356));
    BOOST_TEST(near(ad::jvp([&](ad::variable<double> const& z) { return ad::grad(f)(z); }, a, 1.0)
                        .tangent.value(),
                    3 * 0.10058919839254356));
    // and of an array by itself: log Gamma'' through lbeta, psi'(1) - psi'(3) = 5/4
    const auto h = [](ad::variable<double> const& z)
    { return ad::variable<double>(ad::lbeta(z, 2.0)); };
    BOOST_TEST(near(ad::grad(ad::grad(h))(ad::variable<double>(1.0)).value(), 1.25));
}

BOOST_AUTO_TEST_CASE(a_derivative_of_too_high_an_order_is_refused_and_the_engine_goes_on)
{
    std::function<ad::variable<double>(ad::variable<double> const&)> f = [](auto const& x)
    { return ad::variable<double>(ad::erfcx(x)); };
    for (int order = 0; order < 6; ++order)
        f = [inner = f](auto const& x) { return ad::grad(inner)(x); };
    // the sixth derivative of erfcx at 0 is 6!/3!
    BOOST_TEST(near(f(ad::variable<double>(0.0)).value(), 120));
    BOOST_CHECK_EXCEPTION(ad::grad(f)(ad::variable<double>(0.0)), ad::rule_error,
                          [](auto const& e) {
                              return std::string(e.what()).find(
                                         "derivative of erfcx: found order 7") != std::string::npos;
                          });
    const ad::variable<double> x = 0.0;
    ad::tape t;
    const ad::variable<double> y = ad::erfcx(x);
    BOOST_TEST(near(*t.gradient(y, x), -2 / std::sqrt(pi)));
}

BOOST_AUTO_TEST_CASE(outside_of_the_domain_is_nan)
{
    const ad::variable<double, 1> x = xt::xtensor<double, 1>{-1.5, 1.5};
    for (const auto& y :
         {ad::tensor<double, 1>(ad::erf_inv(x)), ad::tensor<double, 1>(ad::normal_quantile(x)),
          ad::tensor<double, 1>(ad::lambert_w(x - 2.0)),
          ad::tensor<double, 1>(ad::log1mexp(xt::abs(x)))})
        BOOST_TEST((std::isnan(ad::value(y)(0)) && std::isnan(ad::value(y)(1))));
    const ad::variable<float, 1> z = xt::xtensor<float, 1>{-1.5f, 0.5f};
    const ad::tensor<float, 1> y = ad::xlogy(z, z);
    BOOST_TEST((std::isnan(ad::value(y)(0)) && !std::isnan(ad::value(y)(1))));
}

BOOST_AUTO_TEST_SUITE_END()
