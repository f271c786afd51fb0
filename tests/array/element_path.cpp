// SPDX-License-Identifier: BSL-1.0
// What the engine does not know differentiates all the same, element by element through xtensor's own algorithms.
#include <array/check.hpp>

#include <xtensor/xsort.hpp>

using check::array;
using check::modes_agree;

BOOST_AUTO_TEST_SUITE(element_path)

BOOST_AUTO_TEST_CASE(concatenate_and_stack)
{
    const auto x = array(3, 4);
    const auto y = array(2, 4);
    modes_agree([](auto const& a, auto const& b) { return xt::concatenate(xt::xtuple(a, b), 0) * 2.0; }, x, y);
    modes_agree([](auto const& a) { return xt::stack(xt::xtuple(a, a), 1) * 2.0; }, x);
    modes_agree([](auto const& a, auto const& b) { return xt::concatenate(xt::xtuple(xt::view(a, xt::range(0, 2)), b), 1); }, x, y);
}
BOOST_AUTO_TEST_CASE(where)
{
    const auto x = array(19);
    modes_agree([](auto const& a) { return xt::where(a > 1.0, a * a, 3.0 * a); }, x);
    modes_agree([](auto const& a) { return xt::where(xt::view(a, xt::range(1, 19)) > 1.0, xt::view(a, xt::range(0, 18)), 0.0); }, x);
}
BOOST_AUTO_TEST_CASE(cumulative_sums)
{
    const auto x = array(3, 4);
    modes_agree([](auto const& a) { return ad::tensor<double, 2>(xt::cumsum(a, 0)); }, x);
    modes_agree([](auto const& a) { return ad::tensor<double, 2>(xt::cumprod(a, 1)); }, x);
}
BOOST_AUTO_TEST_CASE(sorting)
{
    const auto x = array(7);
    modes_agree([](auto const& a) { return ad::tensor<double, 1>(xt::sort(a)); }, x);
    modes_agree([](auto const& a) { return xt::median(a); }, x);
}
BOOST_AUTO_TEST_CASE(a_loop_over_elements)
{
    const auto x = array(3, 3);
    modes_agree(
        [](auto const& a)
        {
            ad::variable<double> s = 0.0;
            for (std::size_t i = 0; i < 3; ++i)
                for (std::size_t j = 0; j <= i; ++j)
                    s += a(i, j) * a(j, i);
            return s;
        },
        x);
}
BOOST_AUTO_TEST_CASE(a_loop_over_the_elements_of_a_view)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    ad::tape t;
    const auto v = xt::view(x, xt::all(), xt::range(0, 3, 2));
    ad::variable<double> s = 0.0;
    for (auto const& e : v)
        s += e * e;
    s += v(1, 1) * xt::view(std::as_const(x), 0)(1);
    BOOST_TEST(is(t.gradient(s, x), {2, 6, 6, 8, 0, 12 + 2}));
}

BOOST_AUTO_TEST_SUITE_END()
