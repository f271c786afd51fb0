// SPDX-License-Identifier: BSL-1.0
// The rules of a tape: persistence, pauses, closing, resetting, nesting.
#include <semantics/expect.hpp>

#include <memory>

BOOST_AUTO_TEST_SUITE(tape_rules)

BOOST_AUTO_TEST_CASE(a_tape_is_used_up_by_one_sweep)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    ad::variable<double> y = x * x;
    BOOST_TEST(t.recording());
    BOOST_TEST(is(t.gradient(y, x), 6));
    BOOST_TEST(!t.recording());
    BOOST_TEST(none(t.gradient(y, x), ad::reason::tape_consumed));
}

BOOST_AUTO_TEST_CASE(a_persistent_tape_answers_again_and_the_same)
{
    ad::variable<double, 1> x{0.3, -1.7, 2.9};
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::exp(x) * xt::sin(x) / (1.0 + x * x);
    const auto first = t.gradient(y, x);
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(is(t.gradient(y, x), expect::numbers(*first)));
    auto z = ad::sum(y);
    BOOST_TEST(is(t.gradient(z, x), expect::numbers(*first)));
}

BOOST_AUTO_TEST_CASE(a_gradient_asked_inside_the_recording_scope_works)
{
    ad::variable<double> x = 3.0;
    double g = 0;
    {
        ad::tape t;
        ad::variable<double> y = x * x;
        g = *t.gradient(y, x);
    }
    BOOST_TEST(g == 6);
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_in_a_pause)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    const auto before = t.statistics().statements;
    {
        const auto pause = t.stop_recording();
        BOOST_TEST(!t.recording());
        for (int i = 0; i < 10; ++i)
        {
            ad::tensor<double, 1> z = y * x;
            BOOST_TEST(z.shape()[0] == 2u);
        }
    }
    BOOST_TEST(t.recording());
    BOOST_TEST(t.statistics().statements == before);
    BOOST_TEST(is(t.gradient(y * x, x), {3, 12}));
}

BOOST_AUTO_TEST_CASE(a_gradient_inside_a_pause_does_not_grow_the_tape)
{
    ad::variable<double> x = 3.0;
    ad::tape t(true);
    ad::variable<double> y = x * x;
    const auto pause = t.stop_recording();
    BOOST_TEST(is(t.gradient(y, x), 6));
}

BOOST_AUTO_TEST_CASE(a_pause_of_a_tape_that_was_used_up_ends_quietly)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    ad::variable<double> y = x * x;
    {
        const auto pause = t.stop_recording();
        BOOST_TEST(is(t.gradient(y, x), 6));
    }
    BOOST_TEST(!t.recording());
}

BOOST_AUTO_TEST_CASE(a_closed_tape_is_resumed_and_appends)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 4.0};
    ad::tape t(true);
    ad::variable<double> y = x * x;
    ad::tensor<double, 1> b = a * a;
    t.close();
    BOOST_TEST(!t.recording());
    ad::variable<double> lost = y * x;
    ad::tensor<double, 1> lost_array = b * a;
    t.resume();
    BOOST_TEST(t.recording());
    ad::variable<double> z = y * x;
    ad::tensor<double, 1> c = b * a;
    BOOST_TEST(is(t.gradient(z, x), 27));
    BOOST_TEST(is(t.gradient(c, a), {27, 48}));
    BOOST_TEST(none(t.gradient(lost, x), ad::reason::target_not_recorded));
    BOOST_TEST(none(t.gradient(lost_array, a), ad::reason::target_not_recorded));
}

BOOST_AUTO_TEST_CASE(a_closed_tape_still_answers)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    ad::variable<double> y = x * x;
    t.close();
    BOOST_TEST(is(t.gradient(y, x), 6));
}

BOOST_AUTO_TEST_CASE(reset_drops_records_and_watches_and_goes_on)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> frozen({1.0, 2.0}, false);
    ad::tape t;
    t.watch(frozen);
    ad::tensor<double, 1> y = frozen * frozen * x;
    BOOST_TEST(t.statistics().statements >= 1u);
    t.reset();
    BOOST_TEST(t.recording());
    BOOST_TEST(t.statistics().statements == 0u);
    BOOST_TEST(t.watched_variables().empty());
    ad::tensor<double, 1> z = frozen * x;
    auto [g, h] = t.gradient(z, frozen, x);
    BOOST_TEST(none(g, ad::reason::not_watched));
    BOOST_TEST(is(h, 3));
}

BOOST_AUTO_TEST_CASE(reset_brings_a_used_up_tape_back)
{
    ad::variable<double> x = 3.0;
    ad::tape t;
    for (int i = 0; i < 3; ++i)
    {
        ad::variable<double> y = x * x;
        BOOST_TEST(is(t.gradient(y, x), 6));
        t.reset();
    }
}

