// SPDX-License-Identifier: BSL-1.0
// Expressions returned from functions, built on handles that are gone, and operands that change afterwards. Meant for the
// address sanitizer as much as for the values.
#include <array/check.hpp>

using expect::numbers;
using expect::same;

namespace
{
    auto of_locals()
    {
        ad::variable<double, 1> x{1.0, 2.0, 3.0};
        const ad::constant<double, 1> c(xt::xtensor<double, 1>{4, 5, 6});
        const ad::tensor<double, 1> y = x + 1.0;
        return x * c + y;
    }
    auto view_of_a_local()
    {
        const ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
        return xt::view(x, xt::all(), 1);
    }
    auto assignable_view_of_a_local()
    {
        ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
        auto v = xt::view(x, 1);
        return v + xt::view(v, xt::range(0, 1));
    }
    auto views_alone_by_name()
    {
        ad::variable<double, 2> x{{1.0, 2.0}, {3.0, 4.0}};
        const auto p = xt::view(x, 1) * 2.0;
        const auto q = p * p;
        return q + 1.0;
    }
    auto views_in_an_expression()
    {
        ad::variable<double, 1> x{1.0, 2.0, 3.0, 4.0};
        const auto head = xt::view(x, xt::range(0, 3));
        const auto tail = xt::view(std::as_const(x), xt::range(1, 4));
        return head * 10.0 + tail;
    }
    auto rearranged()
    {
        const ad::variable<double, 2> x{{1, 2}, {3, 4}};
        const auto t = xt::transpose(x);
        return xt::flip(t, 0) + xt::reshape_view(xt::flatten(x), {2, 2}) + xt::strided_view(x, {xt::ellipsis(), xt::range(1, 2)});
    }
    auto of_local_numbers()
    {
        const ad::variable<double, 1> x{1.0, 2.0};
        const ad::variable<double> factor = 3.0;
        double a = 2.0;
        const int power = 3;
        float half = 0.5f;
        auto e = a * xt::pow(x, power) + ad::fmax(x, a) + factor * half * x + xt::where(x > a, x, a);
        a = 100.0;
        half = 7.0f;
        return e;
    }
    // Nothing tracked in these but a number: parts that have a name are held by value all the same.
    const xt::xtensor<double, 1> somewhere{1.0, 2.0, 3.0};
    auto of_a_number_and_a_plain_array()
    {
        const ad::variable<double> factor = 3.0;
        auto product = factor * somewhere;
        auto shifted = product - 1.0;
        const auto chosen = xt::where(somewhere > 1.5, factor, 0.0);
        const auto head = xt::view(product, xt::range(0, 1));
        const auto total = xt::sum(product);
        return product * shifted + xt::exp(chosen - chosen) + head + total * shifted;
    }
    auto concatenated()
    {
        const ad::variable<double, 1> x{1.0, 2.0};
        const ad::variable<double, 1> y{3.0};
        return xt::concatenate(xt::xtuple(x, y));
    }
    auto of_a_diagonal()
    {
        const ad::variable<double, 2> x{{1, 2}, {3, 4}};
        return xt::diagonal(x) * 2.0;
    }
    auto named_parts()
    {
        const ad::variable<double, 1> x{1.0, 2.0};
        auto a = x * x;
        const auto b = a + 1.0;
        const auto head = xt::view(b, xt::range(0, 1));
        const auto wide = xt::broadcast(head, std::array<std::size_t, 1>{2});
        const auto total = xt::sum(x);
        auto above = x > 1.5;
        return a * b + wide + total + xt::where(above, a, b);
    }
    auto broadcast_of_a_local()
    {
        const ad::variable<double, 1> x{1.0, 2.0};
        return xt::broadcast(x, std::array<std::size_t, 2>{2, 2}) * 3.0;
    }
    template <class E>
    std::vector<double> evaluated(E const& e)
    {
        // Memory of the locals would be used again by now.
        const ad::variable<double, 2> others{{-1, -1, -1}, {-1, -1, -1}};
        const ad::tensor<double, 2> more = others * 2.0;
        ad::tape t;
        return numbers(xt::xarray<double>(ad::value(ad::tensor<double, ad::detail::static_rank_v<E>>(e))));
    }
}

BOOST_AUTO_TEST_SUITE(auto_safety)

