// SPDX-License-Identifier: BSL-1.0
// fused(): value and gradient without a tape are those of the tape.
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>

#include <etape/etape.hpp>

namespace ad = etape;

namespace
{
    template <class T>
    using vector_of = xt::xtensor<T, 1>;
    using vector = vector_of<double>;
    using matrix = xt::xtensor<double, 2>;

    template <class T = double>
    vector_of<T> numbers(std::size_t n, double from = -1.3, double step = 0.37)
    {
        vector_of<T> v = xt::zeros<T>({n});
        for (std::size_t i = 0; i < n; ++i)
            v(i) = static_cast<T>(from + step * static_cast<double>(i % 17));
        return v;
    }

    // Where it does not sum in another order, the tape gives the same bits; else roundings at the size of the largest entry.
    template <class T>
    bool close(T a, T b, T largest)
    {
        return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 8 * std::numeric_limits<T>::epsilon() * std::max(largest, T(1));
    }
    template <class A, class B>
    void same_gradient(A const& a, B const& b)
    {
        if constexpr (std::is_floating_point_v<A>)
            BOOST_TEST(close(a, b, std::abs(a)), a << " by the tape, " << b << " fused");
        else
        {
            BOOST_REQUIRE(a.shape() == b.shape());
            auto largest = typename A::value_type(0);
            for (auto e : a)
                if (std::isfinite(e))
                    largest = std::max(largest, std::abs(e));
            for (std::size_t i = 0; i < a.size(); ++i)
                BOOST_TEST(close(a.data()[i], b.data()[i], largest), a.data()[i] << " by the tape, " << b.data()[i] << " fused, at " << i);
        }
    }
    template <class... A, class... B>
    void same_gradient(std::tuple<A...> const& a, std::tuple<B...> const& b)
    {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (same_gradient(std::get<I>(a), std::get<I>(b)), ...); }
        (std::index_sequence_for<A...>{});
    }
    // f counts how often it is called, in `calls`.
    template <class F, class... X>
    void agree(F f, X const&... x)
    {
        static_assert(ad::detail::runs_fused<F, X...>());
        int calls = 0;
        const auto counted = [&](auto const&... a)
        {
            ++calls;
            return f(a...);
        };
        const auto by_tape = ad::value_and_grad(f)(x...);
        const auto fused = ad::value_and_grad(ad::fused(counted))(x...);
        BOOST_TEST(calls == 1);
        BOOST_TEST(close(by_tape.value, fused.value, std::abs(by_tape.value)));
        same_gradient(by_tape.gradient, fused.gradient);
    }
}

BOOST_AUTO_TEST_SUITE(fused)

BOOST_AUTO_TEST_CASE(elementwise_reductions_of_all_sizes)
{
    constexpr std::size_t w = xsimd::batch<double>::size;
    for (std::size_t n : {std::size_t{0}, std::size_t{1}, w - 1, w, w + 1, 2 * w + 1, 4 * w, 5 * w + 3, std::size_t{100}, std::size_t{1000}})
    {
        const vector x = numbers(n), y = numbers(n, 0.5, 0.21);
        agree([](auto const& a) { return xt::sum(xt::exp(a) * xt::sin(a) + a * a); }, x);
        agree([](auto const& a) { return xt::sum((1.3 * a + 0.7) * (1.3 * a + 0.7) / (1.0 + a * a)); }, x);
        agree([](auto const& a, auto const& b) { return xt::sum(a * b + xt::pow(b, a)); }, x, y);
        agree([&](auto const& a, auto const& s) { return -0.5 * xt::sum(xt::square((y - a) / s)) - 3.0 * ad::log(s); }, x, 1.3);
    }
}

