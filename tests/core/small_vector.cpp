// SPDX-License-Identifier: BSL-1.0
// The vector whose first elements live inside it: before, at and after the change to the heap.
#include <boost/test/unit_test.hpp>

#include <numeric>
#include <utility>

#include <etape/core/small_vector.hpp>

BOOST_AUTO_TEST_SUITE(small_vectors)

BOOST_AUTO_TEST_CASE(elements_stay_in_order_across_the_limit)
{
    etape::small_vector<int, 4> v;
    BOOST_TEST(v.empty());
    for (int n = 1; n <= 10; ++n)
    {
        v.push_back(n);
        BOOST_TEST(v.size() == static_cast<std::size_t>(n));
        BOOST_TEST(v.back() == n);
        BOOST_TEST(v[0] == 1);
        auto const& all = v;
        BOOST_TEST(std::accumulate(all.begin(), all.end(), 0) == n * (n + 1) / 2);
    }
    v[7] = 80;
    BOOST_TEST(*(v.begin() + 7) == 80);
}

BOOST_AUTO_TEST_CASE(a_cleared_vector_is_inside_again)
{
    etape::small_vector<int, 2> v;
    for (int round = 0; round < 3; ++round)
    {
        for (int n = 0; n < 5; ++n)
            v.push_back(10 * round + n);
        BOOST_TEST(v[4] == 10 * round + 4);
        v.clear();
        BOOST_TEST(v.empty());
        BOOST_TEST((std::as_const(v).begin() == v.end()));
        v.push_back(round);
        BOOST_TEST(v[0] == round);
        v.clear();
    }
}

BOOST_AUTO_TEST_SUITE_END()
