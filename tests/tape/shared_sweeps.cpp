// SPDX-License-Identifier: BSL-1.0
// Sweeps of a finished persistent tape by several threads: the same bits everywhere, whatever the recording thread does meanwhile.
#include <misuse/refused.hpp>
#include <tape/recording.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include <xtensor/xmath.hpp>

namespace
{
    using number = ad::variable<double>;
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;

    // Runs f(k) on threads 0 .. n - 1 at once; the first exception comes back.
    void at_once(int n, std::function<void(int)> const& f)
    {
        std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(n));
        std::vector<std::thread> all;
        for (int k = 0; k < n; ++k)
            all.emplace_back([&, k]
                {
                    try
                    {
                        f(k);
                    }
                    catch (...)
                    {
                        thrown[static_cast<std::size_t>(k)] = std::current_exception();
                    }
                });
        for (auto& t : all)
            t.join();
        for (auto const& e : thrown)
            if (e)
                std::rethrow_exception(e);
    }
    void elsewhere(std::function<void()> const& f)
    {
        at_once(1, [&](int) { f(); });
    }

    // Scalar statements over several chunks, fused kernels, a product of matrices, updates of parts, elements and packs, another
    // precision, a rule by the user.
    struct program
    {
        number a = 1.25, b = -0.5;
        vector x{0.5, 1.5, -2.0, 0.25};
        matrix w{{1.0, 2.0, 0.5, -1.0}, {0.0, 1.0, 3.0, 2.0}};
        ad::variable<float, 1> f{1.0f, 2.0f};
        vector unused{1.0, 2.0};
        number s;
        vector y;
        number loss, linear;
        std::optional<ad::tape> tape{std::in_place, true};

        program()
        {
            s = a * b;
            for (int i = 0; i < 500; ++i)
                s = 0.99 * s + a * xt_sin(s) / (i + 1.0);
            vector u = xt::exp(x) * s + xt::view(x, xt::range(0, 1)) * 0.5 + 1.0 * xt::sum(x);
            xt::view(u, xt::range(1, 3)) += xt::view(x, xt::range(0, 2)) * a;
            u = ad::tensor<double, 1>(xt::cumsum(u, 0)) * u(1);
            const auto rule = ad::custom_rule("cube", [](auto const& v) { return v * v * v; })
                                  .vjp([](auto const& g, auto const&, auto const& v) { return 3.0 * g * v * v; });
            const ad::tensor<double, 1> cubes = rule(u * 1.0);
            y = ad::matmul(w, cubes) + xt::mean(xt::square(u)) * b;
            linear = ad::sum(x);  // its gradient shares what the statement keeps
            loss = ad::sum(xt::square(y)) + s * static_cast<number>(ad::variable<double>(ad::sum(f * f)));
            tape->close();
        }
        static number xt_sin(number const& v)
        {
            using std::sin;
            return sin(v);
        }

        using numbers = std::vector<double>;
        // Everything that gradient() gives, as numbers.
        std::vector<numbers> gradients()
        {
            std::vector<numbers> all;
            const auto keep = [&](auto const& g)
            {
                if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(*g)>>)
                    all.push_back({static_cast<double>(*g)});
                else
                    all.emplace_back((*g).begin(), (*g).end());
            };
            const auto [ga, gb, gx, gw, gf] = tape->gradient(loss, a, b, x, w, f);
            keep(ga), keep(gb), keep(gx), keep(gw), keep(gf);
            keep(tape->gradient(std::tuple{loss, y, s}, x));
            keep(tape->gradient(y, w, ad::seed(xt::xtensor<double, 1>{0.5, -3.0})));
            keep(tape->gradient(std::tuple{loss, y}, x, ad::seed(std::tuple{2.0, xt::xtensor<double, 1>{1.0, 4.0}})));
            keep(tape->gradient(linear, x));
            keep(tape->gradient(y, y));
            keep(tape->gradient(loss, unused, ad::unconnected::zero));
            keep(tape->jacobian(y, x));
            keep(tape->jacobian(y, a));
            return all;
        }
    };

    // v * v with a derivative that takes its time.
    struct slow_square
    {
        std::atomic<bool> inside{false}, left{false};
        auto operator()(vector const& x)
        {
            return ad::custom_rule("slow", [](auto const& v) { return v * v; })
                .vjp([this](auto const& g, auto const&, auto const& v)
                    {
                        inside = true;
                        std::this_thread::sleep_for(std::chrono::milliseconds(30));
                        left = true;
                        return 2.0 * g * v;
                    })(x);
        }
        void wait_until_inside() const
        {
            while (!inside)
                std::this_thread::yield();
        }
    };
}

