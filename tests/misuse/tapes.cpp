// SPDX-License-Identifier: BSL-1.0
// Tapes used against their rules: states, threads, stale handles, exceptions thrown while recording.
#include <misuse/refused.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>

namespace
{
    std::string here(unsigned line)
    {
        return "tapes.cpp:" + std::to_string(line);
    }
    // Runs f on another thread; its exceptions come back.
    template <class F>
    void elsewhere(F&& f)
    {
        std::exception_ptr thrown;
        std::thread([&]
            {
                try
                {
                    f();
                }
                catch (...)
                {
                    thrown = std::current_exception();
                }
            }).join();
        if (thrown)
            std::rethrow_exception(thrown);
    }
}

BOOST_AUTO_TEST_SUITE(misuse_tapes)

BOOST_AUTO_TEST_CASE(pausing_a_paused_tape)
{
    ad::tape t;
    const auto first = t.stop_recording();
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { const auto second = t.stop_recording(); }, {"stop_recording at " + here(__LINE__), "paused at " + here(line)}));
    BOOST_TEST(!t.recording());
}

BOOST_AUTO_TEST_CASE(pausing_a_closed_tape)
{
    ad::tape t;
    t.close();
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { const auto pause = t.stop_recording(); }, {"stop_recording at " + here(__LINE__), "closed at " + here(line)}));
}

BOOST_AUTO_TEST_CASE(pausing_a_used_up_tape)
{
    ad::variable<double> x = 1.0;
    ad::tape t;
    (void)t.gradient(x * x, x);
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { const auto pause = t.stop_recording(); }, {"stop_recording at " + here(__LINE__), "sweep at " + here(line)}));
}

// It would number a variable on a recording that is over, and another variable would get the same number.
BOOST_AUTO_TEST_CASE(watching_with_a_used_up_tape)
{
    ad::variable<double> x = 2.0, q = 1.0;
    ad::variable<double, 1> a{1.0, 2.0};
    ad::tape used;
    const auto opened = __LINE__ - 1;
    (void)used.gradient(q * q, q);
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { used.watch(x); }, {"watch at " + here(__LINE__), "sweep consumed at " + here(line), "opened at " + here(opened)}));
    BOOST_TEST(refused<ad::tape_error>([&] { used.watch(a); }, {"watch at " + here(__LINE__), "sweep consumed at " + here(line)}));
    ad::variable<double> k = 3.0;
    {
        ad::tape t;
        const ad::variable<double> y = x + 10.0 * k;
        const auto [gx, gk] = t.gradient(y, x, k);
        BOOST_TEST(*gx == 1.0);
        BOOST_TEST(*gk == 10.0);
    }
    used.reset();
    used.watch(x);
    BOOST_TEST(*used.gradient(x * x, x) == 4.0);
}

BOOST_AUTO_TEST_CASE(closing_a_tape_that_does_not_record)
{
    ad::variable<double> x = 1.0;
    ad::tape t;
    const auto opened = __LINE__ - 1;
    t.close();
    const auto closed = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { t.close(); }, {"close at " + here(__LINE__), "closed at " + here(closed), "opened at " + here(opened)}));
    t.resume();
    {
        const auto pause = t.stop_recording();
        const auto paused = __LINE__ - 1;
        BOOST_TEST(refused<ad::tape_error>([&] { t.close(); }, {"close at " + here(__LINE__), "paused at " + here(paused)}));
    }
    (void)t.gradient(x, x);
    BOOST_TEST(refused<ad::tape_error>([&] { t.close(); }, {"consumed by a sweep at " + here(__LINE__ - 1)}));
}

BOOST_AUTO_TEST_CASE(resuming_a_tape_that_records)
{
    ad::tape t;
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { t.resume(); }, {"resume at " + here(__LINE__), "records already", here(line), "expected a closed tape"}));
    BOOST_TEST(t.recording());
}

BOOST_AUTO_TEST_CASE(resuming_a_used_up_tape)
{
    ad::variable<double> x = 1.0;
    ad::tape t;
    (void)t.gradient(x * x, x);
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { t.resume(); }, {"resume at " + here(__LINE__), "consumed at " + here(line), "reset()"}));
    t.reset();
    BOOST_TEST(is(t.gradient(x * x, x), 2));
}

