// SPDX-License-Identifier: BSL-1.0
// Out of the tape on purpose: value, stop_gradient, borrow.
#include <boost/test/unit_test.hpp>

#include <etape/api/tape.hpp>
#include <etape/array/detach.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
}

BOOST_AUTO_TEST_SUITE(plain_values)

BOOST_AUTO_TEST_CASE(the_value_of_an_array_shares_its_memory)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    const auto v = ad::value(x);
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(v)>, ad::constant<double, 1>>);
    BOOST_TEST(v(1) == 2.0);
    BOOST_TEST(v.data() == x.data_handle()->data<double>());
}

BOOST_AUTO_TEST_CASE(a_value_does_not_change_with_the_variable)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const auto v = ad::value(x);
    x += 10.0;
    BOOST_TEST(v(1) == 2.0);
    BOOST_TEST(x(1).value() == 12.0);
}

BOOST_AUTO_TEST_CASE(values_of_scalars_and_expressions)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    BOOST_TEST(ad::value(number(3.0)) == 3.0);
    BOOST_TEST(ad::value(x * x)(1) == 4.0);
    const double s = ad::value(xt::sum(x));
    BOOST_TEST(s == 3.0);
}

BOOST_AUTO_TEST_CASE(stop_gradient_is_a_constant_with_a_reason)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    const number s = 3.0;
    ad::tape t(true);
    const ad::tensor<double, 1> y = x * ad::stop_gradient(x * s);
    const auto [gx, gs] = t.gradient(y, x, s);
    BOOST_TEST((*gx)(1) == 6.0);
    BOOST_TEST((gs.why() == ad::reason::detached));
    const number z = s * ad::stop_gradient(s);
    BOOST_TEST(*t.gradient(z, s) == 3.0);
    BOOST_TEST((t.gradient(ad::stop_gradient(s) * 2.0, s).why() == ad::reason::detached));
}

BOOST_AUTO_TEST_CASE(a_value_that_comes_back_has_escaped)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    const ad::tensor<double, 1> y = x * x;
    const auto z = ad::sum(ad::variable<double, 1>(ad::value(y)) * 2.0);
    const auto g = t.gradient(z, x);
    BOOST_TEST(!g.has_value());
    BOOST_TEST((g.why() == ad::reason::escaped), g.why_not().text);
}

BOOST_AUTO_TEST_CASE(borrowed_memory)
{
    const xt::xtensor<double, 2> a{{1.0, 2.0}, {3.0, 4.0}};
    const auto b = ad::borrow(a);
    BOOST_TEST(b.data() == a.data());
    const ad::variable<double, 1> x{1.0, 1.0};
    ad::tape t;
    const ad::tensor<double, 2> y = x * b;
    const auto g = t.gradient(y, x);
    BOOST_TEST(((*g)(0) == 4.0 && (*g)(1) == 6.0));
}

BOOST_AUTO_TEST_CASE(only_contiguous_rows_can_be_borrowed)
{
    const xt::xtensor<double, 2, xt::layout_type::column_major> columns{{1.0, 2.0}, {3.0, 4.0}};
    BOOST_CHECK_THROW(ad::borrow(columns), ad::shape_error);
}

BOOST_AUTO_TEST_SUITE_END()
