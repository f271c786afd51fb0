// SPDX-License-Identifier: BSL-1.0
// xt::view of variables, tensors and constants as operands.
#include <array/check.hpp>

using check::agrees;
using check::array;

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(ranges)
{
    const auto x = array(5, 7);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::range(1, 4), xt::all()); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::range(1, 4), xt::range(2, 7)); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::range(0, 5, 2)); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::all(), xt::range(0, 7, 3)); }, x);
    agrees([](auto const& a) { return xt::square(xt::view(a, xt::range(2, xt::placeholders::_), xt::range(xt::placeholders::_, 3))); }, x);
}
BOOST_AUTO_TEST_CASE(negative_steps)
{
    const auto x = array(5, 7);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::range(4, 0, -1), xt::all()); }, x);
    agrees([](auto const& a) { return xt::square(xt::view(a, xt::all(), xt::range(6, 0, -2))); }, x);
}
BOOST_AUTO_TEST_CASE(single_indices)
{
    const auto x = array(4, 3, 5);
    agrees([](auto const& a) { return 2.0 * xt::view(a, 1); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(a, -1, xt::all(), 2); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::all(), 1, xt::all()); }, x);
    agrees([](auto const& a) { return xt::square(xt::view(a, 3, 2, 1)); }, x);
}
BOOST_AUTO_TEST_CASE(new_axes)
{
    const auto x = array(3, 4);
    agrees([](auto const& a) { return 2.0 * xt::view(a, xt::newaxis(), xt::all(), xt::all()); }, x);
    agrees([](auto const& a) { return xt::view(a, xt::all(), xt::newaxis(), xt::all()) - xt::view(a, xt::newaxis(), xt::all(), xt::all()); }, x);
    const auto v = array(5);
    agrees([](auto const& a) { return xt::view(a, xt::all(), xt::newaxis()) * a; }, v);
}
BOOST_AUTO_TEST_CASE(rank_five)
{
    const auto x = array(2, 3, 2, 3, 2);
    agrees([](auto const& a) { return 2.0 * xt::view(a, 1, xt::all(), xt::newaxis(), xt::range(0, 2), 1, xt::all()); }, x);
    agrees([](auto const& a) { return xt::square(xt::view(a, xt::all(), xt::range(2, 0, -1), 0)); }, x);
}
BOOST_AUTO_TEST_CASE(rows_and_columns)
{
    const auto x = array(4, 6);
    agrees([](auto const& a) { return xt::row(a, 2) * xt::row(a, 1); }, x);
    agrees([](auto const& a) { return xt::col(a, 2) * xt::col(a, -1); }, x);
}
BOOST_AUTO_TEST_CASE(overlapping_parts_of_one_variable)
{
    for (int n : {2, 3, 9, 17, 18})
    {
        const auto x = array(n);
        agrees([n](auto const& a) { return xt::view(a, xt::range(1, n)) - xt::view(a, xt::range(0, n - 1)); }, x);
        agrees([n](auto const& a) { return xt::view(a, xt::range(1, n)) * xt::view(a, xt::range(0, n - 1)); }, x);
    }
    const auto m = array(6, 9);
    agrees([](auto const& a) { return xt::view(a, xt::range(1, 6)) * xt::view(a, xt::range(0, 5)) * xt::view(a, xt::range(5, 0, -1)); }, m);
    agrees([](auto const& a) { return a * xt::view(a, 2) + xt::view(a, xt::all(), xt::range(3, 4)); }, m);
}
BOOST_AUTO_TEST_CASE(views_of_views)
{
    const auto x = array(6, 7, 3);
    agrees([](auto const& a) { return 2.0 * xt::view(xt::view(a, xt::range(1, 6, 2)), xt::all(), xt::range(0, 7, 3), 1); }, x);
    agrees([](auto const& a) { return 2.0 * xt::view(xt::view(a, xt::all(), 3, xt::newaxis()), xt::range(5, 0, -2)); }, x);
}
BOOST_AUTO_TEST_CASE(views_of_expressions)
{
    const auto x = array(6, 7);
    const auto y = array(7);
    agrees([](auto const& a, auto const& b) { return 2.0 * xt::view(a * b, xt::range(1, 4), xt::range(0, 7, 2)); }, x, y);
    // xtensor 0.24 reads past the end here (an index into a function, broadcast): no plain reference.
    check::modes_agree([](auto const& a, auto const& b) { return a * xt::view(xt::view(a, xt::range(0, 2)) + b, 1); }, x, y);
}
BOOST_AUTO_TEST_CASE(views_of_broadcasts_and_broadcasts_of_views)
{
    const auto x = array(1, 7);
    agrees([](auto const& a) { return 2.0 * xt::view(xt::broadcast(a, std::array<std::size_t, 2>{4, 7}), xt::range(1, 4), xt::range(0, 7, 2)); }, x);
    agrees([](auto const& a) { return 2.0 * xt::broadcast(xt::view(a, 0, xt::range(0, 4)), std::array<std::size_t, 3>{2, 3, 4}); }, x);
}
BOOST_AUTO_TEST_CASE(gathers_go_element_by_element)
{
    const auto x = array(6, 7);
    agrees([](auto const& a) { return xt::view(a, xt::keep(0, 2, 2, 5), xt::all()) * 3.0; }, x);
    agrees([](auto const& a) { return xt::view(a, xt::drop(1, 3), xt::range(0, 3)) * 3.0; }, x);
}
BOOST_AUTO_TEST_CASE(empty_views)
{
    const auto x = array(5);
    ad::tape t(true);
    auto y = ad::sum(xt::view(x, xt::range(2, 2)));
    BOOST_TEST(is(t.gradient(y, x), {0, 0, 0, 0, 0}));
    ad::tensor<double, 1> z = 2.0 * xt::view(x, xt::range(5, 5));
    BOOST_TEST(z.size() == 0u);
    BOOST_TEST(is(t.gradient(z, x), {0, 0, 0, 0, 0}));
}
BOOST_AUTO_TEST_CASE(of_a_constant)
{
    const ad::constant<double, 2> c(xt::xtensor<double, 2>{{1, 2, 3}, {4, 5, 6}});
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * xt::view(c, xt::all(), 1);
    BOOST_TEST(is(t.gradient(y, x), {2, 5}));
    ad::tensor<double, 1> z = x * xt::strided_view(c, {xt::all(), 2});
    BOOST_TEST(is(t.gradient(z, x), {3, 6}));
    ad::tensor<double, 2> w = x * xt::transpose(c);
    BOOST_TEST(is(t.gradient(w, x), {6, 15}));
    // The memory is shared, not copied.
    BOOST_TEST(t.statistics().copied_bytes == 0u);
}
BOOST_AUTO_TEST_CASE(of_a_tensor)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    auto z = ad::sum(xt::view(y, xt::range(1, 3)) * xt::view(y, xt::range(0, 2)));
    BOOST_TEST(is(t.gradient(z, x), {8, 4 * 10, 6 * 4}));
}
BOOST_AUTO_TEST_CASE(as_targets_of_a_gradient)
{
    const ad::variable<double, 2> x{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    ad::tape t(true);
    const ad::tensor<double, 2> y = x * x;
    const xt::xtensor<double, 2> turned{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
    const xt::xtensor<double, 1> row{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
    BOOST_TEST(is(t.gradient(xt::view(y, 0), x), {2, 4, 6, 0, 0, 0}));
    BOOST_TEST(is(t.gradient(xt::view(y, 1, 2), x), {0, 0, 0, 0, 0, 12}));
    BOOST_TEST(is(t.gradient(xt::view(y, xt::all(), xt::range(0, 3, 2)), x), {2, 0, 6, 8, 0, 12}));
    BOOST_TEST(is(t.gradient(xt::view(x, xt::newaxis(), 1), x), {0, 0, 0, 1, 1, 1}));
    BOOST_TEST(is(t.gradient(xt::strided_view(y, {xt::ellipsis(), 1}), x), {0, 4, 0, 0, 10, 0}));
    BOOST_TEST(is(t.gradient(xt::transpose(y), x, ad::seed(turned)), {2, 12, 30, 16, 40, 72}));
    BOOST_TEST(is(t.gradient(xt::reshape_view(x, {3, 2}), x, ad::seed(turned)), {1, 2, 3, 4, 5, 6}));
    BOOST_TEST(is(t.gradient(xt::flatten(x), x, ad::seed(row)), {1, 2, 3, 4, 5, 6}));
    BOOST_TEST(is(t.gradient(xt::squeeze(xt::view(x, xt::range(1, 2))), x), {0, 0, 0, 1, 1, 1}));
}
BOOST_AUTO_TEST_CASE(in_float)
{
    const auto x = array<float>(4, 19);
    agrees([](auto const& a) { return xt::view(a, xt::range(1, 4)) * xt::view(a, 0, xt::range(18, xt::placeholders::_, -1)); }, x);
}
BOOST_AUTO_TEST_CASE(a_wrong_index_is_an_error)
{
    const auto x = array(4, 3);
    const auto read = [&](auto const& e) { return ad::tensor<double, 1>(e); };
    BOOST_CHECK_THROW(read(xt::view(x, 4)), ad::shape_error);
    BOOST_CHECK_THROW(read(xt::view(x, xt::all(), 3)), ad::shape_error);
}

BOOST_AUTO_TEST_SUITE_END()
