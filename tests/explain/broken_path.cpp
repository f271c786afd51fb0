// SPDX-License-Identifier: BSL-1.0
// Gradients that are missing because of what the program computes: nothing connects, or the path is cut on the way.
#include <explain/because.hpp>

BOOST_AUTO_TEST_SUITE(explain_broken_path)

BOOST_AUTO_TEST_CASE(unconnected_arrays)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0}, y{3.0, 4.0};
    const auto made = LINE_ABOVE(1);
    ad::tape t(true);
    ad::tensor<double, 1> z = y * y;
    const auto computed = LINE_ABOVE(1);
    const auto g = t.gradient(z, x);
    BOOST_TEST(because(g, ad::reason::unconnected, {"(3,) made at " + made, "reads {the array of shape (2,) made at " + made, "source: none", computed}));
    BOOST_TEST(g.why_not().where_source.line == __LINE__ - 7u);
    // Used, but not by this target:
    ad::tensor<double, 1> other = xt::exp(x);
    const auto used = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(z, x), ad::reason::unconnected, {"source: exp at " + used}));
}

BOOST_AUTO_TEST_CASE(unconnected_numbers)
{
    ad::variable<double> x = 1.0, y = 2.0, u = 3.0;
    ad::tape t(true);
    auto z = y * y + u;
    BOOST_TEST(because(t.gradient(z, x), ad::reason::unconnected, {"a scalar", "reads {2 scalars}", "source: none"}));
}

BOOST_AUTO_TEST_CASE(every_source_of_one_call_has_its_own_reason)
{
    ad::variable<double, 1> x{1.0, 2.0}, frozen({1.0, 2.0}, false), u{1.0, 1.0}, v{1.0, 1.0};
    ad::tape t;
    auto y = ad::sum(x * frozen * ad::stop_gradient(v));
    auto [gx, gf, gu, gv] = t.gradient(y, x, frozen, u, v);
    BOOST_TEST(gx.has_value());
    BOOST_TEST(because(gf, ad::reason::not_watched, {}));
    BOOST_TEST(because(gu, ad::reason::unconnected, {}));
    BOOST_TEST(because(gv, ad::reason::detached, {}));
}

BOOST_AUTO_TEST_CASE(detached)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{1.0, 1.0};
    ad::variable<double> s = 2.0;
    ad::tape t(true);
    auto cut = ad::stop_gradient(x * x);
    const auto cut_at = LINE_ABOVE(1);
    ad::tensor<double, 1> y = cut * w;
    const auto read = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::detached, {"stop_gradient at " + cut_at, "mul at " + read}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(cut_at) == 0u);
    BOOST_TEST(t.gradient(y, w).has_value());
    auto r = ad::stop_gradient(s);
    const auto detached_scalar = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(r * r, s), ad::reason::detached, {"stop_gradient at " + detached_scalar}));
    // As the start of a new variable:
    ad::variable<double, 1> z = ad::stop_gradient(x);
    const auto detached_again = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(z * z, x), ad::reason::detached, {"stop_gradient at " + detached_again}));
}

BOOST_AUTO_TEST_CASE(a_path_beside_the_cut_one_is_a_gradient)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::tensor<double, 1> y = ad::stop_gradient(x) * x;
    BOOST_TEST(is(t.gradient(y, x), {1, 2}));
}

BOOST_AUTO_TEST_CASE(escaped)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{1.0, 1.0};
    ad::tape t(true);
    const auto plain = ad::value(x * x);
    const auto extracted = LINE_ABOVE(1);
    ad::tensor<double, 1> y = plain * w;
    const auto entered = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::escaped, {"value at " + extracted, "mul at " + entered}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(extracted) == 0u);
    auto s = ad::sum(plain * w);
    const auto entered_again = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(s, x), ad::reason::escaped,
                       {"value at " + extracted, "sum at " + entered_again}));
    // Computed with outside, before they come back as a variable or a constant:
    const ad::variable<double, 1> twice = plain * 2.0;
    BOOST_TEST(because(t.gradient(twice * w, x), ad::reason::escaped, {"value at " + extracted}));
    const ad::constant<double, 1> root = xt::sqrt(plain) + plain;
    BOOST_TEST(because(t.gradient(root * w, x), ad::reason::escaped, {"value at " + extracted}));
}

