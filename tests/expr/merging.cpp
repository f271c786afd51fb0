// SPDX-License-Identifier: BSL-1.0
// Maps from the leaves of a tree to operands: identity, leaves of equal subtrees, one variable for all.
#include <boost/test/unit_test.hpp>

#include <type_traits>
#include <vector>

#include <expr/trees.hpp>

using namespace trees;

namespace
{
    template <class Map>
    std::vector<int> numbers()
    {
        return {Map::value.begin(), Map::value.end()};
    }
    using list = std::vector<int>;
}

#define SAME(FOUND, ...) BOOST_TEST((FOUND) == (list{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(merging)

BOOST_AUTO_TEST_CASE(the_identity_merges_nothing)
{
    SAME((numbers<expr::identity_map<mul<x, x>>>()), 0, 1);
    SAME((numbers<expr::identity_map<add<mul<x, a>, s>>>()), 0, 1, 2);
    SAME((numbers<expr::identity_map<x>>()), 0);
}

BOOST_AUTO_TEST_CASE(twins_share_their_leaves)
{
    SAME((numbers<expr::twin_map<mul<x, x>>>()), 0, 0);
    SAME((numbers<expr::twin_map<mul<add<a, x>, add<a, x>>>>()), 0, 1, 0, 1);
    // twins below twins
    using square = mul<x, x>;
    SAME((numbers<expr::twin_map<add<square, square>>>()), 0, 0, 0, 0);
    // only on one side
    SAME((numbers<expr::twin_map<add<a, mul<x, x>>>>()), 0, 1, 1);
}

BOOST_AUTO_TEST_CASE(other_subtrees_are_no_twins)
{
    SAME((numbers<expr::twin_map<mul<x, a>>>()), 0, 1);
    SAME((numbers<expr::twin_map<mul<add<a, x>, sub<a, x>>>>()), 0, 1, 2, 3);
    SAME((numbers<expr::twin_map<where<x, x, x>>>()), 0, 1, 2);
}

BOOST_AUTO_TEST_CASE(a_single_variable_is_every_active_array)
{
    SAME((numbers<expr::single_map<add<mul<x, a>, exp_of<x>>>>()), 0, 1, 0);
    SAME((numbers<expr::single_map<add<mul<a, a>, x>>>()), 0, 0, 1);  // the twins stay
    SAME((numbers<expr::single_map<add<mul<a, x>, mul<x, a>>>>()), 0, 1, 1, 2);
}

BOOST_AUTO_TEST_CASE(active_scalars_are_one_and_not_the_arrays)
{
    SAME((numbers<expr::single_map<add<mul<x, s>, quo<s, x>>>>()), 0, 1, 1, 0);
    SAME((numbers<expr::single_map<add<mul<x, c>, quo<c, x>>>>()), 0, 1, 2, 0);
}

BOOST_AUTO_TEST_CASE(maps_with_equal_numbers_are_one_type)
{
    static_assert(std::is_same_v<expr::identity_map<mul<x, a>>, expr::twin_map<mul<x, a>>>);
    static_assert(std::is_same_v<expr::twin_map<mul<x, x>>, expr::single_map<mul<x, x>>>);
    static_assert(!std::is_same_v<expr::identity_map<mul<x, x>>, expr::twin_map<mul<x, x>>>);
}

BOOST_AUTO_TEST_SUITE_END()
