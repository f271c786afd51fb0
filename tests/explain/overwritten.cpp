// SPDX-License-Identifier: BSL-1.0
// A source that was assigned after the target had read it: the version that the target reads has no name any more.
#include <explain/because.hpp>

BOOST_AUTO_TEST_SUITE(explain_overwritten)

BOOST_AUTO_TEST_CASE(an_intermediate_overwritten_with_plain_values)
{
    ad::variable<double, 1> x{1.0, 2.0}, state{0.0, 0.0};
    ad::variable<double> s = 3.0, n = 0.0;
    ad::tape t(true);
    state = x * x;
    n = s * s;
    auto y = ad::sum(state * state);
    auto z = n * n;
    state = xt::zeros<double>({2});
    const auto assigned = LINE_ABOVE(1);
    n = 1.0;
    const auto g = t.gradient(y, state);
    BOOST_TEST(because(g, ad::reason::overwritten,
                       {"assignment at " + assigned, "version", "history before it"}));
    BOOST_TEST(ad::to_string(g.why_not().where_break).find(assigned) == 0u);
    BOOST_TEST(because(t.gradient(z, n), ad::reason::overwritten, {"assignment"}));
    BOOST_TEST(is(t.gradient(y, x), {4, 32}));
    BOOST_TEST(is(t.gradient(z, s), 108));
    // However often:
    state.fill(2.0);
    state = state * 2.0;
    n = 2.0;
    n = n * 2;
    BOOST_TEST(because(t.gradient(y, state), ad::reason::overwritten, {"assignment"}));
    BOOST_TEST(because(t.gradient(z, n), ad::reason::overwritten, {"assignment"}));
}

// What takes the values of an overwritten variable has no version that the target reads.
BOOST_AUTO_TEST_CASE(values_of_an_overwritten_variable)
{
    ad::variable<double, 1> w{1.0, 2.0};
    ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t(true);
    const ad::tensor<double, 1> y = w * w;
    w = xt::tanh(y);
    const ad::tensor<double, 1> z = w * 2.0;
    t.close();
    w = xt::xtensor<double, 1>{7.0, 8.0};
    xt::view(m, 1, xt::all()) = w;
    const ad::variable<double, 1> frozen(ad::tensor<double, 1>(w), false);
    BOOST_TEST(because(t.gradient(y, m), ad::reason::unconnected, {}));
    BOOST_TEST(because(t.gradient(z, m), ad::reason::unconnected, {}));
    BOOST_TEST(!because(t.gradient(z, frozen), ad::reason::overwritten, {}));
}

BOOST_AUTO_TEST_CASE(an_intermediate_overwritten_with_a_tracked_value)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{3.0, 4.0};
    ad::tape t(true);
    ad::variable<double, 1> state = x * x;
    ad::tensor<double, 1> y = state * 3.0;
    state = w * w;
    const auto assigned = LINE_ABOVE(1);
    const auto g = t.gradient(y, state);
    BOOST_TEST(because(g, ad::reason::overwritten, {"assignment at " + assigned}));
    state = state * w;
    BOOST_TEST(
        because(t.gradient(y, state), ad::reason::overwritten, {"assignment at " + assigned}));
    state += 1.0;
    BOOST_TEST(
        because(t.gradient(y, state), ad::reason::overwritten, {"assignment at " + assigned}));
    BOOST_TEST(is(t.gradient(state, w), {27, 48}));
}

BOOST_AUTO_TEST_CASE(an_intermediate_changed_in_part)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::variable<double, 1> state = x * x;
    ad::tensor<double, 1> y = state * 3.0;
    xt::view(state, 0) = 5.0;
    BOOST_TEST(because(t.gradient(y, state), ad::reason::overwritten, {"assignment"}));
    xt::view(state, xt::range(0, 1)) *= xt::view(x, xt::range(1, 2));
    BOOST_TEST(because(t.gradient(y, state), ad::reason::overwritten, {"assignment"}));
    BOOST_TEST(is(t.gradient(y, x), {6, 12}));
}

BOOST_AUTO_TEST_CASE(a_variable_is_still_known_by_what_it_began_as)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::variable<double> s = 3.0;
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    auto z = s * s;
    x = x * 2.0;
    x = xt::zeros<double>({2});
    s = 1.0;
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
    BOOST_TEST(is(t.gradient(z, s), 6));
}

BOOST_AUTO_TEST_CASE(a_target_that_reads_no_version_is_unconnected)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{3.0, 4.0};
    ad::tape t(true);
    ad::variable<double, 1> state = x * x;
    ad::tensor<double, 1> y = w * 3.0;
    state = w * w;
    BOOST_TEST(
        because(t.gradient(y, state), ad::reason::unconnected, {"reads {the array of shape (2,)"}));
}

// What a number was before an update is known of some 30000 numbers a tape; of one that is not among them that is said.
BOOST_AUTO_TEST_CASE(one_number_of_very_many)
{
    using number = ad::variable<double>;
    for (const int more : {30000, 40000})
    {
        ad::tape t(true);
        std::vector<number> many(static_cast<std::size_t>(more), 0.0);
        number sum = 0.0;
        for (auto& v : many)
        {
            v = 1.0;
            sum += v;
        }
        number x = 2.0;
        number y = x * x;
        BOOST_TEST(*t.gradient(y, x) == 4.0);
        x += 1;
        x *= 2.0;
        if (more == 30000)
            BOOST_TEST(*t.gradient(y, x) == 4.0);
        else
            BOOST_TEST(because(t.gradient(y, x), ad::reason::overwritten, {"it was updated"}));
        BOOST_TEST(*t.gradient(x, x) == 1.0);
        BOOST_TEST(*t.gradient(x * sum, sum) == 6.0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