BOOST_AUTO_TEST_CASE(every_reduction)
{
    const vector x = numbers(37, 0.4, 0.13);
    agree([](auto const& a) { return xt::sum(a); }, x);
    agree([](auto const& a) { return xt::mean(a * a); }, x);
    agree([](auto const& a) { return xt::prod(a); }, x);
    agree([](auto const& a) { return xt::amax(a); }, x);
    agree([](auto const& a) { return xt::amin(xt::square(a)); }, x);
    agree([](auto const& a) { return xt::variance(a); }, x);
    agree([](auto const& a) { return xt::stddev(xt::exp(a)); }, x);
    agree([](auto const& a) { return xt::norm_l1(a - 1.1); }, x);
    agree([](auto const& a) { return xt::norm_l2(a); }, x);
    agree([](auto const& a) { return xt::norm_sq(a); }, x);
    agree([](auto const& a) { return ad::logsumexp(a); }, x);
    agree([](auto const& a) { return ad::sum(a * a); }, x);
    BOOST_CHECK_THROW(ad::value_and_grad(ad::fused([](auto const& a) { return ad::logsumexp(a); }))(numbers(0)), ad::shape_error);
}

BOOST_AUTO_TEST_CASE(numbers_around_reductions)
{
    const vector x = numbers(41, 0.3, 0.11), y = numbers(41, -0.8, 0.17);
    agree([](auto const& s, auto const& t) { return s * ad::exp(t) + ad::sin(s) / t; }, 0.7, 1.9);
    agree([](auto const& a) { return 3.0 * xt::sum(a) - 1.0; }, x);
    agree([](auto const& a) { return ad::log(xt::sum(xt::exp(a))); }, x);
    agree([](auto const& a, auto const& b) { return xt::sum(a * b) / ad::sqrt(xt::sum(a * a) * xt::sum(b * b)); }, x, y);
    agree([](auto const& a, auto const& s) { return s * xt::sum(xt::tanh(s * a)) + s * s; }, y, 0.9);
    // where f does not depend on an argument
    agree([](auto const& a, auto const&, auto const&) { return xt::sum(a); }, x, y, 2.0);
}

BOOST_AUTO_TEST_CASE(reductions_inside_reductions)
{
    const vector x = numbers(41, 0.3, 0.11), y = numbers(41, -0.8, 0.17);
    agree([](auto const& a) { return xt::sum(xt::square(a - xt::mean(a))); }, x);
    agree([](auto const& a) { return ad::log(xt::sum(xt::exp(a - xt::amax(a)))) + xt::amax(a); }, x);
    agree([](auto const& a, auto const& b) { return xt::sum(xt::square(a - 2.0 * xt::mean(b * xt::mean(a)))) * xt::sum(a * b); }, x, y);
}

BOOST_AUTO_TEST_CASE(shapes)
{
    matrix m = xt::zeros<double>({5, 7});
    for (std::size_t i = 0; i < m.size(); ++i)
        m.data()[i] = std::sin(static_cast<double>(i));
    const vector row = numbers(7);
    const xt::xtensor<double, 2> column = xt::reshape_view(numbers(5), {5, 1});
    const xt::xtensor<double, 2, xt::layout_type::column_major> other = m;
    agree([](auto const& a, auto const& r) { return xt::sum(a * r + r); }, m, row);
    agree([](auto const& a, auto const& c, auto const& r) { return xt::sum(xt::exp(a * c) - r * c); }, m, column, row);
    agree([](auto const& a, auto const& b) { return xt::sum(a * a * b); }, other, m);
    agree([](auto const& v) { return xt::sum(xt::cos(v)); }, xt::view(m, xt::all(), xt::range(1, 6, 2)));
    agree([](auto const& v) { return xt::sum(v * v * v); }, ad::constant<double, 2>(m));
    agree([](auto const& a, auto const& b) { return xt::sum(a / (1.0 + b * b)); }, row, row);
    BOOST_CHECK_THROW(ad::value_and_grad(ad::fused([](auto const& a, auto const& b) { return xt::sum(a * b); }))(row, numbers(6)), ad::shape_error);
}

