// SPDX-License-Identifier: BSL-1.0
// Gradients that are missing because of what the tape did: used up, paused, closed, not yet open, told to watch too late.
#include <explain/because.hpp>

BOOST_AUTO_TEST_SUITE(explain_tape_state)

BOOST_AUTO_TEST_CASE(tape_consumed)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 1.0;
    ad::tape t;
    const auto opened = LINE_ABOVE(1);
    auto y = ad::sum(x * x) * s;
    BOOST_TEST(t.gradient(y, x).has_value());
    const auto first = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    const auto second = LINE_ABOVE(1);
    BOOST_TEST(because(g, ad::reason::tape_consumed, {opened, first, second, "persistent", "(2,)"}));
    BOOST_TEST(g.why_not().where_break.line + 2 == __LINE__ - 3u);
    BOOST_TEST(because(t.gradient(y, s), ad::reason::tape_consumed, {opened, first, "a scalar"}));
}

BOOST_AUTO_TEST_CASE(the_place_of_a_sweep_with_respect_to_many_sources)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 1.0;
    ad::tape t;
    auto y = ad::sum(x * x) * s;
    BOOST_TEST(is(std::get<0>(t.gradient(y, s, x, s, x)), 5));
    const auto first = LINE_ABOVE(1);
    const auto g = t.gradient(y, s, x, s, x, s);
    const auto second = LINE_ABOVE(1);
    BOOST_TEST(because(std::get<4>(g), ad::reason::tape_consumed, {"gradient at " + first, "asked again at " + second}));
    BOOST_TEST(because(std::get<5>(t.gradient(y, s, x, s, x, s, x)), ad::reason::tape_consumed, {"gradient at " + first}));
}

BOOST_AUTO_TEST_CASE(recorded_while_paused)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 1.0;
    ad::tape t(true);
    std::string paused, computed;
    ad::variable<double, 1> y;
    ad::variable<double> r;
    {
        const auto pause = t.stop_recording();
        paused = LINE_ABOVE(1);
        y = x * x;
        computed = LINE_ABOVE(1);
        r = s * s;
    }
    ad::tensor<double, 1> z = y * 2.0;
    const auto g = t.gradient(z, x);
    BOOST_TEST(because(g, ad::reason::recorded_while_paused, {"mul at " + computed, paused}));
    BOOST_TEST(g.why_not().operation == "mul");
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(computed) == 0u);
    BOOST_TEST(because(t.gradient(r * 2, s), ad::reason::recorded_while_paused, {"mul", paused}));
}

BOOST_AUTO_TEST_CASE(recorded_while_paused_over_several_steps_and_elements)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::variable<double> s = 0.0;
    ad::variable<double, 1> v;
    std::string paused;
    {
        const auto pause = t.stop_recording();
        paused = LINE_ABOVE(1);
        for (std::size_t i = 0; i < 2; ++i)
            s += x(i) * x(i);
        v = xt::cumsum(x);
    }
    BOOST_TEST(because(t.gradient(s * 3, x), ad::reason::recorded_while_paused, {paused}));
    BOOST_TEST(because(t.gradient(v * 3.0, x), ad::reason::recorded_while_paused, {paused}));
}

BOOST_AUTO_TEST_CASE(the_right_one_of_two_pauses)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    {
        const auto pause = t.stop_recording();
    }
    ad::variable<double, 1> y;
    std::string second;
    {
        const auto pause = t.stop_recording();
        second = LINE_ABOVE(1);
        y = x * x;
    }
    {
        const auto pause = t.stop_recording();
    }
    BOOST_TEST(because(t.gradient(y, x), ad::reason::recorded_while_paused, {second}));
}

BOOST_AUTO_TEST_CASE(recorded_by_an_outer_tape_while_the_inner_one_is_paused)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape outer(true), inner(true);
    ad::variable<double, 1> y;
    std::string paused;
    {
        const auto pause = inner.stop_recording();
        paused = LINE_ABOVE(1);
        y = xt::exp(x);
    }
    BOOST_TEST(because(inner.gradient(y, x), ad::reason::recorded_while_paused, {"exp", paused}));
    BOOST_TEST(outer.gradient(y, x).has_value());
}

BOOST_AUTO_TEST_CASE(target_not_recorded_because_the_tape_was_closed)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 2.0;
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    t.close();
    const auto closed = LINE_ABOVE(1);
    ad::tensor<double, 1> z = y * x;
    const auto computed = LINE_ABOVE(1);
    auto r = s * s;
    const auto g = t.gradient(z, x);
    BOOST_TEST(because(g, ad::reason::target_not_recorded, {"mul at " + computed, closed}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(closed) == 0u);
    BOOST_TEST(ad::to_string(g.why_not().where_target).find(computed) == 0u);
    BOOST_TEST(because(t.gradient(r, s), ad::reason::target_not_recorded, {closed}));
}

