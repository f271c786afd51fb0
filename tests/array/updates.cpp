// SPDX-License-Identifier: BSL-1.0
// Updates of a part: computed in place as one statement, where the kernel does not read what it has just written.
#include <array/check.hpp>

using check::array;
using check::modes_agree;
using expect::numbers;
using expect::same;

namespace
{
    const double* memory(ad::variable<double, 1> const& x)
    {
        return x.data_handle()->data<double>();
    }
}

BOOST_AUTO_TEST_SUITE(updates_of_parts)

BOOST_AUTO_TEST_CASE(one_statement_in_the_same_memory)
{
    ad::variable<double, 1> q{1, 2, 3, 4, 5};
    ad::variable<double, 1> f{1, 10, 100, 1000};
    ad::tape t;
    ad::variable<double, 1> u = q * 1.0;
    const auto* const before = memory(u);
    const auto statements = t.statistics().statements;
    xt::view(u, xt::range(1, 4)) += xt::view(f, xt::range(0, 3)) - xt::view(f, xt::range(1, 4));
    xt::view(u, 0) = xt::view(u, 3);
    xt::view(u, 4) = xt::view(u, 1);
    BOOST_TEST(t.statistics().statements == statements + 3);
    BOOST_TEST(memory(u) == before);
    BOOST_TEST(same(numbers(u), {-896, -7, -87, -896, -7}));
    const ad::variable<double, 1> w{1, 2, 3, 4, 5};
    const auto [dq, df] = t.gradient(ad::sum(u * w), q, f);
    BOOST_TEST(same(numbers(*dq), {0, 7, 3, 5, 0}));
    BOOST_TEST(same(numbers(*df), {7, -4, 2, -5}));
}
BOOST_AUTO_TEST_CASE(all_at_once_where_windows_overlap)
{
    ad::variable<double, 1> x{1, 2, 3, 4};
    ad::tape t;
    ad::variable<double, 1> u = x * 1.0;
    xt::view(u, xt::range(1, 4)) += xt::view(u, xt::range(0, 3));
    BOOST_TEST(same(numbers(u), {1, 3, 5, 7}));
    xt::view(u, xt::range(0, 3)) = 2.0 * xt::view(u, xt::range(1, 4));
    BOOST_TEST(same(numbers(u), {6, 10, 14, 7}));
    BOOST_TEST(same(numbers(*t.gradient(ad::sum(u), x)), {2, 4, 5, 3}));
}
BOOST_AUTO_TEST_CASE(the_old_values_survive_where_the_derivative_reads_them)
{
    ad::variable<double, 1> x{1, 2, 3, 4};
    ad::tape t;
    ad::variable<double, 1> u = x * 1.0;
    xt::view(u, xt::range(1, 3)) = xt::view(u, xt::range(1, 3)) * xt::view(u, xt::range(1, 3));
    xt::view(u, xt::range(1, 3)) += xt::view(u, xt::range(1, 3)) * xt::view(u, xt::range(1, 3));
    BOOST_TEST(same(numbers(u), {1, 20, 90, 4}));
    BOOST_TEST(same(numbers(*t.gradient(ad::sum(u), x)), {1, 4 * (1 + 2 * 4.0), 6 * (1 + 2 * 9.0), 1}));
}
BOOST_AUTO_TEST_CASE(a_named_view_keeps_its_snapshot)
{
    ad::variable<double, 1> x{1, 2, 3};
    ad::tape t;
    ad::variable<double, 1> u = x * 1.0;
    const auto old = xt::view(std::as_const(u), xt::range(0, 2));
    xt::view(u, xt::range(0, 2)) = 5.0 * old;
    BOOST_TEST(same(numbers(ad::tensor<double, 1>(old * 1.0)), {1, 2}));
    BOOST_TEST(same(numbers(u), {5, 10, 3}));
    const ad::variable<double> y = ad::sum(u) + ad::sum(old);
    BOOST_TEST(same(numbers(*t.gradient(y, x)), {6, 6, 1}));
}
BOOST_AUTO_TEST_CASE(sweeping_twice_gives_the_same)
{
    ad::variable<double, 1> x{1, 2, 3, 4};
    ad::tape t(true);
    ad::variable<double, 1> u = x * x;
    xt::view(u, xt::range(1, 4)) -= 0.5 * xt::view(x, xt::range(0, 3));
    xt::view(u, 0) = xt::view(u, 3);
    xt::view(u, 2) = 7.0;
    const ad::variable<double> y = ad::sum(u * u);
    const auto first = numbers(*t.gradient(y, x));
    BOOST_TEST(same(numbers(*t.gradient(y, x)), first));
    // u1 = 3.5 depends on x0 (-0.5) and x1 (2 x1); u3 = 14.5, twice, on x2 (-0.5) and x3 (2 x3)
    BOOST_TEST(same(first, {-3.5, 28, -29, 464}));
}
BOOST_AUTO_TEST_CASE(modes)
{
    const auto x = array(4, 9);
    const auto y = array(9);
    const ad::variable<double> s = 1.5;
    // a stencil, whose adjoints overlap, with a number that collects once
    modes_agree(
        [](auto a, auto const& b, auto const& k)
        {
            const ad::tensor<double, 1> f = k * xt::view(b, xt::range(0, 8)) - xt::view(b, xt::range(1, 9)) * 0.5;
            xt::view(a, xt::range(1, 3), xt::range(0, 8)) -= f * k;
            xt::view(a, xt::all(), 8) = xt::view(a, xt::all(), 1);
            return a * a;
        },
        x, y, s);
    // columns, negative steps, a broadcast row, the part itself on the right
    modes_agree(
        [](auto a, auto const& b)
        {
            xt::view(a, xt::all(), xt::range(8, 0, -2)) += xt::view(b, xt::range(0, 4)) * xt::view(b, xt::range(1, 5));
            xt::view(a, xt::range(0, 4, 3)) -= b;
            xt::view(a, 1) = xt::view(a, 1) * b;
            return a * a;
        },
        x, y);
}
BOOST_AUTO_TEST_CASE(a_wrong_shape_changes_nothing)
{
    ad::variable<double, 1> x{1, 2, 3};
    ad::tape t;
    ad::variable<double, 1> u = x * 1.0;
    const auto statements = t.statistics().statements;
    BOOST_CHECK_THROW((xt::view(u, xt::range(0, 2)) = x * 2.0), ad::shape_error);
    BOOST_TEST(t.statistics().statements == statements);
    BOOST_TEST(same(numbers(u), {1, 2, 3}));
    BOOST_TEST(same(numbers(*t.gradient(ad::sum(u), x)), {1, 1, 1}));
}

