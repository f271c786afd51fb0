// SPDX-License-Identifier: BSL-1.0
// Scalars as sources, by the thousand: the same values and reasons as one at a time, or next to arrays.
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <deque>
#include <list>
#include <span>
#include <thread>
#include <tuple>
#include <vector>

#include <etape/api/tape.hpp>
#include <etape/api/tape_jacobian.hpp>

namespace
{
    namespace ad = etape;

    template <class T>
    using numbers = std::vector<ad::variable<T>>;

    template <class T>
    numbers<T> made(std::size_t n)
    {
        numbers<T> x;
        for (std::size_t i = 0; i < n; ++i)
            x.emplace_back(T(0.25) + static_cast<T>(i % 17) / 8);
        return x;
    }
    // Every third is not read; every fifth is used once more.
    template <class T>
    ad::variable<T> program(numbers<T> const& x)
    {
        using std::sin;
        ad::variable<T> y = T(1);
        for (std::size_t i = 0; i < x.size(); ++i)
            if (i % 3 != 2)
                y += sin(x[i]) * x[i];
        for (std::size_t i = 0; i < x.size(); i += 5)
            if (i % 3 != 2)
                y *= 1 + x[i] / 1024;
        return y;
    }
    template <class T>
    bool same(T a, T b)
    {
        return std::memcmp(&a, &b, sizeof(T)) == 0;
    }
    // Against the same sources with an array among them.
    template <class T>
    void check(std::size_t n)
    {
        const auto x = made<T>(n);
        const ad::variable<T, 1> aside = {T(1), T(2)};
        ad::tape t(true);
        const auto y = program(x);
        const auto g = t.gradient(y, x);
        const auto [expected, none] = t.gradient(y, x, aside);
        BOOST_TEST((g.size() == n && !none));
        for (std::size_t i = 0; i < n; ++i)
        {
            BOOST_TEST(g[i].has_value() == (i % 3 != 2));
            BOOST_TEST((g[i].why() == expected[i].why() && g[i].why_not().text == expected[i].why_not().text));
            BOOST_TEST(same(g[i].value_or_zero(), expected[i].value_or_zero()));
        }
        const auto zeros = t.gradient(y, x, ad::unconnected::zero);
        for (std::size_t i = 0; i < n; ++i)
            BOOST_TEST((zeros[i].has_value() && same(*zeros[i], g[i].value_or_zero())));
    }
}

BOOST_AUTO_TEST_SUITE(scalar_sources)

BOOST_AUTO_TEST_CASE(values_and_reasons)
{
    for (std::size_t n : {1u, 4u, 5u, 300u})
    {
        check<double>(n);
        check<float>(n);
    }
}

BOOST_AUTO_TEST_CASE(what_is_used_up_once)
{
    const auto x = made<double>(40);
    ad::tape t;
    const auto y = program(x);
    BOOST_TEST(t.gradient(y, x)[0].has_value());
    for (auto const& g : t.gradient(y, x))
        BOOST_TEST((g.why() == ad::reason::tape_consumed));
}

BOOST_AUTO_TEST_CASE(precisions_side_by_side)
{
    const ad::variable<float> a = 2.0f, b = 3.0f;
    const ad::variable<double> c = 5.0;
    ad::tape t(true);
    const ad::variable<double> y = ad::variable<double>(a * b) * c;
    const auto [ga, gb, gc] = t.gradient(y, a, b, c);
    const auto [ha, hb] = t.gradient(y, a, b);
    BOOST_TEST((*ga == 15.0f && *gb == 10.0f && *gc == 6.0));
    BOOST_TEST((*ha == 15.0f && *hb == 10.0f));
}

BOOST_AUTO_TEST_CASE(a_value_that_the_target_does_not_read_falls_back_to_its_leaf)
{
    auto x = made<double>(6);
    ad::tape t;
    const ad::variable<double> y = x[0] * x[1];
    for (auto& e : x)
        e = e * 2.0;
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g[0] == 0.375 && *g[1] == 0.25 && !g[2]));
}

BOOST_AUTO_TEST_CASE(watched_by_name)
{
    auto x = made<double>(6);
    ad::tape t(false, false);
    t.watch(x[1]);
    const ad::variable<double> before = x[0] * x[1] * x[2];
    t.watch(x[2]);
    const ad::variable<double> y = before + x[1] * x[2] * x[3];
    const auto g = t.gradient(y, x);
    BOOST_TEST((g[0].why() == ad::reason::not_watched && g[3].why() == ad::reason::not_watched));
    BOOST_TEST((g[1].has_value() && *g[2] == x[1].value() * x[3].value()));
}

