// SPDX-License-Identifier: BSL-1.0
// Dual numbers as numbers: operators, mixed arithmetic, comparisons, streams, traits.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <sstream>
#include <type_traits>

#include <etape/dual/lanes.hpp>
#include <etape/dual/limits.hpp>

namespace
{
    using namespace etape;
    using d2 = dual<double, 2>;

    d2 x() { return d2::independent(3.0, 0); }
    d2 y() { return d2::independent(0.5, 1); }
}

BOOST_AUTO_TEST_SUITE(dual_numbers)

BOOST_AUTO_TEST_CASE(operators_follow_the_rules_of_calculus)
{
    const d2 z = (x() * y() - x() / y()) + 2.0 * x() - 1;
    BOOST_TEST(z.v == 1.5 - 6.0 + 6.0 - 1.0);
    BOOST_TEST(z.d[0] == 0.5 - 2.0 + 2.0);
    BOOST_TEST(z.d[1] == 3.0 + 12.0);
    const d2 w = -x() + +y();
    BOOST_TEST(w.d[0] == -1.0);
    BOOST_TEST(w.d[1] == 1.0);
}

BOOST_AUTO_TEST_CASE(compound_assignment_also_with_itself)
{
    d2 a = x();
    a *= a;
    BOOST_TEST(a.v == 9.0);
    BOOST_TEST(a.d[0] == 6.0);
    a += 1;
    a -= y();
    a /= 2.0f;
    BOOST_TEST(a.v == 4.75);
    BOOST_TEST(a.d[0] == 3.0);
    BOOST_TEST(a.d[1] == -0.5);
}

BOOST_AUTO_TEST_CASE(functions_are_found_by_lookup_and_take_plain_numbers)
{
    using std::exp;
    using std::pow;
    const d2 a = exp(x());
    BOOST_TEST(a.d[0] == std::exp(3.0));
    BOOST_TEST(pow(x(), 2).d[0] == 6.0);
    BOOST_TEST(pow(2.0, y()).d[1] == std::sqrt(2.0) * std::log(2.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(maximum(x(), 5.0).d[0] == 0.0);
    BOOST_TEST(atan2(x(), y()).d[1] == -3.0 / 9.25, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(where(x() > 1.0, x(), y()).d[0] == 1.0);
    BOOST_TEST(clip(x(), 0.0, 2.0).v == 2.0);
    BOOST_TEST(fma(x(), y(), 1.0).d[1] == 3.0);
}

BOOST_AUTO_TEST_CASE(lower_orders_are_constants_of_higher_ones)
{
    using inner = dual<double>;
    const dual<inner> a(inner(2.0, 1.0), inner(1.0));
    const auto y = a * inner(3.0, 1.0) + 1.0;
    static_assert(std::is_same_v<decltype(y), const dual<inner>>);
    BOOST_TEST(y.v.v == 7.0);
    BOOST_TEST(y.v.d[0] == 5.0);
    BOOST_TEST(y.d[0].v == 3.0);
    BOOST_TEST((a > inner(1.0)));
}

BOOST_AUTO_TEST_CASE(comparisons_look_at_values)
{
    static_assert(std::is_same_v<decltype(x() < y()), bool>);
    BOOST_TEST((x() > y()));
    BOOST_TEST((x() == 3.0));
    BOOST_TEST((1 < x()));
    BOOST_TEST((x() != y()));
    BOOST_TEST((x() >= 3));
    const d2 undefined = std::numeric_limits<d2>::quiet_NaN();
    BOOST_TEST((undefined != undefined));
    BOOST_TEST(isnan(undefined));
    BOOST_TEST(isinf(std::numeric_limits<d2>::infinity()));
    BOOST_TEST(isfinite(x()));
}

BOOST_AUTO_TEST_CASE(traits_and_streams)
{
    static_assert(std::is_trivially_copyable_v<d2>);
    static_assert(std::is_trivially_copyable_v<dual<xsimd::batch<double>, 3>>);
    static_assert(sizeof(d2) == 3 * sizeof(double));
    static_assert(std::is_same_v<std::common_type_t<d2, int>, d2>);
    static_assert(std::is_same_v<std::common_type_t<double, d2>, d2>);
    static_assert(std::is_same_v<lane::scalar_t<dual<dual<float>>>, float>);
    static_assert(!std::is_convertible_v<d2, double>);
    static_assert(std::numeric_limits<d2>::digits == 53);
    BOOST_TEST(std::numeric_limits<d2>::epsilon().v == std::numeric_limits<double>::epsilon());
    std::ostringstream out;
    out << x();
    BOOST_TEST(out.str() == "3 + [1, 0] eps");
}

BOOST_AUTO_TEST_CASE(batches_of_duals_are_duals_of_batches)
{
    using B = xsimd::batch<double>;
    using dual_batch = dual<B, 2>;
    const dual_batch a = dual_batch::independent(B(2.0), 1);
    const auto s = lane::reduce_add(a * a);
    static_assert(std::is_same_v<decltype(s), const d2>);
    BOOST_TEST(s.v == 4.0 * B::size);
    BOOST_TEST(s.d[1] == 4.0 * B::size);
    const dual_batch chosen = select(a > 1.0, a, dual_batch(0.0));
    BOOST_TEST(lane::reduce_add(chosen).d[1] == 1.0 * B::size);
    BOOST_TEST(lane::reduce_add(where(a > 3.0, a, 2.0 * a)).d[1] == 2.0 * B::size);
    BOOST_TEST(lane::reduce_add(clip(a, 0.0, B(1.5))).v == 1.5 * B::size);
}

BOOST_AUTO_TEST_CASE(select_takes_every_kind_of_number)
{
    const auto f = [](auto const& v) { return etape::select(v > 0.0, v * v, -v); };
    BOOST_TEST(f(-2.0) == 2.0);
    BOOST_TEST(f(3.0f) == 9.0f);
    BOOST_TEST(f(x()).d[0] == 6.0);
    const xsimd::batch<double> lanes(3.0);
    BOOST_TEST(f(lanes).get(0) == 9.0);
    BOOST_TEST(etape::select(lanes > 1.0, 1.0, lanes).get(0) == 1.0);
    BOOST_TEST(etape::select(true, 1, 2.5) == 1.0);
}

BOOST_AUTO_TEST_SUITE_END()
