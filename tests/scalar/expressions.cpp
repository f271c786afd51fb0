// SPDX-License-Identifier: BSL-1.0
// Expressions of scalars: one statement an assignment, what `auto` keeps, generic code, bytes on the tape.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xtensor.hpp>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;

    // As numerical libraries are written.
    template <class T>
    T smooth_step(T const& x)
    {
        using std::exp;
        using std::sqrt;
        const auto a = x * x + 1;
        T b = x > 0 ? x * a : -x;
        b = x > 1 ? a : b;
        b += x < 2 ? x * 3.0 : 1.0;
        return sqrt(a) * exp(-b) + std::max(b, T(a)) - std::min<T>(a, b * b);
    }
    // Gaussian elimination on any scalar, without pivoting.
    template <class T, std::size_t N>
    std::vector<T> solve(T (&a)[N][N], std::vector<T> b)
    {
        for (std::size_t k = 0; k < N; ++k)
            for (std::size_t i = k + 1; i < N; ++i)
            {
                const T f = a[i][k] / a[k][k];
                for (std::size_t j = k; j < N; ++j)
                    a[i][j] -= f * a[k][j];
                b[i] -= f * b[k];
            }
        for (std::size_t k = N; k-- > 0;)
        {
            for (std::size_t j = k + 1; j < N; ++j)
                b[k] -= a[k][j] * b[j];
            b[k] /= a[k][k];
        }
        return b;
    }
    auto returned_expression(number x, double y)
    {
        auto e = x * y + sin(x);
        x = 100.0;  // what e saw stays
        y = 100.0;
        return e;
    }
}

BOOST_AUTO_TEST_SUITE(expressions)

BOOST_AUTO_TEST_CASE(an_assignment_is_one_statement_of_12_bytes_a_read)
{
    number x = 2.0, y = 3.0;
    ad::tape t;
    number z = x * y;  // reads x and y for the first time: a leaf each
    const auto before = t.statistics();
    BOOST_TEST(before.statements == 3u);
    z = x * y + sin(x) / y - 2.0 * z;
    auto now = t.statistics();
    BOOST_TEST(now.statements == before.statements + 1);
    BOOST_TEST(now.edges == before.edges + 5);
    for (int k = 0; k < 1000; ++k)
        z = z * 0.5 + x;
    now = t.statistics();
    BOOST_TEST(now.statements == before.statements + 1001);
    BOOST_TEST(now.tape_bytes - before.tape_bytes < 2005 * 12 + 500);
    BOOST_TEST(now.tape_bytes >= (2 + 5 + 2000) * 12u);
}

BOOST_AUTO_TEST_CASE(auto_keeps_what_the_expression_saw)
{
    number x = 2.0;
    ad::tape t;
    const auto e = returned_expression(x, 3.0);
    const number y = e + e;
    BOOST_TEST(y.value() == 2 * (6.0 + std::sin(2.0)));
    BOOST_TEST(*t.gradient(y, x) == 2 * (3.0 + std::cos(2.0)));
}

BOOST_AUTO_TEST_CASE(an_expression_in_auto_is_a_number_too)
{
    number x = 2.0;
    ad::tape t;
    auto y = x * x;
    y += x;
    y *= y;  // more reads than x * x has: recorded
    BOOST_TEST(y.value() == 36.0);
    BOOST_TEST(value(y * 1.0) == 36.0);
    BOOST_TEST((y > x && y >= 36 && 36.0 == y && y != x + 1 && isfinite(y)));
    std::ostringstream out;
    out << y - 1;
    BOOST_TEST(out.str() == "35");
    BOOST_TEST(*t.gradient(y, x) == 2 * 6.0 * 5.0);
    static_assert(std::numeric_limits<decltype(x * x)>::digits == 53);
    static_assert(std::is_same_v<std::common_type_t<decltype(x * x), number>, number>);
    static_assert(std::is_same_v<std::common_type_t<decltype(x * x), decltype(x + x * x)>, number>);
    static_assert(std::is_same_v<std::common_type_t<double, decltype(x * x)>, number>);
    static_assert(!std::is_convertible_v<number, double> && !std::is_convertible_v<decltype(x * x), double>);
    static_assert(std::is_trivially_copy_constructible_v<number> && std::is_trivially_destructible_v<number> && sizeof(number) == 16);
}