BOOST_AUTO_TEST_SUITE(shared_sweeps)

BOOST_AUTO_TEST_CASE(the_bits_of_the_owner)
{
    program p;
    const auto expected = p.gradients();
    BOOST_TEST(expected.size() == 13u);
    std::atomic<int> different{0}, runs{0};
    std::thread others([&]
        {
            at_once(4, [&](int)
                {
                    for (int i = 0; i < 25; ++i, ++runs)
                        different += p.gradients() != expected;
                });
        });
    for (int i = 0; i < 25; ++i)
        different += p.gradients() != expected;
    others.join();
    BOOST_TEST(different == 0);
    BOOST_TEST(runs == 100);
}

BOOST_AUTO_TEST_CASE(a_block_of_seeds)
{
    const vector x{0.5, 1.5, -2.0, 0.25, 1.0};
    ad::tape t(true);
    const ad::tensor<double, 1> y = xt::cumprod(x, 0);
    t.close();
    const auto expected = *t.jacobian(y, x);
    BOOST_TEST(expected(2, 1) == -2.0 * 0.5);
    std::atomic<int> different{0};
    at_once(3, [&](int)
        {
            for (int i = 0; i < 20; ++i)
                different += *t.jacobian(y, x) != expected;
        });
    BOOST_TEST(different == 0);
}

BOOST_AUTO_TEST_CASE(while_the_owner_records_on)
{
    program p;
    const auto expected = p.gradients();
    std::atomic<bool> stop{false};
    std::atomic<int> different{0}, runs{0};
    std::thread others([&]
        {
            at_once(2, [&](int)
                {
                    while (!stop)
                    {
                        different += p.gradients() != expected;
                        ++runs;
                        // and the search for a reason
                        different += p.tape->gradient(p.loss, p.unused).why() != ad::reason::unconnected;
                    }
                });
        });
    for (int round = 0; round < 10; ++round)
    {
        // New numbers, arrays, leaves from before, watches, pauses, comparisons, nested tapes: every table of the log grows.
        std::vector<number> leaves(100, number(1.0));
        ad::tape more(true);
        number s = 1.0;
        vector z = p.x * 1.0;
        for (int i = 0; i < 300; ++i)
        {
            s = s * p.a + leaves[static_cast<std::size_t>(i % 100)];
            s = s > 1e3 ? number(1.0) : s;
            z = z * 0.5 + p.x;
        }
        more.watch(p.x);
        {
            const auto pause = more.stop_recording();
            const number lost = s * 2.0;
            BOOST_TEST((more.gradient(lost, p.a).why() == ad::reason::recorded_while_paused));
        }
        {
            ad::tape inner(true, false);
            inner.watch(p.b);
            const number q = p.b * p.b;
            inner.close();
            BOOST_TEST(*inner.gradient(q, p.b, ad::detached) == -1.0);
        }
        const auto g = more.gradient(ad::sum(z), p.x);
        BOOST_TEST((*g)(0) == 2.0, boost::test_tools::tolerance(1e-12));
    }
    while (runs < 4)
        std::this_thread::yield();
    stop = true;
    others.join();
    BOOST_TEST(different == 0);
    BOOST_TEST((p.gradients() == expected));
}

