// SPDX-License-Identifier: BSL-1.0
// Gradients that are missing because something was computed where this tape does not see it: before it opened, on one that finished.
#include <explain/because.hpp>

#include <thread>

namespace
{
    using numbers = ad::variable<double, 1>;
    using number = ad::variable<double>;
}

BOOST_AUTO_TEST_SUITE(explain_other_recordings)

BOOST_AUTO_TEST_CASE(a_target_from_before_the_tape)
{
    numbers x{1.0, 2.0};
    number s = 2.0;
    ad::tensor<double, 1> y = x * x;
    const auto computed = LINE_ABOVE(1);
    numbers v = xt::exp(x);
    const auto assigned = LINE_ABOVE(1);
    const number r = s * s, total = ad::sum(x * x);
    ad::tape t(true);
    const auto opened = LINE_ABOVE(1);
    const auto before = "before the tape that was opened at " + opened;
    const auto g = t.gradient(y, x);
    BOOST_TEST(because(g, ad::reason::target_not_recorded,
                       {"target was produced by mul at " + computed, before}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(opened) == 0u);
    BOOST_TEST(ad::to_string(g.why_not().where_target).find(computed) == 0u);
    BOOST_TEST(because(t.gradient(v, x), ad::reason::target_not_recorded,
                       {"produced by exp at " + assigned, before}));
    BOOST_TEST(because(t.gradient(r, s), ad::reason::target_not_recorded, {"computed " + before}));
    BOOST_TEST(
        because(t.gradient(total, x), ad::reason::target_not_recorded, {"computed " + before}));
    // The same when the tape has read the source meanwhile.
    const auto loss = ad::sum(x * s);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::target_not_recorded,
                       {"produced by mul at " + computed, before}));
    BOOST_TEST(because(t.gradient(r, s), ad::reason::target_not_recorded, {"computed " + before}));
    BOOST_TEST(is(t.gradient(loss, x), {2, 2}));
}

BOOST_AUTO_TEST_CASE(a_target_that_another_tape_recorded)
{
    numbers x{1.0, 2.0};
    number s = 2.0, r;
    numbers y;
    std::string computed;
    {
        ad::tape first;
        y = x * x;
        computed = LINE_ABOVE(1);
        r = s * s;
    }
    ad::tape t(true);
    const auto opened = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::target_not_recorded,
                       {"produced by mul at " + computed,
                        "on a tape that finished, before the tape that was opened at " + opened}));
    BOOST_TEST(because(t.gradient(r, s), ad::reason::target_not_recorded,
                       {"before the tape that was opened at " + opened}));
    // An inner tape that opened after it:
    ad::tensor<double, 1> z = xt::exp(x);
    const auto again = LINE_ABOVE(1);
    numbers other{3.0};
    ad::tape inner(true);
    const auto opened_inside = LINE_ABOVE(1);
    BOOST_TEST(because(
        inner.gradient(z, other), ad::reason::target_not_recorded,
        {"produced by exp at " + again, "before the tape that was opened at " + opened_inside}));
}

BOOST_AUTO_TEST_CASE(a_target_from_before_the_reset)
{
    numbers x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    const auto computed = LINE_ABOVE(1);
    t.reset();
    const auto reset = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::target_not_recorded,
                       {"produced by mul at " + computed, "reset at " + reset}));
}

BOOST_AUTO_TEST_CASE(a_target_of_another_thread)
{
    numbers x{1.0, 2.0}, y;
    std::thread([&] { y = x * x; }).join();
    ad::tape t(true);
    BOOST_TEST(because(t.gradient(y, x), ad::reason::target_not_recorded,
                       {"produced by mul", "on another thread"}));
}

BOOST_AUTO_TEST_CASE(a_target_of_constants_alone)
{
    numbers x{1.0, 2.0};
    ad::tensor<double, 1> y = x * x;
    const auto computed = LINE_ABOVE(1);
    ad::tape t(true);
    ad::tensor<double, 1> z = xt::exp(y);
    const auto read = LINE_ABOVE(1);
    BOOST_TEST(because(t.gradient(z, x), ad::reason::unconnected,
                       {"produced by exp at " + read + " (in", "constants alone",
                        "the result of mul at " + computed}));
}

BOOST_AUTO_TEST_CASE(values_from_before_the_tape_on_the_way)
{
    numbers x{1.0, 2.0}, w{3.0, 4.0};
    ad::tensor<double, 1> y = x * x;
    const auto computed = LINE_ABOVE(1);
    ad::tape t(true);
    const auto opened = LINE_ABOVE(1);
    ad::tensor<double, 1> z = y * w;
    BOOST_TEST(because(t.gradient(z, x), ad::reason::unconnected,
                       {"reads {the array of shape (2,)",
                        "as constants it reads {the result of mul at " + computed,
                        "opened at " + opened}));
    BOOST_TEST(is(t.gradient(z, w), {1, 4}));
    const auto g = t.gradient(z, y);
    BOOST_TEST(because(
        g, ad::reason::foreign_recording,
        {"produced by mul at " + computed, "before the tape that was opened at " + opened}));
}

