// SPDX-License-Identifier: BSL-1.0
// Forward tangents of values: all loop shapes, operands without tangent, accumulation.
#include <kernel/harness.hpp>

namespace
{
    using namespace kernels;
    using namespace trees;

    using smooth = mul<add<x, a>, exp_of<s>>;
    using shared = add<sin_of<x>, quo<x, a>>;

    template <class T, class Tree, bool Unit>
    void check(extents const& shape, std::vector<steps_of> const& in, steps_of const& to)
    {
        harness<T, Tree, expr::single_map<Tree>, Unit> h(shape, in, to);
        std::vector<double> expected(h.out.size(), 0.0);
        const bool sums = h.out.size() != 0 && std::find(to.begin(), to.end(), 0) != to.end();
        if (sums)
        {
            h.l.accumulate = true;
            std::fill_n(h.out.data(), h.out.size(), T(0));
        }
        each_index(h.shape, [&](extents const& i)
            { expected[static_cast<std::size_t>(h.first_out + offset(i, h.out_strides))] += static_cast<double>(h.slope(i)); });
        h.tangents();
        each_index(h.shape, [&](extents const& i)
            {
                const double e = expected[static_cast<std::size_t>(h.first_out + offset(i, h.out_strides))];
                BOOST_TEST(near(h.result(i), e, 4 + std::abs(e)), h.result(i) << " is not " << e);
            });
        BOOST_TEST(h.intact());
    }
    template <class T>
    void loops_of()
    {
        for (const auto n : tail_sizes<T>())
        {
            const auto m = static_cast<std::ptrdiff_t>(n);
            check<T, smooth, true>({n}, {{1}, {1}, {}}, {1});
            check<T, shared, true>({2, n}, {{m, 1}, {0, 1}}, {m, 1});
            check<T, smooth, false>({n, 2}, {{1, m}, {-2, 1}, {}}, {1, m});
            check<T, smooth, false>({3, n}, {{1, 0}, {m, 1}, {}}, {m, 1});
            check<T, smooth, false>({3, n}, {{m, 1}, {0, 1}, {}}, {1, 0});  // sums of rows
            check<T, smooth, false>({3, n}, {{m, 1}, {0, 1}, {}}, {0, 1});  // and of columns
        }
    }
}

BOOST_AUTO_TEST_SUITE(tangents)

BOOST_AUTO_TEST_CASE(in_double)
{
    loops_of<double>();
}
BOOST_AUTO_TEST_CASE(in_float)
{
    loops_of<float>();
}

BOOST_AUTO_TEST_CASE(an_operand_without_tangent_stands_still)
{
    using tree = mul<x, x>;
    harness<double, tree, expr::identity_map<tree>, true> h({13}, {{1}, {1}}, {1});
    h.operands[0].tangent = nullptr;
    h.tangents();
    for (std::size_t k = 0; k < 13; ++k)
        BOOST_TEST(h.out.data()[k] == h.values[0][k] * h.slopes[1][k]);
    BOOST_TEST(h.intact());
}

BOOST_AUTO_TEST_CASE(a_tangent_of_zero_passes_a_choice_as_zero)
{
    using tree = where<c, op<rule::log, x>, x>;
    harness<double, tree, expr::single_map<tree>, true> h({9}, {{}, {1}}, {1});
    h.operands[0].scalar = 0;
    std::fill(h.values[1].begin(), h.values[1].end(), 0.0);
    h.tangents();
    for (std::size_t k = 0; k < 9; ++k)
        BOOST_TEST(h.out.data()[k] == h.slopes[1][k]);
}

BOOST_AUTO_TEST_SUITE_END()