// Streams of further number types; the owner's recordings make one more meanwhile.
BOOST_AUTO_TEST_CASE(further_number_types)
{
    using wide = ad::variable<long double>;
    using tangents = ad::dual<double, 2>;
    const wide a = 1.25L, unused = 1.0L;
    wide began = 0.75L;
    ad::tape t(true);
    wide s = a * began;
    for (int i = 0; i < 400; ++i)
        s = 0.75L * s + a * sin(s);
    began = began * s;
    const wide y = s * s + began;
    t.close();
    const auto gradients = [&]
    {
        const auto [of_a, of_s] = t.gradient(y, a, s);
        return std::vector<long double>{*of_a, *of_s, *t.gradient(y, began), *t.gradient(y, began, ad::seed(2.0L)),
                                        *t.gradient(y, unused, ad::unconnected::zero)};
    };
    const auto reason = [&] { return t.gradient(y, unused).why_not().text; };
    std::string text;
    elsewhere([&] { text = reason(); });
    const auto expected = gradients();
    BOOST_TEST(text == reason());
    BOOST_TEST(expected[2] == 1.0L);
    BOOST_TEST(expected[3] == 2.0L);
    std::atomic<bool> stop{false};
    std::atomic<int> different{0}, runs{0};
    std::thread others([&]
        {
            at_once(2, [&](int)
                {
                    while (!stop)
                    {
                        different += gradients() != expected;
                        different += reason() != text;
                        ++runs;
                    }
                });
        });
    while (runs < 2)
        std::this_thread::yield();
    for (int round = 0; round < 20; ++round)
    {
        const std::vector<wide> leaves(50, wide(1.0L));
        const ad::variable<tangents> d = tangents(0.5);
        ad::tape more(true);
        wide z = a;
        for (auto const& leaf : leaves)
            z = z * leaf + s;
        const ad::variable<tangents> cube = d * d * d;
        const auto g = more.gradient(z, leaves[49]);
        BOOST_TEST(static_cast<bool>(g));
        BOOST_TEST((*more.gradient(cube, d)).v == 0.75);
    }
    stop = true;
    others.join();
    BOOST_TEST(different == 0);
    BOOST_TEST((gradients() == expected));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_tape_waits_for_the_sweeps)
{
    for (int ending = 0; ending < 3; ++ending)
    {
        const vector x{1.0, 2.0};
        slow_square slow;
        auto t = std::make_unique<ad::tape>(true);
        const ad::tensor<double, 1> y = slow(x);
        t->close();
        double found = 0;
        std::thread other([&] { found = (*t->gradient(y, x))(1); });
        slow.wait_until_inside();
        if (ending == 0)
            t->reset();
        else if (ending == 1)
            t->resume();
        else
            t.reset();
        BOOST_TEST(slow.left);
        other.join();
        BOOST_TEST(found == 4.0);
        if (ending < 2)
            BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t->gradient(y, x); }); }, {"gradient", "still records"}));
    }
    BOOST_TEST(expect::engine_works());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_thread_waits_for_the_sweeps)
{
    const vector x{1.0, 2.0};
    std::unique_ptr<ad::tape> t;
    vector y;
    slow_square slow;
    std::atomic<bool> finished{false};
    std::thread owner([&]
        {
            t = std::make_unique<ad::tape>(true);
            y = slow(x);
            t->close();
            finished = true;
            slow.wait_until_inside();
        });
    while (!finished)
        std::this_thread::yield();
    const auto g = t->gradient(y, x);
    BOOST_TEST((*g)(0) == 2.0);
    owner.join();
    BOOST_TEST(refused<ad::thread_error>([&] { (void)t->gradient(y, x); }, {"gradient", "another thread", "ended"}));
}

BOOST_AUTO_TEST_CASE(tapes_that_others_may_not_sweep)
{
    const vector x{1.0, 2.0};
    {
        ad::tape t(true);
        const ad::tensor<double, 1> y = x * x;
        const auto sweep = [&] { elsewhere([&] { (void)t.gradient(y, x); }); };
        BOOST_TEST(refused<ad::thread_error>(sweep, {"gradient", "another thread", "still records", "closed"}));
        {
            const auto pause = t.stop_recording();
            elsewhere([&] { BOOST_TEST((*t.gradient(y, x))(1) == 4.0); });
        }
        BOOST_TEST(refused<ad::thread_error>(sweep, {"still records"}));
        t.close();
        elsewhere([&] { BOOST_TEST((*t.gradient(y, x))(1) == 4.0); });
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t.gradient(y, x, ad::differentiable); }); }, {"differentiable"}));
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.watch(x); }); }, {"watch"}));
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { t.resume(); }); }, {"resume"}));
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t.statistics(); }); }, {"statistics"}));
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t.watched_variables(); }); }, {"watched_variables"}));
    }
    {
        ad::tape t;
        const ad::tensor<double, 1> y = x * x;
        t.close();
        BOOST_TEST(refused<ad::thread_error>([&] { elsewhere([&] { (void)t.gradient(y, x); }); }, {"gradient", "another thread", "persistent"}));
        BOOST_TEST((*t.gradient(y, x))(1) == 4.0);
    }
}

