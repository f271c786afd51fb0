// SPDX-License-Identifier: BSL-1.0
// What <cmath> has beside the rule table, on tracked and on dual numbers: the values of <cmath>, and derivatives where there are any.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using dual = ad::dual<double>;
    using limits = std::numeric_limits<double>;

    bool same_bits(double a, double b)
    {
        return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
    }
    bool close(double a, double b)
    {
        return a == b || std::abs(a - b) <= limits::epsilon() * std::abs(b);
    }
    // f is a template of a number; its value is that of double, its slope the one given, by both modes.
    template <class F>
    void check(const char* name, F const& f, double at, double slope)
    {
        const double exact = f(at);
        const number x = at;
        ad::tape t;
        const number y = f(x);
        const dual d = f(dual(at, 1.0));
        const double reverse = t.gradient(y, x).value_or_zero();
        BOOST_TEST(same_bits(y.value(), exact), name << " of " << at << " is " << exact << ", found " << y.value());
        BOOST_TEST(same_bits(d.v, exact), name << " of a dual number at " << at << " is " << exact << ", found " << d.v);
        BOOST_TEST(close(reverse, slope), name << ": the slope at " << at << " is " << slope << ", found " << reverse);
        BOOST_TEST(close(d.d[0], slope), name << ": the tangent at " << at << " is " << slope << ", found " << d.d[0]);
    }
}

BOOST_AUTO_TEST_SUITE(number_functions)

BOOST_AUTO_TEST_CASE(steps_by_one)
{
    const auto f = []<class T>(T x)
    {
        T before = x++;
        const T after = ++x;
        T last = after;
        before *= last--;  // x (x + 2)
        return before + --last;
    };
    check("++ and --", f, 3.0, 3 + 5 + 1.0);
    // an expression in auto as well
    const number x = 3.0;
    ad::tape t;
    auto y = x * x;
    ++y;
    const auto z = y-- * y;
    BOOST_TEST(z.value() == 90.0);
    BOOST_TEST(*t.gradient(z, x) == (9 + 10) * 6.0);
}

BOOST_AUTO_TEST_CASE(results_without_a_derivative)
{
    using namespace std;  // as a template for numbers does
    for (double v : {3.5, -3.5, -0.0, 0.3, 1e-310, limits::infinity(), -limits::infinity(), limits::quiet_NaN()})
    {
        const number x = v;
        const dual d(v, 1.0);
        BOOST_TEST((signbit(x) == signbit(v) && signbit(x * 1.0) == signbit(v) && signbit(d) == signbit(v)));
        BOOST_TEST((isnormal(x) == isnormal(v) && isnormal(d) == isnormal(v)));
        BOOST_TEST((isnan(x) == isnan(v) && isnan(d) == isnan(v) && isinf(d) == isinf(v) && isfinite(d) == isfinite(v)));
        BOOST_TEST((fpclassify(x) == fpclassify(v) && fpclassify(d) == fpclassify(v)));
        BOOST_TEST((isgreater(x, 1) == isgreater(v, 1) && isless(1.0, x) == isless(1.0, v) && isunordered(x, x) == isunordered(v, v)));
        BOOST_TEST((islessequal(d, 3.5) == islessequal(v, 3.5) && isgreaterequal(d, d) == isgreaterequal(v, v) && islessgreater(x, d.v) == islessgreater(v, v)));
        BOOST_TEST((same_bits(logb(x), logb(v)) && same_bits(logb(d), logb(v))));
        if (isfinite(v) && v != 0)
        {
            BOOST_TEST((ilogb(x) == ilogb(v) && lround(x) == lround(v) && llround(d) == llround(v) && lrint(x) == lrint(v) && llrint(x) == llrint(v)));
            BOOST_TEST((static_cast<int>(x) == static_cast<int>(v) && static_cast<long>(d) == static_cast<long>(v)));
        }
        BOOST_TEST((static_cast<bool>(x) == (v != 0) && !x == (v == 0) && !d == (v == 0)));
    }
    // what is read so only steers the program
    const number x = 2.6;
    ad::tape t;
    const number z = 3.0;
    number y = z;
    for (long k = lround(x) + static_cast<int>(x) + ilogb(x) + signbit(x); k > 0; --k)
        y *= z;
    BOOST_TEST(*t.gradient(y, z) == 7 * 729.0);
    BOOST_TEST((t.gradient(y, x).why() == ad::reason::tape_consumed));
    ad::tape again;
    y = x ? z * z : number(z);
    BOOST_TEST((again.gradient(y, x).why() == ad::reason::control_only));
}

