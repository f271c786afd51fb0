// SPDX-License-Identifier: BSL-1.0
// Values and Jacobians of a small function at many points: forward mode, the points in SIMD lanes, no tape.
#pragma once
#include <array>
#include <string>
#include <tuple>
#include <type_traits>

#include <etape/api/detail/jacobian_block.hpp>
#include <etape/array/constant.hpp>
#include <etape/array/evaluation.hpp>

ETAPE_BEGIN_ARCH
// Of f: R^n -> R^m at P points.
template <class T>
struct point_jacobians
{
    constant<T, 2> values;     // (P, m)
    constant<T, 3> jacobians;  // (P, m, n): d f_i / d x_k at point p in (p, i, k)
};

namespace detail
{
    template <class F, class T, std::size_t Inputs>
    point_jacobians<T> run_jacobians(F const& f, point_columns<T, Inputs> const& in, std::size_t points)
    {
        using block = jacobian_block<F, T, Inputs>;
        const std::size_t values_shape[] = {points, block::outputs};
        const std::size_t jacobians_shape[] = {points, block::outputs, Inputs};
        auto values = make_buffer<T>(values_shape, 2);
        auto jacobians = make_buffer<T>(jacobians_shape, 3);
        block::run(f, in, points, values->template data<T>(), jacobians->template data<T>());
        return {constant<T, 2>(std::move(values)), constant<T, 3>(std::move(jacobians))};
    }

    template <class E>
    concept plain_points = has_plain_memory_v<std::remove_cvref_t<E>> && !is_tracked_v<E> &&
                           std::is_floating_point_v<typename std::remove_cvref_t<E>::value_type>;

    template <class... E>
    auto columns_of(std::tuple<E...> const& inputs, std::size_t& points)
    {
        using T = std::common_type_t<typename std::remove_cvref_t<E>::value_type...>;
        static_assert((std::is_same_v<T, typename std::remove_cvref_t<E>::value_type> && ...),
                      "etape: jacobians_at() takes inputs of one type: all double or all float");
        static_assert(((static_rank_v<E> == 1) && ...), "etape: jacobians_at() takes each input as an array of rank 1: its value at every point");
        point_columns<T, sizeof...(E)> in;
        points = std::get<0>(inputs).shape()[0];
        std::size_t k = 0;
        const auto one = [&](auto const& e)
        {
            if (e.shape()[0] != points)
                throw_shape_error("jacobians_at", std::to_string(e.shape()[0]) + " points in input " + std::to_string(k),
                                  std::to_string(points) + ", as in input 0");
            in.add(k++, e.data() + e.data_offset(), e.shape()[0] == 1 ? 0 : e.strides()[0]);
        };
        std::apply([&](auto const&... e) { (one(e), ...); }, inputs);
        return in;
    }
}

// f at every row of `points`, an array of shape (P, Inputs) with any strides: rows are points (array of structs); pass
// xt::transpose(a) for an a of shape (Inputs, P) (struct of arrays). f takes std::array<number, Inputs> and returns a
// std::array of m numbers (or one number), written for any number type:
//
//     auto r = jacobians_at<2>([](auto const& x) { return std::array{x[0] * x[1], exp(x[0])}; }, points);
//
// `number` is a dual number of SIMD lanes. if, ?: and loops on its comparisons work: lanes that would go another way are
// run again; select(condition, a, b) costs less. Costs about m * Inputs + (f evaluated with Inputs tangents) a point.
template <std::size_t Inputs, class F, detail::plain_points E>
auto jacobians_at(F const& f, E const& points)
{
    using T = typename E::value_type;
    static_assert(detail::static_rank_v<E> == 2, "etape: jacobians_at<n>() takes points as an array of rank 2, known at compile time: (P, n)");
    const std::size_t count = points.shape()[0];
    if (points.shape()[1] != Inputs)
        throw_shape_error("jacobians_at", "points of shape (" + std::to_string(count) + ", " + std::to_string(points.shape()[1]) + ")",
                          "(P, " + std::to_string(Inputs) + ")");
    detail::point_columns<T, Inputs> in;
    const auto* p = points.data() + points.data_offset();
    const auto row = count == 1 ? 0 : points.strides()[0], column = Inputs == 1 ? 0 : points.strides()[1];
    for (std::size_t k = 0; k < Inputs; ++k)
        in.add(k, p + static_cast<std::ptrdiff_t>(k) * column, row);
    return detail::run_jacobians(f, in, count);
}

// Struct of arrays: a tuple of rank-1 arrays (std::tie(x, y, z)), each the values of one input at all points; any strides.
// Throws shape_error when the arrays have different lengths.
template <class F, detail::plain_points... E>
auto jacobians_at(F const& f, std::tuple<E...> const& inputs)
{
    std::size_t points = 0;
    const auto in = detail::columns_of(inputs, points);
    return detail::run_jacobians(f, in, points);
}
ETAPE_END_ARCH
