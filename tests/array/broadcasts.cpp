// SPDX-License-Identifier: BSL-1.0
// Every pair of ranks and of extents that broadcasts, as two tracked operands and with a plain one of either layout.
#include <array/check.hpp>

using expect::numbers;
using expect::same;

namespace
{
    // sum(w * (a b)) with fixed weights: the adjoint of a is w * b summed over what a was broadcast over.
    template <std::size_t A, std::size_t B>
    void pair_of(std::array<std::size_t, A> const& sa, std::array<std::size_t, B> const& sb)
    {
        const auto a = check::some<double>(sa);
        const auto b = check::some<double>(sb, 0.5);
        const xt::xtensor<double, A> pa(ad::value(a));
        const xt::xtensor<double, B> pb(ad::value(b));
        const xt::xarray<double> plain = pa * pb;
        xt::xarray<double> w = xt::zeros<double>(plain.shape());
        for (std::size_t i = 0; i < w.size(); ++i)
            w.data()[i] = static_cast<double>(static_cast<int>(i * 7 % 5) - 2);

        xt::xtensor<double, A> ga = xt::zeros<double>(sa);
        xt::xtensor<double, B> gb = xt::zeros<double>(sb);
        std::vector<std::size_t> index(plain.dimension());
        for (std::size_t i = 0; i < plain.size(); ++i)
        {
            std::size_t rest = i;
            for (std::size_t k = index.size(); k-- > 0;)
            {
                index[k] = rest % plain.shape()[k];
                rest /= plain.shape()[k];
            }
            auto at = [&](auto& t) -> auto&
            {
                std::vector<std::size_t> own(index.end() - static_cast<std::ptrdiff_t>(t.dimension()), index.end());
                for (std::size_t k = 0; k < own.size(); ++k)
                    if (t.shape()[k] == 1)
                        own[k] = 0;
                return t.element(own.begin(), own.end());
            };
            at(ga) += w.data()[i] * at(pb);
            at(gb) += w.data()[i] * at(pa);
        }
        const auto close = [](std::vector<double> const& found, std::vector<double> const& expected)
        {
            bool all = found.size() == expected.size();
            for (std::size_t i = 0; all && i < found.size(); ++i)
                all = std::abs(found[i] - expected[i]) <= 1e-13 * (1 + std::abs(expected[i]));
            boost::test_tools::predicate_result r(all);
            if (!all)
                r.message() << "found " << expect::text(found) << ", expected " << expect::text(expected);
            return r;
        };

        const xt::xtensor<double, A, xt::layout_type::column_major> ca(pa);
        const xt::xtensor<double, B, xt::layout_type::column_major> cb(pb);
        ad::tape t(true);
        const ad::tensor<double, (A > B ? A : B)> y = a * b;
        BOOST_TEST(same(numbers(y), numbers(plain)));
        const auto stored = ad::sum(y * w);
        const auto fused = ad::sum(a * b * w);
        const auto with_row_major = ad::sum(a * pb * w);
        const auto with_column_major = ad::sum(a * cb * w);
        const auto column_major_first = ad::sum(w * ca * b);
        for (auto const& s : {stored, fused, with_row_major, with_column_major})
            BOOST_TEST(close(numbers(*t.gradient(s, a)), numbers(ga)));
        for (auto const& s : {stored, fused, column_major_first})
            BOOST_TEST(close(numbers(*t.gradient(s, b)), numbers(gb)));
    }

    template <std::size_t R>
    std::vector<std::array<std::size_t, R>> shapes_of(std::array<std::size_t, R> const& full)
    {
        std::vector<std::array<std::size_t, R>> all;
        for (unsigned ones = 0; ones < (1u << R); ++ones)
        {
            auto s = full;
            for (std::size_t k = 0; k < R; ++k)
                if ((ones >> k & 1u) != 0)
                    s[k] = 1;
            all.push_back(s);
        }
        return all;
    }
    template <std::size_t A, std::size_t B>
    void every_pair(std::array<std::size_t, A> const& a, std::array<std::size_t, B> const& b)
    {
        for (auto const& sa : shapes_of(a))
            for (auto const& sb : shapes_of(b))
                BOOST_TEST_CONTEXT("ranks " << A << " and " << B)
                    pair_of(sa, sb);
    }
}

