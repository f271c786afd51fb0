// SPDX-License-Identifier: BSL-1.0
// jvp: one and several inputs, numbers and arrays, its errors, and inside a recording tape.
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>

#include <etape/api/jvp.hpp>
#include <etape/linalg/matmul.hpp>

namespace
{
    namespace ad = etape;
    using plain = xt::xtensor<double, 1>;

    const plain x{1.0, 2.0, 3.0}, v{1.0, 0.0, -1.0};
}

BOOST_AUTO_TEST_SUITE(forward)

BOOST_AUTO_TEST_CASE(a_number_of_a_number)
{
    const auto [value, tangent] = ad::jvp([](auto const& a) { return a * a * a; }, 2.0, 1.0);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(value)>, double>);
    BOOST_TEST(value == 8.0);
    BOOST_TEST(tangent == 12.0);
}

BOOST_AUTO_TEST_CASE(an_array_of_an_array)
{
    const auto r = ad::jvp([](auto const& a) { return a * a + 1.0; }, x, v);
    BOOST_TEST((r.value(0) == 2.0 && r.value(2) == 10.0));
    BOOST_TEST((r.tangent(0) == 2.0 && r.tangent(1) == 0.0 && r.tangent(2) == -6.0));
}

BOOST_AUTO_TEST_CASE(a_number_of_an_array)
{
    const auto r = ad::jvp([](auto const& a) { return ad::sum(a * a); }, x, v);
    BOOST_TEST(r.value == 14.0);
    BOOST_TEST(r.tangent == -4.0);
}

BOOST_AUTO_TEST_CASE(several_inputs)
{
    const auto f = [](auto const& a, auto const& s) { return ad::sum(a * s) * s; };
    const auto r = ad::jvp(f, std::tuple(x, 2.0), std::tuple(v, 1.0));
    BOOST_TEST(r.value == 24.0);
    BOOST_TEST(r.tangent == 24.0);  // 4 (v0 + v1 + v2) + 2 s 6
}

BOOST_AUTO_TEST_CASE(several_statements_elements_and_products)
{
    const auto f = [](auto const& a)
    {
        const ad::tensor<double, 1> squares = a * a;
        return squares(0) * ad::matmul(squares, a);  // x0^2 sum x^3
    };
    const auto r = ad::jvp(f, x, v);
    BOOST_TEST(r.value == 36.0);
    BOOST_TEST(r.tangent == 2 * 36.0 + (3.0 - 27.0));
}

BOOST_AUTO_TEST_CASE(inputs_may_be_variables)
{
    const ad::variable<double, 1> a(x);
    const ad::variable<double> s = 3.0;
    BOOST_TEST(ad::jvp([](auto const& p) { return ad::sum(p * p); }, a, v).tangent == -4.0);
    BOOST_TEST(ad::jvp([](auto const& p) { return p * p; }, s, 2.0).tangent == 12.0);
}

BOOST_AUTO_TEST_CASE(what_does_not_move_has_tangent_zero)
{
    const ad::variable<double> other = 5.0;
    const auto r = ad::jvp([&](auto const&) { return other * other; }, 2.0, 1.0);
    BOOST_TEST(r.value == 25.0);
    BOOST_TEST(r.tangent == 0.0);
    BOOST_TEST(ad::jvp([](auto const&) { return 7.0; }, 2.0, 1.0).tangent == 0.0);
}

BOOST_AUTO_TEST_CASE(the_direction_has_the_shape_of_the_input)
{
    BOOST_CHECK_EXCEPTION(ad::jvp([](auto const& a) { return ad::sum(a); }, x, plain{1.0, 2.0}), ad::shape_error, [](ad::shape_error const& e)
        { return std::string(e.what()).find("jvp: direction: found shape (2,), expected the input's shape (3,)") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(a_jvp_inside_a_jvp_is_the_second_derivative)
{
    const auto inner = [](auto const& a) { return ad::jvp([](auto const& b) { return b * b * b; }, a, 1.0).tangent; };
    const auto r = ad::jvp(inner, 2.0, 1.0);
    BOOST_TEST(r.value == 12.0);
    BOOST_TEST(r.tangent == 12.0);
    BOOST_TEST(!ad::runtime::thread.recording);
    BOOST_TEST(ad::record_log::of_this_thread().forward == nullptr);
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_function_passes)
{
    struct mine
    {
    };
    BOOST_CHECK_THROW(ad::jvp([](auto const& a) -> ad::variable<double> { if (a.value() > 1) throw mine{}; return a; }, 2.0, 1.0), mine);
    BOOST_TEST(!ad::runtime::thread.recording);
    BOOST_TEST(ad::record_log::of_this_thread().forward == nullptr);
}

BOOST_AUTO_TEST_CASE(inside_a_recording_tape)
{
    const ad::variable<double, 1> a(x);
    ad::tape t;
    const ad::tensor<double, 1> y = a * a;
    const auto r = ad::jvp([](auto const& p) { return ad::sum(p * p); }, x, v);
    BOOST_TEST(r.tangent == -4.0);
    const auto z = ad::sum(y * 2.0);
    BOOST_TEST((*t.gradient(z, a))(1) == 8.0);
}

BOOST_AUTO_TEST_SUITE_END()