// The sweep must not look for the result of exp, tanh, sqrt, ... in memory that the next update overwrites.
BOOST_AUTO_TEST_CASE(functions_whose_derivative_reads_their_result)
{
    const auto f = [](auto const& r, auto const& m)
    {
        auto x = m * 1.0;
        ad::variable<double, 2> y = x;
        xt::view(y, 0) = xt::exp(r);
        xt::view(y, 1) += xt::tanh(r);
        xt::view(y, 2) -= xt::sqrt(r);
        xt::view(y, 1) = xt::view(y, 1) * xt::view(y, 0);
        xt::view(y, 0) = xt::cbrt(r) * 1.0;
        xt::view(y, 0) += xt::exp(r);
        return ad::sum(y * y);
    };
    const xt::xtensor<double, 1> r{0.5, 1.0, 1.5, 0.25, 0.75, 1.25, 2.0, 0.1, 0.9};
    const xt::xtensor<double, 2> m = xt::ones<double>({3, 9});
    const auto report = ad::verify::compare_modes(f, r, m);
    BOOST_TEST(report.agree, report);
    ad::variable<double, 2> y = m;
    const ad::variable<double, 1> v = r;
    ad::tape t;
    xt::view(y, 1) = xt::exp(v);
    const auto g = *t.gradient(ad::sum(y), v);
    for (std::size_t i = 0; i < r.size(); ++i)
        BOOST_TEST(g(i) == std::exp(r(i)), boost::test_tools::tolerance(1e-15));
}

// What was overwritten, or not read, gets 0 also from adjoints that are infinite or NaN.
BOOST_AUTO_TEST_CASE(no_part_gets_what_is_not_its_own)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0, 4.0}, r{0.5, -1.0};
    for (double end : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        for (bool persistent : {true, false})
        {
            const ad::variable<double> s = end;
            ad::tape t(persistent);
            auto u = x;
            xt::view(u, xt::range(1, 3)) = xt::exp(r);
            const ad::variable<double> y = s * (ad::sum(u * x) + ad::sum(xt::view(x, xt::range(0, 1)) * 3.0));
            const auto g = *t.gradient(y, r);
            BOOST_TEST(!std::isfinite(g(0)));
            BOOST_TEST(!std::isfinite(g(1)));
        }
    for (bool persistent : {true, false})
    {
        const ad::variable<double> s = std::numeric_limits<double>::infinity();
        ad::tape t(persistent);
        const ad::variable<double> y = s * ad::sum(xt::view(x, xt::range(1, 3)) * 3.0);
        const auto g = *t.gradient(y, x);
        BOOST_TEST(g(0) == 0.0);
        BOOST_TEST(g(1) == s.value());
        BOOST_TEST(g(2) == s.value());
        BOOST_TEST(g(3) == 0.0);
    }
    for (bool persistent : {true, false})
    {
        const ad::variable<double> s = std::numeric_limits<double>::infinity();
        ad::tape t(persistent);
        auto u = x;
        xt::view(u, xt::range(0, 3)) = xt::exp(xt::view(x, xt::range(1, 4)));
        const xt::xtensor<double, 1> weights{1.0, 1.0, 1.0, 2.0};
        const auto g = *t.gradient(s * ad::sum(u * weights), x);
        BOOST_TEST(g(0) == 0.0);
        for (std::size_t i = 1; i < 4; ++i)
            BOOST_TEST(g(i) == s.value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
