// SPDX-License-Identifier: BSL-1.0
// Targets and seeds of gradient(), and what else the tape asks of its core.
#pragma once
#include <etape/api/structure.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    using runtime::statistics_of;
    using runtime::watch_array;
    using runtime::watch_scalar;
    using runtime::watched_on;

    template <class X>
    inline constexpr bool is_reference_tuple_v = false;
    template <class... S>
    inline constexpr bool is_reference_tuple_v<std::tuple<S const&...>> = true;

    // A tuple of references is how several sources of one call arrive; results are a std::tuple.
    template <class S, class F>
    void each_source_of(S const& s, F& f)
    {
        if constexpr (is_reference_tuple_v<S>)
            std::apply([&](auto const&... x) { (each_source(x, f), ...); }, s);
        else
            each_source(s, f);
    }
    template <class S, class Next>
    auto results_of(S const& s, Next& next)
    {
        if constexpr (is_reference_tuple_v<S>)
            return std::apply([&](auto const&... x) { return std::tuple{results_like(x, next)...}; }, s);
        else
            return results_like(s, next);
    }

    // ---- targets ----
    template <class X, class F>
    void each_target(X const& x, F& f)
    {
        if constexpr (is_sequence_v<X>)
            for (auto const& y : x)
                each_target(y, f);
        else if constexpr (is_tuple_v<X>)
            hana::for_each(x, [&](auto const& y) { each_target(y, f); });
        else
            f(x);
    }

    template <class X>
    auto evaluate_target(X const& x, site const& where)
    {
        if constexpr (is_scalar_variable_v<X>)
            return settled_t<X>(x);
        else if constexpr (xt::is_xexpression<X>::value)
        {
            static_assert(is_tracked_v<X> || contains_tracked_v<X>,
                          "etape: gradient() needs a tracked target: this expression is plain numbers, so its derivative was lost before");
            static_assert(is_tracked_v<X>, "etape: gradient() needs a target of float or double: comparisons and integers have no derivative");
            using T = number_t<X>;
            if constexpr (static_rank_v<X> == 0)
                return evaluate_number<T>(x, where);
            else if constexpr (source_leaf_v<X>)
                return x.data_handle();
            else
                return evaluate<T>(x, where);
        }
        else if constexpr (std::is_arithmetic_v<X>)
            static_assert(dependent_false<X>, "etape: gradient() needs a tracked target, found a plain number: its derivative was lost before");
        else
            static_assert(dependent_false<X>, "etape: gradient() takes targets that are tracked scalars, arrays or expressions, or tuples, "
                                              "arrays and vectors of them");
    }
    // A target with its number type, once evaluated.
    template <class T, class V>
    struct evaluated_target
    {
        using number = T;
        V value;
    };
    template <class X>
    struct target_number
    {
        using type = number_t<X>;
    };
    template <class X>
        requires(is_scalar_variable_v<X>)
    struct target_number<X>
    {
        using type = typename X::value_type;
    };

    template <class X>
    auto evaluate_targets(X const& x, site const& where)
    {
        if constexpr (is_sequence_v<X>)
        {
            std::vector<decltype(evaluate_targets(x[0], where))> all;
            all.reserve(x.size());
            for (auto const& y : x)
                all.push_back(evaluate_targets(y, where));
            return all;
        }
        else if constexpr (is_tuple_v<X>)
            return hana::unpack(x, [&](auto const&... y) { return hana::tuple<decltype(evaluate_targets(y, where))...>{evaluate_targets(y, where)...}; });
        else
        {
            auto v = evaluate_target(x, where);
            return evaluated_target<typename target_number<X>::type, decltype(v)>{std::move(v)};
        }
    }

    template <class T, class V>
    void request_target(target_request& r, evaluated_target<T, V> const& x)
    {
        r.single = sizeof(T) == sizeof(float);
        if constexpr (std::is_same_v<V, buffer_ptr>)
            r.values = x.value.get();
        else
        {
            r.space = space_on_log<T>();
            r.tag = &x.value.tag_for_recording();
        }
    }

    // ---- seeds: a number, an array, or as many as there are targets ----
    template <class T, class V, class S>
    void set_seed(target_request& r, evaluated_target<T, V> const&, S const& s)
    {
        if constexpr (is_scalar_variable_v<S>)
        {
            if (r.space == id_space::array)
                throw_shape_error("gradient: seed", "a number", "an array of the target's shape");
            const auto v = settled(s);
            r.scalar_seed = static_cast<double>(v.value());
            r.seed_tag = v.tag();
        }
        else if constexpr (!is_compiled_number_v<T>)
        {
            static_assert(constant_of<S, T>, "etape: a seed is a number or a plain array expression, one for each target");
            r.number_seed = std::make_unique<slot_of<T>>(constant_number<T>(s));
        }
        else if constexpr (std::is_arithmetic_v<S>)
        {
            r.scalar_seed = static_cast<double>(s);
            if (r.space == id_space::array)
            {
                r.seed = make_buffer_like<T>(*r.values);
                std::fill_n(r.seed->template data<T>(), r.seed->size, static_cast<T>(s));
            }
        }
        else if constexpr (xt::is_xexpression<S>::value)
        {
            if (r.space != id_space::array)
                throw_shape_error("gradient: seed", "an array", "a number, as the target is one");
            r.seed = evaluate<T>(s, site{});
        }
        else
            static_assert(dependent_false<S>, "etape: a seed is a number or a plain array expression, one for each target");
    }
    template <class X, class S>
    void set_seeds(target_request* r, std::size_t n, X const& x, S const& s)
    {
        if constexpr (is_tuple_v<S> && is_tuple_v<X>)
        {
            static_assert(decltype(hana::size(s))::value == decltype(hana::size(x))::value,
                          "etape: gradient() needs as many seeds as targets");
            std::size_t k = 0;
            auto zip = [&]<std::size_t... I>(std::index_sequence<I...>)
            { (set_seed(r[k++], hana::at_c<I>(x), hana::at_c<I>(s)), ...); };
            zip(std::make_index_sequence<decltype(hana::size(s))::value>{});
        }
        else if constexpr (is_sequence_v<S> && is_sequence_v<X>)
        {
            if (s.size() != x.size())
                throw_shape_error("gradient: seeds", std::to_string(s.size()) + " seeds", std::to_string(x.size()) + ", one for each target");
            for (std::size_t k = 0; k < n; ++k)
                set_seed(r[k], x[k], s[k]);
        }
        else if constexpr (!is_tuple_v<X> && !is_sequence_v<X>)
            set_seed(r[0], x, s);
        else
            static_assert(dependent_false<S>, "etape: gradient() of several targets needs a tuple (or array) of seeds, one for each");
    }
}
ETAPE_END_ARCH
