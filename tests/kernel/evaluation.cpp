// SPDX-License-Identifier: BSL-1.0
// Values: unit and other strides, broadcasts, partial lanes, accumulation, against the program on plain numbers.
#include <kernel/harness.hpp>

namespace
{
    using namespace kernels;
    using namespace trees;

    using smooth = mul<add<x, a>, exp_of<s>>;
    using choice = where<less<x, c>, mul<x, x>, exp_of<x>>;
    template <class Tree>
    using merged = expr::single_map<Tree>;

    template <class T, class Tree, bool Unit>
    void check(extents const& shape, std::vector<steps_of> const& in, steps_of const& to)
    {
        harness<T, Tree, merged<Tree>, Unit> h(shape, in, to);
        h.evaluate();
        each_index(h.shape, [&](extents const& i)
            {
                const double expected = static_cast<double>(h.reference(i));
                BOOST_TEST(near(h.result(i), expected, expected), h.result(i) << " is not " << expected << " at " << i.back());
            });
        BOOST_TEST(h.intact());
        // once more, added to what is there
        h.l.accumulate = true;
        h.evaluate();
        each_index(h.shape, [&](extents const& i)
            {
                const double expected = 2 * static_cast<double>(h.reference(i));
                BOOST_TEST(near(h.result(i), expected, expected));
            });
        BOOST_TEST(h.intact());
    }
    template <class T>
    void unit_rows()
    {
        for (const auto n : tail_sizes<T>())
        {
            check<T, smooth, true>({n}, {{1}, {1}, {}}, {1});
            check<T, choice, true>({n}, {{1}, {}}, {1});
            check<T, smooth, true>({3, n}, {{static_cast<std::ptrdiff_t>(n), 1}, {0, 1}, {}}, {static_cast<std::ptrdiff_t>(n), 1});
        }
    }
    template <class T>
    void strided_rows()
    {
        for (const auto n : tail_sizes<T>())
        {
            const auto m = static_cast<std::ptrdiff_t>(n);
            check<T, smooth, false>({n}, {{2}, {3}, {}}, {1});
            check<T, smooth, false>({n}, {{1}, {0}, {}}, {2});
            check<T, smooth, false>({n}, {{-1}, {1}, {}}, {-1});
            check<T, choice, false>({n}, {{0}, {}}, {1});
            check<T, smooth, false>({n, 2}, {{1, m}, {2, 1}, {}}, {1, m});             // column-major
            check<T, smooth, false>({2, n, 3}, {{3 * m, 3, 1}, {0, 1, 0}, {}}, {3 * m, 3, 1});  // a vector in the middle
        }
    }
}

BOOST_AUTO_TEST_SUITE(evaluation)

BOOST_AUTO_TEST_CASE(rows_of_stride_one_in_double)
{
    unit_rows<double>();
}
BOOST_AUTO_TEST_CASE(rows_of_stride_one_in_float)
{
    unit_rows<float>();
}
BOOST_AUTO_TEST_CASE(other_strides_in_double)
{
    strided_rows<double>();
}
BOOST_AUTO_TEST_CASE(other_strides_in_float)
{
    strided_rows<float>();
}

BOOST_AUTO_TEST_CASE(rank_0_is_one_element)
{
    harness<double, mul<s, c>, expr::identity_map<mul<s, c>>, false> h({}, {{}, {}}, {});
    h.evaluate();
    BOOST_TEST(h.out.data()[0] == h.operands[0].scalar * h.operands[1].scalar);
    BOOST_TEST(h.intact());
}

BOOST_AUTO_TEST_CASE(rows_added_up_into_one_number_each)
{
    for (const auto n : tail_sizes<double>())
    {
        // the sum over the last axis, and over the first
        harness<double, smooth, merged<smooth>, false> rows({2, n}, {{static_cast<std::ptrdiff_t>(n), 1}, {0, 1}, {}}, {1, 0});
        harness<double, smooth, merged<smooth>, false> columns({3, n}, {{static_cast<std::ptrdiff_t>(n), 1}, {0, 1}, {}}, {0, 1});
        for (auto* h : {&rows, &columns})
        {
            h->l.accumulate = true;
            std::vector<double> expected(h->out.size(), 100.0);
            h->evaluate();
            each_index(h->shape, [&](extents const& i)
                { expected[static_cast<std::size_t>(offset(i, h->out_strides))] += h->reference(i); });
            for (std::size_t k = 0; k < expected.size(); ++k)
                BOOST_TEST(near(h->out.data()[k], expected[k], expected[k]));
            BOOST_TEST(h->intact());
        }
    }
}

// Every element goes through the same arithmetic, wherever it stands in an array and however long that is.
template <class T>
void tails_are_full_lanes()
{
    constexpr auto n = 2 * width<T> + width<T> - 1;
    harness<T, smooth, merged<smooth>, true> whole({n}, {{1}, {1}, {}}, {1});
    whole.evaluate();
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t length = 1; length <= std::min(n - k, width<T> + 1); ++length)
        {
            harness<T, smooth, merged<smooth>, true> part({length}, {{1}, {1}, {}}, {1});
            part.operands[0].data = whole.operands[0].data + k;
            part.operands[1].data = whole.operands[1].data + k;
            part.evaluate();
            for (std::size_t i = 0; i < length; ++i)
                BOOST_TEST(part.out.data()[i] == whole.out.data()[k + i]);
        }
}
BOOST_AUTO_TEST_CASE(a_partial_lane_gives_the_bits_of_a_full_one)
{
    tails_are_full_lanes<double>();
    tails_are_full_lanes<float>();
}

BOOST_AUTO_TEST_CASE(strides_do_not_change_the_bits)
{
    constexpr std::size_t n = 3 * width<double> + 2;
    harness<double, smooth, merged<smooth>, true> dense({n}, {{1}, {1}, {}}, {1});
    harness<double, smooth, merged<smooth>, false> spread({n}, {{3}, {2}, {}}, {4});
    for (std::size_t k = 0; k < n; ++k)
    {
        spread.values[0][3 * k] = dense.values[0][k];
        spread.values[1][2 * k] = dense.values[1][k];
    }
    dense.evaluate();
    spread.evaluate();
    for (std::size_t k = 0; k < n; ++k)
        BOOST_TEST(dense.out.data()[k] == spread.out.data()[4 * k]);
}

BOOST_AUTO_TEST_SUITE_END()
