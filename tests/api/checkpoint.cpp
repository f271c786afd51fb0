// SPDX-License-Identifier: BSL-1.0
// Checkpoints: the same gradients with less kept, nested; time loops with a binomial schedule, counted.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>

#include <xtensor/xmath.hpp>

#include <etape/api/checkpoint.hpp>
#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using array = xt::xtensor<double, 1>;
    using tensor = ad::tensor<double, 1>;

    // ten statements that keep their operands
    const auto layers = [](auto const& x, auto const& w)
    {
        tensor y = x * 1.0;
        for (int k = 0; k < 10; ++k)
            y = tensor(xt::tanh(y * w + x));
        return y;
    };
}

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(the_gradients_are_those_of_the_function)
{
    const ad::variable<double, 1> x{0.1, -0.4, 0.7}, w{1.0, 0.5, -2.0};
    ad::tape t;
    const tensor y = ad::checkpoint(layers, x, w);
    BOOST_TEST(t.statistics().statements == 1u);
    BOOST_TEST(t.statistics().kept_bytes <= 3 * 3 * sizeof(double));
    const auto [gx, gw] = t.gradient(xt::sum(y * y), x, w);
    ad::tape u;
    const tensor e = layers(x, w);
    BOOST_TEST(u.statistics().statements > 10u);
    const auto [ex, ew] = u.gradient(xt::sum(e * e), x, w);
    BOOST_TEST((ad::value(y) == ad::value(e)));
    BOOST_TEST((*gx == *ex));
    BOOST_TEST((*gw == *ew));
}

BOOST_AUTO_TEST_CASE(nested_with_numbers_and_tuples)
{
    int inner_runs = 0;
    const auto inner = [&](auto const& a) { ++inner_runs; return a * a; };
    const auto outer = [&](auto const& pair, auto const& s)
    {
        auto const& [a, b] = pair;
        const auto c = ad::checkpoint(inner, a * s);
        return std::tuple(ad::variable<double>(xt::sum(c * b)), tensor(c + b));
    };
    const ad::variable<double, 1> a{1.0, 2.0}, b{3.0, 4.0};
    const ad::variable<double> s = 0.5;
    ad::tape t;
    const auto [n, v] = ad::checkpoint(outer, std::tuple(a, b), s);
    BOOST_TEST(n.value() == 0.25 * 3 + 4.0);
    const auto [ga, gb, gs] = t.gradient(n * 10.0 + xt::sum(v), a, b, s);
    // n = sum a^2 s^2 b, v = a^2 s^2 + b
    BOOST_TEST((*ga)(1) == 2 * 2.0 * 0.25 * (10 * 4.0 + 1));
    BOOST_TEST((*gb)(0) == 10 * 0.25 + 1);
    BOOST_TEST(*gs == 10 * 2 * 0.5 * (3.0 + 16.0) + 2 * 0.5 * 5.0);
    BOOST_TEST(inner_runs == 3 + 0);
}

BOOST_AUTO_TEST_CASE(variables_inside_and_loops_over_elements)
{
    const auto f = [](auto const& x)
    {
        ad::variable<double, 1> state = x;
        ad::variable<double> sum = 0.0;
        for (int k = 0; k < 3; ++k)
        {
            state = state * x;
            sum = sum + state(0) * 2.0;
        }
        return sum;
    };
    const ad::variable<double, 1> x{2.0, 7.0};
    ad::tape t;
    const auto y = ad::checkpoint(f, x);
    BOOST_TEST(y.value() == 2 * (4 + 8 + 16.0));
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g)(0) == 2 * (2 * 2 + 3 * 4 + 4 * 8.0));
    BOOST_TEST((*g)(1) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_captured_value_is_an_error)
{
    const ad::variable<double, 1> x{1.0}, w{2.0}, never_read{3.0};
    const ad::variable<double> s = 2.0;
    ad::tape t;
    const tensor r = w * 2.0;
    const auto refused = [](ad::rule_error const& e) { return std::string(e.what()).find("checkpoint: found a function that reads") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * w); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * r); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * s); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * never_read); }, x), ad::rule_error, refused);
    // nothing has changed outside
    const tensor y = r * never_read;
    BOOST_TEST((*t.gradient(y, w))(0) == 6.0);
}

BOOST_AUTO_TEST_CASE(exceptions_pass_first_and_in_the_sweep)
{
    const ad::variable<double, 1> x{1.0};
    int runs = 0;
    const auto f = [&](auto const& a)
    {
        if (++runs == 2)
            throw std::runtime_error("second run");
        return tensor(a * 2.0);
    };
    {
        ad::tape t;
        const auto y = ad::checkpoint(f, x);
        BOOST_CHECK_THROW(t.gradient(y, x), std::runtime_error);
    }
    runs = 1;
    ad::tape t;
    BOOST_CHECK_THROW(ad::checkpoint(f, x), std::runtime_error);
    BOOST_TEST(t.recording());
    const auto y = x * 3.0;
    BOOST_TEST((*t.gradient(y, x))(0) == 3.0);
}

BOOST_AUTO_TEST_CASE(other_modes_record_the_function)
{
    const array at{0.1, -0.4}, v{1.0, 2.0};
    const auto f = [](auto const& x) { return xt::sum(ad::checkpoint([](auto const& a) { return tensor(a * a * a); }, x)); };
    BOOST_TEST(ad::jvp(f, at, v).tangent == 3 * (0.01 + 2 * 0.16), boost::test_tools::tolerance(1e-14));
    const auto h = ad::jvp(ad::grad(f), at, v).tangent;
    BOOST_TEST(h(1) == 6 * -0.4 * 2.0, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_SUITE_END()
