// SPDX-License-Identifier: BSL-1.0
// The five programs of the article that says "None" five times: each has a gradient, for numbers and for arrays.
#include <semantics/expect.hpp>

BOOST_AUTO_TEST_SUITE(article)

BOOST_AUTO_TEST_CASE(a_read_is_a_snapshot_of_a_number_that_changes_later)
{
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = x * x;
    x += 1;
    BOOST_TEST(is(t.gradient(y, x), 4));
    BOOST_TEST(x.value() == 3.0);
    BOOST_TEST(y.value() == 4.0);
}

BOOST_AUTO_TEST_CASE(a_read_is_a_snapshot_of_an_array_that_changes_later)
{
    ad::variable<double, 1> x{2.0, -3.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    x += 1.0;
    BOOST_TEST(is(t.gradient(y, x), {4, -6}));
    BOOST_TEST(expect::same(expect::numbers(x), {3, -2}));
    BOOST_TEST(expect::same(expect::numbers(y), {4, 9}));
}

BOOST_AUTO_TEST_CASE(a_lazy_expression_is_a_snapshot_too)
{
    ad::variable<double, 1> x{2.0, -3.0};
    ad::tape t;
    auto y = x * x;
    x += 1.0;
    BOOST_TEST(is(t.gradient(y, x), {4, -6}));
}

BOOST_AUTO_TEST_CASE(the_branch_taken_is_recorded_for_a_number)
{
    ad::variable<double> x = 2.0;
    ad::tape t;
    ad::variable<double> y;
    if (x > 1)
        y = x * x;
    else
        y = x;
    BOOST_TEST(is(t.gradient(y, x), 4));
}

BOOST_AUTO_TEST_CASE(the_other_branch_is_recorded_for_a_number)
{
    ad::variable<double> x = 0.0;
    ad::tape t;
    ad::variable<double> y;
    if (x > 1)
        y = x * x;
    else
        y = x;
    BOOST_TEST(is(t.gradient(y, x), 1));
}

BOOST_AUTO_TEST_CASE(the_branch_taken_is_recorded_for_an_array)
{
    for (const double at : {2.0, 0.0})
    {
        ad::variable<double, 1> x{at, at + 3};
        ad::tape t;
        ad::variable<double, 1> y;
        if (x(0) > 1.0)
            y = x * x;
        else
            y = x;
        BOOST_TEST(is(t.gradient(y, x), at > 1 ? std::vector<double>{4, 10} : std::vector<double>{1, 1}));
    }
}

BOOST_AUTO_TEST_CASE(a_lazy_predicate_over_a_whole_array_chooses_the_branch)
{
    for (const double at : {2.0, 0.0})
    {
        ad::variable<double, 1> x{at, at + 3};
        ad::tape t;
        ad::variable<double, 1> y;
        if (xt::all(x > 1.0))
            y = x * x;
        else
            y = x;
        BOOST_TEST(is(t.gradient(y, x), at > 1 ? std::vector<double>{4, 10} : std::vector<double>{1, 1}));
    }
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_a_number_is_inside_the_recording)
{
    const auto f = [](ad::variable<double>& x)
    {
        x += 1;
        return x * x;
    };
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), 6));
    BOOST_TEST(x.value() == 3.0);
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_its_own_copy_of_a_number)
{
    const auto f = [](ad::variable<double> x)
    {
        x += 1;
        return x * x;
    };
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), 6));
    BOOST_TEST(x.value() == 2.0);
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_an_array_is_inside_the_recording)
{
    const auto f = [](ad::variable<double, 1>& x)
    {
        x += 1.0;
        return ad::tensor<double, 1>(x * x);
    };
    ad::variable<double, 1> x{2.0, 4.0};
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), {6, 10}));
    BOOST_TEST(expect::same(expect::numbers(x), {3, 5}));
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_its_own_copy_of_an_array)
{
    const auto f = [](ad::variable<double, 1> x)
    {
        x += 1.0;
        return x * x;
    };
    ad::variable<double, 1> x{2.0, 4.0};
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), {6, 10}));
    BOOST_TEST(expect::same(expect::numbers(x), {2, 4}));
}

BOOST_AUTO_TEST_CASE(an_inner_tape_and_a_new_variable_on_the_way_of_a_number)
{
    const auto f = [](ad::variable<double>& x)
    {
        ad::tape inner;
        x = x + ad::variable<double>(1.0);
        return x * x;
    };
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), 6));
}

BOOST_AUTO_TEST_CASE(an_inner_tape_and_a_new_variable_on_the_way_of_an_array)
{
    const auto f = [](ad::variable<double, 1>& x)
    {
        ad::tape inner;
        x = x + ad::variable<double, 1>{1.0, 1.0};
        return ad::tensor<double, 1>(x * x);
    };
    ad::variable<double, 1> x{2.0, 4.0};
    ad::tape t;
    auto y = f(x);
    BOOST_TEST(is(t.gradient(y, x), {6, 10}));
}

BOOST_AUTO_TEST_SUITE_END()
