// SPDX-License-Identifier: BSL-1.0
// Active scalars of SIMD batches, dual numbers and multiprecision numbers: statements, tapes, seeds, reasons, memory.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/cpp_dec_float.hpp>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    namespace mp = boost::multiprecision;
    using batch = xsimd::batch<double>;
    using digits_50 = mp::cpp_bin_float_50;
    template <class T>
    using number = ad::variable<T>;

    batch points(double first, double step)
    {
        alignas(64) double x[batch::size];
        for (std::size_t k = 0; k < batch::size; ++k)
            x[k] = first + step * static_cast<double>(k);
        return batch::load_aligned(x);
    }
    double lane(batch const& b, std::size_t k)
    {
        alignas(64) double x[batch::size];
        b.store_aligned(x);
        return x[k];
    }
    // Every double in it, to compare.
    std::vector<double> parts(double x)
    {
        return {x};
    }
    std::vector<double> parts(long double x)
    {
        return {static_cast<double>(x)};
    }
    std::vector<double> parts(digits_50 const& x)
    {
        return {static_cast<double>(x)};
    }
    std::vector<double> parts(batch const& b)
    {
        std::vector<double> all;
        for (std::size_t k = 0; k < batch::size; ++k)
            all.push_back(lane(b, k));
        return all;
    }
    template <class T, std::size_t N>
    std::vector<double> parts(ad::dual<T, N> const& x)
    {
        auto all = parts(x.v);
        for (auto const& d : x.d)
            for (auto p : parts(d))
                all.push_back(p);
        return all;
    }
    template <class T>
    bool is(T const& found, T const& expected)
    {
        const auto a = parts(found), b = parts(expected);
        for (std::size_t k = 0; k < a.size(); ++k)
            if (!(std::abs(a[k] - b[k]) <= 1e-14 * (1 + std::abs(b[k]))))
                return false;
        return true;
    }

    // Two independent values of T.
    template <class T>
    std::array<T, 2> start()
    {
        if constexpr (std::is_same_v<T, batch>)
            return {points(0.5, 0.1), points(1.5, -0.07)};
        else if constexpr (ad::is_dual_v<T>)
            return {T::independent(0.5, 0), T::independent(1.5, 1)};
        else
            return {T(0.5), T(1.5)};
    }
    using types = std::tuple<double, batch, ad::dual<double, 2>, digits_50>;
    using nested = std::tuple<ad::dual<ad::dual<double, 2>, 2>, ad::dual<batch, 2>, long double>;
}

BOOST_AUTO_TEST_SUITE(inner_types)

