// SPDX-License-Identifier: BSL-1.0
// What a program knows of its reverse pass: activity, what is read, what is recomputed, who contributes first, what a choice guards.
#include <boost/test/unit_test.hpp>

#include <string>

#include <expr/trees.hpp>

using namespace trees;

namespace
{
    // Is anything kept for, or recomputed by, the reverse pass?
    template <class Program>
    constexpr bool keeps_nothing(Program const& p)
    {
        for (int i = 0; i < p.size; ++i)
            if (p[i].keep_value || p[i].keep_aux || p[i].compute)
                return false;
        return !p.load_root;
    }
    template <class Program>
    constexpr auto const& leaf(Program const& p, int i)
    {
        return p[p.leaf_slot[static_cast<std::size_t>(i)]];
    }
}

BOOST_AUTO_TEST_SUITE(analysis)

BOOST_AUTO_TEST_CASE(sums_keep_nothing)
{
    static_assert(keeps_nothing(plain<add<x, a>>));
    static_assert(keeps_nothing(plain<sub<x, x>>));
    static_assert(keeps_nothing(plain<op<rule::neg, add<add<x, a>, s>>>));
}

BOOST_AUTO_TEST_CASE(plain_numbers_keep_nothing)
{
    static_assert(keeps_nothing(plain<mul<exp_of<a>, c>>));
    constexpr auto p = plain<mul<exp_of<a>, c>>;
    BOOST_TEST(!p[p.root()].active);
}

BOOST_AUTO_TEST_CASE(a_product_with_plain_numbers_keeps_these_only)
{
    constexpr auto p = plain<mul<x, a>>;
    BOOST_TEST(!leaf(p, 0).keep_value);
    BOOST_TEST(leaf(p, 1).keep_value);
    BOOST_TEST(!p.load_root);
    constexpr auto q = plain<mul<x, x>>;
    BOOST_TEST(leaf(q, 0).keep_value);
    BOOST_TEST(leaf(q, 1).keep_value);
}

BOOST_AUTO_TEST_CASE(an_exponential_at_the_root_is_loaded_not_computed)
{
    constexpr auto p = plain<exp_of<x>>;
    static_assert(p.load_root);
    BOOST_TEST(!p[p.root()].compute);
    BOOST_TEST(!leaf(p, 0).keep_value);
}

BOOST_AUTO_TEST_CASE(an_exponential_inside_is_recomputed_from_its_argument)
{
    constexpr auto p = plain<add<exp_of<x>, a>>;
    static_assert(!p.load_root);
    BOOST_TEST(p[1].compute);
    BOOST_TEST(leaf(p, 0).keep_value);
    BOOST_TEST(!leaf(p, 1).keep_value);
    BOOST_TEST(!p[p.root()].compute);
}

BOOST_AUTO_TEST_CASE(a_shared_intermediate_forces_the_computation)
{
    constexpr auto p = plain<sin_of<x>>;  // the cosine is the intermediate
    BOOST_TEST(p[1].keep_aux);
    BOOST_TEST(p[1].compute);
    BOOST_TEST(leaf(p, 0).keep_value);
    static_assert(!p.load_root);
}

BOOST_AUTO_TEST_CASE(an_operation_on_plain_numbers_below_a_product_is_recomputed)
{
    constexpr auto p = plain<mul<x, exp_of<a>>>;
    BOOST_TEST(p[2].compute);
    BOOST_TEST(leaf(p, 1).keep_value);
    BOOST_TEST(!p[2].pulled);
}

BOOST_AUTO_TEST_CASE(no_derivative_passes_a_rounding_or_a_predicate)
{
    constexpr auto rounded = plain<op<rule::floor, x>>;
    BOOST_TEST(!rounded[1].active);
    BOOST_TEST(!leaf(rounded, 0).pulled);
    BOOST_TEST(leaf(rounded, 0).paths == expr::non_differentiable_path);
    BOOST_TEST(std::string(leaf(rounded, 0).cut) == "floor");
    constexpr auto compared = plain<less<x, c>>;
    BOOST_TEST(!compared[2].active);
    BOOST_TEST(leaf(compared, 0).paths == expr::control_path);
    BOOST_TEST(std::string(leaf(compared, 0).cut) == "less");
}

BOOST_AUTO_TEST_CASE(a_variable_may_reach_the_result_in_several_ways)
{
    constexpr auto p = single<where<less<x, c>, x, op<rule::floor, x>>>;
    static_assert(p.leaves == 2);
    BOOST_TEST(leaf(p, 0).paths == (expr::differentiable_path | expr::control_path | expr::non_differentiable_path));
    BOOST_TEST(leaf(p, 0).pulled);
}

BOOST_AUTO_TEST_CASE(below_a_choice_a_zero_stays_zero)
{
    using tree = add<where<a, op<rule::log, x>, mul<x, c>>, exp_of<x>>;
    constexpr auto p = plain<tree>;
    for (int i = 0; i < p.size; ++i)
    {
        const std::string name = p[i].name;
        if (name == "log" || name == "mul")
            BOOST_TEST(p[i].guarded, name);
        if (name == "exp" || name == "add" || name == "where")
            BOOST_TEST(!p[i].guarded, name);
    }
    BOOST_TEST(leaf(p, 1).guarded);
    BOOST_TEST(!leaf(p, 4).guarded);
}

BOOST_AUTO_TEST_CASE(what_one_path_guards_is_guarded)
{
    // exp(x) + where(a, exp(x), 0), merged: the exponential is read with and without the choice
    constexpr auto p = single<add<exp_of<x>, where<a, exp_of<x>, c>>>;
    for (int i = 0; i < p.size; ++i)
        if (std::string(p[i].name) == "exp")
            BOOST_TEST(p[i].guarded);
}

BOOST_AUTO_TEST_CASE(the_first_contribution_stores_and_the_others_add)
{
    constexpr auto p = twin<mul<x, x>>;
    static_assert(p.first_pull(1, 0) && !p.first_pull(1, 1));
    constexpr auto q = plain<mul<x, x>>;
    static_assert(q.first_pull(2, 0) && q.first_pull(2, 1));
    // a constant argument does not count
    constexpr auto r = single<add<mul<a, x>, x>>;
    static_assert(r.size == 4);
    static_assert(r.first_pull(3, 0) && r.first_pull(3, 1) && !r.first_pull(2, 1));
}

// Every pulled slot below the root has exactly one first contribution.
template <class Program>
constexpr bool one_first_each(Program const& p)
{
    for (int target = 0; target < p.root(); ++target)
    {
        int firsts = 0, all = 0;
        for (int i = 0; i < p.size; ++i)
            for (int j = 0; j < p[i].arity; ++j)
                if (p.pulls(i, j) && p[i].arg[j] == target)
                {
                    ++all;
                    firsts += p.first_pull(i, j) ? 1 : 0;
                }
        if ((all > 0) != p[target].pulled || (all > 0 && firsts != 1))
            return false;
    }
    return true;
}

BOOST_AUTO_TEST_CASE(every_adjoint_is_stored_exactly_once)
{
    using linear = add<mul<a, x>, s>;
    using ratio = quo<mul<linear, linear>, add<c, mul<x, x>>>;
    static_assert(one_first_each(plain<ratio>));
    static_assert(one_first_each(twin<ratio>));
    static_assert(one_first_each(single<ratio>));
    static_assert(one_first_each(single<where<less<x, c>, exp_of<x>, add<sin_of<x>, op<rule::floor, x>>>>));
    static_assert(one_first_each(single<op<rule::fma, x, x, x>>));
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
