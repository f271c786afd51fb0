// SPDX-License-Identifier: BSL-1.0
// Statistics and interpolation by xtensor's names, of tracked expressions: tensors, and numbers where nothing is left of the axes.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include <etape/array/for_xtensor.hpp>
#include <etape/array/lazy.hpp>

namespace xt
{
    // ---- variances over axes, divided by the number of elements less ddof ----
    template <class T = void, class E, class A, std::size_t N, class D, class EVS = etape::detail::for_xtensor::lazily>
        requires(etape::detail::tracked_expression<E>)
    auto variance(E&& e, const A (&axes)[N], D const& ddof, EVS = EVS())
    {
        return etape::detail::for_xtensor::variance_with_freedom(e, axes, ddof);
    }
    template <class T = void, class E, class X, class D, class EVS = etape::detail::for_xtensor::lazily,
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>, xtl::is_integral<D>)>
        requires(etape::detail::tracked_expression<E> && etape::detail::axes_object<std::remove_cvref_t<X>>)
    auto variance(E&& e, X&& axes, const D& ddof, EVS = EVS())
    {
        return etape::detail::for_xtensor::variance_with_freedom(e, axes, ddof);
    }

    // The covariances of the rows of x, divided by n - 1; of one row x, or of the rows x and y, if these are vectors. Shape (rows, rows).
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto cov(E const& x, E const& y = etape::detail::for_xtensor::absent<E>())
    {
        using T = etape::detail::number_t<E>;
        constexpr auto N = etape::detail::static_rank_v<E>;
        static_assert(N == 1 || N == 2, "etape: cov takes an array of rank 1 or 2, known at compile time");
        const std::size_t n = x.shape()[N - 1], rows = N == 1 ? 1 : x.shape()[0];
        const auto v = [&]
        {
            if constexpr (N == 1)
                if (std::addressof(y) != std::addressof(etape::detail::for_xtensor::absent<E>()))
                    return etape::tensor<T, 2>(stack(xtuple(x, y)));
            return etape::tensor<T, 2>(xt::reshape_view(x, std::array<std::size_t, 2>{rows, n}));
        }();
        const etape::tensor<T, 2> centred(v - sum(v, {1}, xt::keep_dims) / T(n));
        return etape::tensor<T, 2>(sum(view(centred, all(), newaxis(), all()) * view(centred, newaxis(), all(), all()), {2}) / T(n - 1));
    }
    // At each x on the line through the two of the points (xp, fp) that are around it; left of the first and right of the last, the numbers
    // given (by default, fp there). xp ascends. Differentiates by x, xp and fp; at a point itself, along the piece to its left.
    template <class X, class P, class F, class T>
        requires(etape::detail::tracked_expression<X> || etape::detail::tracked_expression<P> || etape::detail::tracked_expression<F>)
    auto interp(X const& x, P const& xp, F const& fp, T left, T right)
    {
        auto&& at = etape::detail::for_xtensor::values_of(x);
        auto&& points = etape::detail::for_xtensor::values_of(xp);
        if (points.size() != fp.size() || points.size() == 0)
            etape::throw_shape_error("interp", std::to_string(points.size()) + " points and " + std::to_string(fp.size()) + " values",
                                     "equally many, and at least one");
        const std::size_t n = at.size(), last = points.size() - 1;
        std::vector<std::size_t> low(n, 0), high(n, std::min<std::size_t>(1, last));
        xtensor<bool, 1> before = zeros<bool>({n}), behind = zeros<bool>({n});
        for (std::size_t i = 0; i < n; ++i)
        {
            before(i) = at(i) <= points(0);
            behind(i) = at(i) >= points(last);
            if (before(i) || behind(i) || last == 0)
                continue;
            high[i] = static_cast<std::size_t>(std::lower_bound(points.begin() + 1, points.begin() + static_cast<std::ptrdiff_t>(last), at(i)) - points.begin());
            low[i] = high[i] - 1;
        }
        const auto x_low = view(xp, keep(low)), x_high = view(xp, keep(high));
        const auto f_low = view(fp, keep(low)), f_high = view(fp, keep(high));
        return etape::detail::for_xtensor::evaluated(where(before, left, where(behind, right, f_low + (x - x_low) / (x_high - x_low) * (f_high - f_low))));
    }

    // Sums of the weights of the data between one edge and the next, the last one included; what is outside is left out. Differentiates by
    // the weights. With density, divided by the number of data and by the width.
    template <class R = double, class E1, class E2, class E3>
        requires(etape::detail::tracked_expression<E3>)
    auto histogram(E1&& data, E2&& bin_edges, E3&& weights, bool density = false)
    {
        using T = etape::detail::number_t<std::remove_cvref_t<E3>>;
        auto&& at = etape::detail::for_xtensor::values_of(data);
        auto&& edges = etape::detail::for_xtensor::values_of(bin_edges);
        if (edges.size() < 2)
            etape::throw_shape_error("histogram", std::to_string(edges.size()) + " edges", "two or more");
        if (at.size() != weights.size())
            etape::throw_shape_error("histogram", std::to_string(weights.size()) + " weights", std::to_string(at.size()) + ", one for each number");
        const std::size_t bins = edges.size() - 1;
        std::vector<std::vector<std::size_t>> members(bins);
        std::size_t i = 0;
        for (auto v : at)
        {
            if (v >= edges(0) && v <= edges(bins))
            {
                const auto above = std::upper_bound(edges.begin(), edges.end(), v) - edges.begin();
                members[std::min(static_cast<std::size_t>(above), bins) - 1].push_back(i);
            }
            ++i;
        }
        const etape::tensor<T, 1> all(flatten(weights));
        std::vector<etape::variable<T>> sums(bins, T(0));
        for (std::size_t k = 0; k < bins; ++k)
            if (!members[k].empty())
                sums[k] = sum(view(all, keep(members[k]))) * (density ? T(1) / (T(edges(k + 1) - edges(k)) * static_cast<T>(at.size())) : T(1));
        return etape::tensor<T, 1>(adapt(sums, std::array<std::size_t, 1>{bins}));
    }
}
