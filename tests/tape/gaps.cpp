// SPDX-License-Identifier: BSL-1.0
// Tapes that come and go beside one that lives but does not record: what they recorded is forgotten, and what lives stays right.
#include <explain/because.hpp>

#include <etape/etape.hpp>

#include <memory>
#include <optional>

namespace
{
    using number = ad::variable<double>;
    using vector = ad::variable<double, 1>;
    using result = ad::tensor<double, 1>;

    // A step of a training loop, on a tape of its own. Its arrays, of which nothing but the tape holds the second.
    result step(vector const& x)
    {
        ad::tape t;
        const result y = x * x;
        const result z = xt::exp(y) * y;
        const auto g = t.gradient(ad::sum(z) + ad::sum(y), x, ad::detached);
        const double e = std::exp(1.0);
        BOOST_TEST((*g)(0) == 2.0 * (2 * e + 1), boost::test_tools::tolerance(1e-15));
        return y;
    }
    // After a step, the start of the next one lets go of everything that the first one's statements held.
    void steps_leave_nothing(vector const& x)
    {
        const result y = step(x);
        const result again = step(x);
        BOOST_TEST(y.data_handle().unique());
        step(x);
        BOOST_TEST(again.data_handle().unique());
    }
}

BOOST_AUTO_TEST_SUITE(gaps)