BOOST_AUTO_TEST_CASE(an_update_loop_with_a_fresh_tape_for_each_step)
{
    numbers x{1.0, 2.0}, u{1.0, 2.0};
    number s = 1.0, q = 1.0;
    for (int i = 0; i < 4; ++i)
    {
        ad::tape t(true);
        x = x + 1.0;
        const auto updated = LINE_ABOVE(1);
        u *= 2.0;
        s = s + 1;
        q *= 2;
        ad::tensor<double, 1> y = x * x, z = u * u;
        if (i == 0)
        {
            BOOST_TEST(is(t.gradient(y, x), {4, 6}));
            BOOST_TEST(is(t.gradient(s * s, s), 4));
            continue;
        }
        const auto g = t.gradient(y, x);
        BOOST_TEST(because(g, ad::reason::foreign_recording,
                           {"produced by add at " + updated, "tape that finished"}));
        BOOST_TEST(ad::to_string(g.why_not().where_break).find(updated) == 0u);
        BOOST_TEST(g.why_not().operation == "add");
        BOOST_TEST(because(t.gradient(z, u), ad::reason::foreign_recording,
                           {"produced by mul", "tape that finished"}));
        BOOST_TEST(
            because(t.gradient(s * s, s), ad::reason::foreign_recording, {"tape that finished"}));
        BOOST_TEST(
            because(t.gradient(q * q, q), ad::reason::foreign_recording, {"tape that finished"}));
        ad::variable<float> f(q);
        BOOST_TEST(because(t.gradient(f * f, f), ad::reason::foreign_recording, {"tape that finished"}));
    }
    BOOST_TEST(expect::same(expect::numbers(x), {5, 6}));
    BOOST_TEST(s.value() == 5.0);
    // What the hint says: from its values, or without a tape.
    x = ad::value(x);
    s = s.value();
    {
        ad::tape t(true);
        BOOST_TEST(is(t.gradient(x * x, x), {10, 12}));
        BOOST_TEST(is(t.gradient(s * s, s), 10));
    }
    u = u + 1.0;
    q = q + 1;
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(u * u, u), {34, 66}));
    BOOST_TEST(is(t.gradient(q * q, q), 34));
}

BOOST_AUTO_TEST_CASE(an_update_after_the_gradient_in_a_loop)
{
    numbers x{1.0, 2.0};
    number s = 1.0;
    for (int i = 0; i < 4; ++i)
    {
        ad::tape t(true);
        const auto g = t.gradient(x * x, x);
        const auto h = t.gradient(s * s, s);
        BOOST_TEST(g.has_value() == (i == 0));
        BOOST_TEST(h.has_value() == (i == 0));
        if (i != 0)
        {
            BOOST_TEST(because(
                g, ad::reason::foreign_recording,
                {"produced by add at " + HERE.substr(0, HERE.find(':')), "tape that finished"}));
            BOOST_TEST(because(h, ad::reason::foreign_recording, {"tape that finished"}));
        }
        x = x + 1.0;
        s = s + 1;
    }
}

BOOST_AUTO_TEST_CASE(plain_values_make_a_foreign_variable_a_leaf_again)
{
    numbers x{1.0, 2.0};
    {
        ad::tape first;
        x = x + 1.0;
    }
    ad::tape t(true);
    numbers fresh = x * 2.0;
    BOOST_TEST(is(t.gradient(fresh * fresh, fresh), {8, 12}));
    x = x * 2.0;
    BOOST_TEST(none(t.gradient(x * x, x), ad::reason::foreign_recording));
    x = xt::xtensor<double, 1>{1.0, 3.0};
    BOOST_TEST(is(t.gradient(x * x, x), {2, 6}));
}

// What another thread computes on a tape of its own is a constant here, not the value that it read.
BOOST_AUTO_TEST_CASE(numbers_from_another_thread)
{
    number c = 2.0, r = 0.0, chosen = 0.0;
    ad::tape t(true);
    const number cc = c * c;
    const auto on_a_tape_of_its_own = [](auto&& f)
    {
        std::thread(
            [&f]
            {
                ad::tape mine;
                f();
            })
            .join();
    };
    on_a_tape_of_its_own([&] { r = 7.0 * cc; });
    BOOST_TEST(r.value() == 28.0);
    const number y = r * 1.0, z = r * cc;
    BOOST_TEST(because(t.gradient(y, c), ad::reason::target_not_recorded, {"another thread"}));
    BOOST_TEST(because(t.gradient(y, cc), ad::reason::target_not_recorded, {"another thread"}));
    BOOST_TEST(*t.gradient(z, c) == 28.0 * 4);
    BOOST_TEST(*t.gradient(z, cc) == 28.0);
    BOOST_TEST(!t.gradient(z, r).has_value());
    // Rounded, from operators, and back on a thread that reads it.
    on_a_tape_of_its_own(
        [&]
        {
            const ad::tape persistent(true);
            chosen = floor(cc) + r;
        });
    const number w = chosen * cc;
    BOOST_TEST(*t.gradient(w, c) == 32.0 * 4);
    number back = 0.0;
    std::thread(
        [&]
        {
            ad::tape mine(true);
            const number x = 3.0;
            const number xx = x * x;
            number there = 0.0;
            on_a_tape_of_its_own([&] { there = xx * 2.0; });
            const number again = there * x;
            BOOST_TEST(*mine.gradient(again, x) == 18.0);
            back = again;
        })
        .join();
    BOOST_TEST(!t.gradient(back * 1.0, cc).has_value());
    BOOST_TEST(ad::grad([&](auto const& v)
                         {
                             const number vv = v * v;
                             on_a_tape_of_its_own([&] { r = 3.0 * vv; });
                             return r + vv;
                         })(2.0) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
