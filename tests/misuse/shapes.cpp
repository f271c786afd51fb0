// SPDX-License-Identifier: BSL-1.0
// Shapes, ranks, axes and seeds that do not fit.
#include <misuse/refused.hpp>

#include <cmath>
#include <limits>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ETAPE_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ETAPE_TEST_SANITIZED
#endif
#endif

namespace
{
    // Tracked, with a rank that only the program knows: what the type tells is refused by the compiler (tests/fail).
    xt::xarray<ad::variable<double>> matrix_of_numbers()
    {
        return {{ad::variable<double>(1.0), ad::variable<double>(2.0)}};
    }
}

BOOST_AUTO_TEST_SUITE(misuse_shapes)

BOOST_AUTO_TEST_CASE(operands_that_do_not_broadcast)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0}, y{1.0, 2.0};
    BOOST_TEST(refused<ad::shape_error>([&] { ad::tensor<double, 1> z = x * y; }, {"etape: mul", "(3,)", "(2,)"}));
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { ad::tensor<double, 1> z = xt::exp(x) + y; }, {"etape: add", "(3,)", "(2,)"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::sum(x + y); }, {"etape: sum", "(3,)", "(2,)"}));
    ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    BOOST_TEST(refused<ad::shape_error>([&] { ad::tensor<double, 2> z = m - x; }, {"etape: sub", "(2, 2)", "(3,)"}));
    BOOST_TEST(is(t.gradient(x * x, x), {2, 4, 6}));
}

BOOST_AUTO_TEST_CASE(a_plain_operand_that_does_not_broadcast)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    const xt::xtensor<double, 1> a{1.0, 2.0};
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { ad::tensor<double, 1> z = x * a; }, {"etape: mul", "(3,)", "(2,)"}));
}

BOOST_AUTO_TEST_CASE(a_constant_without_values)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const ad::constant<double, 1> none;
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::sum(x * none); }, {"etape: constant", "without values", "made from an array"}));
}

BOOST_AUTO_TEST_CASE(an_assignment_of_another_rank)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const auto m = matrix_of_numbers();
    BOOST_TEST(refused<ad::shape_error>([&] { x = m * 2.0; }, {"assignment to a variable", "rank 2", "rank 1"}));
    BOOST_TEST(refused<ad::shape_error>([&] { x = m; }, {"assignment to a variable", "rank 2", "rank 1"}));
    BOOST_TEST(refused<ad::shape_error>([&] { x = xt::xarray<double>::from_shape({2, 2, 2}); }, {"rank 3", "rank 1"}));
    BOOST_TEST(expect::same(expect::numbers(x), {1, 2}));
}

BOOST_AUTO_TEST_CASE(a_handle_made_from_another_rank)
{
    const auto m = matrix_of_numbers();
    BOOST_TEST(refused<ad::shape_error>([&] { ad::tensor<double, 1> t = m * 2.0; }, {"tensor", "rank 2", "rank 1"}));
    BOOST_TEST(refused<ad::shape_error>([&] { ad::variable<double, 3> v = m * 2.0; }, {"variable", "rank 2", "rank 3"}));
    BOOST_TEST(refused<ad::shape_error>([&] { ad::constant<double, 1> c = xt::xarray<double>(xt::ones<double>({2, 2})); }, {"constant", "rank 2", "rank 1"}));
}

BOOST_AUTO_TEST_CASE(a_number_made_from_an_array)
{
    ad::variable<double, 1> x{1.0, 2.0};
    xt::xarray<ad::variable<double>> dynamic = {ad::variable<double>(1.0), ad::variable<double>(2.0)};
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::variable<double>(dynamic * 2.0); }, {"conversion to a number", "rank 1", "rank 0"}));
}

BOOST_AUTO_TEST_CASE(more_dimensions_than_the_engine_has)
{
    const auto nine = xt::xarray<double>::from_shape({1, 1, 1, 1, 1, 1, 1, 1, 2});
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::sum(x * nine); }, {"rank 9", "at most 8"}));
}

BOOST_AUTO_TEST_CASE(an_update_in_place_that_would_grow_the_variable)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const xt::xtensor<double, 2> a{{1.0, 2.0}, {3.0, 4.0}};
    BOOST_TEST(refused<ad::shape_error>([&] { x += a; }, {"in-place update", "(2, 2)", "(2,)"}));
    ad::variable<double, 1> one{1.0};
    BOOST_TEST(refused<ad::shape_error>([&] { one *= x; }, {"in-place update", "(2,)", "(1,)"}));
    BOOST_TEST(expect::same(expect::numbers(one), {1}));
}

BOOST_AUTO_TEST_CASE(a_seed_of_another_shape)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    ad::tensor<double, 1> y = x * x;
    BOOST_TEST(refused<ad::shape_error>([&] { return t.gradient(y, x, ad::seed(xt::xtensor<double, 1>{1.0, 2.0, 3.0})); },
                                        {"gradient: seed", "(3,)", "(2,)"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return t.gradient(y, x, ad::seed(xt::xtensor<double, 2>{{1.0, 2.0}})); },
                                        {"gradient: seed", "(1, 2)", "(2,)"}));
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
}

BOOST_AUTO_TEST_CASE(an_array_as_the_seed_of_a_number)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t(true);
    auto y = ad::sum(x * x);
    BOOST_TEST(refused<ad::shape_error>([&] { return t.gradient(y, x, ad::seed(xt::xtensor<double, 1>{1.0, 2.0})); },
                                        {"gradient: seed", "an array", "a number"}));
    BOOST_TEST(is(t.gradient(y, x), {2, 4}));
}