BOOST_AUTO_TEST_CASE(beside_a_tape_that_is_used_up)
{
    const vector x{1.0, 1.0};
    const number q = 3.0;
    ad::tape used;
    const number qq = q * q;
    BOOST_TEST(*used.gradient(qq, q) == 6.0);
    steps_leave_nothing(x);
    BOOST_TEST(because(used.gradient(qq, q), ad::reason::tape_consumed, {"used up"}));
    BOOST_TEST(used.statistics().statements == 0u);
    BOOST_TEST(used.watched_variables().empty());
    used.reset();
    const number again = q * q * q;
    BOOST_TEST(*used.gradient(again, q) == 27.0);
}
BOOST_AUTO_TEST_CASE(beside_a_closed_tape_and_a_pullback)
{
    const vector x{1.0, 1.0}, w{2.0, 3.0};
    const number q = 3.0;
    ad::tape closed(true);
    const result early = w * w * w;
    number n = q * q;
    closed.close();
    const auto pull = ad::vjp([](auto const& u) { return ad::sum(u * u * u); }, xt::xtensor<double, 1>{1.0, 2.0});
    const auto statements = closed.statistics().statements;
    const auto right = [&]
    {
        BOOST_TEST(expect::is(closed.gradient(early, w), {12, 27}));
        BOOST_TEST(*closed.gradient(n, q) == 6.0);
        BOOST_TEST(expect::same(expect::numbers(pull(1.0)), {3, 12}));
        BOOST_TEST(closed.statistics().statements == statements);
    };
    right();
    steps_leave_nothing(x);
    right();
    // Numbers and arrays of steps that are forgotten, read on a later tape, are constants, as those of any tape that finished.
    number old = 0.0;
    std::optional<result> old_array;
    {
        ad::tape t;
        old = q * 2.0;
        old_array.emplace(w * 2.0);
    }
    step(x);
    {
        ad::tape t(true);
        const number y = old * q;
        const result z = *old_array * w;
        BOOST_TEST(*t.gradient(y, q) == 6.0);
        BOOST_TEST(expect::is(t.gradient(z, w), {4, 6}));
        BOOST_TEST(because(t.gradient(old * 1.0, q), ad::reason::unconnected, {"a tape that finished"}));
        BOOST_TEST(because(t.gradient(*old_array * 1.0, w), ad::reason::unconnected, {"the result of mul"}));
    }
    right();
    closed.resume();
    const number more = n * q;
    BOOST_TEST(*closed.gradient(more, q) == 27.0);
    BOOST_TEST(expect::is(closed.gradient(early, w), {12, 27}));
}
// What is computed in a pause is not forgotten: it may be read after it.
BOOST_AUTO_TEST_CASE(in_a_pause)
{
    const vector x{1.0, 1.0}, w{2.0, 3.0};
    const number q = 3.0;
    ad::tape outer(true);
    vector h = w * 2.0;
    number n = q * q, lost = 0.0;
    {
        const auto pause = outer.stop_recording();
        step(x);
        vector seen{5.0, 6.0};
        outer.watch(seen);
        {
            ad::tape first;
            lost = q * 5.0;
        }
        step(x);
        step(x);
        BOOST_TEST(expect::is(outer.gradient(h, w), {2, 2}));
        ad::tape inner(true);
        const result z = h * seen;
        const number m = n * n;
        BOOST_TEST(expect::is(inner.gradient(z, h, ad::detached), {5, 6}));
        BOOST_TEST(*inner.gradient(m, n, ad::detached) == 18.0);
    }
    step(x);
    const result y = h * h;
    const number k = n * n;
    BOOST_TEST(expect::is(outer.gradient(y, w), {16, 24}));
    BOOST_TEST(*outer.gradient(k, q) == 108.0);
    BOOST_TEST(h(1).value() == 6.0);
    BOOST_TEST(because(outer.gradient(lost * 1.0, q), ad::reason::recorded_while_paused, {"paused"}));
    number elements = 0.0;
    for (std::size_t i = 0; i < 2; ++i)
        elements += h(i) * h(i);
    BOOST_TEST(expect::is(outer.gradient(elements, w), {16, 24}));
}
// Persistent ones, whose statements can be differentiated again, and levels of forward mode in between.
BOOST_AUTO_TEST_CASE(steps_of_every_kind)
{
    const vector x{1.0, 1.0};
    const number q = 3.0;
    std::optional<ad::tape> closed(std::in_place, true);
    const number n = q * q * q;
    closed->close();
    for (int k = 0; k < 5; ++k)
    {
        {
            ad::tape t(true);
            const number y = sin(q) * q;
            const number g = *t.gradient(y, q, ad::differentiable);
            BOOST_TEST(*t.gradient(g, q, ad::detached) == 2 * std::cos(3.0) - 3 * std::sin(3.0), boost::test_tools::tolerance(1e-14));
        }
        BOOST_TEST(ad::jvp([&](auto const& v) { return ad::grad([](auto const& u) { return u * u * u; })(v); }, 2.0, 1.0).tangent == 12.0);
        BOOST_TEST(expect::same(expect::numbers(ad::hessian([](auto const& u) { return ad::sum(u * u * u); })(xt::xtensor<double, 1>{1.0, 2.0})),
                                {6, 0, 0, 12}));
        ad::variable<float> f = 2.0f;
        {
            ad::tape t;
            const ad::variable<float> y = f * f;
            BOOST_TEST(*t.gradient(y, f, ad::detached) == 4.0f);
        }
        const ad::variable<ad::dual<double>> d = ad::dual<double>(2.0, 1.0);
        {
            ad::tape t;
            const auto y = ad::variable<ad::dual<double>>(d * d);
            BOOST_TEST((*t.gradient(y, d)).d[0] == 2.0);
        }
        step(x);
        BOOST_TEST(*closed->gradient(n, q, ad::detached) == 27.0);
        if (k == 3)
        {
            // A second one that lives.
            ad::tape second(true);
            const number m = q * 5.0;
            second.close();
            step(x);
            step(x);
            BOOST_TEST(*second.gradient(m, q, ad::detached) == 5.0);
            closed.reset();
            steps_leave_nothing(x);
            BOOST_TEST(*second.gradient(m, q, ad::detached) == 5.0);
            closed.emplace(true);
            const number again = q * q * q;
            closed->close();
            step(x);
            BOOST_TEST(*closed->gradient(again, q, ad::detached) == 27.0);
            BOOST_TEST(*second.gradient(m, q, ad::detached) == 5.0);
            break;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