BOOST_AUTO_TEST_CASE(reset_gives_the_memory_back)
{
    ad::variable<double, 1> x = xt::ones<double>({100});
    ad::tape t;
    ad::tensor<double, 1> y = xt::exp(x) * x;
    BOOST_TEST(t.statistics().kept_bytes >= 800u);
    t.reset();
    BOOST_TEST(t.statistics().kept_bytes == 0u);
    BOOST_TEST(t.statistics().tape_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(nested_tapes_record_the_same_statements)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 4.0};
    ad::tape outer;
    ad::variable<double> y = x * x;
    ad::tensor<double, 1> b = a * a;
    {
        ad::tape inner(true);
        ad::variable<double> z = y * x;
        ad::tensor<double, 1> c = b * a;
        // The inner tape saw z = y x only: y came from before it.
        BOOST_TEST(is(inner.gradient(z, x, ad::detached), 9));
        BOOST_TEST(is(inner.gradient(z, y, ad::detached), 3));
        BOOST_TEST(is(inner.gradient(c, a, ad::detached), {9, 16}));
        BOOST_TEST(is(inner.gradient(c, b, ad::detached), {3, 4}));
        y = z;
        b = c;
    }
    auto [g, h] = outer.gradient(std::tuple{y * 2, b * 2.0}, x, a);
    BOOST_TEST(is(g, 54));
    BOOST_TEST(is(h, {54, 96}));
}

BOOST_AUTO_TEST_CASE(overlapping_tapes_each_answer_for_their_own_window)
{
    ad::variable<double> x = 2.0;
    auto first = std::make_unique<ad::tape>(true);
    ad::variable<double> y = x * x;
    auto second = std::make_unique<ad::tape>(true);
    ad::variable<double> z = y * x;
    BOOST_TEST(is(first->gradient(z, x, ad::detached), 12));
    first.reset();
    ad::variable<double> w = z * x;
    BOOST_TEST(is(second->gradient(w, x), 16)); // y is a number to it: w = y x x, 2 y x
    BOOST_TEST(is(second->gradient(w, y), 4));
}

BOOST_AUTO_TEST_CASE(an_inner_pause_does_not_pause_the_outer_tape)
{
    ad::variable<double, 1> x{2.0, 3.0};
    ad::tape outer(true), inner(true);
    ad::tensor<double, 1> y = x * x;
    {
        const auto pause = inner.stop_recording();
        y = ad::tensor<double, 1>(y * x);
    }
    BOOST_TEST(is(outer.gradient(y, x), {12, 27}));
    BOOST_TEST(none(inner.gradient(y, x), ad::reason::recorded_while_paused));
}

BOOST_AUTO_TEST_CASE(an_inner_sweep_leaves_the_outer_tape_alone)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 1.0};
    ad::tape outer;
    double inner_gradient = 0;
    {
        ad::tape inner;
        ad::variable<double> y = x * x;
        inner_gradient = *inner.gradient(y, x, ad::detached);
    }
    {
        ad::tape inner;
        BOOST_TEST(is(inner.gradient(ad::sum(a * a), a, ad::detached), {6, 2}));
    }
    auto [g, h] = outer.gradient(x * inner_gradient + ad::sum(a * a * a), x, a);
    BOOST_TEST(is(g, 6));
    BOOST_TEST(is(h, {27, 3}));
}

BOOST_AUTO_TEST_CASE(after_the_tape_the_same_variables_start_again)
{
    ad::variable<double, 1> w{1.0, 2.0};
    for (int i = 0; i < 50; ++i)
    {
        ad::tape t;
        auto loss = ad::sum(w * w);
        const auto g = t.gradient(loss, w);
        BOOST_REQUIRE(g.has_value());
        w -= 0.1 * *g;
    }
    for (double v : expect::numbers(w))
        BOOST_TEST(std::abs(v) < 1e-4);
}

BOOST_AUTO_TEST_CASE(numbers_made_between_two_tapes_are_not_mistaken_for_recorded_ones)
{
    ad::variable<double> x = 3.0;
    ad::tape used_up;
    BOOST_TEST(is(used_up.gradient(x * x, x), 6));
    // The first tape still lives; these numbers are made while nothing records.
    std::vector<ad::variable<double>> v;
    for (int i = 0; i < 100; ++i)
        v.emplace_back(i);
    ad::variable<double> between = x * 7;
    ad::tape t;
    ad::variable<double> y = x * x;
    for (auto const& e : v)
        y += e * e;
    y += between;
    const auto g = t.gradient(y, std::tuple{x, v, between});
    using boost::hana::at_c;
    BOOST_TEST(is(std::get<0>(g), 6));
    for (std::size_t i = 0; i < v.size(); ++i)
        BOOST_TEST(is(std::get<1>(g)[i], 2.0 * static_cast<double>(i)));
    BOOST_TEST(is(std::get<2>(g), 1));
}

BOOST_AUTO_TEST_SUITE_END()
