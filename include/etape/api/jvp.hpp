// SPDX-License-Identifier: BSL-1.0
// Forward mode over arrays: values and tangents travel together through the same expressions, by the forward rules. Nothing is
// swept. Levels nest, and mix with reverse mode in any order.
#pragma once
#include <tuple>
#include <utility>

#include <etape/api/derivative.hpp>
#include <etape/api/detail/pairs.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/level.hpp>

ETAPE_BEGIN_ARCH
// y = f(x) and the derivative of f at x in the direction v. Plain (number or constant<T, N>) for plain arguments, tracked for
// tracked ones.
template <class V>
struct jvp_result
{
    V value;
    V tangent;
};

namespace detail
{
    template <class... X>
    std::tuple<X const&...> references(std::tuple<X...> const& xs)
    {
        return std::apply([](auto const&... x) { return std::tuple<X const&...>(x...); }, xs);
    }
    // Do the elements of a tuple go to f as arguments of their own? If f takes as many; else the tuple is one argument.
    template <class F, class... X>
    constexpr bool takes_each(std::tuple<X...> const*)
    {
        return std::is_invocable_v<F, decltype(own_argument(std::declval<X const&>())) const&...>;
    }

    // Gives one input its tangent on a level; false when it has one.
    template <class Own, class V>
    bool set_direction(runtime::level& l, Own const& own, V const& v)
    {
        using T = typename leaf_type<Own>::number;
        if constexpr (leaf_type<Own>::rank == 0)
        {
            const auto direction = returned(v, site{});
            static_assert(std::remove_cvref_t<decltype(direction)>::rank == 0, "etape: the direction of a number is a number");
            return l.set_scalar<T>(own.tag_for_recording(), static_cast<T>(direction.value.value()), direction.value.tag_for_recording());
        }
        else
        {
            static_assert(is_expression_v<V>, "etape: the direction of an array is an array of its shape");
            auto t = evaluate<T>(v, site{});
            auto const& b = *own.data_handle();
            if (t->rank != b.rank || !std::equal(b.shape, b.shape + b.rank, t->shape))
                throw_shape_error("jvp: direction", "shape " + shape_text(t->shape, t->rank), "the input's shape " + shape_text(b.shape, b.rank));
            return l.set_array(*own.data_handle(), std::move(t), sizeof(T) == sizeof(float));
        }
    }
    template <bool Tracked, class T>
    auto tangent_of(runtime::level& l, returned_number<T> const& y)
    {
        std::uint64_t tag = 0;
        const T t = l.scalar<T>(y.value.tag_for_recording(), tag);
        if constexpr (Tracked)
            return tag == 0 ? variable<T, 0>(t) : variable<T, 0>(with_tag{}, t, tag);
        else
            return t;
    }
    template <bool Tracked, class T, std::size_t N>
    auto tangent_of(runtime::level& l, returned_array<T, N> const& y)
    {
        auto t = l.array(*y.values);
        return as_result_value<Tracked, T, N>(t ? std::move(t) : zeros_like(*y.values, sizeof(T) == sizeof(float)));
    }

    template <class F, class... X, class... V>
    auto forward_call(F&& f, std::tuple<X const&...> const& x, std::tuple<V const&...> const& v, site const& where)
    {
        constexpr bool tracked = (tracked_argument<X>() || ...);
        static_assert(tracked || !(tracked_argument<V>() || ...),
                      "etape: jvp with plain inputs needs directions of plain numbers: use value(e), or make an input a variable");
        runtime::outer_call around("jvp");
        const auto own = std::apply([](auto const&... e) { return std::tuple<decltype(own_argument(e))...>{own_argument(e)...}; }, x);
        runtime::level level(where, runtime::level::asked::afterwards);
        auto one = [&](auto const& a, auto const& d) { set_direction(level, a, d); };
        [&]<std::size_t... I>(std::index_sequence<I...>)
        { (each_pair(std::get<I>(own), std::get<I>(v), one, "jvp: direction"), ...); }(std::index_sequence_for<X...>{});
        around.arguments_made();
        expect_generic<F>(own);
        const auto y = returned_all(std::apply(std::forward<F>(f), own), where);
        if constexpr (!tracked)
            check_all_captured(around, y);
        auto tangent = [&](auto const& e) { return tangent_of<tracked>(level, e); };
        return jvp_result<decltype(values_of<tracked>(y))>{values_of<tracked>(y),
                                                           results_like(y, tangent)};
    }
}

// Jacobian times vector: f is called once, with tracked variables in place of x. v has the structure and the shapes of x. Costs
// about two evaluations of f and the memory of a recording; more inside another derivative, where the tangents are recorded.
// Throws shape_error when v has another shape than x, rule_error for a plain x inside a recording when f captures tracked values.
template <class F, class X, class V>
auto jvp(F&& f, X const& x, V const& v, site const& where = site::current())
{
    return detail::forward_call(std::forward<F>(f), std::tuple<X const&>(x), std::tuple<V const&>(v), where);
}
// Several inputs: jvp(f, std::tuple(x, y), std::tuple(v, w)) calls f(x, y), or f(std::tuple(x, y)) if it takes but one argument.
template <class F, class... X, class... V>
auto jvp(F&& f, std::tuple<X...> const& xs, std::tuple<V...> const& vs, site const& where = site::current())
{
    static_assert(sizeof...(X) == sizeof...(V), "etape: jvp needs one direction for each input");
    if constexpr (detail::takes_each<F>(static_cast<std::tuple<X...> const*>(nullptr)))
        return detail::forward_call(std::forward<F>(f), detail::references(xs),
                                    detail::references(vs), where);
    else
        return detail::forward_call(std::forward<F>(f), std::tie(xs), std::tie(vs), where);
}
ETAPE_END_ARCH