BOOST_AUTO_TEST_CASE(resuming_a_paused_tape)
{
    ad::tape t;
    const auto pause = t.stop_recording();
    const auto line = __LINE__ - 1;
    BOOST_TEST(refused<ad::tape_error>([&] { t.resume(); }, {"resume at " + here(__LINE__), "paused since " + here(line)}));
}

BOOST_AUTO_TEST_CASE(a_second_sweep)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    (void)t.gradient(y, x);
    const auto line = __LINE__ - 1;
    const auto g = t.gradient(y, x);
    BOOST_TEST(refused<ad::missing_gradient>([&] { (void)*g; }, {"tape_consumed", here(line), "persistent"}));
}

BOOST_AUTO_TEST_CASE(a_tape_on_another_thread)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    const auto line = __LINE__ - 1;
    ad::tensor<double, 1> y = x * x;
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t.gradient(y, x); }); }, {"gradient", here(line), "another thread"}));
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.watch(x); }); }, {"watch", here(line), "another thread"}));
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.close(); }); }, {"close", "another thread"}));
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.reset(); }); }, {"reset", "another thread"}));
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.resume(); }); }, {"resume", "another thread"}));
    BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { const auto p = t.stop_recording(); }); }, {"stop_recording", "another thread"}));
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
}

BOOST_AUTO_TEST_CASE(a_tape_destroyed_on_another_thread)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    auto handed = std::make_unique<ad::tape>();
    const ad::tensor<double, 1> y = x * x;
    elsewhere([&] { handed.reset(); });
    // goes on recording for nobody, until a tape starts or ends here
    const ad::tensor<double, 1> z = y * x;
    {
        ad::tape t;
        BOOST_TEST(t.statistics().statements == 0u);
        BOOST_TEST(ad::record_log::of_this_thread().tapes().size() == 1u);
        const ad::tensor<double, 1> w = x * x;
        BOOST_TEST(is(t.gradient(w, x), {2, 4}));
        BOOST_TEST(!t.gradient(z, x).has_value());
    }
    BOOST_TEST(!ad::runtime::thread.recording);
    BOOST_TEST(expect::engine_works());

    // the outer tape goes, the inner one stays
    handed = std::make_unique<ad::tape>();
    ad::tape inner;
    const ad::tensor<double, 1> w = x * x * x;
    elsewhere([&] { handed.reset(); });
    {
        const auto pause = inner.stop_recording();
    }
    BOOST_TEST(ad::record_log::of_this_thread().tapes().size() == 1u);
    BOOST_TEST(is(inner.gradient(w, x), {3, 12}));
}

BOOST_AUTO_TEST_CASE(a_tape_destroyed_while_its_thread_records)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    for (int i = 0; i < 100; ++i)
    {
        auto handed = std::make_unique<ad::tape>(i % 2 == 0);
        handed->watch(x);
        std::thread other([&] { handed.reset(); });
        {
            ad::tape t;
            const ad::tensor<double, 1> y = x * x * x;
            BOOST_TEST(is(t.gradient(y, x), {3, 12}));
        }
        other.join();
    }
    {
        const ad::tape last;
        BOOST_TEST(ad::record_log::of_this_thread().tapes().size() == 1u);
    }
    BOOST_TEST(!ad::runtime::thread.recording);
}

BOOST_AUTO_TEST_CASE(a_tape_whose_thread_is_gone)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    std::unique_ptr<ad::tape> orphan;
    elsewhere(
        [&]
        {
            orphan = std::make_unique<ad::tape>();
            orphan->watch(x);
        });
    const ad::tape first;  // may well have the log's address
    BOOST_CHECK_THROW(orphan->reset(), ad::thread_error);
    elsewhere(
        [&]
        {
            const ad::tape own;
            BOOST_CHECK_THROW(orphan->close(), ad::thread_error);
            orphan.reset();
        });
    BOOST_TEST(expect::engine_works());
}

BOOST_AUTO_TEST_CASE(each_thread_records_for_itself)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 3.0;
    ad::tape t;
    ad::tensor<double, 1> y = x * x * s;
    std::vector<std::vector<double>> gradients(4);
    std::vector<std::thread> threads;
    for (auto& g : gradients)
        threads.emplace_back([&g, &x, &s]
            {
                for (int i = 0; i < 100; ++i)
                {
                    ad::tape own;
                    auto z = ad::sum(x * x * x) * s;
                    g = expect::numbers(*own.gradient(z, x));
                }
            });
    for (auto& thread : threads)
        thread.join();
    for (auto const& g : gradients)
        BOOST_TEST(expect::same(g, {9, 36}));
    auto [gx, gs] = t.gradient(y, x, s);
    BOOST_TEST(is(gx, {6, 12}));
    BOOST_TEST(is(gs, 5));
}