BOOST_AUTO_TEST_CASE(exponents)
{
    const auto by = [](int n) { return [n](auto x) { using std::ldexp; return ldexp(x, n); }; };
    check("ldexp", by(3), -1.5, 8.0);
    check("ldexp", by(-1074), 1.5, limits::denorm_min());
    check("ldexp", by(1023), 1.5, 0x1p1023);
    check("ldexp", by(2000), 0x1.8p-1060, limits::infinity());
    check("scalbn", [](auto x) { using std::scalbn, std::scalbln; return scalbn(x, 2) + scalbln(x, -1L); }, 3.0, 4.5);
    const auto mantissa = [](auto x) { using std::frexp; int e = 77; const auto m = frexp(x, &e); return m + e * 0.0; };
    check("frexp", mantissa, 12.0, 1.0 / 16);
    check("frexp", mantissa, -1.0, 0.5);
    check("frexp", mantissa, 0.0, 1.0);
    check("frexp", mantissa, -1e-310, std::ldexp(1.0, 1029));
    int e = 0, exact = 0;
    frexp(number(6e20), &e);
    std::frexp(6e20, &exact);
    BOOST_TEST(e == exact);
    // through the exponent and back: the identity
    const number x = 0.7;
    ad::tape t;
    const number m = frexp(exp(x), &e);
    BOOST_TEST(*t.gradient(ldexp(m, e), x) == std::exp(0.7), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(parts)
{
    const auto fraction = []<class T>(T x) { using std::modf; T whole; const T part = modf(x, &whole); return T(part + whole * 0.0); };
    check("modf", fraction, 3.25, 1.0);
    check("modf", fraction, -3.25, 1.0);
    number whole;
    BOOST_TEST(modf(number(-limits::infinity()), &whole).value() == 0.0);
    BOOST_TEST(whole.value() == -limits::infinity());
    double plain = 0;
    BOOST_TEST((modf(number(-3.25), &plain).value() == -0.25 && plain == -3.0));
    // the whole part has no derivative, and says why
    const number x = 3.25;
    ad::tape t;
    const number part = modf(x, &whole);
    const number y = whole * part;
    BOOST_TEST(*t.gradient(y, x) == 3.0);
    ad::tape again;
    modf(x, &whole);
    BOOST_TEST((again.gradient(whole * 2.0, x).why() == ad::reason::non_differentiable));

    int q = 0;
    check("remquo", [&](auto a) { using std::remquo; return remquo(a, 2.0, &q); }, 7.5, 1.0);
    BOOST_TEST(q == 4);
    check("remquo", [&](auto b) { using std::remquo; return remquo(7.5, b, &q); }, 2.0, -4.0);
    check("nextafter", [](auto a) { using std::nextafter; return nextafter(a, 10); }, 1.0, 1.0);
    check("nextafter", [](auto a) { using std::nextafter; return nextafter(a, -1.0); }, 0.0, 1.0);
    check("nextafter", [](auto a) { using std::nextafter; return nextafter(a, a * 0.0); }, limits::infinity(), 1.0 - 1.0);
    BOOST_TEST(nextafter(2.0, number(3.0)) == std::nextafter(2.0, 3.0));
}

BOOST_AUTO_TEST_CASE(roots_of_three_squares)
{
    const auto of = [](auto const& a, auto const& b, auto const& c) { using std::hypot; return hypot(a, b, c); };
    check("hypot", [&](auto x) { return of(x, 2.0, 6.0); }, 3.0, 3.0 / 7);
    check("hypot", [&](auto x) { return of(2, x, 6u); }, 3.0, 3.0 / 7);
    check("hypot", [&](auto x) { return of(x, x, 0.5 * x); }, 2.0, 1.5);
    check("hypot", [&](auto x) { return of(x, 0.0, 0.0); }, 0.0, 0.0);
    check("hypot", [&](auto x) { return of(0.0, 0.0, x); }, -3.0, -1.0);
    // no overflow; and 1/|z| is the second derivative across
    BOOST_TEST(of(number(1e300), 2e300, number(2e300)).value() == 3e300, boost::test_tools::tolerance(1e-15));
    using second = ad::dual<dual>;
    BOOST_TEST(of(second(dual(0.0, 1.0), dual(1.0, 0.0)), 0.0, 4.0).d[0].d[0] == 0.25);
    BOOST_TEST(of(0.0, second(dual(0.0, 1.0), dual(1.0, 0.0)), 4.0).d[0].d[0] == 0.25);
    check("lerp", [](auto t) { using std::lerp; return lerp(2.0, 6.0, t); }, 0.25, 4.0);
    check("lerp", [](auto a) { using std::lerp; return lerp(a, 6, 1); }, 0.5, 0.0);
}

BOOST_AUTO_TEST_CASE(a_template_for_numbers)
{
    // a logarithm by its series, as a library might write it
    const auto logarithm = []<class T>(T x)
    {
        using std::frexp, std::isfinite, std::abs, std::swap, std::fmod;
        int e = 0;
        T m = frexp(x, &e), sum = 0, term = 1;
        if (!isfinite(m) || !(m > 0))
            return T(std::numeric_limits<T>::quiet_NaN());
        const T q = (m - 1) / (m + 1);
        T power = q, other = sum;
        for (int k = 1; abs(term) > std::numeric_limits<T>::epsilon() * T(0.1); k += 2, power *= q * q)
            sum += term = power / k;
        swap(sum, other);
        return T(2 * other + e * T(0.693147180559945309417232121458176568L));
    };
    const double at = 5.0;
    const number x = at;
    ad::tape t;
    const number y = logarithm(x);
    BOOST_TEST(y.value() == std::log(at), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(*t.gradient(y, x) == 1 / at, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(logarithm(dual(at, 1.0)).d[0] == 1 / at, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(numbers_of_libraries)
{
    using wide = boost::multiprecision::cpp_bin_float_50;
    const auto check_one = []<class T>(T v)
    {
        using boost::multiprecision::frexp, std::frexp;
        const ad::variable<T> x = v;
        ad::tape t;
        int e = 0;
        const ad::variable<T> m = frexp(x, &e);
        const ad::variable<T> y = ldexp(m, 3) + hypot(x, x, T(0) * x);
        const T slope = *t.gradient(y, x);
        BOOST_TEST((e == 4 && !signbit(x) && lround(x) == 12 && fpclassify(x) == FP_NORMAL));
        BOOST_TEST(static_cast<double>(slope - 0.5) == std::sqrt(2.0), boost::test_tools::tolerance(1e-7));
    };
    check_one(12.0f);
    check_one(12.0L);
    check_one(wide(12));
    check_one(dual(12.0, 1.0).v);
}

BOOST_AUTO_TEST_SUITE_END()
