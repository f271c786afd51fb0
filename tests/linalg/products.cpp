// SPDX-License-Identifier: BSL-1.0
// matmul against loops: all ranks, either or both operands tracked, plain operands of any layout, dense and constant seeds.
#include <boost/test/unit_test.hpp>

#include <etape/api/tape.hpp>
#include <etape/linalg/matmul.hpp>

namespace
{
    namespace ad = etape;
    using matrix = xt::xtensor<double, 2>;
    using vector = xt::xtensor<double, 1>;

    matrix numbers(std::size_t m, std::size_t n, double from)
    {
        matrix a = matrix::from_shape({m, n});
        for (std::size_t i = 0; i < a.size(); ++i)
            a.data()[i] = from + static_cast<double>(i * 7 % 11) / 4;
        return a;
    }
    vector numbers(std::size_t n, double from)
    {
        vector a = vector::from_shape({n});
        for (std::size_t i = 0; i < n; ++i)
            a(i) = from + static_cast<double>(i * 5 % 7) / 4;
        return a;
    }
    // Quarters: every sum here is exact.
    matrix product(matrix const& a, matrix const& b)
    {
        matrix c = xt::zeros<double>({a.shape()[0], b.shape()[1]});
        for (std::size_t i = 0; i < a.shape()[0]; ++i)
            for (std::size_t j = 0; j < b.shape()[1]; ++j)
                for (std::size_t k = 0; k < b.shape()[0]; ++k)
                    c(i, j) += a(i, k) * b(k, j);
        return c;
    }
    matrix flipped(matrix const& a)
    {
        return xt::transpose(a);
    }
    matrix as_column(vector const& v)
    {
        matrix c = matrix::from_shape({v.size(), 1});
        std::copy(v.begin(), v.end(), c.data());
        return c;
    }
    template <class A, class B>
    bool same(A const& a, B const& b)
    {
        return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
    }

    const matrix a = numbers(3, 4, -1), b = numbers(4, 5, 0.5), weights = numbers(3, 5, -0.75);
    const vector x = numbers(4, -0.5), y = numbers(3, 2), wide = numbers(5, 1);
}

BOOST_AUTO_TEST_SUITE(products)

BOOST_AUTO_TEST_CASE(matrix_and_matrix_with_a_dense_seed)
{
    const ad::variable<double, 2> ta(a), tb(b);
    ad::tape t;
    const auto c = ad::matmul(ta, tb);
    BOOST_TEST(same(c, product(a, b)));
    const auto [ga, gb] = t.gradient(c, ta, tb, ad::seed(weights));
    BOOST_TEST(same(*ga, product(weights, flipped(b))));
    BOOST_TEST(same(*gb, product(flipped(a), weights)));
}

BOOST_AUTO_TEST_CASE(matrix_and_matrix_with_a_constant_seed)
{
    const ad::variable<double, 2> ta(a), tb(b);
    ad::tape t;
    const auto s = ad::sum(ad::matmul(ta, tb)) * 3.0;
    const auto [ga, gb] = t.gradient(s, ta, tb);
    const matrix threes = 3.0 * xt::ones<double>({3, 5});
    BOOST_TEST(same(*ga, product(threes, flipped(b))));
    BOOST_TEST(same(*gb, product(flipped(a), threes)));
}

BOOST_AUTO_TEST_CASE(the_result_feeds_other_statements)
{
    const ad::variable<double, 2> ta(a), tb(b);
    ad::tape t;
    const auto s = ad::sum(ad::matmul(ta, tb) * weights) + ad::sum(ta);
    const auto ga = t.gradient(s, ta);
    const matrix expected = product(weights, flipped(b)) + 1.0;
    BOOST_TEST(same(*ga, expected));
}

BOOST_AUTO_TEST_CASE(matrix_and_vector)
{
    const ad::variable<double, 2> ta(a);
    const ad::variable<double, 1> tx(x);
    ad::tape t;
    const auto c = ad::matmul(ta, tx);
    BOOST_TEST(same(c, product(a, as_column(x))));
    const auto [ga, gx] = t.gradient(c, ta, tx, ad::seed(y));
    BOOST_TEST(same(*ga, product(as_column(y), flipped(as_column(x)))));
    BOOST_TEST(same(*gx, product(flipped(a), as_column(y))));
}

BOOST_AUTO_TEST_CASE(vector_and_matrix)
{
    const ad::variable<double, 1> tx(x);
    const ad::variable<double, 2> tb(b);
    ad::tape t;
    const auto c = ad::matmul(tx, tb);
    BOOST_TEST(same(c, product(flipped(as_column(x)), b)));
    const auto [gx, gb] = t.gradient(c, tx, tb, ad::seed(wide));
    BOOST_TEST(same(*gx, product(b, as_column(wide))));
    BOOST_TEST(same(*gb, product(as_column(x), flipped(as_column(wide)))));
}

BOOST_AUTO_TEST_CASE(vector_and_vector)
{
    const ad::variable<double, 1> tx(x), tz(numbers(4, 3));
    ad::tape t;
    const ad::variable<double> c = ad::matmul(tx, tz), d = ad::dot(tx, tx);
    BOOST_TEST(c.value() == product(flipped(as_column(x)), as_column(numbers(4, 3)))(0, 0));
    const auto g = t.gradient(std::tuple(c, d), tx);
    const vector expected = numbers(4, 3) + 2.0 * x;
    BOOST_TEST(same(*g, expected));
}