BOOST_AUTO_TEST_CASE(views_of_arguments)
{
    const auto n = std::ptrdiff_t{23};
    const vector x = numbers(static_cast<std::size_t>(n));
    matrix m = xt::zeros<double>({6, 5});
    for (std::size_t i = 0; i < m.size(); ++i)
        m.data()[i] = std::cos(static_cast<double>(i));
    // Rosenbrock's valley
    agree(
        [n](auto const& a)
        {
            const auto here = xt::view(a, xt::range(0, n - 1)), next = xt::view(a, xt::range(1, n));
            return xt::sum(100.0 * xt::square(next - here * here) + xt::square(1.0 - here));
        },
        x);
    agree([](auto const& a) { return xt::sum(xt::view(a, 2, xt::all()) * xt::view(a, 4, xt::all())) + xt::sum(xt::view(a, xt::all(), 1)); }, m);
    agree([](auto const& a) { return xt::sum(xt::transpose(a) * xt::view(a, 1, xt::newaxis(), xt::range(0, 1))); }, m);
    // the whole and a view of it in one pass: neither may store over the other's part
    const xt::xtensor<double, 2> square = xt::view(m, xt::range(0, 5), xt::all());
    agree([](auto const& a) { return xt::sum(xt::exp(a) * xt::transpose(a)); }, square);
}

BOOST_AUTO_TEST_CASE(single_precision)
{
    const auto x = numbers<float>(53);
    agree([](auto const& a, auto const& s) { return xt::sum(xt::exp(a * s)) - s; }, x, 0.3f);
}

BOOST_AUTO_TEST_CASE(captured_constants_and_plain_arrays)
{
    const vector data = numbers(29), x = numbers(29, 0.1, 0.2);
    const ad::constant<double, 1> kept(data);
    agree([&](auto const& a) { return xt::sum(kept * a) + xt::sum(xt::square(data) * a); }, x);
    agree([&](auto const& a) { return xt::sum(xt::where(a > kept, a * a, -a)); }, x);
}

BOOST_AUTO_TEST_CASE(zero_infinite_and_nan_adjoints)
{
    vector x = numbers(9, 0.0, 1.0);
    x(0) = 0;
    // 0 * d sqrt(0) is 0; 1 / 0 and NaN at the root: what the tape gives
    for (double s : {0.0, 1.0})
        agree([](auto const& a, auto const& t) { return t * xt::sum(xt::sqrt(a)); }, x, s);
    const vector zero = xt::zeros<double>({5});
    for (auto f : {1, 2})
    {
        const auto one = [f](auto const& a)
        {
            const double c = f == 1 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
            return 1.0 / (xt::sum(a) + c);
        };
        const auto by_tape = ad::value_and_grad(one)(zero), fused = ad::value_and_grad(ad::fused(one))(zero);
        BOOST_TEST((fused.value == by_tape.value || std::isnan(fused.value)));
        same_gradient(by_tape.gradient, fused.gradient);
    }
}

BOOST_AUTO_TEST_CASE(paths_without_a_derivative)
{
    const vector x = numbers(9);
    agree([](auto const& a, auto const& s) { return xt::sum(xt::floor(a)) * s; }, x, 2.0);
    agree([](auto const& a, auto const& s) { return ad::floor(xt::sum(a)) * s; }, x, 2.0);
}