BOOST_AUTO_TEST_CASE(a_value_that_another_thread_recorded)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::variable<double, 1> y;
    elsewhere([&]
        {
            ad::tape own;
            y = x * x;
        });
    ad::tensor<double, 1> z = y * 2.0;
    BOOST_TEST(none(t.gradient(z, y), ad::reason::foreign_recording));
    BOOST_TEST(expect::same(expect::numbers(z), {2, 8}));
    BOOST_TEST(expect::engine_works());
}

BOOST_AUTO_TEST_CASE(handles_of_a_tape_that_is_gone)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 2.0, r;
    auto first = std::make_unique<ad::tape>();
    ad::tensor<double, 1> y = x * x;
    r = s * s;
    first.reset();
    ad::tape t(true);
    ad::tensor<double, 1> z = y * x;
    auto q = r * s;
    BOOST_TEST(is(t.gradient(z, x), {1, 4})); // y is a number here
    BOOST_TEST(none(t.gradient(z, y), ad::reason::foreign_recording));
    BOOST_TEST(none(t.gradient(y, x), ad::reason::target_not_recorded));
    BOOST_TEST(is(t.gradient(q, s), 4));
    BOOST_TEST(none(t.gradient(q, r), ad::reason::foreign_recording));
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_user_while_recording)
{
    ad::variable<double, 1> x{1.0, 2.0};
    BOOST_TEST(refused<std::runtime_error>([&]
        {
            ad::tape t;
            ad::tensor<double, 1> y = x * x;
            const auto pause = t.stop_recording();
            ad::tape inner;
            y = ad::tensor<double, 1>(y * y);
            throw std::runtime_error("of the user");
        }, {"of the user"}));
    ad::tape t;
    BOOST_TEST(is(t.gradient(x * x, x), {2, 4}));
}

BOOST_AUTO_TEST_CASE(an_exception_inside_an_outer_recording_that_goes_on)
{
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = x * x;
    try
    {
        ad::tape inner;
        y = y * x;
        const auto pause = t.stop_recording();
        throw 1;
    }
    catch (int)
    {
        y = y * x;
    }
    BOOST_TEST(t.recording());
    BOOST_TEST(is(t.gradient(y, x), 32));
}

BOOST_AUTO_TEST_CASE(an_exception_inside_a_forward_pass)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const xt::xtensor<double, 1> v{1.0, 1.0};
    BOOST_TEST(refused<std::runtime_error>([&]
        {
            return ad::jvp([](auto const& a)
                {
                    if (a.size() == 2)
                        throw std::runtime_error("of the user");
                    return ad::sum(a);
                }, x, v);
        }, {"of the user"}));
    BOOST_TEST(ad::jvp([](auto const& a) { return ad::sum(a * a); }, x, v).tangent == 6.0);
}

BOOST_AUTO_TEST_CASE(a_plain_argument_of_an_inner_derivative_that_captures_tracked_values)
{
    // The inner result would be plain, and its dependence on x lost.
    const auto inner_of = [](auto const& at)
    { return [at](auto const& x) { return x * ad::jvp([&](auto const& y) { return x * y; }, at, 1.0).tangent; }; };
    BOOST_TEST(refused<ad::rule_error>([&] { return ad::jvp(inner_of(1.0), 3.0, 1.0); }, {"etape: jvp", "plain arguments", "from outside", "variable"}));
    BOOST_TEST(ad::jvp(inner_of(ad::variable<double>(1.0)), 3.0, 1.0).tangent == 6.0);
}

BOOST_AUTO_TEST_CASE(a_shape_error_in_the_middle_of_a_recording_keeps_the_rest)
{
    ad::variable<double, 1> x{1.0, 2.0}, wrong{1.0, 2.0, 3.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    BOOST_CHECK_THROW((ad::tensor<double, 1>(y * wrong)), ad::shape_error);
    BOOST_CHECK_THROW(ad::sum(xt::exp(y) - wrong), ad::shape_error);
    ad::tensor<double, 1> z = y * x;
    BOOST_TEST(is(t.gradient(z, x), {3, 12}));
}

BOOST_AUTO_TEST_CASE(a_seed_error_does_not_use_the_tape_up)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    BOOST_CHECK_THROW((void)t.gradient(y, x, ad::seed(xt::xtensor<double, 1>{1.0})), ad::shape_error);
    BOOST_TEST(t.recording());
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
}

