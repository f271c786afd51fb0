// SPDX-License-Identifier: BSL-1.0
// The active scalar as a number of the language: compound assignment, ?:, comparisons, std algorithms, streams, limits, types.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>
#include <type_traits>
#include <vector>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
}

BOOST_AUTO_TEST_SUITE(language)

BOOST_AUTO_TEST_CASE(compound_assignment)
{
    const number x = 3.0;
    ad::tape t;
    number y = x;
    y += x;    // 2 x
    y *= y;    // 4 x^2
    y -= 1.0;
    y /= x;    // 4 x - 1/x
    y *= 2;
    BOOST_TEST(y.value() == 2 * (12.0 - 1.0 / 3.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(*t.gradient(y, x) == 2 * (4 + 1.0 / 9.0), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(plain_numbers_of_any_type_mix_in)
{
    const number x = 2.0;
    ad::tape t;
    const number y = 3 * x + 1.5f - x / 4u + 7L;
    BOOST_TEST(y.value() == 14.0);
    BOOST_TEST(*t.gradient(y, x) == 2.75);
}

BOOST_AUTO_TEST_CASE(the_ternary_operator)
{
    const number x = 2.0;
    ad::tape t;
    const number y = x > 1 ? x * x : number(0.0);
    const number z = x < 1 ? x * x : -x;
    BOOST_TEST(*t.gradient(y + z, x) == 3.0);
}

BOOST_AUTO_TEST_CASE(comparisons_are_of_values)
{
    const number a = 1.0, b = 2.0;
    BOOST_TEST((a < b && a <= b && b > a && b >= a && a != b && !(a == b)));
    BOOST_TEST((a < 2 && a <= 1 && a == 1.0 && a != 3 && !(a > 1.0f) && a >= 1));
    BOOST_TEST((0 < a && 1 <= a && 1.0 == a && 3 != a && !(1 > a) && 2 >= b));
    const number bad = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST((!(bad == bad) && bad != bad && !(bad < a) && isnan(bad) && !isnan(a)));
    BOOST_TEST((isfinite(a) && !isfinite(bad) && isinf(a / 0.0)));
}

BOOST_AUTO_TEST_CASE(std_max_and_min_choose_one)
{
    const number x = 2.0, y = 5.0;
    ad::tape t(true);
    const number z = std::max(x, y) * std::min(x, y);
    BOOST_TEST(*t.gradient(z, x) == 5.0);
    BOOST_TEST(*t.gradient(z, y) == 2.0);
    const number w = std::max<number>({x, y, x * y});
    BOOST_TEST(*t.gradient(w, x) == 5.0);
}

BOOST_AUTO_TEST_CASE(std_algorithms)
{
    const std::vector<number> x{3.0, 1.0, 2.0};
    ad::tape t;
    std::vector<number> sorted = x;
    std::sort(sorted.begin(), sorted.end());
    const std::vector<double> weights{1.0, 10.0, 100.0};
    const number y = std::inner_product(sorted.begin(), sorted.end(), weights.begin(), number(0.0));
    const auto g = t.gradient(y, x);
    BOOST_TEST(y.value() == 321.0);
    BOOST_TEST(*g[0] == 100.0);
    BOOST_TEST(*g[1] == 1.0);
    BOOST_TEST(*g[2] == 10.0);
}

BOOST_AUTO_TEST_CASE(a_copy_is_the_same_variable)
{
    const number x = 2.0;
    const number copy = x;
    ad::tape t;
    const number y = copy * x;
    BOOST_TEST(*t.gradient(y, x) == 4.0);
}

BOOST_AUTO_TEST_CASE(a_copy_is_the_same_variable_when_the_tape_has_seen_it)
{
    const number x = 2.0;
    ad::tape t(true);
    const number first = x * 3.0;
    const number copy = x;
    const number y = first + copy;
    BOOST_TEST(*t.gradient(y, x) == 4.0);
    BOOST_TEST(*t.gradient(y, copy) == 4.0);
}

BOOST_AUTO_TEST_CASE(equal_numbers_are_different_variables)
{
    const number x = 2.0, y = 2.0;
    ad::tape t;
    const number z = x * x + y;
    const auto [gx, gy] = t.gradient(z, x, y);
    BOOST_TEST(*gx == 4.0);
    BOOST_TEST(*gy == 1.0);
}

BOOST_AUTO_TEST_CASE(a_change_of_precision_is_recorded)
{
    const ad::variable<float> x = 3.0f;
    ad::tape t;
    const number wide(x);
    const ad::variable<float> back(wide * wide);
    const auto y = back * 2.0f;
    BOOST_TEST(y.value() == 18.0f);
    BOOST_TEST(*t.gradient(y, x) == 12.0f);
}

BOOST_AUTO_TEST_CASE(streams)
{
    number x = 0.0;
    std::istringstream("2.5 rest") >> x;
    BOOST_TEST(x.value() == 2.5);
    std::ostringstream out;
    out << x << ' ' << x * 2.0;
    BOOST_TEST(out.str() == "2.5 5");
    std::istringstream bad("no number");
    bad >> x;
    BOOST_TEST(bad.fail());
    BOOST_TEST(x.value() == 2.5);
}

BOOST_AUTO_TEST_CASE(limits_and_types)
{
    using limits = std::numeric_limits<number>;
    static_assert(limits::is_specialized && limits::has_infinity && limits::digits == 53);
    static_assert(std::numeric_limits<ad::variable<float>>::digits == 24);
    BOOST_TEST((number(limits::max()) == std::numeric_limits<double>::max()));
    static_assert(std::is_same_v<std::common_type_t<number, double>, number>);
    static_assert(std::is_same_v<std::common_type_t<int, number>, number>);
    static_assert(std::is_same_v<std::common_type_t<number, decltype(1 + std::declval<number>())>, number>);
    static_assert(sizeof(number) == 16 && std::is_nothrow_copy_constructible_v<number>);
}

BOOST_AUTO_TEST_SUITE_END()