BOOST_AUTO_TEST_CASE(functions_that_return_expressions_of_locals)
{
    BOOST_TEST(same(evaluated(of_locals()), {4 + 2, 10 + 3, 18 + 4}));
    BOOST_TEST(same(evaluated(view_of_a_local()), {2, 5}));
    BOOST_TEST(same(evaluated(assignable_view_of_a_local()), {8, 9, 10}));
    BOOST_TEST(same(evaluated(views_in_an_expression()), {12, 23, 34}));
    BOOST_TEST(same(evaluated(views_alone_by_name()), {37, 65}));
    BOOST_TEST(same(evaluated(concatenated()), {1, 2, 3}));
    BOOST_TEST(same(evaluated(of_a_diagonal()), {2, 8}));
    BOOST_TEST(same(evaluated(named_parts()), {2 + 2 + 3 + 2, 20 + 2 + 3 + 4}));
    BOOST_TEST(same(evaluated(broadcast_of_a_local()), {3, 6, 3, 6}));
    BOOST_TEST(same(evaluated(of_a_number_and_a_plain_array()), {3 * 2 + 1 + 3 + 18 * 2, 6 * 5 + 1 + 3 + 18 * 5, 9 * 8 + 1 + 3 + 18 * 8}));
}
BOOST_AUTO_TEST_CASE(numbers_are_read_when_the_expression_is_made)
{
    BOOST_TEST(same(evaluated(of_local_numbers()), {2.0 + 2.0 + 1.5 + 2.0, 16.0 + 2.0 + 3.0 + 2.0}));
    // a function that returns an expression of its own numbers
    const auto f = [](auto const& x)
    {
        const double rate = 0.5;
        return ad::sum(xt::exp(x * rate));
    };
    const auto loss = [](auto const& a, auto const& b)
    {
        auto r = a * somewhere + b - somewhere;
        return xt::mean(r * r);
    };
    const auto [slope, height] = ad::grad(loss)(2.0, 1.0);
    BOOST_TEST(slope == 2 * (2 * 1 + 3 * 2 + 4 * 3) / 3.0, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(height == 2 * (2 + 3 + 4) / 3.0, boost::test_tools::tolerance(1e-15));
    const auto g = ad::grad(f)(xt::xtensor<double, 1>{0.0, 2.0});
    BOOST_TEST(g(0) == 0.5);
    BOOST_TEST(g(1) == 0.5 * std::exp(1.0), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(rearranged_locals)
{
    const auto e = rearranged();
    ad::tape t;
    const auto b = ad::detail::evaluate<double>(e, {});
    const double* p = b->data<double>();
    BOOST_TEST(same(std::vector<double>(p, p + 4), {2 + 1 + 2, 4 + 2 + 2, 1 + 3 + 4, 3 + 4 + 4}));
}
BOOST_AUTO_TEST_CASE(a_read_is_a_snapshot)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    auto e = x * 2.0;
    auto v = xt::view(std::as_const(x), xt::range(0, 2)) * 2.0;
    auto w = xt::view(x, xt::range(0, 2)) * 2.0;
    x += 10.0;
    xt::view(x, 0) = 100.0;
    BOOST_TEST(same(evaluated(e), {2, 4, 6}));
    BOOST_TEST(same(evaluated(v), {2, 4}));
    BOOST_TEST(same(evaluated(w), {2, 4}));
    BOOST_TEST(same(numbers(x), {100, 12, 13}));
}
BOOST_AUTO_TEST_CASE(plain_operands_may_change_after_recording)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    xt::xtensor<double, 1> p{4, 5, 6};
    xt::xtensor<double, 2> q{{1, 2, 3}, {4, 5, 6}};
    ad::tape t(true);
    const ad::tensor<double, 1> y = x * p;
    const ad::tensor<double, 1> z = x * xt::view(q, 1);
    const auto s = ad::sum(x * xt::row(q, 0));
    p.fill(-1);
    q.resize({7, 7});
    q.fill(-1);
    BOOST_TEST(is(t.gradient(y, x), {4, 5, 6}));
    BOOST_TEST(is(t.gradient(z, x), {4, 5, 6}));
    BOOST_TEST(is(t.gradient(s, x), {1, 2, 3}));
    // the sum's, too: a persistent tape may be asked for derivatives of its derivatives
    BOOST_TEST(t.statistics().copied_bytes == 3 * 3 * sizeof(double));
}
BOOST_AUTO_TEST_CASE(plain_operands_may_end_before_the_sweep)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    ad::variable<double> s = 0.0;
    {
        xt::xarray<double> p{4, 5, 6};
        const std::vector<double> v{7, 8, 9};
        s = ad::sum(x * p * xt::adapt(v, std::array<std::size_t, 1>{3}));
        const ad::tensor<double, 1> y = x * p;
        s += ad::sum(y);
    }
    BOOST_TEST(is(t.gradient(s, x), {32, 45, 60}));
}
BOOST_AUTO_TEST_CASE(in_place_updates_keep_what_was_recorded)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t(true);
    const auto x0 = x;
    const ad::tensor<double, 1> y = x * x;
    x += x;
    x *= 2.0;
    xt::view(x, xt::range(0, 2)) -= 1.0;
    x /= xt::xtensor<double, 1>{1, 2, 4};
    BOOST_TEST(is(t.gradient(y, x0), {2, 4, 6}));
    BOOST_TEST(is(t.gradient(ad::sum(x), x0), {4, 2, 1}));
    BOOST_TEST(same(numbers(x), {3, 3.5, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
