// SPDX-License-Identifier: BSL-1.0
// One text for plain numbers and arrays, and for tracked ones.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using plain = xt::xtensor<double, 1>;
}

BOOST_AUTO_TEST_SUITE(written_once)

BOOST_AUTO_TEST_CASE(functions_of_numbers)
{
    const auto f = [](auto const& x) { return ad::exp(-2.0 * x) + ad::pow(x, 3) * ad::maximum(x, 0.25) + ad::clip(x, 0.0, 1.0) + ad::sigmoid(x); };
    const double y = f(0.5);
    BOOST_TEST(y == std::exp(-1.0) + 0.125 * 0.5 + 0.5 + 1 / (1 + std::exp(-0.5)), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(f(ad::variable<double>(0.5)).value() == y, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(ad::value_and_grad(f)(0.5).value == y, boost::test_tools::tolerance(1e-15));
    static_assert(std::is_same_v<decltype(ad::exp(1.0f)), float> && std::is_same_v<decltype(ad::exp(1)), double> &&
                  std::is_same_v<decltype(ad::pow(2.0f, 2)), double>);
}
BOOST_AUTO_TEST_CASE(products)
{
    const xt::xtensor<double, 2> a{{1, 2}, {3, 4}};
    const plain v{5, 6};
    const auto f = [](auto const& m, auto const& w) { return ad::dot(ad::matmul(m, w), ad::value(w)) + ad::sum(ad::matmul(m, m)); };
    const double y = ad::dot(ad::matmul(a, v), v) + xt::sum(ad::matmul(a, a))();
    BOOST_TEST(y == (17 * 5 + 39 * 6) + (7 + 10 + 15 + 22));
    BOOST_TEST(f(ad::variable<double, 2>(a), ad::variable<double, 1>(v)).value() == y);
    static_assert(std::is_same_v<decltype(ad::matmul(a, a)), ad::constant<double, 2>> && std::is_same_v<decltype(ad::dot(v, v)), double>);
    BOOST_CHECK_THROW(ad::matmul(a, plain{1, 2, 3}), ad::shape_error);
    BOOST_TEST(ad::value(v + 1.0)(1) == 7.0);
    BOOST_TEST(ad::value(2.5) == 2.5);
}
BOOST_AUTO_TEST_CASE(tensors_go_on)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    const auto first = y;
    y += 1.0;
    y *= x;
    y -= x;
    y /= 2.0;
    const auto g = t.gradient(ad::sum(y), x);  // (x^3 + x - x) / 2
    BOOST_TEST(y(1).value() == 4.0);
    BOOST_TEST((*g)(1) == 6.0);
    BOOST_TEST(first(1).value() == 4.0);
    BOOST_CHECK_THROW((y += xt::xtensor<double, 1>{1, 2, 3}), ad::shape_error);
    ad::tensor<double, 1> one = xt::xtensor<double, 1>{1.0};
    BOOST_CHECK_THROW(one += x, ad::shape_error);
    BOOST_TEST(one(0).value() == 1.0);
}
BOOST_AUTO_TEST_CASE(idioms_of_xtensor)
{
    auto x = ad::variable<double, 2>::from_shape({2, 3});
    BOOST_TEST(x.shape()[1] == 3u);
    BOOST_TEST(ad::value(ad::sum(x)) == 0.0);
    const xt::xtensor<double, 2> d{{1, 2, 3}, {4, 5, 6}};
    ad::tape t;
    const auto x0 = x;
    xt::noalias(x) = x * d + d;
    xt::noalias(xt::view(x, 0)) += xt::view(d, 1);
    BOOST_TEST(x(0, 2).value() == 9.0);
    const auto g = t.gradient(ad::sum(x), x0);
    BOOST_TEST((*g)(1, 2) == 6.0);
}

BOOST_AUTO_TEST_SUITE_END()
