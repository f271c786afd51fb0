// SPDX-License-Identifier: BSL-1.0
// What xtensor asks of an expression with tracked operands (array/function_expression.hpp): shape, elements, iterators, layout,
// copies; with operands of fixed and of dynamic rank.
#include <boost/test/unit_test.hpp>

#include <array>
#include <vector>

#include <xtensor/xarray.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    template <class E>
    std::vector<std::size_t> shape_of(E const& e)
    {
        return {e.shape().begin(), e.shape().end()};
    }
    using sizes = std::vector<std::size_t>;
    const ad::variable<double, 2> matrix{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    const ad::variable<double, 1> row{10.0, 20.0, 30.0};
}

namespace
{
    double number(double v)
    {
        return v;
    }
    template <class V>
    double number(V const& v)
    {
        return v.value();
    }
    // Elements in all orders: forwards, backwards, from the end to its start again, by rows and by columns.
    template <xt::layout_type L, class E>
    void walk(E const& e, std::vector<double>& to)
    {
        for (auto it = e.template begin<L>(); it != e.template end<L>(); ++it)
            to.push_back(number(*it));
        for (auto it = e.template rbegin<L>(); it != e.template rend<L>(); ++it)
            to.push_back(number(*it));
        auto it = e.template begin<L>();
        for (std::size_t k = 0; k < e.size(); ++k)
            ++it;
        while (it != e.template begin<L>())
            to.push_back(number(*--it));
        it = e.template end<L>();
        it -= 2;
        to.push_back(number(*it));
    }
    template <class E>
    std::vector<double> walked(E const& e)
    {
        std::vector<double> all;
        walk<xt::layout_type::row_major>(e, all);
        walk<xt::layout_type::column_major>(e, all);
        return all;
    }
}

BOOST_AUTO_TEST_SUITE(expression_nodes)

