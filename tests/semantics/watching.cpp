// SPDX-License-Identifier: BSL-1.0
// What a tape watches: everything trainable that it reads, what it is told to, and in which order it says so.
#include <semantics/expect.hpp>

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE(a_tape_that_watches_nothing_by_itself)
{
    ad::variable<double> x = 3.0, y = 2.0;
    ad::variable<double, 1> a{3.0, 1.0}, b{2.0, 5.0};
    ad::tape t(true, false);
    t.watch(x);
    t.watch(a);
    auto z = x * y;
    ad::tensor<double, 1> c = a * b;
    auto [gx, gy] = t.gradient(z, x, y);
    BOOST_TEST(is(gx, 2));
    BOOST_TEST(none(gy, ad::reason::not_watched));
    auto [ga, gb] = t.gradient(c, a, b);
    BOOST_TEST(is(ga, {2, 5}));
    BOOST_TEST(none(gb, ad::reason::not_watched));
}

BOOST_AUTO_TEST_CASE(intermediates_of_watched_variables_are_sources_too)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0};
    ad::tape t(true, false);
    t.watch(x);
    t.watch(a);
    ad::variable<double> y = x * x;
    ad::tensor<double, 1> b = a * a;
    BOOST_TEST(is(t.gradient(y * y, y), 18));
    BOOST_TEST(is(t.gradient(b * b, b), 18));
}

BOOST_AUTO_TEST_CASE(a_frozen_variable_is_not_watched_unless_asked)
{
    ad::variable<double, 1> a({3.0, 1.0}, false), b{2.0, 5.0};
    {
        ad::tape t;
        ad::tensor<double, 1> c = a * b;
        auto [ga, gb] = t.gradient(c, a, b);
        BOOST_TEST(none(ga, ad::reason::not_watched));
        BOOST_TEST(is(gb, {3, 1}));
    }
    {
        ad::tape t;
        t.watch(a);
        ad::tensor<double, 1> c = a * b;
        auto [ga, gb] = t.gradient(c, a, b);
        BOOST_TEST(is(ga, {2, 5}));
        BOOST_TEST(is(gb, {3, 1}));
    }
    // The next tape starts afresh.
    ad::tape t;
    BOOST_TEST(none(t.gradient(a * b, a), ad::reason::not_watched));
}

BOOST_AUTO_TEST_CASE(a_watch_counts_from_that_moment_on)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 4.0};
    ad::tape t(true, false);
    auto before = x * x;
    ad::tensor<double, 1> b = a * a;
    t.watch(x);
    t.watch(a);
    auto after = before * x;
    ad::tensor<double, 1> c = b * a;
    BOOST_TEST(none(t.gradient(before, x), ad::reason::watched_after_use));
    BOOST_TEST(none(t.gradient(b, a), ad::reason::watched_after_use));
    BOOST_TEST(is(t.gradient(after, x), 9));
    BOOST_TEST(is(t.gradient(c, a), {9, 16}));
}

BOOST_AUTO_TEST_CASE(structures_are_watched_as_a_whole)
{
    std::array<ad::variable<double>, 2> x{2.0, 3.0};
    std::tuple<ad::variable<double, 1>, ad::variable<double>> p{ad::variable<double, 1>{1.0, 2.0}, 5.0};
    ad::tape t(true, false);
    t.watch(x);
    t.watch(p);
    BOOST_TEST(t.watched_variables().size() == 4u);
    const auto g = t.gradient(x[0] * x[1] + ad::sum(std::get<0>(p)) * std::get<1>(p), x);
    BOOST_TEST(is(g[0], 3));
    BOOST_TEST(is(g[1], 2));
}

BOOST_AUTO_TEST_CASE(watched_variables_of_a_tape_that_watches_what_is_read)
{
    ad::tape t;
    BOOST_TEST(t.watched_variables().empty());
    ad::variable<double, 1> v{1.0, 2.0};
    BOOST_TEST(t.watched_variables().empty());
    auto loss = ad::sum(v * v);
    BOOST_REQUIRE(t.watched_variables().size() == 1u);
    BOOST_TEST(t.watched_variables()[0].is(v));
    BOOST_TEST(t.watched_variables()[0].rank == 1u);
    BOOST_TEST(t.watched_variables()[0].size == 2u);
    t.reset();
    BOOST_TEST(t.watched_variables().empty());
    loss += ad::sum(v * v);
    BOOST_REQUIRE(t.watched_variables().size() == 1u);
    BOOST_TEST(t.watched_variables()[0].is(v));
}

BOOST_AUTO_TEST_CASE(watched_variables_of_numbers)
{
    ad::variable<double> a = 1.0, unused = 2.0, b = 3.0;
    ad::tape t;
    BOOST_TEST(t.watched_variables().empty());
    ad::variable<double> y = b * a;
    const auto w = t.watched_variables();
    BOOST_REQUIRE(w.size() == 2u);
    BOOST_TEST(((w[0].is(a) && w[1].is(b)) || (w[0].is(b) && w[1].is(a))));
    BOOST_TEST(!w[0].is(unused));
    BOOST_TEST(w[0].rank == 0u);
    BOOST_TEST(!w[0].is(y));
}