BOOST_AUTO_TEST_CASE_TEMPLATE(statements, T, types)
{
    const auto [a, b] = start<T>();
    number<T> x = a, y = b;
    ad::tape t(true);
    // aliasing, compound assignment, plain numbers of either kind
    number<T> z = x;
    z = z * z + y;
    z += 2 * x;
    z -= a * y;
    z *= 0.5;
    z /= T(2.0);
    // z = (x^2 + y + 2 x - a y)/4
    BOOST_TEST(is<T>(z.value(), (a * a + b + 2.0 * a - a * b) * 0.25));
    const auto [gx, gy] = t.gradient(z, x, y);
    BOOST_TEST(is<T>(*gx, (a + 1.0) * 0.5));
    BOOST_TEST(is<T>(*gy, (T(1.0) - a) * 0.25));
    // the same tape again, another target
    number<T> w = x * y;
    BOOST_TEST(is<T>(*t.gradient(w, y), a));
    // several targets, and seeds of every kind
    BOOST_TEST(is<T>(*t.gradient(std::tuple(w, z), y), a + (T(1.0) - a) * 0.25));
    BOOST_TEST(is<T>(*t.gradient(std::tuple(w, x), x, ad::seed(std::tuple(2.0, T(3.0)))), b * 2.0 + 3.0));
    BOOST_TEST(is<T>(*t.gradient(w, x, ad::seed(b)), b * b));
    BOOST_TEST(is<T>(*t.gradient(w, x, ad::seed(0)), T(0.0)));
    BOOST_TEST(is<T>(*t.gradient(x, x), T(1.0)));
    BOOST_TEST_REQUIRE(t.watched_variables().size() == 2u);
    BOOST_TEST(t.watched_variables()[0].is(x));
    BOOST_TEST(!t.watched_variables()[0].is(y));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(loops, T, types)
{
    const auto [a, b] = start<T>();
    // x_{k+1} = x_k + h (y - x_k): linear, so that dx_n/dx_0 = (1 - h)^n and dx_n/dy = 1 - (1 - h)^n; several chunks of the stream
    constexpr int n = 20000;
    const double h = 1.0 / 4096;
    double power = 1;
    for (int k = 0; k < n; ++k)
        power *= 1 - h;
    for (int again = 0; again < 3; ++again)
    {
        number<T> x0 = a, y = b;
        ad::tape t;
        number<T> x = x0;
        for (int k = 0; k < n; ++k)
            x = x + h * (y - x);
        const auto [gx, gy] = t.gradient(x, x0, y);
        BOOST_TEST(std::abs(parts(*gx)[0] - power) < 1e-11);
        BOOST_TEST(std::abs(parts(*gy)[0] - (1 - power)) < 1e-11);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(containers_and_standard_traits, T, types)
{
    const auto [a, b] = start<T>();
    std::vector<number<T>> x{a, b, a};
    ad::tape t;
    number<T> sum = 0;
    for (auto const& e : x)
        sum += e * e;
    const auto g = t.gradient(sum, x);
    BOOST_TEST_REQUIRE(g.size() == 3u);
    BOOST_TEST(is<T>(*g[1], b * 2.0));
    static_assert(std::is_same_v<std::common_type_t<number<T>, double>, number<T>>);
    static_assert(std::numeric_limits<number<T>>::digits == std::numeric_limits<T>::digits);
    static_assert(alignof(number<T>) >= alignof(T));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(numbers_of_numbers, T, nested)
{
    const auto [a, b] = start<T>();
    const number<T> x = a, y = b;
    ad::tape t;
    const number<T> z = x * x * y + 2 / y;
    const auto [gx, gy] = t.gradient(z, x, y);
    BOOST_TEST(is<T>(*gx, 2.0 * a * b));
    BOOST_TEST(is<T>(*gy, a * a - 2.0 / (b * b)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(why_there_is_no_gradient, T, types)
{
    const auto [a, b] = start<T>();
    const T from = b;
    const auto why = [](auto const& g)
    {
        BOOST_TEST(!g.has_value());
        BOOST_TEST(!g.why_not().text.empty());
        return g.why();
    };
    {
        number<T> x = a, y = from;
        ad::tape t;
        number<T> z = y * y;
        BOOST_CHECK(why(t.gradient(z, x)) == ad::reason::unconnected);
        BOOST_CHECK(why(t.gradient(z, y)) == ad::reason::tape_consumed);
        BOOST_TEST(is<T>(t.gradient(z, y).value_or_zero(), T(0.0)));
    }
    {
        number<T> x = a;
        ad::tape t(true);
        number<T> z = ad::stop_gradient(x * x) * x;
        BOOST_TEST(is<T>(*t.gradient(z, x), a * a));
        number<T> cut = ad::stop_gradient(x) * 2.0;
        BOOST_CHECK(why(t.gradient(cut, x)) == ad::reason::detached);
        BOOST_TEST(is<T>(*t.gradient(cut, x, ad::unconnected::zero), T(0.0)));
    }
    {
        number<T> x = a;
        ad::tape t(true);
        number<T> z;
        {
            const auto pause = t.stop_recording();
            z = x * x;
        }
        z = z + 1.0;
        BOOST_CHECK(why(t.gradient(z, x)) == ad::reason::recorded_while_paused);
        z = x * 1.0;
        z = from;
        number<T> after = z * z;
        BOOST_CHECK(why(t.gradient(after, x)) == ad::reason::overwritten);
    }
    {
        number<T> x = a;
        ad::tape t(true, false);
        number<T> z = x * x;
        BOOST_CHECK(why(t.gradient(z, x)) == ad::reason::not_watched);
        t.watch(x);
        BOOST_CHECK(why(t.gradient(z, x)) == ad::reason::watched_after_use);
        number<T> later = x * x;
        BOOST_TEST(is<T>(*t.gradient(later, x), a * 2.0));
    }
    {
        number<T> x = a, y = from;
        ad::tape t;
        (void)(x > 0.0);
        number<T> z = y * y;
        BOOST_CHECK(why(t.gradient(z, x)) == ad::reason::control_only);
    }
    {
        // a structural zero is a gradient
        number<T> x = a;
        ad::tape t;
        number<T> z = x * 0.0;
        BOOST_TEST(is<T>(*t.gradient(z, x), T(0.0)));
    }
}

BOOST_AUTO_TEST_CASE(lanes_of_a_batch)
{
    const auto a = points(-1.0, 0.4);
    const number<batch> x = a;
    ad::tape t(true);
    // masks choose lane by lane, and what is not chosen contributes nothing
    const number<batch> root = select(x > 0.0, sqrt(x), 2.0 * x);
    const auto g = *t.gradient(root, x);
    for (std::size_t k = 0; k < batch::size; ++k)
    {
        const double at = lane(a, k);
        BOOST_TEST(lane(root.value(), k) == (at > 0 ? std::sqrt(at) : 2 * at));
        BOOST_TEST(std::abs(lane(g, k) - (at > 0 ? 0.5 / std::sqrt(at) : 2)) < 1e-15);
    }
    const number<batch> chosen = select(x < 0.0 || x > 1.0, x * x, number<batch>(3.0));
    BOOST_TEST(lane(*t.gradient(chosen, x), 0) == -2);
    if (x < 100.0)  // one truth for all lanes
        BOOST_TEST(lane(*t.gradient(number<batch>(x * x), x), 0) == -2);
    BOOST_CHECK_THROW((void)static_cast<bool>(x > 0.0), ad::rule_error);
    BOOST_TEST(static_cast<bool>(isfinite(x)));
    BOOST_TEST(!static_cast<bool>(isnan(x)));
    // A zero adjoint in one lane passes zero there, also an infinite slope.
    const number<batch> z = x - a;
    number<batch> both = sqrt(z) * select(x < 0.0, number<batch>(0.0), number<batch>(1.0));
    const auto slope = *t.gradient(both, z);
    BOOST_TEST(lane(slope, 0) == 0);
    BOOST_TEST(std::isinf(lane(slope, batch::size - 1)));
}

BOOST_AUTO_TEST_CASE(one_recording_serves_many_points)
{
    // Rosenbrock's function at W points: values, gradients and (over dual lanes) Hessian products
    const auto rosenbrock = [](auto const& x, auto const& y) { return 100.0 * (y - x * x) * (y - x * x) + (1.0 - x) * (1.0 - x); };
    using lanes = ad::dual<batch, 1>;
    const auto a = points(-1.2, 0.3), b = points(1.0, 0.2);
    const batch one(1.0), none(0.0);
    const number<lanes> x = lanes(a, one), y = lanes(b, none);
    ad::tape t;
    const number<lanes> f = rosenbrock(x, y);
    const auto [gx, gy] = t.gradient(f, x, y);
    for (std::size_t k = 0; k < batch::size; ++k)
    {
        const double u = lane(a, k), v = lane(b, k);
        const auto close = [](double found, double expected) { return std::abs(found - expected) <= 1e-12 * (1 + std::abs(expected)); };
        BOOST_TEST(close(lane(f.value().v, k), rosenbrock(u, v)));
        BOOST_TEST(close(lane((*gx).v, k), -400 * u * (v - u * u) - 2 * (1 - u)));
        BOOST_TEST(close(lane((*gy).v, k), 200 * (v - u * u)));
        BOOST_TEST(close(lane((*gx).d[0], k), 1200 * u * u - 400 * v + 2));
        BOOST_TEST(close(lane((*gy).d[0], k), -400 * u));
    }
}

BOOST_AUTO_TEST_CASE(forward_over_reverse)
{
    constexpr std::size_t n = 4;
    using wide = ad::dual<double, n>;
    const auto f = [](auto const* x)
    {
        using std::exp;
        using std::sin;
        return sin(x[0] * x[1]) * exp(x[2] * 0.3) + x[3] * x[3] * x[0] / (1.0 + x[1] * x[1]);
    };
    const std::array<double, n> at{0.4, 1.1, -0.7, 0.9};
    std::vector<number<wide>> x;
    for (std::size_t i = 0; i < n; ++i)
        x.emplace_back(wide::independent(at[i], i));
    ad::tape t;
    const number<wide> y = f(x.data());
    const auto g = t.gradient(y, x);

    const auto of_array = [&](auto const& v)
    {
        const std::array elements{v(0), v(1), v(2), v(3)};
        const number<double> r = f(elements.data());
        return r;
    };
    const xt::xtensor<double, 1> p{at[0], at[1], at[2], at[3]};
    const auto gradient = ad::grad(of_array)(p);
    const auto hessian = ad::hessian(of_array)(p);
    for (std::size_t i = 0; i < n; ++i)
    {
        BOOST_TEST(std::abs((*g[i]).v - gradient(i)) < 1e-14);
        for (std::size_t j = 0; j < n; ++j)
            BOOST_TEST(std::abs((*g[i]).d[j] - hessian(i, j)) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(fifty_digits)
{
    // y = exp(sin(x)) log(x), against its closed form
    const digits_50 a("1.2345678901234567890123456789012345678901234567890");
    const number<digits_50> x = a;
    ad::tape t;
    const number<digits_50> y = exp(sin(x)) * log(x);
    const digits_50 exact = exp(sin(a)) * (cos(a) * log(a) + 1 / a);
    BOOST_TEST(abs(*t.gradient(y, x) - exact) < digits_50("1e-48"));
    BOOST_TEST((x > 1.0 && x < a + 1 && x == a && !isnan(x) && isfinite(x)));
    std::stringstream text;
    text.precision(50);
    text << x;
    number<digits_50> back;
    text >> back;
    BOOST_TEST(abs(back.value() - a) < digits_50("1e-48"));
    BOOST_TEST(std::numeric_limits<number<digits_50>>::epsilon() == std::numeric_limits<digits_50>::epsilon());
}

// Numbers that own memory are constructed and destroyed as any other: a leak is the address sanitizer's to find.
BOOST_AUTO_TEST_CASE(numbers_that_own_memory)
{
    using owning = mp::number<mp::cpp_dec_float<60, int, std::allocator<std::uint32_t>>, mp::et_off>;
    static_assert(!std::is_trivially_copyable_v<owning>);
    for (int again = 0; again < 3; ++again)
    {
        const number<owning> x = owning(3);
        ad::tape t;
        number<owning> y = x;
        for (int k = 0; k < 1000; ++k)
            y = y * 0.5 + x;
        BOOST_TEST(abs(*t.gradient(y, x) - 2) < owning("1e-50"));
    }
}

BOOST_AUTO_TEST_CASE(a_recording_of_several_number_types)
{
    const number<double> x = 2.0;
    const number<float> f = 3.0f;
    const number<batch> b = points(1.0, 1.0);
    const number<digits_50> m = digits_50(7);
    const ad::variable<double, 1> v = xt::xtensor<double, 1>{1.0, 2.0};
    ad::tape t(true);
    const number<double> p = x * x * v(1);
    const number<batch> q = b * b * 3.0;
    const number<float> r = f * f;
    const number<digits_50> s = m * m * m;
    const number<double> sum = p * xt::sum(v * v);
    BOOST_TEST(*t.gradient(p, x) == 8);
    BOOST_TEST(lane(*t.gradient(q, b), 1) == 12);
    BOOST_TEST(*t.gradient(r, f) == 6);
    BOOST_TEST(*t.gradient(s, m) == 147);
    BOOST_TEST(t.gradient(sum, v)->data_handle()->data<double>()[0] == 16);
    const auto all = t.gradient(std::tuple(p, q, s), std::tuple(x, b, m));
    BOOST_TEST(*std::get<0>(all) == 8);
    BOOST_TEST(lane(*std::get<1>(all), 0) == 6);
    BOOST_TEST(*std::get<2>(all) == 147);
    const auto none = t.gradient(q, x);
    BOOST_CHECK(none.why() == ad::reason::unconnected);
    // The statements of other types are no obstacle to what concerns doubles.
    BOOST_TEST((*t.gradient(p, x, ad::differentiable)).value() == 8);
    const auto square = [&](auto const& u)
    {
        number<batch> beside = b * b;
        beside = beside * b;
        return number<double>(u * u * u);
    };
    BOOST_TEST(ad::grad(ad::grad(square))(2.0) == 12);
}

BOOST_AUTO_TEST_CASE(a_tape_that_closes_and_resumes)
{
    number<batch> x = points(1.0, 1.0);
    ad::tape t(true);
    number<batch> y = x * x;
    t.close();
    number<batch> outside = x * 2.0;
    number<digits_50> other = digits_50(5);
    t.resume();
    number<batch> z = y * x + outside;
    number<digits_50> w = other * other;
    BOOST_TEST(lane(*t.gradient(z, x), 0) == 3);
    BOOST_TEST(*t.gradient(w, other) == 10);
    t.reset();
    number<batch> again = x * x * x;
    BOOST_TEST(lane(*t.gradient(again, x), 1) == 12);
}

// Inside an outer recording a plain gradient is a constant, and says so.
BOOST_AUTO_TEST_CASE(plain_gradients_in_a_recording)
{
    const number<batch> x = points(1.0, 1.0);
    ad::tape outer;
    batch slope;
    {
        ad::tape inner;
        const number<batch> y = x * x;
        slope = *inner.gradient(y, x);
    }
    const number<batch> z = x * slope;
    BOOST_CHECK_THROW((void)outer.gradient(z, x), ad::rule_error);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_in_a_warm_sweep)
{
    const number<batch> x = points(1.0, 1.0);
    const auto fresh = []() { return ad::pool_stats().fresh_blocks; };
    std::size_t before = 0;
    for (int again = 0; again < 4; ++again)
    {
        ad::tape t;
        number<batch> y = x;
        for (int k = 0; k < 100; ++k)
            y = y * 0.5 + x;
        (void)t.gradient(y, x, ad::seed(batch(2.0)));
        if (again == 1)
            before = fresh();
    }
    BOOST_TEST(fresh() == before);
}

BOOST_AUTO_TEST_SUITE_END()