// One variable n times: every element would get the derivative by all of them, without a word.
BOOST_AUTO_TEST_CASE(sources_that_are_copies_of_one_variable)
{
    const std::vector<ad::variable<double>> copies(3, 0.5), own{0.5, 0.5, 0.5};
    // In any order, and more of them than have room on the stack.
    std::vector<ad::variable<double>> many;
    for (int i = 0; i < 100; ++i)
        many.emplace_back(i);
    std::reverse(many.begin(), many.end());
    auto one_twice = many;
    one_twice[50] = one_twice[3];
    ad::tape t(true);
    const ad::variable<double> y = copies[0] * 2.0 + copies[1] * 3.0;
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(y, copies); },
                                       {"gradient at " + here(__LINE__ - 1), "sources 0 and 1", "copies of one variable", "make it from a vector of numbers"}));
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.jacobian(y, copies); }, {"jacobian at " + here(__LINE__), "copies of one variable"}));
    // Asked for twice, or inside another structure.
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(y, std::tuple{own, copies}); }, {"sources 0 and 1"}));
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(y, std::vector{own[0], copies[0], own[1], copies[0]}); }, {"sources 1 and 3"}));
    const std::vector<std::vector<ad::variable<double>>> nested(2, {1.0, 2.0});
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(y, nested); }, {"sources 0 and 2"}));
    const auto [first, second] = t.gradient(y, copies[0], copies[1]);
    BOOST_TEST((*first == 5.0 && *second == 5.0));
    const ad::variable<double> product = many[0] * many[99];
    BOOST_TEST(*t.gradient(product, many)[99] == 99.0);
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(product, one_twice); }, {"sources 3 and 50"}));
    const std::vector<ad::variable<double, 1>> arrays(2, ad::variable<double, 1>{1.0, 2.0});
    const ad::variable<double> z = xt::sum(arrays[0] + arrays[1]);
    BOOST_TEST(refused<ad::tape_error>([&] { (void)t.gradient(z, arrays); }, {"sources 0 and 1", "copies of one variable"}));

    // Results may be copies: a boundary that takes the value next to it.
    const ad::variable<double> u = own[0] * 2.0;
    const std::vector<ad::variable<double>> results{u, u};
    const auto by_results = t.gradient(results[0] * results[1], results);
    BOOST_TEST((*by_results[0] == 2.0 && *by_results[1] == 2.0));
}

// A rule without a vjp on one path of several: what the other paths give is not the gradient.
BOOST_AUTO_TEST_CASE(a_rule_without_a_vjp_beside_other_paths)
{
    const auto square = ad::custom_rule("square", [](auto const& x) { return x * x; })
                            .jvp([](auto const&, auto const& x, auto const& dx) { return 2.0 * x * dx; });
    const auto partial = [](auto const& call)
    { return refused<ad::rule_error>(call, {"rule 'square'", "without a vjp", "source 0", "other paths"}); };
    const auto f = [&](auto const& x) { return ad::variable<double>(square(x) * x); };
    BOOST_TEST(partial([&] { (void)ad::grad(f)(3.0); }));
    const ad::variable<double> x = 3.0, z = 2.0;
    const ad::variable<double, 1> a{1.0, 2.0};
    for (const bool persistent : {false, true})
    {
        ad::tape t(persistent);
        const ad::variable<double> y = square(x) * x + z;
        BOOST_TEST(partial([&] { (void)t.gradient(y, x, z); }));
    }
    {
        ad::tape t(true);
        const ad::variable<double> y = square(x) * z;
        const ad::variable<double> w = xt::sum(square(a) * a);
        // Of z all paths are there; x has none.
        const auto [by_z, by_x] = t.gradient(y, z, x);
        BOOST_TEST(*by_z == 9.0);
        BOOST_TEST((by_x.why() == ad::reason::rule_missing));
        BOOST_TEST(partial([&] { (void)t.gradient(w, a); }));
        BOOST_TEST(partial([&] { (void)t.gradient(w, a, ad::differentiable); }));
        BOOST_TEST(*t.gradient(y, z) == 9.0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
