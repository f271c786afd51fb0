// SPDX-License-Identifier: BSL-1.0
// Lanes and memory: partial and strided access never leaves its range, masks and reductions agree with loops.
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <etape/rule/detail/exp_square.hpp>
#include <etape/rule/detail/polygamma.hpp>
#include <etape/rule/lane_memory.hpp>
#include <etape/rule/lane_power.hpp>

namespace
{
    using namespace etape;
    using lanes = boost::mpl::list<double, float, xsimd::batch<double>, xsimd::batch<float>>;

    template <class T>
    std::vector<lane::scalar_t<T>> stored(const T& v)
    {
        std::vector<lane::scalar_t<T>> out(lane::lane_size<T>);
        lane::store(out.data(), v);
        return out;
    }
}

BOOST_AUTO_TEST_SUITE(rule_lanes)

BOOST_AUTO_TEST_CASE_TEMPLATE(partial_loads_replicate_the_last_and_stores_stop, T, lanes)
{
    using S = lane::scalar_t<T>;
    for (std::size_t k = 1; k <= lane::lane_size<T>; ++k)
    {
        // Exactly k elements on the heap, so that an address sanitizer sees any access behind them.
        std::vector<S> in(k), out(k, S(-1));
        for (std::size_t i = 0; i < k; ++i)
        {
            in[i] = static_cast<S>(i + 1);
        }
        const T v = lane::load_partial<T>(in.data(), k);
        const auto all = stored(v);
        for (std::size_t i = 0; i < all.size(); ++i)
        {
            BOOST_TEST(all[i] == in[std::min(i, k - 1)]);
        }
        lane::store_partial(out.data(), v, k);
        BOOST_TEST(out == in);
        std::vector<S> guarded(lane::lane_size<T>, S(-1));
        lane::store_partial(guarded.data(), v, k);
        for (std::size_t i = k; i < guarded.size(); ++i)
        {
            BOOST_TEST(guarded[i] == S(-1));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(strided_access, T, lanes)
{
    using S = lane::scalar_t<T>;
    constexpr auto n = lane::lane_size<T>;
    std::vector<S> in(3 * n);
    for (std::size_t i = 0; i < in.size(); ++i)
    {
        in[i] = static_cast<S>(i);
    }
    BOOST_TEST(stored(lane::gather<T>(in.data(), 3)).back() == S(3 * (n - 1)));
    BOOST_TEST(stored(lane::gather<T>(in.data() + n - 1, -1)).back() == S(0));
    S sum = 0;
    lane::scatter_add(&sum, 0, T(S(2)));
    BOOST_TEST(sum == S(2 * n));
    std::vector<S> target(3 * n, S(1));
    lane::scatter_add_partial(target.data(), 3, T(S(2)), 1);
    BOOST_TEST(target[0] == S(3));
    BOOST_TEST(target.back() == S(1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(masks_and_reductions, T, lanes)
{
    using S = lane::scalar_t<T>;
    constexpr auto n = lane::lane_size<T>;
    std::vector<S> in(n);
    S sum = 0, product = 1;
    for (std::size_t i = 0; i < n; ++i)
    {
        in[i] = static_cast<S>(i % 2 == 0 ? 2 : 0.5);
        sum += in[i];
        product *= in[i];
    }
    const T v = lane::load<T>(in.data());
    BOOST_TEST(lane::reduce_add(v) == sum);
    BOOST_TEST(lane::reduce_mul(v) == product);
    BOOST_TEST(lane::reduce_max(v) == S(2));
    BOOST_TEST(lane::reduce_min(v) == (n > 1 ? S(0.5) : S(2)));
    for (std::size_t k = 0; k <= n; ++k)
    {
        BOOST_TEST(lane::reduce_add(lane::mask_to_lane<T>(lane::first_lanes_mask<T>(k))) == S(k));
    }
    in.back() = std::numeric_limits<S>::quiet_NaN();
    const T w = lane::load<T>(in.data());
    BOOST_TEST(std::isnan(lane::reduce_max(w)));
    BOOST_TEST(lane::any(lane::isnan(w)));
    BOOST_TEST(!lane::all(lane::isfinite(w)));
    BOOST_TEST(lane::all(lane::isfinite(v)));
    BOOST_TEST(lane::all(lane::vanishes(lane::zero<T>())));
}

BOOST_AUTO_TEST_CASE(fused_forms_round_once)
{
    // (1 + e)(1 - e) = 1 - e^2: the product alone rounds to 1.
    const double e = 0x1p-30, p = 1 + e, q = 1 - e;
    using B = xsimd::batch<double>;
    if (ETAPE_HAS_FMA)
    {
        BOOST_TEST(stored(lane::simd::fms(B(p), B(q), B(1.0)))[0] == -e * e);
        BOOST_TEST(stored(lane::simd::fma(B(p), B(q), B(-1.0)))[0] == -e * e);
        BOOST_TEST(stored(lane::simd::fnma(B(p), B(q), B(1.0)))[0] == e * e);
    }
    BOOST_TEST(stored(lane::product_error(B(p), B(q), B(1.0)))[0] == -e * e);
    BOOST_TEST(lane::product_error(p, q, 1.0) == -e * e);
}

BOOST_AUTO_TEST_CASE(pow_of_batches_over_the_whole_range)
{
    // The logarithm is multiplied by up to 700: its error must be far below an ulp.
    using B = xsimd::batch<double>;
    for (int i = 1; i < 2000; ++i)
    {
        const double x = std::ldexp(1.0 + i / 2000.0, (i * 37) % 2000 - 1000);
        const double y = (i % 2 == 0 ? 1 : -1) * (0.9 + i / 20000.0);
        const double expected = std::pow(x, y);
        const double ulp =
            std::nextafter(expected, std::numeric_limits<double>::infinity()) - expected;
        const double got = stored(lane::pow(B(x), B(y)))[0];
        BOOST_TEST(std::abs(got - expected) <= 2 * ulp,
                   x << "^" << y << ": " << (got - expected) / ulp << " ulp");
    }
}

BOOST_AUTO_TEST_CASE(polygamma_of_negative_and_large_arguments)
{
    const auto tolerance = boost::test_tools::tolerance(1e-13);
    BOOST_TEST(lane::polygamma<0>(-0.5) == 0.03648997397857652, tolerance);
    BOOST_TEST(lane::polygamma<1>(-0.5) == 8.934802200544679, tolerance);
    BOOST_TEST(lane::polygamma<2>(0.5) == -16.828796644234319, tolerance);
    BOOST_TEST(lane::polygamma<3>(1.0) == 6.493939402266829, tolerance);
    BOOST_TEST(lane::polygamma<2>(-0.5) == -0.8287966442343196, tolerance);
    BOOST_TEST(lane::polygamma<0>(1e10) == 23.02585092989045684, tolerance);
    BOOST_TEST(std::isinf(lane::polygamma<0>(0.0)));
    BOOST_TEST(std::isnan(lane::polygamma<0>(std::numeric_limits<double>::quiet_NaN())));
}

BOOST_AUTO_TEST_SUITE_END()
