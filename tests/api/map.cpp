// SPDX-License-Identifier: BSL-1.0
// map and preaccumulate: values, both modes, broadcasting, control flow, higher orders, misuse.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>

#include <xtensor/xmath.hpp>

#include <etape/api/grad.hpp>
#include <etape/api/map.hpp>
#include <etape/api/preaccumulate.hpp>
#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using array = xt::xtensor<double, 1>;

    array ramp(std::size_t n)
    {
        array x = xt::zeros<double>({n});
        for (std::size_t i = 0; i < n; ++i)
            x(i) = std::fmod(0.37 * static_cast<double>(i * i), 2.6) - 1.2;
        return x;
    }
}

BOOST_AUTO_TEST_SUITE(maps)

BOOST_AUTO_TEST_CASE(agrees_with_the_array_expression_at_every_length)
{
    for (std::size_t n : {0u, 1u, 7u, 8u, 9u, 37u})
    {
        const ad::variable<double, 1> x(ramp(n)), z(ramp(n) * 0.5 + 3.0);
        ad::tape t;
        const auto y = ad::map([](auto const& a, auto const& b) { return exp(a) * sin(b) / b; }, x, z);
        BOOST_TEST(t.statistics().statements == 1u);
        const auto [gx, gz] = t.gradient(y, x, z);
        ad::tape u;
        const ad::tensor<double, 1> e = xt::exp(x) * xt::sin(z) / z;
        const auto [ex, ez] = u.gradient(e, x, z);
        for (std::size_t i = 0; i < n; ++i)
        {
            BOOST_TEST(ad::value(y)(i) == ad::value(e)(i), boost::test_tools::tolerance(1e-14));
            BOOST_TEST((*gx)(i) == (*ex)(i), boost::test_tools::tolerance(1e-14));
            BOOST_TEST((*gz)(i) == (*ez)(i), boost::test_tools::tolerance(1e-14));
        }
    }
}

BOOST_AUTO_TEST_CASE(branches_and_loops_take_each_element_its_own_way)
{
    const auto f = [](auto const& a)
    {
        auto y = a * a;
        if (a > 0.5)
            y = y * a;
        else if (a < -0.5)
            y = -a;
        while (y < 0.3)
            y = y * 2.0 + 0.01;
        return a < 0.0 ? y : sqrt(y);
    };
    const auto plain = ramp(41);
    const ad::variable<double, 1> x(plain);
    ad::tape t;
    const auto y = ad::map(f, x);
    BOOST_TEST(t.statistics().statements == 1u);
    const auto g = t.gradient(y, x);
    for (std::size_t i = 0; i < plain.size(); ++i)
    {
        const auto d = f(ad::dual<double>(plain(i), 1.0));
        BOOST_TEST(ad::value(y)(i) == d.v, boost::test_tools::tolerance(1e-14));
        BOOST_TEST((*g)(i) == d.d[0], boost::test_tools::tolerance(1e-14));
    }
    ad::tape u;
    const auto selected = ad::map([](auto const& a) { return select(a > 0.5, a * a, -a); }, x);
    BOOST_TEST((*u.gradient(selected, x))(0) == -1.0);
}

