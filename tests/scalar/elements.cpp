// SPDX-License-Identifier: BSL-1.0
// Between scalars and arrays: elements read one by one, arrays packed from scalars, xtensor containers of scalars.
#include <boost/test/unit_test.hpp>

#include <xtensor/xtensor.hpp>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
}

BOOST_AUTO_TEST_SUITE(elements)

BOOST_AUTO_TEST_CASE(a_loop_over_the_elements_of_an_array)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    number y = 0.0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i)
        y += x(i) * x(i + 1);
    BOOST_TEST(y.value() == 8.0);
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g)(0) == 2.0);
    BOOST_TEST((*g)(1) == 4.0);
    BOOST_TEST((*g)(2) == 2.0);
}

BOOST_AUTO_TEST_CASE(elements_and_whole_arrays_in_one_sweep)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    const ad::tensor<double, 1> squares = x * x;
    const number first = squares(0) * x(2);               // x0^2 x2
    const ad::tensor<double, 1> scaled = squares * first;  // x^2 x0^2 x2
    const number y = ad::sum(scaled) + scaled(1);
    // y = x0^2 x2 (x0^2 + 2 x1^2 + x2^2)
    BOOST_TEST(y.value() == 3.0 * 18.0);
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g)(0) == 2 * 3 * 18.0 + 3 * 2.0);
    BOOST_TEST((*g)(1) == 3 * 8.0);
    BOOST_TEST((*g)(2) == 18.0 + 3 * 6.0);
}

BOOST_AUTO_TEST_CASE(elements_of_a_matrix)
{
    const ad::variable<double, 2> a{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t;
    const number determinant = a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0);
    const auto g = t.gradient(determinant, a);
    BOOST_TEST((*g)(0, 0) == 4.0);
    BOOST_TEST((*g)(0, 1) == -3.0);
    BOOST_TEST((*g)(1, 0) == -2.0);
    BOOST_TEST((*g)(1, 1) == 1.0);
}

BOOST_AUTO_TEST_CASE(a_container_of_scalars)
{
    xt::xtensor<number, 1> x{number(1.0), number(2.0)};
    ad::tape t;
    xt::xtensor<number, 1> y = x * x + 1.0;
    const number z = y(0) * y(1);
    BOOST_TEST(z.value() == 10.0);
    const auto [g0, g1] = t.gradient(z, x(0), x(1));
    BOOST_TEST(*g0 == 10.0);
    BOOST_TEST(*g1 == 8.0);
}

BOOST_AUTO_TEST_CASE(scalars_packed_into_an_array)
{
    const number a = 2.0, b = 3.0;
    ad::tape t;
    const xt::xtensor<number, 1> parts{a * b, b, number(1.0)};
    const ad::variable<double, 1> packed = parts;
    const number y = ad::sum(packed * packed);  // a^2 b^2 + b^2 + 1
    BOOST_TEST(y.value() == 46.0);
    const auto [ga, gb] = t.gradient(y, a, b);
    BOOST_TEST(*ga == 36.0);
    BOOST_TEST(*gb == 30.0);
}

BOOST_AUTO_TEST_CASE(a_recurrence_written_element_by_element)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0, 4.0};
    ad::tape t;
    xt::xtensor<number, 1> running = xt::xtensor<number, 1>::from_shape({4});
    number sum = 0.0;
    for (std::size_t i = 0; i < 4; ++i)
        running(i) = sum = sum + x(i);
    const ad::variable<double, 1> all = running;
    const number y = ad::sum(all);
    const auto g = t.gradient(y, x);
    for (std::size_t i = 0; i < 4; ++i)
        BOOST_TEST((*g)(i) == 4.0 - static_cast<double>(i));
}

BOOST_AUTO_TEST_SUITE_END()
