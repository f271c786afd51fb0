// SPDX-License-Identifier: BSL-1.0
// Adjoints of the operands: stored or added, from constant and array seeds, of broadcast operands and numbers.
#include <kernel/harness.hpp>

namespace
{
    using namespace kernels;
    using namespace trees;

    using smooth = mul<add<x, a>, exp_of<s>>;
    using shared = add<sin_of<x>, quo<x, a>>;  // intermediates of both; x twice
    using root = exp_of<mul<a, x>>;            // the result is read

    enum class seeding
    {
        constant,
        array
    };

    template <class T, class Tree, bool Unit>
    void check(extents const& shape, std::vector<steps_of> const& in, steps_of const& to, seeding kind, bool add)
    {
        using map = expr::single_map<Tree>;
        using steps = kernel::steps<Tree, map>;
        harness<T, Tree, map, Unit> h(shape, in, to);
        h.evaluate();
        h.l.result = h.l.out;
        h.l.result_strides = h.l.out_strides;
        h.l.seed_factor = T(1.5);
        std::vector<T> seeds(h.out.size());
        for (std::size_t k = 0; k < seeds.size(); ++k)
            seeds[k] = kind == seeding::constant ? T(1) : value_at<T>(k + 3);
        if (kind == seeding::array)
        {
            h.l.seed = seeds.data() + h.first_out;
            h.l.seed_strides = h.out_strides.data();
        }

        constexpr auto leaves = harness<T, Tree, map, Unit>::leaves;
        std::vector<double> expected[leaves], scale[leaves];
        for (std::size_t j = 0; j < leaves; ++j)
        {
            h.operands[j].add = add;
            const std::size_t n = h.strides[j].empty() ? 1 : h.adjoints[j].size();
            expected[j].assign(n, 7.0);
            std::fill_n(h.adjoints[j].data(), h.adjoints[j].size(), T(7));
            h.operands[j].scalar_adjoint = T(7);
            scale[j].assign(n, 8.0);
            // what a store covers starts anew; numbers are always added to
            if (!add && !h.strides[j].empty() && steps::leaf_active(static_cast<int>(j)))
                each_index(h.shape, [&](extents const& i)
                    { expected[j][static_cast<std::size_t>(h.first[j] + offset(i, h.strides[j]))] = 0; });
        }
        each_index(h.shape, [&](extents const& i)
            {
                auto arguments = h.at(i);
                T partials[leaves];
                h.point_partials(arguments.v, partials);
                const auto seed = 1.5 * static_cast<double>(seeds[static_cast<std::size_t>(h.first_out + offset(i, h.out_strides))]);
                for (std::size_t j = 0; j < leaves; ++j)
                    if (steps::leaf_active(static_cast<int>(j)))
                    {
                        const auto k = static_cast<std::size_t>(h.first[j] + offset(i, h.strides[j]));
                        expected[j][k] += seed * static_cast<double>(partials[j]);
                        scale[j][k] += std::abs(seed * static_cast<double>(partials[j]));
                    }
            });
        h.reverse();
        for (std::size_t j = 0; j < leaves; ++j)
            for (std::size_t k = 0; k < expected[j].size(); ++k)
            {
                const T found = h.strides[j].empty() ? h.operands[j].scalar_adjoint : h.adjoints[j].data()[k];
                BOOST_TEST(near(found, expected[j][k], scale[j][k]), "operand " << j << " at " << k << ": " << found << " is not " << expected[j][k]);
            }
        BOOST_TEST(h.intact());
    }
    template <class T, class Tree, bool Unit>
    void check(extents const& shape, std::vector<steps_of> const& in, steps_of const& to)
    {
        check<T, Tree, Unit>(shape, in, to, seeding::constant, false);
        check<T, Tree, Unit>(shape, in, to, seeding::array, true);
    }

    template <class T>
    void unit_rows()
    {
        for (const auto n : tail_sizes<T>())
        {
            const auto m = static_cast<std::ptrdiff_t>(n);
            check<T, smooth, true>({n}, {{1}, {1}, {}}, {1});
            check<T, shared, true>({n}, {{1}, {1}}, {1});
            check<T, root, true>({n}, {{1}, {1}}, {1});
            check<T, smooth, true>({3, n}, {{m, 1}, {0, 1}, {}}, {m, 1});
        }
    }
    template <class T>
    void strided_rows()
    {
        for (const auto n : tail_sizes<T>())
        {
            const auto m = static_cast<std::ptrdiff_t>(n);
            check<T, smooth, false>({n}, {{2}, {-3}, {}}, {1});
            check<T, root, false>({n}, {{3}, {2}}, {2});
            check<T, smooth, false>({2, n, 3}, {{3 * m, 3, 1}, {0, 1, 0}, {}}, {3 * m, 3, 1});
            check<T, smooth, false>({n, 2}, {{1, m}, {2, 1}, {}}, {1, m});
            // broadcast variables: their adjoints are sums
            check<T, smooth, false>({n}, {{0}, {1}, {}}, {1}, seeding::array, true);
            check<T, smooth, false>({3, n}, {{0, 1}, {m, 1}, {}}, {m, 1}, seeding::array, true);
            check<T, smooth, false>({3, n}, {{1, 0}, {m, 1}, {}}, {m, 1}, seeding::constant, true);
            // one store a row covers a column of numbers
            if (n > 0)
                check<T, smooth, false>({3, n}, {{1, 0}, {m, 1}, {}}, {m, 1}, seeding::array, false);
        }
    }
}

