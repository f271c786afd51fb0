// SPDX-License-Identifier: BSL-1.0
// Jacobians at many points: every layout and count of points against scalar dual numbers; control flow; misuse.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <stdexcept>

#include <xtensor/xview.hpp>

#include <etape/etape.hpp>

#include <worse.hpp>
#include "../../perf/camera.hpp"

namespace
{
    namespace ad = etape;
    using camera = perf::camera;
    constexpr auto n = camera::inputs, m = camera::outputs;
    constexpr std::size_t width = xsimd::batch<double>::size;

    xt::xtensor<double, 2> points(std::size_t count)
    {
        const auto all = perf::cameras(count, 3);
        xt::xtensor<double, 2> p = xt::zeros<double>({count, n});
        std::copy(all.begin(), all.end(), p.data());
        return p;
    }

    // f at row p of `in`, by scalar dual numbers.
    template <std::size_t N, class F, class In>
    auto reference(F const& f, In const& in, std::size_t p)
    {
        using number = ad::dual<double, N>;
        std::array<number, N> x;
        for (std::size_t k = 0; k < N; ++k)
            x[k] = number::independent(static_cast<double>(in(p, k)), k);
        return f(x);
    }
    template <std::size_t N, class F, class In, class R>
    double worst(F const& f, In const& in, R const& r, std::size_t outputs)
    {
        double most = 0;
        for (std::size_t p = 0; p < in.shape()[0]; ++p)
        {
            const auto y = reference<N>(f, in, p);
            for (std::size_t i = 0; i < outputs; ++i)
            {
                most = etape_test::worse(most, std::abs(r.values(p, i) - y[i].v) / (1 + std::abs(y[i].v)));
                for (std::size_t k = 0; k < N; ++k)
                    most = etape_test::worse(most, std::abs(r.jacobians(p, i, k) - y[i].d[k]) / (1 + std::abs(y[i].d[k])));
            }
        }
        return most;
    }
}

BOOST_AUTO_TEST_SUITE(jacobians_at_points)