BOOST_AUTO_TEST_CASE(inside_a_recording_of_the_other_thread)
{
    const vector x{1.0, 2.0};
    ad::tape t(true);
    const ad::tensor<double, 1> y = x * x * x;
    t.close();
    elsewhere([&]
        {
            ad::tape own;
            const auto plain = [&] { (void)t.gradient(y, x); };
            BOOST_CHECK_EXCEPTION(plain(), ad::rule_error, [](ad::rule_error const& e) { return std::string(e.what()).find("detached") != std::string::npos; });
            const auto g = t.gradient(y, x, ad::detached);
            const ad::tensor<double, 1> z = *g * x;
            BOOST_TEST((*own.gradient(z, x))(1) == 12.0);
        });
}

BOOST_AUTO_TEST_CASE(reasons_are_those_of_the_owner)
{
    const vector x{1.0, 2.0}, c{3.0, 4.0}, never{1.0, 1.0};
    const number s = 2.0, fresh = 1.0;
    const ad::variable<double, 1> frozen({1.0, 2.0}, false);
    ad::tape t(true, false);
    t.watch(x);
    t.watch(s);
    const ad::tensor<double, 1> y = x * c * s * frozen, cut = ad::stop_gradient(x * x) * c, rounded = xt::round(x);
    const number r = s * s;
    t.close();
    const ad::tensor<double, 1> late = x * 2.0;
    const auto texts = [&]
    {
        std::vector<std::string> all;
        const auto note = [&](auto const& g)
        {
            BOOST_REQUIRE(!g);
            all.push_back(g.why_not().text);
        };
        note(t.gradient(y, c));
        note(t.gradient(y, never));
        note(t.gradient(y, frozen));
        note(t.gradient(r, x));
        note(t.gradient(y, fresh));
        note(t.gradient(cut, x));
        note(t.gradient(rounded, x));
        note(t.gradient(late, x));
        return all;
    };
    // first there, so that nothing is known from the owner's search
    std::vector<std::string> there;
    elsewhere([&] { there = texts(); });
    const auto here = texts();
    BOOST_TEST(there.size() == here.size());
    for (std::size_t i = 0; i < here.size(); ++i)
        BOOST_TEST(there[i] == here[i]);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_once_warm)
{
    vector x{1.0, 2.0, 3.0};
    const number a = 2.0;
    ad::tape t(true);
    ad::tensor<double, 1> y = xt::exp(x) * a * x;
    const number loss = ad::sum(y * y) * a * a;
    t.close();
    std::atomic<int> differences{0};
    at_once(2, [&](int)
        {
            const auto round = [&] { (void)t.gradient(loss, x, a); };
            for (int i = 0; i < 3; ++i)
                round();
            const auto calls = recording::allocations();
            const auto blocks = ad::pool_stats().fresh_blocks;
            for (int i = 0; i < 20; ++i)
                round();
            differences += recording::allocations() != calls || ad::pool_stats().fresh_blocks != blocks;
        });
    BOOST_TEST(differences == 0);
}

BOOST_AUTO_TEST_CASE(gradients_belong_to_the_thread_that_asked)
{
    vector x{1.0, 2.0, 3.0};
    ad::constant<double, 1> g;
    auto t = std::make_unique<ad::tape>(true);
    const number linear = ad::sum(x * x);
    t->close();
    const auto own = *t->gradient(linear, x);
    elsewhere([&]
        {
            auto mine = *t->gradient(linear, x);
            BOOST_TEST(mine.data_handle()->owned_here());
            BOOST_TEST(mine.data_handle().get() != own.data_handle().get());
            g = mine;
        });
    t.reset();
    x = xt::zeros<double>({3});
    BOOST_TEST(g(2) == 6.0);
    BOOST_TEST(own(2) == 6.0);
}

BOOST_AUTO_TEST_SUITE_END()
