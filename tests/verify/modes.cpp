// SPDX-License-Identifier: BSL-1.0
// compare_modes agrees on functions of every kind.
#include <boost/test/unit_test.hpp>

#include <etape/linalg/matmul.hpp>
#include <etape/verify/compare.hpp>

namespace
{
    namespace ad = etape;
    using vector = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;

    const vector x{0.3, -1.2, 2.1, 0.7}, y{1.5, 0.4, -0.8, 2.2};
    const matrix a{{0.2, -0.5, 1.1, 0.9}, {1.3, 0.6, -0.7, 0.1}, {-0.4, 0.8, 0.3, -1.6}};
}

#define AGREE(...)                                                                                                             \
    do                                                                                                                         \
    {                                                                                                                          \
        const auto report = ad::verify::compare_modes(__VA_ARGS__);                                                            \
        BOOST_TEST(report.agree, report.text());                                                                               \
    } while (false)

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
BOOST_AUTO_TEST_CASE(full_reductions)
{
    AGREE([](auto const& v) { return ad::mean(v * v) + ad::prod(v) + ad::norm_l2(v) * ad::stddev(v); }, x);
}
BOOST_AUTO_TEST_CASE(reductions_over_an_axis)
{
    AGREE([](auto const& m) { return ad::sum(m * m, {1}); }, a);
}
BOOST_AUTO_TEST_CASE(largest_of_each_column)
{
    AGREE([](auto const& m) { return ad::amax(m, {0}); }, a);
}
BOOST_AUTO_TEST_CASE(softmax)
{
    AGREE([](auto const& m) { return ad::softmax(m, {1}); }, a);
}
BOOST_AUTO_TEST_CASE(logsumexp)
{
    AGREE([](auto const& v) { return ad::logsumexp(v * 3.0); }, x);
}
BOOST_AUTO_TEST_CASE(products)
{
    AGREE([](auto const& m, auto const& v) { return ad::matmul(m, v); }, a, x);
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
BOOST_AUTO_TEST_CASE(several_statements)
{
    const auto f = [](auto const& m, auto const& v)
    {
        const ad::tensor<double, 1> rows = ad::sum(m * v, {1});
        return ad::sum(rows * rows) * ad::mean(v);
    };
    AGREE(f, a, x);
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
