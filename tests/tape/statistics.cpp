// SPDX-License-Identifier: BSL-1.0
// What a tape says of itself: statements, edges, bytes kept for the sweep, copies of plain arrays.
#include <tape/recording.hpp>

namespace
{
    constexpr std::size_t n = 100;
    constexpr std::size_t array = n * sizeof(double);

    ad::variable<double, 1> numbers(double from)
    {
        return xt::xtensor<double, 1>(xt::linspace<double>(from, from + 1, n));
    }
}

BOOST_AUTO_TEST_SUITE(statistics)

BOOST_AUTO_TEST_CASE(of_an_empty_tape)
{
    const ad::tape t;
    const auto s = t.statistics();
    BOOST_TEST(s.statements == 0u);
    BOOST_TEST(s.edges == 0u);
    BOOST_TEST(s.tape_bytes == 0u);
    BOOST_TEST(s.kept_bytes == 0u);
    BOOST_TEST(s.copied_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(of_one_fused_statement)
{
    const auto x = numbers(1), b = numbers(2);
    const ad::tape t;
    const ad::tensor<double, 1> y = xt::sin(x * b) - 1.0;
    const auto s = t.statistics();
    BOOST_TEST(s.statements == 1u);
    BOOST_TEST(s.edges == 2u);
    BOOST_TEST(s.kept_bytes == 2 * array);
    BOOST_TEST(s.copied_bytes == 0u);
    BOOST_TEST(s.tape_bytes > 0u);
    BOOST_TEST(s.tape_bytes < 1000u);
}

BOOST_AUTO_TEST_CASE(sums_keep_nothing)
{
    const auto x = numbers(1);
    const xt::xtensor<double, 1> plain = xt::ones<double>({n});
    const ad::tape t;
    const ad::tensor<double, 1> y = x + plain - 3.0;
    BOOST_TEST(t.statistics().kept_bytes == 0u);
    BOOST_TEST(t.statistics().copied_bytes == 0u);
    BOOST_TEST(t.statistics().edges == 1u);
}

BOOST_AUTO_TEST_CASE(an_exponential_keeps_its_result)
{
    const auto x = numbers(1);
    const ad::tape t;
    const ad::tensor<double, 1> y = xt::exp(x);
    BOOST_TEST(t.statistics().kept_bytes == array);
}

BOOST_AUTO_TEST_CASE(what_two_statements_read_is_kept_once_by_each)
{
    const auto x = numbers(1);
    const ad::tape t;
    const ad::tensor<double, 1> y = x * x;
    const ad::tensor<double, 1> z = y * x;
    BOOST_TEST(t.statistics().statements == 2u);
    BOOST_TEST(t.statistics().edges == 3u);
    BOOST_TEST(t.statistics().kept_bytes == 3 * array);
}

BOOST_AUTO_TEST_CASE(plain_numbers_that_the_sweep_reads_are_copied)
{
    const auto x = numbers(1);
    const xt::xtensor<double, 1> plain = xt::ones<double>({n});
    const ad::tape t;
    const ad::tensor<double, 1> y = x * plain;
    BOOST_TEST(t.statistics().copied_bytes == array);
    BOOST_TEST(t.statistics().kept_bytes == array);
}

BOOST_AUTO_TEST_CASE(a_constant_is_not_copied)
{
    const auto x = numbers(1);
    const ad::constant<double, 1> shared(xt::ones<double>({n}));
    const ad::tape t;
    const ad::tensor<double, 1> y = x * shared;
    BOOST_TEST(t.statistics().copied_bytes == 0u);
    BOOST_TEST(t.statistics().kept_bytes == array);
}

BOOST_AUTO_TEST_CASE(borrowed_memory_is_not_copied)
{
    const auto x = numbers(1);
    const xt::xtensor<double, 1> plain = xt::ones<double>({n});
    const ad::tape t;
    const ad::tensor<double, 1> y = x * ad::borrow(plain);
    BOOST_TEST(t.statistics().copied_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(without_a_recording_nothing_is_copied_or_kept)
{
    const auto x = numbers(1);
    const xt::xtensor<double, 1> plain = xt::ones<double>({n});
    ad::tape t;
    {
        const auto pause = t.stop_recording();
        const ad::tensor<double, 1> y = x * plain;
    }
    BOOST_TEST(t.statistics().statements == 0u);
    BOOST_TEST(t.statistics().copied_bytes == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_reduction_leaves_its_partials)
{
    const auto x = numbers(1);
    const ad::tape t;
    const ad::variable<double> y = ad::sum(xt::sin(x) * x);
    BOOST_TEST(y.value() != 0.0);
    BOOST_TEST(t.statistics().statements == 1u);
    BOOST_TEST(t.statistics().edges == 1u);
    BOOST_TEST(t.statistics().kept_bytes == array);
}

BOOST_AUTO_TEST_CASE(the_sum_of_a_variable_leaves_a_number)
{
    const auto x = numbers(1);
    ad::tape t;
    const auto y = ad::sum(x);
    BOOST_TEST(t.statistics().edges == 1u);
    const auto pool = ad::pool_stats();
    BOOST_TEST((*t.gradient(y, x))(n - 1) == 1.0);
    BOOST_TEST(ad::pool_stats().live_blocks <= pool.live_blocks + 1);
}

BOOST_AUTO_TEST_CASE(scalar_statements)
{
    const ad::variable<double> x = 2.0, y = 3.0;
    const ad::tape t;
    const ad::variable<double> z = x * y + ad::sin(x);
    (void)z;
    const auto s = t.statistics();
    BOOST_TEST(s.edges == 3u);
    BOOST_TEST(s.kept_bytes == 0u);
    BOOST_TEST(s.statements == 3u);  // x and y, which are from before, and z
}

BOOST_AUTO_TEST_SUITE_END()
