// SPDX-License-Identifier: BSL-1.0
// Exact cases of second and third order, on tapes and with the functional interface, in every mix of modes.
#include <cmath>
#include <functional>
#include <string>

#include "semantics/expect.hpp"

namespace
{
    using number = ad::variable<double>;
    using numbers = ad::variable<double, 1>;
    using function = std::function<number(number const&)>;

    // The derivative, by either mode, as a function of the same kind.
    function reverse(function f)
    {
        return [f](number const& x) { return ad::grad(f)(x); };
    }
    function forward(function f)
    {
        return [f](number const& x) { return ad::jvp(f, x, 1.0).tangent; };
    }
    // Every sequence of modes of the given length.
    std::vector<function> derivatives(function f, int order)
    {
        if (order == 0)
            return {f};
        std::vector<function> all;
        for (auto const& d : derivatives(f, order - 1))
        {
            all.push_back(reverse(d));
            all.push_back(forward(d));
        }
        return all;
    }
    const auto tolerance = boost::test_tools::tolerance(1e-14);
    auto says(const char* words)
    {
        return [words](ad::error const& e) { return std::string(e.what()).find(words) != std::string::npos; };
    }
}

BOOST_AUTO_TEST_SUITE(higher_order_cases)

BOOST_AUTO_TEST_CASE(nested_gradients_with_respect_to_input_and_intermediate_108_18)
{
    number x = 3.0;
    ad::tape outer;
    ad::tape inner;
    const number y = x * x;
    const number z = y * y;
    auto [gx, gy] = inner.gradient(z, x, y, ad::differentiable);
    BOOST_TEST(is(gx, 108));
    BOOST_TEST(is(gy, 18));
    auto [hx, hy] = outer.gradient(std::tuple{*gx, *gy}, x, y);
    // gx = 4 x y and gy = 2 y, with y = x^2
    BOOST_TEST(is(hx, 12 * 9 + 4 * 3));
    BOOST_TEST(is(hy, 4 * 3 + 2));
}

BOOST_AUTO_TEST_CASE(persistent_tape_108_6_and_their_slopes)
{
    number x = 3.0;
    ad::tape t(true);
    const number y = x * x;
    const number z = y * y;
    const auto gz = t.gradient(z, x, ad::differentiable), gy = t.gradient(y, x, ad::differentiable);
    BOOST_TEST(is(gz, 108));
    BOOST_TEST(is(gy, 6));
    BOOST_TEST(is(t.gradient(*gz, x), 108));
    BOOST_TEST(is(t.gradient(*gy, x), 2));
}

BOOST_AUTO_TEST_CASE(third_order_on_one_tape_27_18_6)
{
    number x = 3.0;
    numbers a{3.0, 1.0};
    ad::tape t(true);
    const number y = x * x * x;
    const auto d1 = t.gradient(y, x, ad::differentiable);
    const auto d2 = t.gradient(*d1, x, ad::differentiable);
    BOOST_TEST(is(d1, 27));
    BOOST_TEST(is(d2, 18));
    BOOST_TEST(is(t.gradient(*d2, x), 6));
    const ad::tensor<double, 1> b = a * a * a;
    const auto e1 = t.gradient(b, a, ad::differentiable);
    const auto e2 = t.gradient(*e1, a, ad::differentiable);
    BOOST_TEST(is(e1, {27, 3}));
    BOOST_TEST(is(e2, {18, 6}));
    BOOST_TEST(is(t.gradient(*e2, a), {6, 6}));
}

BOOST_AUTO_TEST_CASE(inner_gradient_used_in_outer_2_6)
{
    number x = 1.0;
    ad::tape outer;
    const auto slope = [&]
    {
        ad::tape inner;
        const number y = x * x;
        return *inner.gradient(y, x, ad::differentiable);
    }();
    BOOST_TEST(slope.value() == 2.0);
    const number w = slope * x * x;  // 2 x^3
    BOOST_TEST(is(outer.gradient(w, x), 6));
}