BOOST_AUTO_TEST_CASE(broadcasts_arrays_numbers_and_plain_arguments)
{
    const ad::variable<double, 2> a{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    const ad::variable<double, 1> row{0.5, -1.0, 2.0};
    const ad::variable<double, 2> column{{10.0}, {20.0}};
    const ad::variable<double> s = 3.0;
    const xt::xtensor<double, 1> w{1.0, 0.5, 0.25};
    const auto f = [](auto const& p, auto const& q, auto const& r, auto const& u, auto const& v, double c) { return p * q * q + r * u * v * c; };
    ad::tape t;
    const auto y = ad::map(f, a, row, column, s, w, 2.0);
    const xt::xtensor<double, 2> seed{{1.0, -1.0, 2.0}, {0.5, 3.0, -2.0}};
    const auto [da, dr, dc, ds] = t.gradient(xt::sum(y * seed), std::tie(a, row, column, s));
    ad::tape u;
    const ad::tensor<double, 2> e = a * row * row + column * s * w * 2.0;
    BOOST_TEST(xt::allclose(ad::value(y), ad::value(e)));
    const auto [ea, er, ec, es] = u.gradient(xt::sum(e * seed), std::tie(a, row, column, s));
    BOOST_TEST(xt::allclose(*da, *ea));
    BOOST_TEST(xt::allclose(*dr, *er));
    BOOST_TEST(xt::allclose(*dc, *ec));
    BOOST_TEST(*ds == *es, boost::test_tools::tolerance(1e-14));

    const auto call = [&](auto const& p, auto const& q, auto const& r, auto const& h) { return ad::map(f, p, q, r, h, w, 2.0); };
    const auto expression = [&](auto const& p, auto const& q, auto const& r, auto const& h) { return p * q * q + r * h * w * 2.0; };
    const auto point = std::tuple(a, row, column, s);
    const auto direction = std::tuple(xt::xtensor<double, 2>(seed), array{1.0, 2.0, 3.0}, xt::xtensor<double, 2>{{1.0}, {-1.0}}, 0.5);
    const auto tangent = ad::value(ad::jvp(call, point, direction).tangent), expected = ad::value(ad::jvp(expression, point, direction).tangent);
    BOOST_TEST(xt::allclose(tangent, expected));
}

BOOST_AUTO_TEST_CASE(higher_orders_see_through_a_map)
{
    const auto f = [](auto const& x) { return xt::sum(ad::map([](auto const& a) { return a * a * a; }, x)); };
    const array at{1.0, 2.0}, v{1.0, -1.0};
    const auto h = ad::jvp(ad::grad(f), at, v).tangent;
    BOOST_TEST(h(0) == 6.0, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(h(1) == -12.0, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(ad::grad([&](auto const& x) { return xt::sum(ad::grad(f)(x) * v); })(at)(1) == -12.0, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_persistent_tape_differentiates_a_gradient)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    const ad::variable<double> s = 3.0;
    ad::tape t(true);
    const auto y = ad::map([](auto const& a) { return a * a * a; }, x);
    const auto gy = t.gradient(y, x, ad::differentiable).value();
    BOOST_TEST((*t.gradient(gy, x))(1) == 12.0);
    const auto z = ad::preaccumulate([](auto const& a) { return a * a * a; }, s);
    const auto gz = t.gradient(z, s, ad::differentiable).value();
    BOOST_TEST(*t.gradient(gz, s) == 18.0);
    BOOST_TEST(ad::preaccumulate([](auto const& a, auto const& b) { return a * b; }, 3.0, 2) == 6.0);
    BOOST_TEST(ad::preaccumulate([](auto const& a) { return a * a; }, ad::dual<double>(3.0, 1.0)).d[0] == 6.0);
}

BOOST_AUTO_TEST_CASE(misuse_and_exceptions)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0}, z{1.0, 2.0};
    ad::tape t;
    BOOST_CHECK_EXCEPTION(ad::map([](auto const& a, auto const& b) { return a * b; }, x, z), ad::shape_error, [](auto const& e)
        { return std::string(e.what()).find("map") != std::string::npos; });
    BOOST_CHECK_THROW(ad::map([](auto const& a) { return a > 2.5 ? throw std::runtime_error("mine") : a; }, x), std::runtime_error);
    BOOST_TEST(!ad::runtime::leader.present);
    const auto y = ad::map([](auto const& a) { return a * 2.0; }, x);
    BOOST_TEST((*t.gradient(y, x))(2) == 2.0);
    BOOST_TEST(ad::value(ad::map([](auto const& a) { return a * 2.0; }, x))(2) == 6.0);
}

BOOST_AUTO_TEST_CASE(sweeps_again_without_fresh_memory)
{
    const ad::variable<double, 1> x(ramp(100));
    const auto once = [&]
    {
        ad::tape t;
        const auto y = ad::map([](auto const& a) { return a * a; }, x);
        return (*t.gradient(y, x))(3);
    };
    once();
    const auto before = ad::pool_stats().fresh_blocks;
    BOOST_TEST(once() == 2 * ramp(100)(3));
    BOOST_TEST(ad::pool_stats().fresh_blocks == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(preaccumulation)

BOOST_AUTO_TEST_CASE(one_statement_with_the_partials)
{
    const auto f = [](auto const& a, auto const& b, double c)
    {
        using std::exp;
        auto y = a;
        for (int i = 0; i < 20; ++i)
            y = y * 0.5 + exp(-y) * b * c;
        return y;
    };
    const ad::variable<double> x = 0.3, z = 1.5;
    ad::tape t;
    const auto y = ad::preaccumulate(f, x, z, 2.0);
    BOOST_TEST(t.statistics().statements == 3u);  // two variables that are read for the first time
    const auto [gx, gz] = t.gradient(y, x, z);
    ad::tape u;
    const auto e = f(x, z, 2.0);
    BOOST_TEST(y.value() == e.value(), boost::test_tools::tolerance(1e-14));
    const auto [ex, ez] = u.gradient(e, x, z);
    BOOST_TEST(*gx == *ex, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(*gz == *ez, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(forward_mode_higher_orders_several_results_and_no_tape)
{
    const auto inner = [](auto const& a, auto const& b) { return a * a * b; };
    const auto f = [&](auto const& a, auto const& b) { return ad::preaccumulate(inner, a, b); };
    const ad::variable<double> x = 3.0, z = 5.0;
    BOOST_TEST(f(x, z).value() == 45.0);
    const auto point = std::tuple(x, z);
    BOOST_TEST(ad::value(ad::jvp(f, point, std::tuple(1.0, 10.0)).tangent) == 30.0 + 90.0);
    BOOST_TEST(ad::grad(ad::grad([&](auto const& a) { return f(a, ad::variable<double>(5.0)); }))(3.0) == 10.0);
    ad::tape t;
    const auto both = ad::preaccumulate([](auto const& a, auto const& b) { return std::array{a * b, a + b}; }, x, z);
    const auto [gx, gz] = t.gradient(both[0] + both[1] * 100.0, x, z);
    BOOST_TEST(*gx == 105.0);
    BOOST_TEST(*gz == 103.0);
}

// A tangent of 0 passes 0, also by an infinite slope, as in array expressions and scalar statements.
BOOST_AUTO_TEST_CASE(where_nothing_moves)
{
    const auto root = [](auto const& z) { return sqrt(z); };
    const auto d = ad::jvp([&](auto const& a) { return ad::map(root, a); }, array{0, 1}, array{0, 1}).tangent;
    BOOST_TEST(d(0) == 0.0);
    BOOST_TEST(d(1) == 0.5);
    BOOST_TEST(ad::value(ad::jvp([&](auto const& a) { return ad::preaccumulate(root, a); }, 0.0, 0.0).tangent) == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