BOOST_AUTO_TEST_CASE(another_number_of_seeds_than_of_targets)
{
    ad::variable<double> x = 2.0;
    ad::tape t(true);
    const std::vector<ad::variable<double>> targets{x * x, x};
    BOOST_TEST(refused<ad::shape_error>([&] { return t.gradient(targets, x, ad::seed(std::vector{1.0, 2.0, 3.0})); }, {"seeds", "3", "2"}));
    BOOST_TEST(is(t.gradient(targets, x), 5));
}

BOOST_AUTO_TEST_CASE(the_largest_of_nothing)
{
    ad::variable<double, 1> x = xt::xtensor<double, 1>::from_shape({0});
    ad::variable<double, 2> m = xt::xtensor<double, 2>::from_shape({2, 0});
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::amax(x); }, {"etape: amax", "no elements", "at least one"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::amin(x); }, {"etape: amin", "no elements", "at least one"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::amax(m, {1}); }, {"etape: amax", "no elements", "(2, 0)"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::logsumexp(m, {1}); }, {"etape: logsumexp", "no elements"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::softmax(m, {1}); }, {"etape: softmax", "no elements"}));
}

BOOST_AUTO_TEST_CASE(the_mean_of_nothing_is_nan)
{
    ad::variable<double, 1> x = xt::xtensor<double, 1>::from_shape({0});
    ad::tape t(true);
    BOOST_TEST(ad::sum(x).value() == 0.0);
    BOOST_TEST(ad::prod(x).value() == 1.0);
    auto m = ad::mean(x);
    BOOST_TEST(std::isnan(m.value()));
    BOOST_TEST(is(t.gradient(m, x), std::vector<double>{}));
}

BOOST_AUTO_TEST_CASE(an_axis_out_of_range)
{
    ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::sum(m, {2}); }, {"etape: sum", "axis 2", "rank-2"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::mean(m, {-3}); }, {"etape: mean", "axis -3", "rank-2"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::variance(m, {7}); }, {"etape: variance", "axis 7", "rank-2"}));
}

BOOST_AUTO_TEST_CASE(an_axis_twice)
{
    ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::sum(m, {1, 1}); }, {"etape: sum", "axis 1 twice", "at most once"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::amax(m, {0, -2}); }, {"etape: amax", "axis -2 twice"}));
}

BOOST_AUTO_TEST_CASE(matrices_that_do_not_multiply)
{
    ad::variable<double, 2> a{{1.0, 2.0, 3.0}}, b{{1.0, 2.0}};
    ad::variable<double, 1> v{1.0, 2.0};
    ad::tape t;
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::matmul(a, b); }, {"etape: matmul", "(1, 3)", "(1, 2)"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::matmul(a, v); }, {"etape: matmul", "(1, 3)", "(2,)"}));
}

BOOST_AUTO_TEST_CASE(borrowing_memory_with_gaps)
{
    const xt::xtensor<double, 2> a{{1.0, 2.0}, {3.0, 4.0}};
    const xt::xtensor<double, 2, xt::layout_type::column_major> c{{1.0, 2.0}, {3.0, 4.0}};
    const auto column = xt::view(a, xt::all(), 0);
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::borrow(column); }, {"etape: borrow", "gaps", "contiguous"}));
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::borrow(c); }, {"etape: borrow", "column-major", "row-major"}));
}

BOOST_AUTO_TEST_CASE(a_direction_of_another_shape)
{
    const auto f = [](auto const& x) { return ad::sum(x * x); };
    ad::variable<double, 1> x{1.0, 2.0};
    BOOST_TEST(refused<ad::shape_error>([&] { return ad::jvp(f, x, xt::xtensor<double, 1>{1.0, 2.0, 3.0}); }, {"etape: jvp", "(3,)", "(2,)"}));
}

BOOST_AUTO_TEST_CASE(a_size_that_no_memory_has)
{
    const std::size_t huge = std::size_t{1} << 33;
    BOOST_TEST(refused<ad::shape_error>([&] { ad::variable<double, 2> x = xt::broadcast(1.0, {huge, huge}); }, {"etape: array", "(8589934592, 8589934592)"}));
    BOOST_TEST(refused<ad::shape_error>([&] { ad::variable<double, 2> x = xt::broadcast(1.0, {huge, huge / 16}); }, {"etape: array"}));
    // A sanitizer ends the program where an allocator refuses.
#if !defined(ETAPE_TEST_SANITIZED)
    BOOST_TEST(refused<std::bad_alloc>([&] { ad::variable<double, 2> x = xt::broadcast(1.0, {huge, std::size_t{512}}); }, {}));
#endif
    ad::variable<double, 3> empty = xt::broadcast(1.0, std::array<std::size_t, 3>{huge, huge, 0});
    BOOST_TEST(empty.size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_index_beyond_the_array)
{
    ad::variable<double, 1> x{1.0, 2.0};
    BOOST_TEST(refused<std::out_of_range>([&] { return x.at(2); }, {}));
}

BOOST_AUTO_TEST_CASE(nan_and_inf_are_values)
{
    const double nan_value = std::numeric_limits<double>::quiet_NaN();
    const double inf = std::numeric_limits<double>::infinity();
    ad::variable<double, 1> x{nan_value, inf, -inf, 1.0};
    ad::tape t(true);
    const auto g = expect::numbers(*t.gradient(xt::exp(x), x));
    BOOST_TEST(std::isnan(g[0]));
    BOOST_TEST(g[1] == inf);
    BOOST_TEST(g[2] == 0.0);
    BOOST_TEST(g[3] == std::exp(1.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(is(t.gradient(ad::sum(x), x), {1, 1, 1, 1}));
    BOOST_TEST(expect::engine_works());
}

BOOST_AUTO_TEST_SUITE_END()