// Two tapes record on the same log: each says what its own statements read.
BOOST_AUTO_TEST_CASE(watched_variables_of_a_tape_inside_another)
{
    ad::variable<double> a = 1.0, b = 2.0, c = 3.0;
    ad::variable<float> f = 1.0f;
    ad::variable<double, 1> p{1.0, 2.0}, q{3.0, 4.0};
    ad::tape outer(true);
    const ad::variable<double> before = a * b;
    const ad::variable<float> single = f * f;
    const ad::tensor<double, 1> first = p * a;
    ad::tape inner(true);
    BOOST_TEST(inner.watched_variables().empty());
    const ad::variable<double> twice = c * before, again = twice * b;
    const ad::tensor<double, 1> second = q * first;
    {
        const auto w = inner.watched_variables();
        BOOST_REQUIRE(w.size() == 3u);
        BOOST_TEST(w[0].is(q));
        BOOST_TEST(w[1].is(b));
        BOOST_TEST(w[2].is(c));
    }
    // A number that an array statement reads.
    const ad::tensor<double, 1> third = second * a;
    BOOST_TEST(inner.watched_variables().size() == 4u);
    BOOST_TEST(inner.watched_variables()[1].is(a));
    BOOST_TEST(outer.watched_variables().size() == 6u);
    inner.close();
    BOOST_TEST(inner.watched_variables().size() == 4u);
    BOOST_TEST((single.value() == 1 && again.value() == 12 && third(0).value() == 3));
}

// A number may be watched by name before anything reads it.
BOOST_AUTO_TEST_CASE(a_watched_number_is_in_the_list_of_its_tape)
{
    ad::variable<double> a = 1.0, b = 2.0;
    ad::tape outer;
    ad::tape inner;
    inner.watch(b);
    BOOST_REQUIRE(inner.watched_variables().size() == 1u);
    BOOST_TEST(inner.watched_variables()[0].is(b));
    BOOST_TEST(outer.watched_variables().empty());
    const ad::variable<double> y = a * b;
    BOOST_TEST(inner.watched_variables().size() == 2u);
    BOOST_TEST(outer.watched_variables().size() == 2u);
    BOOST_TEST(y.value() == 2);
}

// Statements of a run are looked at once each.
BOOST_AUTO_TEST_CASE(watched_variables_of_a_long_run)
{
    ad::variable<double> x = 1.0, y = 1.0;
    ad::tape t;
    for (int i = 0; i < 300000; ++i)
        y = y * 0.5 + x;
    const auto w = t.watched_variables();
    BOOST_REQUIRE(w.size() == 2u);
    BOOST_TEST(w[1].is(x));
}

BOOST_AUTO_TEST_CASE(watched_variables_after_the_sweep_and_after_the_reset)
{
    ad::variable<double, 1> a{1.0}, b{2.0}, c{3.0};
    ad::tape t;
    ad::tensor<double, 1> y = a * b;
    ad::tensor<double, 1> z = y * c;
    BOOST_TEST(is(t.gradient(z, a), 6));
    const auto w = t.watched_variables();
    BOOST_REQUIRE(w.size() == 3u);
    BOOST_TEST(w[0].is(a));
    BOOST_TEST(w[1].is(b));
    BOOST_TEST(w[2].is(c));
    t.reset();
    BOOST_TEST(t.watched_variables().empty());
}

BOOST_AUTO_TEST_CASE(explicit_watches_come_in_their_order_and_once)
{
    ad::variable<double, 1> a{1.0}, b{2.0};
    ad::variable<double> s = 1.0;
    ad::tape t(false, false);
    t.watch(b);
    t.watch(s);
    t.watch(a);
    t.watch(b);
    const auto w = t.watched_variables();
    BOOST_REQUIRE(w.size() == 3u);
    BOOST_TEST(w[0].is(b));
    BOOST_TEST(w[1].is(s));
    BOOST_TEST(w[2].is(a));
    t.reset();
    BOOST_TEST(t.watched_variables().empty());
}

BOOST_AUTO_TEST_CASE(frozen_variables_are_in_the_list_only_when_watched)
{
    ad::variable<double, 1> a({1.0}, false), b{2.0};
    ad::tape t;
    ad::tensor<double, 1> y = a * b;
    BOOST_REQUIRE(t.watched_variables().size() == 1u);
    BOOST_TEST(t.watched_variables()[0].is(b));
}

BOOST_AUTO_TEST_CASE(assigning_to_a_watched_variable_keeps_it_in_the_list)
{
    ad::variable<double, 1> a{1.0, 2.0};
    ad::tape t;
    a = a * 2.0;
    a = a * 3.0;
    const auto w = t.watched_variables();
    BOOST_REQUIRE(w.size() == 1u);
    BOOST_TEST(w[0].is(a));
}

BOOST_AUTO_TEST_SUITE_END()