BOOST_AUTO_TEST_CASE(camera_projection_at_every_remainder_of_a_lane)
{
    for (std::size_t count : {std::size_t{0}, std::size_t{1}, width - 1, width, width + 1, 5 * width + 3})
    {
        const auto p = points(count);
        const auto r = ad::jacobians_at<n>(camera{}, p);
        BOOST_TEST(r.values.shape()[0] == count);
        BOOST_TEST(r.values.shape()[1] == m);
        BOOST_TEST(r.jacobians.shape()[0] == count);
        BOOST_TEST(r.jacobians.shape()[1] == m);
        BOOST_TEST(r.jacobians.shape()[2] == n);
        BOOST_TEST(worst<n>(camera{}, p, r, m) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(a_large_result_goes_past_the_caches_with_the_same_bits)
{
    // more than 4 MB of Jacobians; the last points are a partial lane
    const std::size_t count = (std::size_t{1} << 22) / (m * n * sizeof(double)) + width + 3;
    const auto p = points(count);
    const auto r = ad::jacobians_at<n>(camera{}, p);
    const std::size_t some = 4 * width;
    const auto few = ad::jacobians_at<n>(camera{}, xt::view(p, xt::range(count - some, count), xt::all()));
    const std::size_t shift = count - some;
    bool same = true;
    for (std::size_t q = 0; q < some; ++q)
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t k = 0; k < n; ++k)
                same = same && r.jacobians(shift + q, i, k) == few.jacobians(q, i, k);
    BOOST_TEST(same);
    BOOST_TEST(r.values(0, 0) == ad::jacobians_at<n>(camera{}, xt::view(p, xt::range(0, 1), xt::all())).values(0, 0));
}

BOOST_AUTO_TEST_CASE(struct_of_arrays_and_strided_views)
{
    const auto p = points(3 * width + 2);
    const auto rows = ad::jacobians_at<n>(camera{}, p);
    const xt::xtensor<double, 2> columns = xt::transpose(p);
    const auto r = ad::jacobians_at<n>(camera{}, xt::transpose(columns));
    BOOST_TEST((rows.jacobians == r.jacobians));
    BOOST_TEST((rows.values == r.values));

    const auto every_second = xt::view(p, xt::range(0, 3 * width + 2, 2), xt::all());
    const auto s = ad::jacobians_at<n>(camera{}, every_second);
    BOOST_TEST(worst<n>(camera{}, every_second, s, m) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_tuple_of_arrays_gives_the_inputs)
{
    const auto f = [](auto const& x) { return std::array{x[0] * sin(x[1]), x[2] / x[0]}; };
    xt::xtensor<double, 2> p = xt::ones<double>({2 * width + 1, std::size_t{3}});
    for (std::size_t i = 0; i < p.size(); ++i)
        p.data()[i] += 0.1 * static_cast<double>(i);
    const xt::xtensor<double, 1> x = xt::view(p, xt::all(), 0), z = xt::view(p, xt::all(), 2);
    const auto r = ad::jacobians_at(f, std::make_tuple(x, xt::view(p, xt::all(), 1), z));
    BOOST_TEST(worst<3>(f, p, r, 2) < 1e-15);
}

BOOST_AUTO_TEST_CASE(one_number_is_one_output_and_float_stays_float)
{
    const xt::xtensor<float, 2> p{{1.0f, 2.0f}, {3.0f, 4.0f}};
    const auto r = ad::jacobians_at<2>([](auto const& x) { return x[0] * x[1] + 1; }, p);
    static_assert(std::is_same_v<decltype(r.values)::value_type, float>);
    BOOST_TEST(r.values(1, 0) == 13.0f);
    BOOST_TEST(r.jacobians(1, 0, 0) == 4.0f);
    BOOST_TEST(r.jacobians(1, 0, 1) == 3.0f);
}

BOOST_AUTO_TEST_CASE(more_inputs_than_one_pass_carries)
{
    constexpr std::size_t many = 19;
    const auto f = [](auto const& x)
    {
        auto sum = x[0] * x[0];
        auto product = x[0];
        for (std::size_t k = 1; k < many; ++k)
        {
            sum += x[k] * x[k] * static_cast<double>(k);
            product *= x[k];
        }
        return std::array{sum, product};
    };
    xt::xtensor<double, 2> p = xt::ones<double>({std::size_t{11}, many});
    for (std::size_t i = 0; i < p.size(); ++i)
        p.data()[i] += 0.001 * static_cast<double>(i % 101);
    BOOST_TEST(worst<many>(f, p, ad::jacobians_at<many>(f, p), 2) < 1e-14);
}

BOOST_AUTO_TEST_CASE(lanes_that_disagree_each_take_their_own_way)
{
    // an if, a ?:, a loop whose length depends on the point, && and ||
    const auto f = [](auto const& x)
    {
        auto y = x[0];
        if (x[0] > 0.5 && x[1] < 2.0)
            y = x[0] * x[1];
        else if (!(x[0] > 0.2) || x[1] > 2.9)
            y = sin(x[1]);
        int steps = 0;
        while (y < 3.0 && steps++ < 20)
            y = y * 1.5 + 0.1;
        return std::array{y, x[0] < x[1] ? x[0] * x[0] : x[1]};
    };
    xt::xtensor<double, 2> p = xt::zeros<double>({6 * width + 5, std::size_t{2}});
    for (std::size_t i = 0; i < p.shape()[0]; ++i)
    {
        p(i, 0) = std::fmod(0.37 * static_cast<double>(i * i), 1.3) - 0.1;
        p(i, 1) = std::fmod(0.73 * static_cast<double>(i), 3.1);
    }
    BOOST_TEST(worst<2>(f, p, ad::jacobians_at<2>(f, p), 2) < 1e-14);

    const auto selected = [](auto const& x) { return select(x[0] > 0.5, x[0] * x[1], 0.0) + select(x[1] < 1.0, 2.0, x[1]); };
    const auto branched = [](auto const& x) { return std::array{(x[0] > 0.5 ? x[0] * x[1] : 0.0 * x[0]) + (x[1] < 1.0 ? 2.0 + 0.0 * x[1] : x[1])}; };
    BOOST_TEST(worst<2>(branched, p, ad::jacobians_at<2>(selected, p), 1) < 1e-15);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_after_the_first_call)
{
    const auto p = points(100);
    ad::jacobians_at<n>(camera{}, p);
    const auto before = ad::pool_stats().fresh_blocks;
    ad::jacobians_at<n>(camera{}, p);
    BOOST_TEST(ad::pool_stats().fresh_blocks == before);
}

BOOST_AUTO_TEST_CASE(misuse_names_the_call_and_the_shapes)
{
    const xt::xtensor<double, 2> p = xt::ones<double>({4, 3});
    const auto f = [](auto const& x) { return x[0]; };
    BOOST_CHECK_EXCEPTION(ad::jacobians_at<2>(f, p), ad::shape_error, [](ad::shape_error const& e)
        { return std::string(e.what()) == "etape: jacobians_at: found points of shape (4, 3), expected (P, 2)"; });
    const xt::xtensor<double, 1> x = xt::ones<double>({4}), y = xt::ones<double>({5});
    BOOST_CHECK_EXCEPTION(ad::jacobians_at(f, std::tie(x, y)), ad::shape_error, [](ad::shape_error const& e)
        { return std::string(e.what()) == "etape: jacobians_at: found 5 points in input 1, expected 4, as in input 0"; });

    // an exception of the function passes, and leaves no leader behind
    BOOST_CHECK_THROW(ad::jacobians_at<3>([](auto const& v) { return v[0] > 0.5 ? throw std::runtime_error("mine") : v[0]; }, p),
                      std::runtime_error);
    BOOST_TEST(!ad::runtime::leader.present);
    if constexpr (width > 1)
    {
        alignas(64) double lanes[width] = {1};
        const ad::dual<xsimd::batch<double>, 1> d(xsimd::batch<double>::load_aligned(lanes));
        BOOST_CHECK_THROW(static_cast<void>(d > 0.5 ? 1 : 0), ad::rule_error);
        BOOST_TEST((d > -0.5 ? 1 : 0) == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
