// SPDX-License-Identifier: BSL-1.0
// Results where a user puts them: references to temporaries, elements of lazy reductions, the bytes of a loop, frozen sources.
#include <boost/test/unit_test.hpp>

#include <etape/etape.hpp>

BOOST_AUTO_TEST_SUITE(results)

namespace ad = etape;

BOOST_AUTO_TEST_CASE(a_reference_to_the_gradient_of_a_temporary_result)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    const ad::variable<double> y = xt::sum(x * x);
    static_assert(std::is_same_v<decltype(*t.gradient(y, x)), ad::constant<double, 1>>);
    auto const& g = *t.gradient(y, x);
    auto const& h = t.gradient(y, x).value();
    const ad::variable<double, 1> other{1.0};
    BOOST_TEST(g(1) == 4.0);
    BOOST_TEST(h(1) == 4.0);
    BOOST_CHECK_THROW(*t.gradient(y, other), ad::missing_gradient);
}

BOOST_AUTO_TEST_CASE(elements_and_reductions_of_a_lazy_reduction_over_axes)
{
    const ad::variable<double, 2> x{{1, 2}, {3, 4}};
    ad::tape t;
    const auto rows = xt::sum(x * x, {1});
    BOOST_TEST(rows(1).value() == 25.0);
    const auto loss = xt::sum(rows * rows);
    BOOST_TEST(loss().value() == 650.0);
    const auto more = xt::mean(rows) + 1.0;
    BOOST_TEST(more().value() == 16.0);
    const auto g = t.gradient(loss, x);
    // 2 rows(i) 2 x(i, j)
    BOOST_TEST((*g)(0, 1) == 40.0);
    BOOST_TEST((*g)(1, 0) == 300.0);
}

BOOST_AUTO_TEST_CASE(a_loop_counts_the_states_that_it_keeps)
{
    const ad::variable<double, 1> x = xt::ones<double>({100});
    const auto kept = [&](std::size_t snapshots)
    {
        ad::tape t;
        auto last = ad::revolve([](auto const& s, std::size_t) { return ad::tensor<double, 1>(s * 1.01); }, x, 50, snapshots);
        return t.statistics().kept_bytes;
    };
    BOOST_TEST(kept(10) - kept(5) == 5 * 100 * sizeof(double));
}

BOOST_AUTO_TEST_CASE(a_frozen_source_is_not_watched_also_where_nothing_else_is_read)
{
    const ad::variable<double, 1> x(xt::xtensor<double, 1>{1.0, 2.0}, false);
    {
        ad::tape t;
        const ad::variable<double> y = xt::sum(x * x);
        BOOST_CHECK(t.gradient(y, x).why() == ad::reason::not_watched);
    }
    ad::tape t;
    t.watch(x);
    const ad::variable<double> y = xt::sum(x * x);
    BOOST_TEST((*t.gradient(y, x))(1) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