BOOST_AUTO_TEST_CASE(generic_code)
{
    for (double at : {-1.5, 0.5, 1.5, 3.0})
    {
        const number x = at;
        ad::tape t;
        const number y = smooth_step(x);
        BOOST_TEST(y.value() == smooth_step(at), boost::test_tools::tolerance(1e-15));
        const double h = 1e-6, slope = (smooth_step(at + h) - smooth_step(at - h)) / (2 * h);
        BOOST_TEST(*t.gradient(y, x) == slope, boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(a_solver_written_for_any_scalar)
{
    const std::vector<number> p{4.0, 1.0, 2.0, 5.0, 3.0};
    ad::tape t;
    number a[2][2] = {{p[0], p[1]}, {p[2], p[3]}};
    const auto x = solve(a, {p[4], p[0] * p[1]});
    // x0 = (p3 p4 - p1 p0 p1) / (p0 p3 - p1 p2)
    BOOST_TEST(x[0].value() == 11.0 / 18.0, boost::test_tools::tolerance(1e-15));
    const auto g = t.gradient(x[0], p);
    BOOST_TEST(*g[4] == 5.0 / 18.0, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(*g[0] == (-1.0 * 18.0 - 11.0 * 5.0) / (18.0 * 18.0), boost::test_tools::tolerance(1e-14));
    BOOST_TEST(*g[2] == 11.0 / (18.0 * 18.0), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_slope_of_zero_lets_no_infinity_through)
{
    number x = 0.0;
    ad::tape t;
    const number y = 0.0 * sqrt(x) + x;
    BOOST_TEST(*t.gradient(y, x) == 1.0);
}

BOOST_AUTO_TEST_CASE(constants_among_the_reads_leave_no_edge)
{
    number x = 2.0;
    number constant;
    {
        ad::tape other;
        constant = number(3.0) * 2.0;
    }
    ad::tape t;
    const number y = constant * x + constant;
    BOOST_TEST(t.statistics().edges == 1u);
    BOOST_TEST(*t.gradient(y, x) == 6.0);
}

BOOST_AUTO_TEST_CASE(long_expressions_are_cut)
{
    number x = 1.5;
    ad::tape t;
    const number y = x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x * x;
    BOOST_TEST(y.value() == std::pow(1.5, 30), boost::test_tools::tolerance(1e-13));
    BOOST_TEST(*t.gradient(y, x) == 30 * std::pow(1.5, 29), boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(leaves_created_while_recording_lie_between_statements)
{
    const number x = 2.0;
    ad::tape t;
    number total = 0.0;
    for (int i = 0; i < 1000; ++i)  // through several chunks of the stream
    {
        number part = 0.0;
        for (int j = 0; j < 3; ++j)
            part += x * i;
        total += part;
    }
    BOOST_TEST(*t.gradient(total, x) == 3 * 499500.0);
}

BOOST_AUTO_TEST_CASE(leaves_of_another_thread)
{
    const std::vector<number> x{1.0, 2.0, 3.0};
    double g[2][3];
    const auto work = [&](double (&to)[3])
    {
        const std::vector<number> own(100, number(1.0));
        for (int again = 0; again < 3; ++again)
        {
            ad::tape t;
            number y = own[7] * 0.0;
            for (int k = 0; k < 10; ++k)
                y += x[0] * x[1] * x[2] * own[static_cast<std::size_t>(k)];
            const auto d = t.gradient(y, x);
            for (std::size_t i = 0; i < 3; ++i)
                to[i] = *d[i];
        }
    };
    std::thread a([&] { work(g[0]); }), b([&] { work(g[1]); });
    a.join();
    b.join();
    for (auto const& d : g)
    {
        BOOST_TEST(d[0] == 60.0);
        BOOST_TEST(d[1] == 30.0);
        BOOST_TEST(d[2] == 20.0);
    }
}

BOOST_AUTO_TEST_CASE(xtensor_algorithms_on_containers_of_scalars)
{
    const xt::xtensor<number, 1> x{number(3.0), number(1.0), number(2.0)};
    ad::tape t;
    const xt::xtensor<number, 1> y = x * x + 2.0 * x - 1.0;
    const xt::xtensor<number, 1> sorted = xt::sort(y);
    const xt::xtensor<number, 1> sums = xt::cumsum(sorted);
    const number z = sums(1) * 2.0;  // the two smallest: x1, x2
    BOOST_TEST(z.value() == 2 * (2.0 + 7.0));
    const auto [g0, g1, g2] = t.gradient(z, x(0), x(1), x(2));
    BOOST_TEST(g0.value_or_zero() == 0.0);
    BOOST_TEST(*g1 == 8.0);
    BOOST_TEST(*g2 == 12.0);
}

BOOST_AUTO_TEST_CASE(expressions_and_arrays)
{
    const number a = 2.0, b = 3.0;
    const ad::variable<double, 1> v{1.0, 2.0};
    ad::tape t;
    const auto scale = a * b;
    const auto lazy = scale * v + (a - b);  // held by value
    const number y = ad::sum(lazy * lazy) * (v(0) + a);
    // lazy = (5, 11): sum of squares 146, times 3
    BOOST_TEST(y.value() == 438.0);
    const auto [ga, gb, gv] = t.gradient(y, a, b, v);
    BOOST_TEST(*ga == 3 * 2 * (5.0 * 4 + 11.0 * 7) + 146.0);
    BOOST_TEST(*gb == 3 * 2 * (5.0 * 1 + 11.0 * 3));
    BOOST_TEST((*gv)(0) == 3 * 2 * 5.0 * 6 + 146.0);
    BOOST_TEST((*gv)(1) == 3 * 2 * 11.0 * 6);
}

BOOST_AUTO_TEST_SUITE_END()
