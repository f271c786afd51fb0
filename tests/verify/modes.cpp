// SPDX-License-Identifier: BSL-1.0
// compare_modes agrees on elementwise functions, choices, updates in place and loops over elements.
#include <verify/agree.hpp>

using namespace modes_of;

BOOST_AUTO_TEST_SUITE(modes)

BOOST_AUTO_TEST_CASE(elementwise)
{
    AGREE([](auto const& u, auto const& v) { return xt::exp(u) * xt::sin(v) + u / (1.0 + v * v); }, x, y);
}
BOOST_AUTO_TEST_CASE(broadcast)
{
    AGREE([](auto const& m, auto const& v) { return m * v - v; }, a, x);
}
BOOST_AUTO_TEST_CASE(numbers)
{
    AGREE([](auto const& p, auto const& q) { return ad::sin(p) * q + p / q; }, 0.7, 1.9);
}
BOOST_AUTO_TEST_CASE(a_number_and_an_array)
{
    AGREE([](auto const& v, auto const& s) { return xt::tanh(v * s); }, x, 0.6);
}
BOOST_AUTO_TEST_CASE(a_choice)
{
    AGREE([](auto const& v) { return xt::where(v > 0.5, v * v, xt::exp(v)); }, x);
}
BOOST_AUTO_TEST_CASE(updates_in_place)
{
    const auto f = [](auto const& v)
    {
        ad::variable<double, 1> w = v;
        w *= v;
        w += 1.0;
        w /= v * v + 2.0;
        return w;
    };
    AGREE(f, x);
}
BOOST_AUTO_TEST_CASE(a_loop_over_elements)
{
    const auto f = [](auto const& v)
    {
        ad::variable<double> s = 0.0;
        for (std::size_t i = 0; i < 4; ++i)
            s = s * 0.5 + v(i) * v((i + 1) % 4);
        return s;
    };
    AGREE(f, x);
}
BOOST_AUTO_TEST_CASE(in_float)
{
    const xt::xtensor<float, 1> v{0.3f, -1.2f, 2.1f};
    AGREE([](auto const& u) { return ad::sum(xt::exp(u) * u); }, v);
}
BOOST_AUTO_TEST_CASE(an_input_without_entries)
{
    const vector none = vector::from_shape({0});
    const auto report = ad::verify::compare_modes([](auto const& v) { return ad::sum(v * v); }, none);
    BOOST_TEST(report.agree);
    BOOST_TEST(report.entries == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