BOOST_AUTO_TEST_CASE(overwritten)
{
    ad::variable<double, 1> x{1.0, 2.0}, state{0.0, 0.0};
    ad::variable<double> s = 1.0, n = 0.0;
    ad::tape t(true);
    state = state + x * x;
    n = n + s * s;
    state = xt::zeros<double>({2});
    const auto assigned = LINE_ABOVE(1);
    n = 0.0;
    ad::tensor<double, 1> y = state * 2.0;
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::overwritten, {"assignment at " + assigned}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(assigned) == 0u);
    BOOST_TEST(because(t.gradient(n * 2, s), ad::reason::overwritten, {"assignment"}));
    state = state + x;
    state.fill(1.0);
    const auto filled = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(ad::sum(state), x), ad::reason::overwritten, {"assignment at " + filled}));
}

BOOST_AUTO_TEST_CASE(non_differentiable)
{
    ad::variable<double, 1> x{1.2, 2.7};
    ad::variable<double> s = 1.5;
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::round(x) * 2.0;
    const auto computed = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::non_differentiable, {"round at " + computed, "straight_through"}));
    BOOST_TEST(g.why_not().operation == "round");
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(computed) == 0u);
    auto total = ad::sum(xt::floor(x) * xt::ceil(x));
    const auto summed = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(total, x), ad::reason::non_differentiable, {"at " + summed}));
    BOOST_TEST(because(t.gradient(floor(s) * 2, s), ad::reason::non_differentiable, {"floor"}));
    BOOST_TEST(because(t.gradient(trunc(s * s) + 1, s), ad::reason::non_differentiable, {"trunc"}));
}

BOOST_AUTO_TEST_CASE(control_only)
{
    ad::variable<double, 1> x{1.0, -2.0}, a{3.0, 4.0};
    ad::variable<double> s = 1.5, r = 2.0;
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::where(x > 0.0, a, 2.0 * a);
    const auto computed = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::control_only, {"at " + computed, "control flow"}));
    BOOST_TEST(is(t.gradient(y, a), {1, 2}));
    auto z = s > 1 ? r * r : r;
    BOOST_TEST(because(t.gradient(z, s), ad::reason::control_only, {"comparison"}));
    BOOST_TEST(is(t.gradient(z, r), 4));
    auto chosen = x(0) > 0.0 ? r * 3 : r;
    BOOST_TEST(because(t.gradient(chosen, x), ad::reason::control_only, {}));
}

BOOST_AUTO_TEST_CASE(a_cut_that_tells_more_comes_first)
{
    ad::variable<double, 1> x{1.0, -2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::where(x > 0.0, ad::stop_gradient(x), 0.0 * ad::stop_gradient(x));
    BOOST_TEST(because(t.gradient(y, x), ad::reason::detached, {"stop_gradient"}));
    ad::tensor<double, 1> z = xt::where(x > 0.0, xt::round(x), 0.0);
    BOOST_TEST(because(t.gradient(z, x), ad::reason::non_differentiable, {"round"}));
}

BOOST_AUTO_TEST_CASE(the_cut_lies_deep_in_a_long_computation)
{
    ad::variable<double> x = 1.5, w = 1.0;
    ad::tape t(true);
    auto y = floor(x);
    for (int i = 0; i < 20000; ++i)
        y = y * w + 1e-3;
    BOOST_TEST(because(t.gradient(y, x), ad::reason::non_differentiable, {"floor"}));
    ad::variable<double, 1> a{1.5}, b{1.0};
    ad::tensor<double, 1> c = xt::round(a);
    const auto computed = LINE_ABOVE(1);
    for (int i = 0; i < 2000; ++i)
        c = ad::tensor<double, 1>(c * b);
    BOOST_TEST(because(t.gradient(c, a), ad::reason::non_differentiable, {"round at " + computed}));
}

BOOST_AUTO_TEST_CASE(an_element_of_another_array)
{
    ad::variable<double, 1> x{1.0, 2.0}, y{3.0, 4.0};
    ad::tape t(true);
    auto s = y(0) * y(1);
    BOOST_TEST(because(t.gradient(s, x), ad::reason::unconnected, {"(2,)", "source: none"}));
    // One element of x is not another:
    auto x0 = x(0), x1 = x(1);
    BOOST_TEST(because(t.gradient(x0 * x0, x1), ad::reason::unconnected, {}));
}

BOOST_AUTO_TEST_CASE(a_printed_result_is_its_text)
{
    ad::variable<double, 1> x{1.0, 2.0}, y{3.0};
    ad::tape t(true);
    const auto g = t.gradient(x * x, y);
    std::ostringstream out;
    out << g;
    BOOST_TEST(out.str() == g.why_not().text);
    std::ostringstream value;
    value << t.gradient(x * x, x);
    BOOST_TEST(value.str() == "{2, 4}");
    BOOST_TEST(t.gradient(x * x, x).why_not().text.empty());
    BOOST_TEST((t.gradient(x * x, x).why() == ad::reason::none));
}

BOOST_AUTO_TEST_SUITE_END()