BOOST_AUTO_TEST_CASE(into_given_memory)
{
    const vector x = numbers(33);
    const auto f = ad::fused([](auto const& a, auto const& s) { return xt::sum(xt::exp(a * s)) + s; });
    const auto expected = ad::value_and_grad(f)(x, 0.8);
    vector g = xt::zeros<double>({33});
    double gs = 0;
    const double* const before = g.data();
    BOOST_TEST(f.into(g, gs)(x, 0.8) == expected.value);
    BOOST_TEST(g.data() == before);
    BOOST_TEST(gs == std::get<1>(expected.gradient));
    same_gradient(std::get<0>(expected.gradient), g);

    // in the place of an argument, whole or shifted
    vector both = x;
    BOOST_TEST(f.into(both, gs)(both, 0.8) == expected.value);
    same_gradient(std::get<0>(expected.gradient), both);
    vector longer = xt::zeros<double>({34});
    std::copy(x.begin(), x.end(), longer.begin());
    auto first = xt::adapt(longer.data(), std::size_t{33}, xt::no_ownership(), std::array<std::size_t, 1>{33});
    auto second = xt::adapt(longer.data() + 1, std::size_t{33}, xt::no_ownership(), std::array<std::size_t, 1>{33});
    f.into(second, gs)(first, 0.8);
    same_gradient(std::get<0>(expected.gradient), second);

    // where the tape is asked
    const auto lost = ad::fused([](auto const& a) { return 1.0 / xt::sum(0.0 * a); });
    lost.into(g)(x);
    same_gradient(ad::value_and_grad(lost)(x).gradient, g);

    // also in the place of the argument, which partials have overwritten by then
    const auto sum_exp = [](auto const& a) { return xt::sum(xt::exp(a)); };
    const double pole = ad::value_and_grad(ad::fused(sum_exp))(x).value;
    const auto at_pole = ad::fused([&](auto const& a) { return 1.0 / (sum_exp(a) - pole); });
    vector instead = x;
    at_pole.into(instead)(instead);
    same_gradient(ad::value_and_grad(at_pole)(x).gradient, instead);
    BOOST_TEST(instead(0) == -std::numeric_limits<double>::infinity());

    // one place for two gradients
    const auto product = ad::fused([](auto const& a, auto const& b) { return xt::sum(a * b); });
    BOOST_CHECK_THROW(product.into(g, g)(x, x), ad::shape_error);

    // a wrong shape: named, and nothing lost
    vector small = xt::zeros<double>({32});
    try
    {
        f.into(small, gs)(x, 0.8);
        BOOST_ERROR("no error");
    }
    catch (ad::shape_error const& e)
    {
        const std::string text = e.what();
        BOOST_TEST(text.find("into") != std::string::npos, text);
        BOOST_TEST(text.find("(32,)") != std::string::npos, text);
        BOOST_TEST(text.find("(33,)") != std::string::npos, text);
    }
    BOOST_TEST(f.into(g, gs)(x, 0.8) == expected.value);
}

BOOST_AUTO_TEST_CASE(no_tape_takes_part)
{
    const vector x = numbers(12);
    const auto f = [](auto const& a) { return xt::sum(a * a * a); };
    ad::tape outer;
    const auto g = ad::grad(ad::fused(f))(x);
    BOOST_TEST(outer.statistics().statements == 0u);
    BOOST_TEST(g(3) == 3 * x(3) * x(3), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(otherwise_it_is_the_function)
{
    const vector x = numbers(12);
    const auto f = ad::fused([](auto const& a) { return xt::sum(a * a * a); });
    // a tape of the caller's
    const ad::variable<double, 1> v(x);
    ad::tape t;
    const ad::variable<double> y = f(v);
    const auto g = t.gradient(y, v);
    same_gradient(ad::constant<double, 1>(ad::grad(f)(x)), *g);
    // tracked arguments: recorded, so that derivatives nest
    const auto h = ad::hessian(f)(x);
    for (std::size_t i = 0; i < 12; ++i)
        BOOST_TEST(h(i, i) == 6 * x(i), boost::test_tools::tolerance(1e-14));
    const auto [value, slope] = ad::jvp(f, x, x);
    BOOST_TEST(slope == 3 * value, boost::test_tools::tolerance(1e-14));
    // structures
    const auto pair = ad::fused([](auto const& p) { return xt::sum(std::get<0>(p) * std::get<1>(p)); });
    const auto both = ad::grad(pair)(std::tuple{x, 2.0});
    BOOST_TEST(std::get<0>(both)(4) == 2.0);
    // tracked values of outside, inside a recording
    ad::tape outer;
    const ad::variable<double> s = 2.0;
    const auto captured = ad::fused([&](auto const& a) { return xt::sum(a * s); });
    BOOST_CHECK_THROW(ad::grad(captured)(x), ad::rule_error);
}

BOOST_AUTO_TEST_CASE(nothing_into_nothing)
{
    const vector x = numbers(0);
    vector g = x;
    BOOST_TEST(ad::fused([](auto const& a) { return ad::sum(a * a); }).into(g)(x) == 0.0);
}

BOOST_AUTO_TEST_SUITE_END()
