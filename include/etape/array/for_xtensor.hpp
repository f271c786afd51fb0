// SPDX-License-Identifier: BSL-1.0
// What the functions that are written again for xtensor (xtensor_functions.hpp, nan_functions.hpp) are made of.
#pragma once
#include <array>
#include <tuple>
#include <vector>

#include <etape/array/detach.hpp>
#include <etape/array/reductions.hpp>
#include <etape/array/view_functions.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class V>
    inline constexpr bool is_tracked_number_v = is_scalar_variable_v<std::remove_cvref_t<V>> || is_scalar_expression_v<std::remove_cvref_t<V>>;
}
// A namespace without types: nothing here is found by argument.
namespace detail::for_xtensor
{
    // xtensor's name for what it asks of the last argument of a reduction.
    using lazily = std::tuple<xt::evaluation_strategy::lazy_type>;

    // The values of a tracked operand, for what has no derivative; others as they are.
    template <class E>
    decltype(auto) values_of(E&& e)
    {
        if constexpr (!tracked_expression<E>)
            return std::forward<E>(e);
        else
        {
            using D = std::remove_cvref_t<E>;
            using T = number_t<D>;
            static_assert(static_rank_v<D> != dynamic_rank, "etape: this function needs an expression whose rank is known at compile time");
            const runtime::silence quiet;
            if constexpr (static_rank_v<D> == 0)
                return T(evaluate_number<T>(e, site{}).value());
            else
                return constant<T, static_rank_v<D>>(make_alias<T>(*evaluate<T>(e, site{})));
        }
    }
    template <class A, class B>
    concept some_tracked = tracked_expression<A> || tracked_expression<B>;

    // Elements of e by their row-major positions, in a shape of the same rank.
    template <class E, std::size_t N>
    auto gathered(E const& e, std::vector<std::size_t> const& positions, std::array<std::size_t, N> const& shape)
    {
        return tensor<number_t<E>, N>(xt::reshape_view(xt::view(xt::flatten(e), xt::keep(positions)), shape));
    }
    // The slope at 0 is 0, as for norm_l2 over everything.
    template <class S>
    auto root_of_sum(S const& s)
    {
        using T = number_t<S>;
        if constexpr (is_tracked_number_v<S>)
            return s.value() <= T(0) ? variable<T, 0>(s * T(0)) : variable<T, 0>(etape::sqrt(s));
        else
            return xt::where(s <= T(0), T(0), xt::sqrt(s));
    }
    // For a parameter of any type that is left out: known by its address.
    template <class E>
    E const& absent()
    {
        static union place
        {
            char none;
            E value;
            constexpr place()
                : none(0)
            {
            }
            ~place()
            {
            }
        } it;
        return it.value;
    }
    // Sum of the means of neighbours along an axis, times their distances(n).
    template <class E, class F>
    auto trapezia(E const& y, std::ptrdiff_t axis, F&& distances)
    {
        using T = number_t<E>;
        constexpr auto N = static_rank_v<E>;
        static_assert(N != dynamic_rank && N > 0, "etape: trapz needs an array whose rank is known at compile time");
        const auto along = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::ptrdiff_t>(N) : axis);
        check_axis("trapz", along, N);
        std::array<std::size_t, 3> folded{1, y.shape()[along], 1};
        std::array<std::size_t, N - 1> rest{};
        for (std::size_t k = 0, at = 0; k < N; ++k)
            if (k != along)
            {
                rest[at++] = y.shape()[k];
                folded[k < along ? 0 : 2] *= y.shape()[k];
            }
        const std::size_t n = folded[1];
        if (n == 0)
            throw_shape_error("trapz", "no values along the axis", "at least one");
        const tensor<T, 3> values(xt::reshape_view(y, folded));
        const auto lower = xt::view(values, xt::all(), xt::range(0, n - 1), xt::all());
        const auto upper = xt::view(values, xt::all(), xt::range(1, n), xt::all());
        const tensor<T, 2> sums(xt::sum((lower + upper) * distances(n) * T(0.5), {1}));
        if constexpr (N == 1)
            return variable<T, 0>(sums(0, 0));
        else
            return tensor<T, N - 1>(xt::reshape_view(sums, rest));
    }
    template <class E>
    auto evaluated(E const& e)
    {
        static_assert(static_rank_v<E> != dynamic_rank, "etape: this function needs an expression whose rank is known at compile time");
        return tensor<number_t<E>, static_rank_v<E>>(e);
    }
    template <class E>
    auto evaluated_or_number(E const& e)
    {
        if constexpr (is_tracked_number_v<E>)
            return settled(e);
        else if constexpr (static_rank_v<E> == 0)
            return variable<number_t<E>, 0>(e);
        else
            return evaluated(e);
    }

    template <class E, class Axes, class D>
    auto variance_with_freedom(E const& e, Axes const& axes, D const& ddof)
    {
        using T = number_t<E>;
        const auto biased = etape::variance(e, axes, site{});
        std::size_t left = 1;
        if constexpr (!is_scalar_variable_v<std::remove_cvref_t<decltype(biased)>>)
            left = biased.size();
        const T n = left == 0 ? T(0) : static_cast<T>(e.size() / left);
        return evaluated_or_number(biased * (n / (n - static_cast<T>(ddof))));
    }
}
ETAPE_END_ARCH

namespace xt
{
    // An assignment to a variable decides by itself whether it writes in place.
    template <class T, std::size_t N>
        requires(N > 0)
    etape::variable<T, N>& noalias(etape::variable<T, N>& x) noexcept
    {
        return x;
    }
    template <class T, std::size_t N, std::size_t R>
    etape::variable_view<T, N, R>& noalias(etape::variable_view<T, N, R>& part) noexcept
    {
        return part;
    }
    template <class T, std::size_t N, std::size_t R>
    etape::variable_view<T, N, R>&& noalias(etape::variable_view<T, N, R>&& part) noexcept
    {
        return std::move(part);
    }
}