BOOST_AUTO_TEST_CASE(target_not_recorded_because_the_tape_was_not_open)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 2.0;
    ad::tensor<double, 1> y = x * x;
    const auto computed = LINE_ABOVE(1);
    auto r = s * s;
    ad::tape t(true);
    const auto opened = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::target_not_recorded, {computed, opened}));
    BOOST_TEST(because(t.gradient(r, s), ad::reason::target_not_recorded, {opened}));
}

BOOST_AUTO_TEST_CASE(not_watched_by_a_tape_that_watches_what_it_is_told_to)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const auto made = LINE_ABOVE(1);
    ad::variable<double> s = 2.0;
    ad::tape t(true, false);
    const auto opened = LINE_ABOVE(1);
    ad::tensor<double, 1> y = xt::exp(x) * s;
    const auto used = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::not_watched, {opened, made, "mul at " + used}));
    BOOST_TEST(ad::to_string(g.why_not().where_source).find(made) == 0u);
    BOOST_TEST(because(t.gradient(y, s), ad::reason::not_watched, {opened, used}));
}

BOOST_AUTO_TEST_CASE(not_watched_because_frozen)
{
    ad::variable<double, 1> x({1.0, 2.0}, false), w{3.0, 4.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::exp(x) * w;
    const auto used = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::not_watched, {"frozen", "first by mul at " + used, "before that"}));
    BOOST_TEST(because(t.gradient(ad::sum(x * w), x), ad::reason::not_watched, {"frozen", used}));
    // Nothing reads it:
    ad::variable<double, 1> z({1.0}, false);
    BOOST_TEST(because(t.gradient(y, z), ad::reason::not_watched, {"frozen"}));
}

BOOST_AUTO_TEST_CASE(not_watched_because_constant)
{
    const ad::constant<double, 1> c = xt::xtensor<double, 1>{1.0, 2.0};
    ad::variable<double, 1> w{3.0, 4.0};
    ad::tape t;
    BOOST_TEST(because(t.gradient(w * c, c), ad::reason::not_watched, {"constant"}));
}

BOOST_AUTO_TEST_CASE(watched_after_use)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 2.0;
    ad::tape t(true, false);
    ad::tensor<double, 1> y = x * s;
    const auto used = LINE_ABOVE(1);
    t.watch(x);
    const auto watched = LINE_ABOVE(1);
    t.watch(s);
    const auto watched_scalar = LINE_ABOVE(1);
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::watched_after_use, {"watched at " + watched, "mul at " + used}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(watched) == 0u);
    BOOST_TEST(because(t.gradient(y, s), ad::reason::watched_after_use, {"watched at " + watched_scalar, used}));
}

BOOST_AUTO_TEST_CASE(a_frozen_variable_watched_after_use)
{
    ad::variable<double, 1> x({1.0, 2.0}, false), w{1.0, 1.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * w;
    const auto used = LINE_ABOVE(1);
    t.watch(x);
    const auto watched = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::watched_after_use, {"watched at " + watched, "mul at " + used}));
}

BOOST_AUTO_TEST_CASE(foreign_recording_of_a_state_that_a_finished_tape_computed)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 1.0;
    std::string computed;
    {
        ad::tape first;
        x = x + 1.0;
        computed = LINE_ABOVE(1);
        s = s + 1;
    }
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    const auto g = t.gradient(y, x);
    BOOST_TEST(
        because(g, ad::reason::foreign_recording, {"produced by add at " + computed, "finished"}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(computed) == 0u);
    BOOST_TEST(because(t.gradient(s * s, s), ad::reason::foreign_recording, {"finished"}));
}

BOOST_AUTO_TEST_CASE(foreign_recording_before_the_inner_tape_opened)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape outer(true);
    ad::tensor<double, 1> y = xt::exp(x);
    const auto computed = LINE_ABOVE(1);
    ad::tape inner(true);
    const auto opened = LINE_ABOVE(1);
    ad::tensor<double, 1> z = y * y;
    BOOST_TEST(because(inner.gradient(z, x), ad::reason::foreign_recording, {"exp at " + computed, opened}));
}

BOOST_AUTO_TEST_CASE(foreign_recording_before_the_reset)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    t.reset();
    const auto reset = LINE_ABOVE(1);
    ad::tensor<double, 1> z = y * 2.0;
    BOOST_TEST(because(t.gradient(z, y), ad::reason::foreign_recording, {"reset at " + reset}));
}

BOOST_AUTO_TEST_SUITE_END()
