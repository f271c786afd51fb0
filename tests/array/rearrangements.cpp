// SPDX-License-Identifier: BSL-1.0
// transpose, reshape, flatten, squeeze, flip, diagonal, strided views: of arrays, of views and of expressions.
#include <array/check.hpp>

using check::agrees;
using check::array;
using check::modes_agree;

BOOST_AUTO_TEST_SUITE(rearrangements)

BOOST_AUTO_TEST_CASE(transpose)
{
    const auto m = array(5, 19);
    const auto x = array(2, 3, 4);
    agrees([](auto const& a) { return 2.0 * xt::transpose(a); }, m);
    agrees([](auto const& a) { return xt::square(xt::transpose(a)); }, x);
    agrees([](auto const& a) { return 2.0 * xt::transpose(a, {2, 0, 1}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::transpose(a, std::array<std::size_t, 3>{1, 0, 2}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::transpose(xt::transpose(a)); }, m);
    const auto square = array(6, 6);
    agrees([](auto const& a) { return a * xt::transpose(a); }, square);
    agrees([](auto const& a) { return a - xt::transpose(a); }, square);
}
BOOST_AUTO_TEST_CASE(transpose_of_views_and_expressions)
{
    const auto m = array(5, 7);
    modes_agree([](auto const& a) { return 2.0 * xt::transpose(xt::view(a, xt::range(1, 4), xt::range(0, 7, 2)), {1, 0}); }, m);
    modes_agree([](auto const& a) { return xt::transpose(xt::view(a, xt::range(4, xt::placeholders::_, -1))) * xt::transpose(a * xt::view(a, 0), {1, 0}); }, m);
    BOOST_CHECK_THROW(xt::transpose(m, {0, 0}), ad::shape_error);
    BOOST_CHECK_THROW(xt::transpose(m, {0, 2}), ad::shape_error);
    BOOST_CHECK_THROW(xt::transpose(m, {0, 1, 2}), ad::shape_error);
}
BOOST_AUTO_TEST_CASE(reshape_and_flatten)
{
    const auto x = array(4, 6);
    agrees([](auto const& a) { return 2.0 * xt::reshape_view(a, {2, 3, 4}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::flatten(a); }, x);
    agrees([](auto const& a) { return 2.0 * xt::ravel(a); }, x);
    agrees([](auto const& a) { return 2.0 * xt::ravel<xt::layout_type::column_major>(a); }, x);
    agrees([](auto const& a) { return xt::flatten(xt::transpose(a)) * xt::flatten(a); }, x);
    agrees([](auto const& a) { return 2.0 * xt::reshape_view(xt::view(a, xt::all(), xt::range(1, 4)), {3, 4}); }, x);
    modes_agree([](auto const& a) { return 2.0 * xt::flatten(a * a); }, x);
}
BOOST_AUTO_TEST_CASE(extents_of_one)
{
    const auto x = array(1, 4, 1, 3);
    agrees([](auto const& a) { return 2.0 * xt::squeeze(a); }, x);
    agrees([](auto const& a) { return 2.0 * xt::squeeze(a, 2); }, x);
    agrees([](auto const& a) { return 2.0 * xt::squeeze(a, {0, 2}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::transpose(a); }, x);
    const auto m = array(4, 3);
    agrees([](auto const& a) { return 2.0 * xt::expand_dims(a, 1); }, m);
    agrees([](auto const& a) { return 2.0 * xt::atleast_3d(a); }, m);
}
BOOST_AUTO_TEST_CASE(flip)
{
    const auto x = array(19);
    const auto m = array(4, 6);
    agrees([](auto const& a) { return a + xt::flip(a, 0); }, x);
    agrees([](auto const& a) { return a * xt::flip(a, 0); }, x);
    agrees([](auto const& a) { return a * xt::flip(a, 1); }, m);
    agrees([](auto const& a) { return a * xt::flip(xt::flip(a, 1), 0); }, m);
    modes_agree([](auto const& a) { return a * xt::flip(a); }, m);
    modes_agree([](auto const& a) { return xt::flip(xt::view(a, xt::range(1, 4)), 1) * xt::flip(2.0 * xt::view(a, xt::range(0, 3)), 0); }, m);
    BOOST_CHECK_THROW(xt::flip(x, 1), ad::shape_error);
}
BOOST_AUTO_TEST_CASE(diagonal)
{
    const auto m = array(5, 7);
    const auto x = array(3, 4, 5);
    agrees([](auto const& a) { return 2.0 * xt::diagonal(a); }, m);
    agrees([](auto const& a) { return 2.0 * xt::diagonal(a, 2); }, m);
    agrees([](auto const& a) { return 2.0 * xt::diagonal(a, -3); }, m);
    agrees([](auto const& a) { return 2.0 * xt::diagonal(a, 0, 0, 1); }, x);
    agrees([](auto const& a) { return 2.0 * xt::diagonal(a, 1, 1, 2); }, x);
    modes_agree([](auto const& a) { return xt::diagonal(xt::transpose(a)) * xt::diagonal(xt::view(a, xt::all(), xt::range(0, 7))); }, m);
}
BOOST_AUTO_TEST_CASE(strided_views)
{
    const auto x = array(3, 4, 5);
    agrees([](auto const& a) { return 2.0 * xt::strided_view(a, {xt::range(0, 3, 2), xt::ellipsis(), 1}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::strided_view(a, {xt::ellipsis(), xt::newaxis(), xt::range(3, 0, -1)}); }, x);
    agrees([](auto const& a) { return 2.0 * xt::strided_view(a, {1, 2, xt::all()}); }, x);
}
BOOST_AUTO_TEST_CASE(overlapping_windows)
{
    // Element (i, j) is x(i + j): every interior element is seen by several.
    const auto x = array(21);
    modes_agree(
        [](auto const& a)
        {
            return xt::square(xt::strided_view(a, std::array<std::size_t, 2>{12, 9}, std::array<std::ptrdiff_t, 2>{1, 1}, 1));
        },
        x);
    // Stride 0 in a row and between rows.
    modes_agree(
        [](auto const& a)
        {
            return a * xt::strided_view(a, std::array<std::size_t, 2>{3, 21}, std::array<std::ptrdiff_t, 2>{2, 0}, 4);
        },
        x);
    modes_agree([](auto const& a) { return xt::square(xt::strided_view(a, std::array<std::size_t, 1>{9}, std::array<std::ptrdiff_t, 1>{0}, 4)); },
                x);
}
BOOST_AUTO_TEST_CASE(broadcasts_of_rearrangements)
{
    const auto m = array(4, 3);
    agrees([](auto const& a) { return 2.0 * xt::broadcast(xt::transpose(a), std::array<std::size_t, 3>{2, 3, 4}); }, m);
    modes_agree([](auto const& a) { return 2.0 * xt::transpose(xt::broadcast(xt::view(a, 0), std::array<std::size_t, 2>{5, 3})); }, m);
}

BOOST_AUTO_TEST_SUITE_END()