BOOST_AUTO_TEST_SUITE(broadcasts)

BOOST_AUTO_TEST_CASE(rank_one)
{
    for (std::size_t n : {1, 3, 8, 9, 17})
        every_pair(std::array<std::size_t, 1>{n}, std::array<std::size_t, 1>{n});
}
BOOST_AUTO_TEST_CASE(ranks_one_and_two)
{
    every_pair(std::array<std::size_t, 1>{9}, std::array<std::size_t, 2>{4, 9});
    every_pair(std::array<std::size_t, 2>{4, 9}, std::array<std::size_t, 1>{9});
}
BOOST_AUTO_TEST_CASE(rank_two)
{
    every_pair(std::array<std::size_t, 2>{4, 17}, std::array<std::size_t, 2>{4, 17});
}
BOOST_AUTO_TEST_CASE(ranks_one_and_three)
{
    every_pair(std::array<std::size_t, 3>{2, 3, 9}, std::array<std::size_t, 1>{9});
}
BOOST_AUTO_TEST_CASE(ranks_two_and_three)
{
    every_pair(std::array<std::size_t, 2>{3, 9}, std::array<std::size_t, 3>{2, 3, 9});
}
BOOST_AUTO_TEST_CASE(rank_three)
{
    every_pair(std::array<std::size_t, 3>{2, 3, 9}, std::array<std::size_t, 3>{2, 3, 9});
}
// With leading extents of 1 among them, these are also the pairs of rank four, and of four and five.
BOOST_AUTO_TEST_CASE(rank_five)
{
    every_pair(std::array<std::size_t, 5>{2, 2, 3, 2, 5}, std::array<std::size_t, 5>{2, 2, 3, 2, 5});
}
BOOST_AUTO_TEST_CASE(ranks_two_and_five)
{
    every_pair(std::array<std::size_t, 5>{2, 2, 3, 2, 5}, std::array<std::size_t, 2>{2, 5});
}
BOOST_AUTO_TEST_CASE(numbers_with_arrays)
{
    const ad::variable<double> s = 1.5;
    const auto a = check::array(3, 5);
    check::modes_agree([](auto const& x, auto const& y) { return x * y; }, a, s);
    check::modes_agree([](auto const& x, auto const& y) { return y / x; }, a, s);
}
BOOST_AUTO_TEST_CASE(no_elements)
{
    const ad::variable<double, 2> a(xt::xtensor<double, 2>(xt::zeros<double>({0, 3})));
    const ad::variable<double, 1> b{1.0, 2.0, 3.0};
    ad::tape t(true);
    const ad::tensor<double, 2> y = a * b;
    BOOST_TEST(y.size() == 0u);
    BOOST_TEST(is(t.gradient(y, b), {0, 0, 0}));
    BOOST_TEST(is(t.gradient(ad::sum(a * b), b), {0, 0, 0}));
}
BOOST_AUTO_TEST_CASE(shapes_that_do_not_broadcast)
{
    const auto a = check::array(3, 4);
    const auto b = check::array(3);
    BOOST_CHECK_EXCEPTION((ad::tensor<double, 2>(a * b)), ad::shape_error, [](ad::shape_error const& e)
                          { return std::string(e.what()).find("expected shapes that broadcast") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(numbers_spread_to_a_shape)
{
    const ad::variable<double> s = 2.0;
    ad::tape tape(true);
    const ad::variable<double, 1> y = xt::broadcast(s, {3});
    const ad::tensor<double, 2> z = xt::broadcast(s * s, {2, 3});
    BOOST_TEST(y.size() == 3u);
    BOOST_TEST(ad::value(z)(1, 2) == 4.0);
    BOOST_TEST(*tape.gradient(y, s) == 3.0);
    BOOST_TEST(*tape.gradient(z, s) == 24.0);
}

BOOST_AUTO_TEST_SUITE_END()