BOOST_AUTO_TEST_CASE(tape_local_watching_12_and_none)
{
    const xt::xtensor<double, 1> two{2.0};
    numbers a(two, false), b(two, false);
    ad::tape outer;
    outer.watch(a);
    const auto slopes = [&]
    {
        ad::tape inner;
        inner.watch(a);
        inner.watch(b);
        const ad::tensor<double, 1> y = a * a * a, z = b * b;
        auto [ga, gb] = inner.gradient(std::tuple{y, z}, a, b, ad::differentiable);
        return std::pair(*ga, *gb);
    }();
    auto [ha, hb] = outer.gradient(std::tuple{slopes.first, slopes.second}, a, b);
    BOOST_TEST(is(ha, 12));
    BOOST_TEST(none(hb, ad::reason::not_watched_by_outer));
    BOOST_TEST(hb.why_not().text.find("exact_cases.cpp") != std::string::npos);
    BOOST_TEST(hb.why_not().text.find("outer tape") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(detached_gradients_say_that_they_are)
{
    numbers a{1.0, 2.0};
    ad::tape outer;
    const auto g = [&]
    {
        ad::tape inner;
        return *inner.gradient(ad::sum(a * a), a, ad::detached);
    }();
    const auto z = ad::tensor<double, 1>(numbers{1.0, 1.0} * g);
    BOOST_TEST(none(outer.gradient(z, a), ad::reason::detached));
}

BOOST_AUTO_TEST_CASE(power_3_5_at_1_1_orders_0_to_3)
{
    const function f = [](number const& x) { using std::pow; return pow(x, 3.5); };
    const double exact[] = {std::pow(1.1, 3.5), 3.5 * std::pow(1.1, 2.5), 3.5 * 2.5 * std::pow(1.1, 1.5), 3.5 * 2.5 * 1.5 * std::pow(1.1, 0.5)};
    for (int order = 0; order <= 3; ++order)
        for (auto const& d : derivatives(f, order))
            BOOST_TEST(d(1.1).value() == exact[order], tolerance);
    BOOST_TEST(derivatives(f, 3).size() == 8u);
}

BOOST_AUTO_TEST_CASE(order_3_numeric_reverse_forward)
{
    const function f = [](number const& x) { using std::exp, std::sin; return exp(x * 0.5) * sin(x) / (1.0 + x * x); };
    const auto second = derivatives(f, 2);
    const auto at = [&](double x) { return second[0](x).value(); };
    const double h = 1e-3, x = 0.7;
    const double numeric = (8 * (at(x + h) - at(x - h)) - (at(x + 2 * h) - at(x - 2 * h))) / (12 * h);
    for (auto const& d : derivatives(f, 3))
        BOOST_TEST(d(x).value() == numeric, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(jvp_add_6_mul_22)
{
    const auto add = [](auto const& a, auto const& b) { return a + b; };
    const auto mul = [](auto const& a, auto const& b) { return a * b; };
    BOOST_TEST(ad::jvp(add, std::tuple(2.0, 3.0), std::tuple(1.0, 5.0)).tangent == 6.0);
    BOOST_TEST(ad::jvp(mul, std::tuple(4.0, 5.0), std::tuple(2.0, 3.0)).tangent == 22.0);
    // and of a derivative
    const auto slope = [&](auto const& a, auto const& b) { return std::get<0>(ad::grad(mul)(a, b)) * b; };
    BOOST_TEST(ad::jvp(slope, std::tuple(4.0, 5.0), std::tuple(2.0, 3.0)).tangent == 30.0);
}

BOOST_AUTO_TEST_CASE(perturbations_are_not_confused)
{
    // D(x D(x + y)) = D(x) = 1 at every x; a confused derivative is 2.
    for (auto outer : {reverse, forward})
        for (auto inner : {reverse, forward})
        {
            const function f = [&](number const& x) { return x * inner([&](number const& y) { return x + y; })(1.0); };
            BOOST_TEST(outer(f)(1.0).value() == 1.0);
            const function g = [&](number const& x) { return x * inner([&](number const& y) { return x * y; })(1.0); };
            BOOST_TEST(outer(g)(3.0).value() == 6.0);
            // the argument of the inner derivative depends on x, too
            const function h = [&](number const& x) { return inner([&](number const& y) { return x * x * y * y; })(x); };
            BOOST_TEST(outer(h)(2.0).value() == 2 * 3 * 4.0);
            const function d = [&](number const& x) { return x * inner([&](number const& y) { return y * outer([&](number const& z) { return x * y * z; })(y); })(x); };
            // inner: d/dy (y x y) = 2 x y, at y = x: 2 x^2; times x: 2 x^3
            BOOST_TEST(outer(d)(2.0).value() == 24.0);
        }
}

BOOST_AUTO_TEST_CASE(mutation_and_closures)
{
    for (auto outer : {reverse, forward})
        for (auto inner : {reverse, forward})
        {
            const function f = [&](number const& x)
            {
                number state = x;
                const auto slope = inner([&](number const& y)
                    {
                        number s = state;
                        s *= y;
                        s = s * s;  // (x y)^2
                        return s;
                    })(1.0);        // 2 x^2
                state += slope;     // x + 2 x^2
                return state * x;   // x^2 + 2 x^3
            };
            BOOST_TEST(outer(f)(2.0).value() == 4.0 + 24.0);
        }
}

BOOST_AUTO_TEST_CASE(loops_whose_length_depends_on_the_data)
{
    // x doubles until it exceeds 10: 2 -> 16 = 8 x; y = (8 x)^3
    const function f = [](number const& x)
    {
        number y = x;
        while (y < 10)
            y *= 2;
        return y * y * y;
    };
    for (auto const& d : derivatives(f, 2))
        BOOST_TEST(d(2.0).value() == 512 * 6 * 2.0);
    for (auto const& d : derivatives(f, 3))
        BOOST_TEST(d(2.0).value() == 512 * 6.0);
    // as many derivatives as a counter says
    function g = [](number const& x) { return x * x * x * x; };
    for (int k = 0; k < 4; ++k)
        g = k % 2 == 0 ? reverse(g) : forward(g);
    BOOST_TEST(g(5.0).value() == 24.0);
}

BOOST_AUTO_TEST_CASE(an_outer_tape_that_is_opened_too_late)
{
    number x = 2.0;
    ad::tape first;
    const number y = x * x * x;
    ad::tape second;
    BOOST_CHECK_EXCEPTION(first.gradient(y, x, ad::differentiable), ad::rule_error, says("expected an outer tape that is opened first"));
    BOOST_TEST(second.recording());
}

// Without a tape that could record the derivative, the error says which to open.
BOOST_AUTO_TEST_CASE(a_recorded_derivative_on_a_plain_tape)
{
    const auto refused = says("expected a persistent tape, tape(true), or a tape that is opened inside another one");
    const number x = 2.0;
    {
        ad::tape t;
        const number y = x * x * x;
        BOOST_CHECK_EXCEPTION(t.gradient(y, x, ad::differentiable), ad::rule_error, refused);
    }
    {
        const ad::variable<double, 1> v{1.0, 2.0};
        ad::tape t;
        const number y = xt::sum(v * v * v);
        BOOST_CHECK_EXCEPTION(t.gradient(y, v, ad::differentiable), ad::rule_error, refused);
    }
    ad::tape outer;
    ad::tape t;
    const number y = x * x * x;
    BOOST_TEST(t.gradient(y, x, ad::differentiable)->value() == 12.0);
}

BOOST_AUTO_TEST_SUITE_END()
