// SPDX-License-Identifier: BSL-1.0
// Trees flattened into programs: slots, shared subexpressions, order, rules by position.
#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>

#include <expr/trees.hpp>

using namespace trees;

BOOST_AUTO_TEST_SUITE(programs)

BOOST_AUTO_TEST_CASE(a_leaf_is_a_program_of_one_slot)
{
    constexpr auto p = plain<x>;
    static_assert(p.size == 1 && p.leaves == 1 && p.root() == 0 && p.cost == 0);
    BOOST_TEST(p[0].active);
    BOOST_TEST(p[0].array);
    BOOST_TEST(p[0].pulled);
    BOOST_TEST(!p[0].keep_value);
    BOOST_TEST(!p.load_root);
    BOOST_TEST(plain<c>[0].array == false);
    BOOST_TEST(plain<c>[0].active == false);
}

BOOST_AUTO_TEST_CASE(arguments_come_before_what_reads_them)
{
    constexpr auto p = plain<add<mul<x, a>, exp_of<x>>>;
    static_assert(p.size == 6 && p.leaves == 3);
    for (int i = 0; i < p.size; ++i)
        for (int j = 0; j < p[i].arity; ++j)
            BOOST_TEST(p[i].arg[j] < i);
    BOOST_TEST(std::string(p[p.root()].name) == "add");
    BOOST_TEST(p.cost == rule::add::cost + rule::mul::cost + rule::exp::cost);
}

BOOST_AUTO_TEST_CASE(leaves_are_numbered_from_left_to_right)
{
    constexpr auto p = plain<sub<mul<x, c>, a>>;
    static_assert(p.leaves == 3);
    BOOST_TEST(p[p.leaf_slot[0]].active);
    BOOST_TEST(!p[p.leaf_slot[1]].array);
    BOOST_TEST((p[p.leaf_slot[2]].array && !p[p.leaf_slot[2]].active));
    for (int leaf = 0; leaf < 3; ++leaf)
        BOOST_TEST(p.first_original[static_cast<std::size_t>(leaf)] == leaf);
}

BOOST_AUTO_TEST_CASE(a_shared_subexpression_appears_once)
{
    // (a x + b) (a x + b): with equal leaves 3 leaves, one product, one sum, one square
    using linear = add<mul<a, x>, c>;
    using squared = mul<linear, linear>;
    static_assert(plain<squared>.size == 11 && plain<squared>.leaves == 6);
    constexpr auto p = twin<squared>;
    static_assert(p.size == 6 && p.leaves == 3);
    BOOST_TEST(p.cost == 2 * rule::mul::cost + rule::add::cost);
    BOOST_TEST(p[p.root()].arg[0] == p[p.root()].arg[1]);
}

BOOST_AUTO_TEST_CASE(different_operations_on_the_same_arguments_stay_apart)
{
    constexpr auto p = single<add<exp_of<x>, mul<sin_of<x>, exp_of<x>>>>;
    static_assert(p.size == 5 && p.leaves == 1);  // x, exp, sin, mul, add
    BOOST_TEST(p.cost == rule::exp::cost + rule::sin::cost + rule::mul::cost + rule::add::cost);
    constexpr auto q = single<sub<add<x, a>, add<a, x>>>;
    static_assert(q.size == 6);  // a is two operands; the sums have other arguments
}

BOOST_AUTO_TEST_CASE(rules_are_found_by_position)
{
    using tree = add<mul<x, a>, exp_of<sin_of<x>>>;
    static_assert(std::is_same_v<expr::rule_of<tree, 0>, rule::mul>);
    static_assert(std::is_same_v<expr::rule_of<tree, 1>, rule::sin>);
    static_assert(std::is_same_v<expr::rule_of<tree, 2>, rule::exp>);
    static_assert(std::is_same_v<expr::rule_of<tree, 3>, rule::add>);
    // what is shared keeps the position of its first appearance
    using twice = add<exp_of<x>, exp_of<x>>;
    constexpr auto p = twin<twice>;
    static_assert(p.size == 3);
    BOOST_TEST(p[1].operation == 0);
    BOOST_TEST(p[2].operation == 2);
    static_assert(std::is_same_v<expr::rule_of<twice, 2>, rule::add>);
}

BOOST_AUTO_TEST_CASE(a_tree_counts_its_leaves_and_slots)
{
    using tree = where<less<x, c>, mul<x, a>, exp_of<x>>;
    static_assert(tree::leaves == 5 && tree::slots == 9);
    static_assert(expr::is_leaf<x> && expr::is_leaf<c> && !expr::is_leaf<tree>);
}

BOOST_AUTO_TEST_SUITE_END()