BOOST_AUTO_TEST_CASE(one_side_is_plain)
{
    const ad::variable<double, 2> ta(a), tb(b);
    ad::tape t(true);
    const auto left = ad::matmul(a, tb), right = ad::matmul(ta, b);
    BOOST_TEST(same(left, product(a, b)));
    BOOST_TEST(same(right, product(a, b)));
    BOOST_TEST(same(*t.gradient(left, tb, ad::seed(weights)), product(flipped(a), weights)));
    BOOST_TEST(same(*t.gradient(right, ta, ad::seed(weights)), product(weights, flipped(b))));
}

BOOST_AUTO_TEST_CASE(a_plain_operand_in_column_major_order)
{
    const ad::variable<double, 2> ta(a);
    const xt::xtensor<double, 2, xt::layout_type::column_major> columns = b;
    ad::tape t;
    const auto c = ad::matmul(ta, columns);
    BOOST_TEST(same(c, product(a, b)));
    BOOST_TEST(same(*t.gradient(c, ta, ad::seed(weights)), product(weights, flipped(b))));
}

BOOST_AUTO_TEST_CASE(a_plain_operand_that_is_an_expression_or_a_window)
{
    const ad::variable<double, 2> ta(a);
    const matrix large = numbers(4, 10, 0.5);
    ad::tape t(true);
    const auto c = ad::matmul(ta, b * 2.0);
    BOOST_TEST(same(*t.gradient(c, ta, ad::seed(weights)), product(weights, flipped(b * 2.0))));
    const matrix part = xt::view(large, xt::all(), xt::range(0, 10, 2));
    const auto d = ad::matmul(ta, xt::view(large, xt::all(), xt::range(0, 10, 2)));
    BOOST_TEST(same(d, product(a, part)));
    BOOST_TEST(same(*t.gradient(d, ta, ad::seed(weights)), product(weights, flipped(part))));
}

BOOST_AUTO_TEST_CASE(a_plain_operand_may_change_after_it_was_read)
{
    const ad::variable<double, 2> ta(a);
    matrix changing = b;
    ad::tape t;
    const auto c = ad::matmul(ta, changing);
    changing.fill(99);
    BOOST_TEST(same(*t.gradient(c, ta, ad::seed(weights)), product(weights, flipped(b))));
}

BOOST_AUTO_TEST_CASE(a_tracked_expression_and_a_transposed_variable)
{
    const ad::variable<double, 2> ta(a), tb(flipped(b));
    ad::tape t(true);
    const auto c = ad::matmul(ta * 2.0, b);
    BOOST_TEST(same(*t.gradient(c, ta, ad::seed(weights)), 2.0 * product(weights, flipped(b))));
    const auto d = ad::matmul(ta, xt::transpose(tb));
    BOOST_TEST(same(d, product(a, b)));
    BOOST_TEST(same(*t.gradient(d, tb, ad::seed(weights)), flipped(product(flipped(a), weights))));
}

BOOST_AUTO_TEST_CASE(a_matrix_times_itself)
{
    const matrix square = numbers(3, 3, -1);
    const ad::variable<double, 2> ta(square);
    ad::tape t;
    const auto c = ad::matmul(ta, ta);
    const auto g = t.gradient(c, ta, ad::seed(numbers(3, 3, 2)));
    const matrix expected = product(numbers(3, 3, 2), flipped(square)) + product(flipped(square), numbers(3, 3, 2));
    BOOST_TEST(same(*g, expected));
}

BOOST_AUTO_TEST_CASE(in_float)
{
    const ad::variable<float, 2> ta(a), tb(b);
    ad::tape t;
    const auto c = ad::matmul(ta, tb);
    BOOST_TEST(same(c, product(a, b)));
    const auto [ga, gb] = t.gradient(c, ta, tb, ad::seed(weights));
    BOOST_TEST(same(*ga, product(weights, flipped(b))));
    BOOST_TEST(same(*gb, product(flipped(a), weights)));
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(c)>, ad::tensor<float, 2>>);
}

BOOST_AUTO_TEST_CASE(without_a_tape)
{
    const ad::variable<double, 2> ta(a);
    BOOST_TEST(same(ad::matmul(ta, b), product(a, b)));
}

BOOST_AUTO_TEST_CASE(constants_are_shared_not_copied)
{
    const ad::constant<double, 2> fixed(a);
    const ad::variable<double, 1> v(x);
    ad::tape tape(true);
    const ad::tensor<double, 1> p = ad::matmul(fixed, v);
    BOOST_TEST(tape.statistics().copied_bytes == 0u);
    const ad::tensor<double, 1> q = ad::matmul(a, v);
    BOOST_TEST(tape.statistics().copied_bytes == a.size() * sizeof(double));
    BOOST_TEST(same(*tape.gradient(p, v), *tape.gradient(q, v)));
}

BOOST_AUTO_TEST_SUITE_END()