BOOST_AUTO_TEST_SUITE(reverse)

BOOST_AUTO_TEST_CASE(rows_of_stride_one_in_double)
{
    unit_rows<double>();
}
BOOST_AUTO_TEST_CASE(rows_of_stride_one_in_float)
{
    unit_rows<float>();
}
BOOST_AUTO_TEST_CASE(other_strides_and_broadcasts_in_double)
{
    strided_rows<double>();
}
BOOST_AUTO_TEST_CASE(other_strides_and_broadcasts_in_float)
{
    strided_rows<float>();
}

BOOST_AUTO_TEST_CASE(an_adjoint_that_nobody_asks_for_is_not_written)
{
    using tree = mul<x, x>;
    harness<double, tree, expr::identity_map<tree>, true> h({11}, {{1}, {1}}, {1});
    h.operands[0].adjoint = nullptr;
    h.reverse();
    for (std::size_t k = 0; k < 11; ++k)
        BOOST_TEST(h.adjoints[1].data()[k] == h.values[0][k]);
    BOOST_TEST(h.intact());
}

// log'(0) is infinite: an adjoint of 0 must not become NaN on the way through the branch that was not taken.
BOOST_AUTO_TEST_CASE(below_a_choice_zero_stays_zero)
{
    using tree = where<a, op<rule::log, x>, x>;
    using map = expr::single_map<tree>;
    for (const auto n : tail_sizes<double>())
    {
        harness<double, tree, map, true> h({n}, {{1}, {1}}, {1});
        for (std::size_t k = 0; k < n; ++k)
        {
            h.values[0][k] = k % 2 == 0 ? 0.0 : 1.0;
            h.values[1][k] = k % 2 == 0 ? (k % 4 == 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN()) : 4.0;
        }
        h.reverse();
        for (std::size_t k = 0; k < n; ++k)
            BOOST_TEST(h.adjoints[1].data()[k] == (k % 2 == 0 ? 1.0 : 0.25));
        BOOST_TEST(h.intact());
    }
}

BOOST_AUTO_TEST_CASE(merged_and_unmerged_kernels_agree)
{
    using tree = add<mul<x, x>, exp_of<x>>;
    constexpr std::size_t n = 2 * width<double> + 3;
    harness<double, tree, expr::identity_map<tree>, true> apart({n}, {{1}, {1}, {1}}, {1});
    harness<double, tree, expr::single_map<tree>, true> merged({n}, {{1}}, {1});
    for (int j = 1; j < 3; ++j)
        apart.operands[j].data = apart.operands[0].data;
    apart.evaluate();
    merged.evaluate();
    apart.reverse();
    merged.reverse();
    for (std::size_t k = 0; k < n; ++k)
    {
        BOOST_TEST(apart.out.data()[k] == merged.out.data()[k]);
        const double sum = apart.adjoints[2].data()[k] + apart.adjoints[0].data()[k] + apart.adjoints[1].data()[k];
        BOOST_TEST(std::abs(sum - merged.adjoints[0].data()[k]) <= 2 * std::numeric_limits<double>::epsilon() * sum);
    }
}

// One operand, read by the same steps: all its contributions are added in one register.
BOOST_AUTO_TEST_CASE(a_partial_lane_gives_the_bits_of_a_full_one)
{
    constexpr auto w = width<float>;
    harness<float, shared, expr::single_map<shared>, true> whole({3 * w}, {{1}, {1}}, {1});
    whole.reverse();
    for (std::size_t length = 1; length < 3 * w; ++length)
    {
        harness<float, shared, expr::single_map<shared>, true> part({length}, {{1}, {1}}, {1});
        part.reverse();
        for (std::size_t k = 0; k < length; ++k)
            BOOST_TEST(part.adjoints[0].data()[k] == whole.adjoints[0].data()[k]);
    }
}

BOOST_AUTO_TEST_SUITE_END()
