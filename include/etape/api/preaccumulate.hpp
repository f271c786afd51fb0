// SPDX-License-Identifier: BSL-1.0
// A function of few numbers, differentiated on the spot by dual numbers and recorded as one statement.
#pragma once
#include <array>
#include <type_traits>
#include <utility>

#include <etape/dual/lanes.hpp>
#include <etape/dual/limits.hpp>
#include <etape/scalar/operators.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class... X>
    struct number_among
    {
        using type = void;
    };
    template <class X, class... Rest>
    struct number_among<X, Rest...> : number_among<Rest...>
    {
    };
    template <class T, class... Rest>
    struct number_among<variable<T, 0>, Rest...>
    {
        using type = T;
    };

    // What f returns, with variables in the place of expressions.
    template <class Y>
    struct preaccumulated
    {
        using type = settled_t<Y>;
        static type of(Y const& y)
        {
            return type(y);
        }
    };
    template <class Y, std::size_t M>
    struct preaccumulated<std::array<Y, M>>
    {
        using type = std::array<settled_t<Y>, M>;
        static type of(std::array<Y, M> const& y)
        {
            return [&]<std::size_t... I>(std::index_sequence<I...>) { return type{settled_t<Y>(y[I])...}; }(std::make_index_sequence<M>{});
        }
    };

    // One statement: the value, and a partial for each argument that the tape knows.
    template <class T, std::size_t N>
    variable<T, 0> record_dual(record_log& log, dual<T, N> const& y, std::array<std::uint32_t, N> const& all)
    {
        T partials[N] = {};
        std::uint32_t ids[N] = {};
        int n = 0;
        for (std::size_t k = 0; k < N; ++k)
            if (all[k] != record_log::no_id)
            {
                partials[n] = y.d[k];
                ids[n++] = all[k];
            }
        const auto tag = log.template push_statement<T>(partials, ids, n);
        if (log.forward != nullptr)
        {
            T tangent{};
            for (int k = 0; k < n; ++k)
                if (const T moves = log.forward->template scalar<T>(ids[k]); moves != T(0))  // 0 passes 0, also by an infinite slope
                    tangent += partials[k] * moves;
            log.forward->template set_scalar<T>(log.template scalars<T>().local(tag), tangent);
        }
        return variable<T, 0>(with_tag{}, y.v, tag);
    }
    template <class T, std::size_t N, std::size_t M>
    std::array<variable<T, 0>, M> record_dual(record_log& log, std::array<dual<T, N>, M> const& y, std::array<std::uint32_t, N> const& all)
    {
        return [&]<std::size_t... I>(std::index_sequence<I...>)
        { return std::array<variable<T, 0>, M>{record_dual(log, y[I], all)...}; }(std::make_index_sequence<M>{});
    }
}

// f(x...), recorded as one statement with as many edges as there are tracked arguments, however long f is: f is called with
// dual<T, N> in the place of variable<T>, other arguments as they are. f returns a number, or a std::array of numbers (a
// statement each). Pays where N is small against the operations of f. Inside derivatives of derivatives, and while nothing
// records, f runs on the variables themselves. At most 255 tracked arguments. Of plain numbers it is f.
template <class F, class... X>
    requires(sizeof...(X) != 0 && ((std::is_arithmetic_v<X> || is_dual_v<X>) && ...))
auto preaccumulate(F&& f, X const&... xs)
{
    return f(xs...);
}
template <class F, class... X>
auto preaccumulate(F&& f, X const&... xs)
{
    using T = typename detail::number_among<X...>::type;
    static_assert(!std::is_void_v<T>, "etape: preaccumulate() needs a tracked number (variable<T>) among its arguments");
    static_assert(((!is_scalar_variable_v<X> || std::is_same_v<X, variable<T, 0>>) && ...),
                  "etape: an expression mixes variables of float and of double: convert one of them");
    constexpr std::size_t n = (std::size_t{is_scalar_variable_v<X>} + ...);
    static_assert(n <= 255, "etape: preaccumulate() takes at most 255 tracked numbers");
    using number = dual<T, n>;
    using result = typename detail::preaccumulated<std::remove_cvref_t<decltype(f(xs...))>>::type;
    if (!runtime::thread.recording || runtime::thread.higher_order)
        return detail::preaccumulated<std::remove_cvref_t<decltype(f(xs...))>>::of(f(xs...));
    auto& log = *runtime::thread.log;
    std::array<std::uint32_t, n> ids;
    std::size_t k = 0;
    const auto argument = [&]<class A>(A const& x)
    {
        if constexpr (is_scalar_variable_v<A>)
        {
            ids[k] = log.template id_of_scalar<T>(x.tag_for_recording());
            return number::independent(x.value(), k++);
        }
        else
            return x;
    };
    // braces: arguments are numbered in order
    const std::tuple<decltype(argument(xs))...> arguments{argument(xs)...};
    if (std::all_of(ids.begin(), ids.end(), [](auto id) { return id == record_log::no_id; }))
        return detail::preaccumulated<std::remove_cvref_t<decltype(f(xs...))>>::of(f(xs...));
    const auto y = std::apply(f, arguments);
    return result(detail::record_dual(log, y, ids));
}
template <class F, class... X>
    requires((detail::is_scalar_expression_v<X> || ...))
auto preaccumulate(F&& f, X const&... xs)
{
    return preaccumulate(std::forward<F>(f), detail::settled(xs)...);
}
ETAPE_END_ARCH