BOOST_AUTO_TEST_CASE(from_another_thread)
{
    const auto x = made<double>(50);
    ad::tape t(true);
    const auto y = program(x);
    t.close();
    const auto here = t.gradient(y, x);
    std::vector<double> there;
    std::thread([&]
        {
            for (auto const& g : t.gradient(y, x))
                there.push_back(g.value_or_zero());
        }).join();
    for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_TEST(same(here[i].value_or_zero(), there[i]));
}

// What a sweep leaves behind must not reach the next one: each of these is asked of this thread, which has answered many others, and
// of a thread that has answered none.
BOOST_AUTO_TEST_CASE(one_sweep_after_the_other)
{
    const auto answers = []<class T>(T, std::size_t n, int kind)
    {
        auto x = made<T>(n);
        x[0] = T(0);
        ad::tape t(true);
        const auto middle = program(x);
        const ad::variable<T> blocked = sqrt(x[0]) * 0;  // the adjoint 0 meets an infinite slope
        if (kind == 3)
            x[n / 2] = T(3);
        auto sources = x;
        const ad::variable<T> y = middle * middle + blocked + x[n - 1] * x[n / 2], unread = y * y;
        if (kind == 1)
            sources.push_back(middle);
        if (kind == 4)
            static_cast<void>(t.gradient(y, made<T>(3)[0], ad::variable<T, 1>{T(1)}));
        std::vector<T> all;
        for (int again = 0; again < 2; ++again)
            for (auto const& g : t.gradient(kind == 2 ? middle : kind == 5 ? x[0] : y, sources))
                all.push_back(g ? *g : T(-12345));
        all.push_back(unread.value());
        return all;
    };
    unsigned random = 1;
    for (int step = 0; step < 80; ++step)
    {
        random = random * 1664525 + 1013904223;
        const std::size_t n = std::size_t{1} << (random >> 20) % 9;
        const int kind = static_cast<int>((random >> 24) % 6);
        const auto check = [&](auto number)
        {
            const auto here = answers(number, n, kind);
            auto there = here;
            std::thread([&] { there = answers(number, n, kind); }).join();
            BOOST_TEST(std::memcmp(here.data(), there.data(), here.size() * sizeof(number)) == 0);
        };
        if (step % 3 == 0)
            check(1.0f);
        else
            check(1.0);
    }
}

BOOST_AUTO_TEST_CASE(empty)
{
    const numbers<double> none;
    const ad::variable<double> x = 3.0;
    ad::tape t;
    const ad::variable<double> y = x * x;
    BOOST_TEST(t.gradient(y, none).empty());
}

BOOST_AUTO_TEST_CASE(other_containers_of_sources)
{
    const ad::variable<double> a = 2.0, b = 3.0;
    const std::deque<ad::variable<double>> deque{a, b};
    const std::list<ad::variable<double>> list{a, b};
    const std::vector<ad::variable<double>> vector{a, b, a * b};
    const std::list<ad::variable<double, 1>> arrays{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t(true);
    const ad::variable<double> y = a * a * b + xt::sum(arrays.front() * arrays.back());
    const auto check = [&](auto const& sources)
    {
        const auto g = t.gradient(y, sources);
        static_assert(std::is_same_v<std::remove_cvref_t<decltype(g[0])>, ad::gradient_result<double, 0>>);
        BOOST_REQUIRE(g.size() == 2u);
        BOOST_TEST(*g[0] == 12.0);
        BOOST_TEST(*g[1] == 4.0);
    };
    check(deque);
    check(list);
    check(std::span(vector).first(2));
    check(std::span<ad::variable<double> const, 2>(vector.data(), 2));
    BOOST_TEST((*t.gradient(y, arrays)[0])(1) == 4.0);
    const auto [all, one] = t.gradient(y, std::tuple(deque, b));
    BOOST_TEST((*all[1] == 4.0 && *one == 4.0));
    BOOST_TEST(*t.jacobian(y, list)[0] == 12.0);
    // copies of one variable are refused here, too
    BOOST_CHECK_THROW(t.gradient(y, std::list<ad::variable<double>>(2, a)), ad::tape_error);
}

BOOST_AUTO_TEST_SUITE_END()
