// SPDX-License-Identifier: BSL-1.0
// Many variables that are watched by name: found by their numbers, collected where their watches begin.
#include <tape/recording.hpp>

#include <vector>

BOOST_AUTO_TEST_SUITE(watches)

BOOST_AUTO_TEST_CASE(a_list_finds_few_and_many)
{
    ad::watch_list list;
    for (int round = 0; round < 2; ++round)
    {
        BOOST_TEST(list.empty());
        for (std::uint32_t n = 1; n <= 40; ++n)
        {
            const auto space = n % 3 == 0 ? ad::id_space::array : ad::id_space::scalar_double;
            BOOST_TEST(list.find(space, n) == nullptr);
            list.push_back({space, n, n, {}, {}});
            if (n % 3 != 0)
                continue;
            // every one of them, and none of the other space
            for (auto const& w : list)
            {
                BOOST_TEST(list.find(w.space, w.id) == &w);
                BOOST_TEST(list.find(ad::id_space::scalar_float, w.id) == nullptr);
            }
        }
        list.clear();
        BOOST_TEST(list.find(ad::id_space::array, 3) == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(many_watched_variables)
{
    constexpr std::size_t n = 100;
    std::vector<ad::variable<double>> x;
    for (std::size_t i = 0; i < n; ++i)
        x.emplace_back(static_cast<double>(i));
    ad::variable<double> other = 2.0;
    ad::tape t(true, false);
    t.watch(x);
    t.watch(x);
    BOOST_TEST(t.watched_variables().size() == n);
    ad::variable<double> y = other;
    for (auto const& e : x)
        y = y + e * e;
    const auto g = t.gradient(y, x);
    for (std::size_t i = 0; i < n; ++i)
        BOOST_TEST(*g[i] == 2.0 * static_cast<double>(i));
    BOOST_TEST((t.gradient(y, other).why() == ad::reason::not_watched));
    t.reset();
    BOOST_TEST(t.watched_variables().empty());
    const ad::variable<double> z = x[3] * x[4];
    BOOST_TEST((t.gradient(z, x[3]).why() == ad::reason::not_watched));
}

// Each counts from its own watch on, in one sweep of all.
BOOST_AUTO_TEST_CASE(watches_that_begin_one_after_the_other)
{
    constexpr std::size_t n = 30;
    std::vector<ad::variable<double>> x;
    std::vector<ad::variable<double, 1>> a;
    for (std::size_t i = 0; i < n; ++i)
    {
        x.emplace_back(1.0 + static_cast<double>(i));
        a.push_back(ad::variable<double, 1>{1.0, 2.0});
    }
    ad::tape t(true, false);
    ad::variable<double> y = 0.0;
    for (std::size_t i = 0; i < n; ++i)
    {
        // Before its watch: no part of the gradient. Every third is used before only, every fifth not at all.
        if (i % 5 != 0)
            y = y + 100.0 * x[i] + 100.0 * ad::sum(a[i]);
        t.watch(x[i]);
        t.watch(a[i]);
        if (i % 5 != 0 && i % 3 != 0)
            y = y + 3.0 * x[i] + 5.0 * ad::sum(a[i]);
    }
    const auto [gx, ga] = t.gradient(y, x, a);
    for (std::size_t i = 0; i < n; ++i)
    {
        const auto why = i % 5 == 0 ? ad::reason::unconnected : i % 3 == 0 ? ad::reason::watched_after_use : ad::reason::none;
        BOOST_TEST((gx[i].why() == why));
        BOOST_TEST((ga[i].why() == why));
        if (why == ad::reason::none)
        {
            BOOST_TEST(*gx[i] == 3.0);
            BOOST_TEST((*ga[i])(0) == 5.0);
        }
        BOOST_TEST((t.gradient(y, x[i]).why() == why));
    }
}

BOOST_AUTO_TEST_SUITE_END()
