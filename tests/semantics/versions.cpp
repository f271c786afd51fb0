// SPDX-License-Identifier: BSL-1.0
// Versions: which value of a variable a gradient is taken with respect to, over assignments, copies and recordings.
#include <semantics/expect.hpp>

BOOST_AUTO_TEST_SUITE(versions)

BOOST_AUTO_TEST_CASE(the_version_that_the_target_reads_comes_first)
{
    ad::variable<double> x = 2.0;
    ad::tape t;
    x = x * 3; // 6
    auto y = x * x;
    BOOST_TEST(is(t.gradient(y, x), 12));
}

BOOST_AUTO_TEST_CASE(else_the_leaf_that_the_variable_began_as)
{
    ad::variable<double> x = 2.0;
    ad::variable<double, 1> a{2.0, 3.0};
    ad::tape t(true);
    auto y = x * x;
    ad::tensor<double, 1> b = a * a;
    for (int i = 0; i < 5; ++i)
    {
        x += 1;
        a *= 2.0;
    }
    BOOST_TEST(is(t.gradient(y, x), 4));
    BOOST_TEST(is(t.gradient(b, a), {4, 6}));
}

BOOST_AUTO_TEST_CASE(a_copy_taken_before_the_assignment_is_the_old_version)
{
    ad::variable<double> x = 2.0;
    ad::variable<double, 1> a{2.0, 3.0};
    ad::tape t(true);
    const auto x0 = x;
    const auto a0 = a;
    x = x * 3;
    a = a * 3.0;
    auto y = x * x;
    ad::tensor<double, 1> b = a * a;
    BOOST_TEST(is(t.gradient(y, x0), 36));
    BOOST_TEST(is(t.gradient(b, a0), {36, 54}));
}

BOOST_AUTO_TEST_CASE(a_variable_that_became_plain_is_a_new_leaf)
{
    ad::variable<double> x = 2.0;
    ad::tape t(true);
    auto before = x * x;
    x = 5;
    auto after = x * x;
    BOOST_TEST(is(t.gradient(after, x), 10));
    BOOST_TEST(is(t.gradient(before, x), 4));
}

BOOST_AUTO_TEST_CASE(a_leaf_is_remembered_across_recordings)
{
    ad::variable<double> a = 2.0, b = 3.0, c = 5.0;
    {
        ad::tape t;
        auto y = a * b;
        BOOST_TEST(is(t.gradient(y, b), 2));
    }
    auto twin = b;
    ad::tape t;
    auto y = b * c * twin;
    twin += 1;
    BOOST_TEST(is(t.gradient(y, twin), 30)); // twin and b are the same leaf, c is not
}

BOOST_AUTO_TEST_CASE(a_leaf_of_an_earlier_recording_that_was_never_read_here_has_no_gradient)
{
    ad::variable<double> a = 2.0, b = 3.0;
    {
        ad::tape t;
        BOOST_TEST(is(t.gradient(a * a, a), 4));
    }
    ad::tape t;
    auto y = b * b;
    a = b + 1;
    BOOST_TEST(none(t.gradient(y, a), ad::reason::unconnected));
}

BOOST_AUTO_TEST_CASE(copies_of_an_array_share_values_until_one_is_assigned)
{
    ad::variable<double, 1> a{1.0, 2.0};
    auto b = a;
    ad::tape t;
    ad::tensor<double, 1> y = a * b;
    b = b + 1.0;
    BOOST_TEST(expect::same(expect::numbers(a), {1, 2}));
    BOOST_TEST(is(t.gradient(y, a), {2, 4}));
}

BOOST_AUTO_TEST_CASE(x_equal_to_an_expression_of_x_many_times)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double, 1> s{0.0, 0.0};
    ad::tape t;
    for (int i = 0; i < 4; ++i)
        s = s + x * s + x;
    // s_n = (1 + x) s + x, s_4 = (1 + x)^4 - 1
    BOOST_TEST(is(t.gradient(s, x), {32, 108}));
}

BOOST_AUTO_TEST_CASE(fill_and_plain_assignment_keep_the_old_recording)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    x.fill(7.0);
    x = xt::ones<double>({2});
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
    BOOST_TEST(expect::same(expect::numbers(x), {1, 1}));
}

// A variable that is made while the only tapes alive are used up is known by what it began as, like any other.
BOOST_AUTO_TEST_CASE(a_used_up_tape_that_is_still_alive_changes_nothing)
{
    ad::variable<double> q = 1.0;
    ad::tape used;
    BOOST_TEST(is(used.gradient(q * q, q), 2));
    ad::variable<double> x = 2.0, z = 3.0;
    ad::tape t;
    const ad::variable<double> y = x * x * z;
    x += 1;
    z = 5.0;
    z *= 2.0;
    const auto [by_x, by_z] = t.gradient(y, x, z);
    BOOST_TEST(is(by_x, 12));
    BOOST_TEST(is(by_z, 4));
}

BOOST_AUTO_TEST_SUITE_END()
