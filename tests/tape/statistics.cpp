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

BOOST_AUTO_TEST_CASE(what_two_statements_read_is_kept_once)
{
    const auto x = numbers(1);
    const ad::tape t;
    const ad::tensor<double, 1> y = x * x;
    const ad::tensor<double, 1> z = y * x;
    BOOST_TEST(t.statistics().statements == 2u);
    BOOST_TEST(t.statistics().edges == 3u);
    BOOST_TEST(t.statistics().kept_bytes == 2 * array);
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

// Each form of statement: how many there are, what they read, and what is kept, to the byte. The tape itself is small whatever the
// size of the arrays.
BOOST_AUTO_TEST_CASE(of_each_form_of_statement)
{
    constexpr std::size_t m = 10, matrix = m * array;
    struct expected
    {
        std::size_t statements, edges, kept, copied = 0;
    };
    // By reference: g++ 12 with AVX-512 passes {1, 1, 0} by value as {1, 1, 1, 1}.
    const auto check = [](const char* what, expected const& e, auto const& record)
    {
        const ad::variable<double, 1> row = numbers(1), other = numbers(2);
        const ad::variable<double, 2> a = xt::xtensor<double, 2>(xt::ones<double>({m, n}) * 0.5);
        const ad::tape t;
        const auto y = record(a, row, other);
        const auto s = t.statistics();
        BOOST_TEST(s.statements == e.statements, what << ": " << s.statements << " statements");
        BOOST_TEST(s.edges == e.edges, what << ": " << s.edges << " edges");
        BOOST_TEST(s.kept_bytes == e.kept, what << ": " << s.kept_bytes << " bytes kept, not " << e.kept);
        BOOST_TEST(s.copied_bytes == e.copied, what << ": " << s.copied_bytes << " bytes copied");
        BOOST_TEST(s.tape_bytes <= 300 * e.statements + 100 * e.edges, what << ": " << s.tape_bytes << " bytes of tape");
        return y.size();
    };
    using vector = ad::tensor<double, 1>;
    using tensor = ad::tensor<double, 2>;
    const xt::xtensor<double, 1> plain = xt::ones<double>({n});

    check("a row broadcast over a matrix", {1, 2, matrix + array}, [](auto& a, auto& r, auto&) { return tensor(a * r); });
    check("a broadcast that keeps nothing", {1, 2, 0}, [](auto& a, auto& r, auto&) { return tensor(a - r); });
    check("a plain row", {1, 1, array, array}, [&](auto& a, auto&, auto&) { return tensor(a * plain); });
    check("one array read three times", {1, 1, array}, [](auto&, auto& r, auto&) { return vector(r * r * r); });
    check("a fused sum over an axis", {1, 2, matrix + array}, [](auto& a, auto& r, auto&) { return vector(ad::sum(a * r, {1})); });
    check("a sum over an axis", {1, 1, 0}, [](auto& a, auto&, auto&) { return vector(ad::sum(a, {0})); });
    check("a mean over an axis", {1, 1, 0}, [](auto& a, auto&, auto&) { return vector(ad::mean(a, {0})); });
    check("a largest element over an axis", {1, 1, matrix + 2 * array}, [](auto& a, auto&, auto&) { return vector(ad::amax(a, {0})); });
    check("a product over an axis", {1, 1, matrix}, [](auto& a, auto&, auto&) { return vector(ad::prod(a, {0})); });
    check("a view", {1, 2, matrix + array}, [](auto& a, auto& r, auto&) { return vector(xt::view(a, 1) * r); });
    check("a transposed operand", {1, 1, 0}, [](auto& a, auto&, auto&) { return tensor(xt::transpose(a) * 2.0); });
    check("a matrix times a vector", {1, 2, matrix + array}, [](auto& a, auto& r, auto&) { return ad::matmul(a, r); });
    check("a matrix times a transposed one, which is a statement", {2, 3, 2 * matrix}, [](auto& a, auto&, auto&) { return ad::matmul(a, xt::transpose(a)); });
    check("a difference in place", {1, 2, 0}, [](auto&, auto& r, auto& o) { auto x = r; x -= o * 2.0; return x; });
    check("a product in place", {1, 2, 2 * array}, [](auto&, auto& r, auto& o) { auto x = r; x *= o; return x; });
    check("an update of a part", {1, 2, 0}, [](auto& a, auto& r, auto&) { auto x = a; xt::view(x, 1) += r * 2.0; return x; });
    check("an assignment to a part", {1, 2, array}, [](auto& a, auto& r, auto&) { auto x = a; xt::view(x, 1) = xt::exp(r); return x; });
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