// As xtensor walks over plain arrays.
BOOST_AUTO_TEST_CASE(walks)
{
    const xt::xtensor<double, 2> m{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
    const xt::xtensor<double, 1> r{10.0, 20.0, 30.0};
    const ad::tensor<double, 2> result = matrix * 1.0;
    const ad::constant<double, 1> fixed_row(r);
    const auto same = [](auto const& tracked, auto const& plain) { BOOST_TEST(walked(tracked) == walked(plain), boost::test_tools::per_element()); };
    same(matrix, m);
    same(row, r);
    same(result, m);
    same(matrix * row + 2.0, m * r + 2.0);
    same(row - matrix, r - m);
    same(xt::sqrt(result) * fixed_row, xt::sqrt(m) * r);
    same(xt::where(matrix > 2.5, matrix, row), xt::where(m > 2.5, m, r));
    same(xt::broadcast(row, {2, 3}), xt::broadcast(r, {2, 3}));
    same(xt::view(matrix, xt::all(), xt::range(1, 3)), xt::view(m, xt::all(), xt::range(1, 3)));
    same(xt::view(matrix, xt::all(), xt::keep(0, 2)), xt::view(m, xt::all(), xt::keep(0, 2)));
    same(xt::strided_view(matrix, {xt::all(), xt::range(0, 2)}), xt::strided_view(m, {xt::all(), xt::range(0, 2)}));
    same(xt::transpose(matrix), xt::transpose(m));
    ad::variable<double, 2> target = matrix;
    same(xt::view(target, xt::range(0, 2), xt::range(1, 3)), xt::view(m, xt::range(0, 2), xt::range(1, 3)));
}

BOOST_AUTO_TEST_CASE(nothing_but_operands)
{
    const auto e = 2.0 * row + 1.0;
    // two numbers, one handle, and for each of two nodes a functor, a shape and whether it is known
    static_assert(sizeof(e) <= 2 * sizeof(double) + sizeof(row) + 2 * (sizeof(std::size_t) + 3 * sizeof(void*)));
    static_assert(xt::is_xexpression<std::remove_cvref_t<decltype(e)>>::value);
    static_assert(std::is_nothrow_move_constructible_v<std::remove_const_t<decltype(e)>>);
    BOOST_TEST(e(2).value() == 61.0);
}

BOOST_AUTO_TEST_CASE(shapes)
{
    const auto e = matrix * row + 0.5;
    BOOST_TEST(e.dimension() == 2u);
    BOOST_TEST(shape_of(e) == (sizes{2, 3}));
    BOOST_TEST(e.shape(1) == 3u);
    BOOST_TEST(e.size() == 6u);
    const auto copy = e;  // after the shape was found
    BOOST_TEST(shape_of(copy) == (sizes{2, 3}));
    auto moved = copy * 2.0;
    BOOST_TEST(shape_of(moved) == (sizes{2, 3}));
    const xt::xarray<double> dynamic = xt::xtensor<double, 3>{{{1.0}, {2.0}}};
    const auto mixed = dynamic * row;
    BOOST_TEST(shape_of(mixed) == (sizes{1, 2, 3}));
    const xt::xtensor_fixed<double, xt::xshape<2, 3>> fixed{{1, 1, 1}, {2, 2, 2}};
    const auto with_fixed = fixed * matrix;
    BOOST_TEST(shape_of(with_fixed) == (sizes{2, 3}));
    const ad::variable<double> number = 2.0;
    const auto fixed_and_number = fixed * number;
    BOOST_TEST(shape_of(fixed_and_number) == (sizes{2, 3}));
    const xt::xscalar<double> plain(1.0);
    const auto none = number * 3.0 + plain;
    BOOST_TEST(none.dimension() == 0u);
    BOOST_TEST(ad::variable<double>(none).value() == 7.0);
    const ad::variable<double, 1> other{1.0, 2.0};
    const auto wrong = row + other;
    BOOST_CHECK_THROW(wrong.shape(), std::exception);
    BOOST_CHECK_THROW((ad::variable<double, 1>(wrong)), ad::shape_error);
}

BOOST_AUTO_TEST_CASE(elements_and_iterators)
{
    const auto e = xt::square(matrix) - row;
    const double expected[] = {-9, -16, -21, 6, 5, 6};
    BOOST_TEST(e(1, 2).value() == 6.0);
    BOOST_TEST(e(2).value() == -21.0);         // missing indices on the left are 0
    BOOST_TEST(e(7, 1, 0).value() == 6.0);     // surplus ones on the left are dropped
    BOOST_TEST(e.unchecked(0, 1).value() == -16.0);
    BOOST_TEST(e.at(1, 1).value() == 5.0);
    BOOST_CHECK_THROW(e.at(2, 0), std::exception);
    const std::array<std::size_t, 2> index{1, 0};
    BOOST_TEST(e[index].value() == 6.0);
    BOOST_TEST(e.element(index.begin(), index.end()).value() == 6.0);
    BOOST_TEST(e.periodic(-1, -1).value() == 6.0);
    std::size_t i = 0;
    for (auto const& v : e)
        BOOST_TEST(v.value() == expected[i++]);
    BOOST_TEST(i == 6u);
    for (auto it = e.rbegin(); it != e.rend(); ++it)
        BOOST_TEST((*it).value() == expected[--i]);
    i = 0;
    for (auto it = e.begin<xt::layout_type::column_major>(); it != e.end<xt::layout_type::column_major>(); ++it, ++i)
        BOOST_TEST((*it).value() == expected[(i % 2) * 3 + i / 2]);
    BOOST_TEST((e.layout() == xt::layout_type::row_major || e.layout() == xt::layout_type::dynamic));
}

// Elements of the expression, and all of it, have one derivative.
BOOST_AUTO_TEST_CASE(elements_are_differentiated)
{
    ad::tape t(true);
    const auto e = xt::sin(matrix) * row;
    const ad::variable<double> one = e(1, 2);
    ad::variable<double> by_elements = 0.0;
    for (auto const& v : e)
        by_elements += v;
    const xt::xtensor<ad::variable<double>, 2> stored = e;
    const ad::variable<double> by_array = xt::sum(e), of_stored = stored(0, 0) + stored(1, 2);
    const auto g = *t.gradient(one, row);
    BOOST_TEST(g(0) == 0.0);
    BOOST_TEST(std::abs(g(2) - std::sin(6.0)) <= 1e-15);
    const auto a = *t.gradient(by_elements, row), b = *t.gradient(by_array, row), c = *t.gradient(of_stored, row);
    for (std::size_t k = 0; k < 3; ++k)
        BOOST_TEST(std::abs(a(k) - b(k)) <= 1e-15);
    BOOST_TEST(std::abs(c(0) - std::sin(1.0)) <= 1e-15);
    BOOST_TEST(c(1) == 0.0);
}

BOOST_AUTO_TEST_CASE(xtensor_on_nodes)
{
    const auto e = matrix + row;
    BOOST_TEST(xt::view(e, 1, xt::range(1, 3))(1).value() == 36.0);
    BOOST_TEST(xt::strided_view(e, {xt::all(), 2})(0).value() == 33.0);
    BOOST_TEST(xt::transpose(ad::tensor<double, 2>(e))(2, 1).value() == 36.0);
    const xt::xarray<bool> larger = e > 24.5;
    BOOST_TEST(xt::sum(larger)() == 3u);
    BOOST_TEST(xt::sum(xt::where(e > 24.5, e, 0.0))().value() == 25.0 + 33.0 + 36.0);
    const ad::tensor<double, 1> columns = xt::sum(e, {0});
    BOOST_TEST(columns(1).value() == 47.0);
}

BOOST_AUTO_TEST_SUITE_END()
