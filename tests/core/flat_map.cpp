// SPDX-License-Identifier: BSL-1.0
// The map of adopted leaves: few and many entries, refilling, keys that collide.
#include <etape/core/flat_map.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(flat_map)

BOOST_AUTO_TEST_CASE(finds_what_was_put_in_and_nothing_else)
{
    etape::flat_map<std::uint64_t, std::uint32_t> m;
    for (int round = 0; round < 3; ++round)
    {
        BOOST_TEST(m.empty());
        for (std::uint32_t i = 0; i < 5000; ++i)
        {
            BOOST_TEST_REQUIRE((m.find(std::uint64_t{i} << 32) == m.end()));
            m.emplace(std::uint64_t{i} << 32, i + 7);
            if (i % 97 == 0 || i < 20)
                for (std::uint32_t j = 0; j <= i; ++j)
                {
                    const auto it = m.find(std::uint64_t{j} << 32);
                    BOOST_TEST_REQUIRE((it != m.end()));
                    BOOST_TEST_REQUIRE(it->second == j + 7);
                }
        }
        BOOST_TEST(m.size() == 5000u);
        BOOST_TEST((m.find(1) == m.end()));
        m.clear();
        BOOST_TEST((m.find(0) == m.end()));
    }
}

BOOST_AUTO_TEST_CASE(pointers_in_order_of_insertion)
{
    double places[100];
    etape::flat_map<double*, int> m;
    for (int i = 99; i >= 0; --i)
        m.emplace(places + i, i);
    int expected = 99;
    for (auto const& [key, value] : m)
    {
        BOOST_TEST((key == places + expected));
        BOOST_TEST(value == expected--);
    }
}

BOOST_AUTO_TEST_SUITE_END()
