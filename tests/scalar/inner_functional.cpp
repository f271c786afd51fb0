// SPDX-License-Identifier: BSL-1.0
// The functional interface on the further number types: batches, dual numbers, multiprecision, long double.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using batch = xsimd::batch<double>;
    using dual = ad::dual<double, 1>;
    using digits_50 = boost::multiprecision::cpp_bin_float_50;

    double part(double x)
    {
        return x;
    }
    double part(long double x)
    {
        return static_cast<double>(x);
    }
    double part(digits_50 const& x)
    {
        return static_cast<double>(x);
    }
    double part(dual const& x)
    {
        return x.v;
    }
    double part(batch const& x)
    {
        alignas(64) double all[batch::size];
        x.store_aligned(all);
        return all[batch::size - 1];
    }
    using types = std::tuple<float, double, long double, batch, dual, digits_50>;

    const auto sine = [](auto const& x, auto const& y)
    {
        using std::sin;
        return sin(x) * y + x * x;
    };
    const auto product = [](auto const& x) { return x[0] * x[1] * x[1]; };
}

BOOST_AUTO_TEST_SUITE(inner_functional)

BOOST_AUTO_TEST_CASE_TEMPLATE(value_grad_and_pullback, T, types)
{
    const double tolerance = std::is_same_v<T, float> ? 1e-6 : 1e-15;
    const auto close = [&](double found, double expected) { return std::abs(found - expected) <= tolerance * std::abs(expected); };
    const double gx = std::cos(0.5) * 1.5 + 1, gy = std::sin(0.5);
    const auto [value, g] = ad::value_and_grad(sine)(T(0.5), T(1.5));
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(value)>, T>);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(std::get<0>(g))>, T>);
    BOOST_TEST(close(part(value), gy * 1.5 + 0.25));
    BOOST_TEST(close(part(std::get<0>(g)), gx));
    BOOST_TEST(close(part(std::get<1>(g)), gy));

    const auto pullback = ad::vjp(sine, T(0.5), T(1.5));
    BOOST_TEST(close(part(pullback.value()), gy * 1.5 + 0.25));
    for (int again = 0; again < 2; ++again)
    {
        const auto [px, py] = pullback(T(3));
        BOOST_TEST(close(part(px), 3 * gx));
        BOOST_TEST(close(part(py), 3 * gy));
    }
    BOOST_TEST(close(part(std::get<0>(pullback(2.0))), 2 * gx));

    // structures of arguments; an argument that nothing reads; a plain result
    const auto of_vector = ad::grad(product)(std::vector<T>{T(3), T(2)});
    BOOST_TEST(part(of_vector[0]) == 4);
    BOOST_TEST(part(of_vector[1]) == 12);
    const auto of_array = ad::grad(product)(std::array<T, 2>{T(3), T(2)});
    BOOST_TEST(part(of_array[1]) == 12);
    const auto unread = ad::grad([](auto const& x, auto const&) { return x * x; })(T(3), T(2));
    BOOST_TEST(part(std::get<0>(unread)) == 6);
    BOOST_TEST(part(std::get<1>(unread)) == 0);
    BOOST_TEST(part(ad::grad([](auto const&) { return T(7); })(T(3))) == 0);
}

BOOST_AUTO_TEST_CASE(all_digits_and_all_lanes)
{
    // d/dx x^x = x^x (1 + log x), at 50 digits
    const auto power = [](auto const& x)
    {
        using std::exp;
        using std::log;
        return exp(x * log(x));
    };
    const digits_50 x = digits_50(3) / 2, expected = pow(x, x) * (1 + log(x));
    BOOST_TEST(abs(ad::grad(power)(x) - expected) <= 4 * expected * std::numeric_limits<digits_50>::epsilon());

    alignas(64) double points[batch::size], found[batch::size];
    for (std::size_t k = 0; k < batch::size; ++k)
        points[k] = 1 + 0.25 * static_cast<double>(k);
    ad::grad(power)(batch::load_aligned(points)).store_aligned(found);
    for (std::size_t k = 0; k < batch::size; ++k)
        BOOST_TEST(std::abs(found[k] - ad::grad(power)(points[k])) <= 1e-15 * found[k]);

    // a dual number: the second derivative in its tangent, x^x ((1 + log x)^2 + 1/x)
    const auto second = ad::grad(power)(dual::independent(1.5, 0));
    const double l = 1 + std::log(1.5);
    BOOST_TEST(std::abs(second.d[0] - std::pow(1.5, 1.5) * (l * l + 1 / 1.5)) <= 1e-14);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(inside_another_recording, T, types)
{
    ad::variable<T> c = T(3);
    ad::tape t;
    const ad::variable<T> w = c * c;
    // what f captures would lose its part in the derivative
    const auto captures = [&] { return ad::grad([&](auto const& x) { return x * w; })(T(2)); };
    BOOST_CHECK_EXCEPTION(captures(), ad::rule_error,
                          [](ad::rule_error const& e) { return std::string(e.what()).find("reads tracked values from outside") != std::string::npos; });
    const auto reads_for_the_first_time = [&]
    {
        ad::variable<T> fresh = T(5);
        return ad::grad([&](auto const& x) { return x * c * fresh; })(T(2));
    };
    BOOST_CHECK_THROW(reads_for_the_first_time(), ad::rule_error);
    // what it does not is no business of the recording's
    BOOST_TEST(part(ad::grad([](auto const& x) { return x * x; })(T(2))) == 4);
    BOOST_TEST(part(ad::grad([&](auto const& x) { return x * w.value(); })(T(2))) == 9);
    BOOST_TEST(part(*t.gradient(w, c)) == 6);
}

BOOST_AUTO_TEST_SUITE_END()
