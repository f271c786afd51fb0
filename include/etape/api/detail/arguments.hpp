// SPDX-License-Identifier: BSL-1.0
// Arguments and results of a user's function as handles, and the handles inside them: what a statement made of it reads and makes.
#pragma once
#include <array>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <etape/api/structure.hpp>
#include <etape/array/detach.hpp>
#include <etape/array/reductions.hpp>
#include <etape/tape/external_node.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // ---- held: by value, tracked arrays as tensor, tracked numbers as variable, the rest as it came ----
    template <class X>
    auto held(X const& x, site const& where)
    {
        if constexpr (is_scalar_variable_v<X>)
            return settled(x);
        else if constexpr (is_tuple_v<X>)
            return hana::unpack(x, [&](auto const&... e) { return std::tuple<decltype(held(e, where))...>{held(e, where)...}; });
        else if constexpr (is_sequence_v<X>)
        {
            using element = decltype(held(x[0], where));
            if constexpr (requires { std::tuple_size<X>::value; })
                return [&]<std::size_t... I>(std::index_sequence<I...>)
                { return std::array<element, sizeof...(I)>{held(x[I], where)...}; }(std::make_index_sequence<std::tuple_size_v<X>>{});
            else
            {
                std::vector<element> all;
                all.reserve(x.size());
                for (auto const& e : x)
                    all.push_back(held(e, where));
                return all;
            }
        }
        else if constexpr (is_expression_v<X>)
        {
            constexpr auto N = static_rank_v<X>;
            static_assert(N != dynamic_rank, "etape: a user's function needs arrays whose rank is known at compile time");
            using T = number_t<X>;
            if constexpr (N == 0)
                return evaluate_number<T>(x, where);
            else if constexpr (is_tracked_v<X>)
                return tensor<T, N>(evaluate<T>(x, where));
            else
                return constant<T, N>(evaluate<T>(x, where));
        }
        else
            return x;
    }
    // A result: new values of its own, no constant arrays or numbers (they may get an adjoint).
    template <class Y>
    auto held_result(Y const& y, site const& where)
    {
        if constexpr (is_scalar_variable_v<Y>)
        {
            const auto v = settled(y);  // records, and so refuses what an expression captured
            return settled_t<Y>(with_tag{}, v.value(), 0);
        }
        else if constexpr (std::is_floating_point_v<Y>)
            return variable<Y, 0>(with_tag{}, y, 0);
        else if constexpr (is_tuple_v<Y>)
            return hana::unpack(y, [&](auto const&... e) { return std::tuple<decltype(held_result(e, where))...>{held_result(e, where)...}; });
        else if constexpr (is_sequence_v<Y>)
        {
            std::vector<decltype(held_result(y[0], where))> all;
            all.reserve(y.size());
            for (auto const& e : y)
                all.push_back(held_result(e, where));
            return all;
        }
        else
        {
            static_assert(is_expression_v<Y>, "etape: a user's function returns a number, an array expression, or tuples and vectors of these");
            constexpr auto N = static_rank_v<Y>;
            static_assert(N != dynamic_rank, "etape: a user's function needs results whose rank is known at compile time");
            using T = number_t<Y>;
            if constexpr (N == 0)
                return variable<T, 0>(with_tag{}, evaluate_number<T>(y, where).value(), 0);
            else
            {
                auto values = evaluate<T>(y, where);
                // An identity of its own; memory that somebody else may change is copied.
                auto own = values->borrowed || values->role == buffer_role::plain ? as_leaf<T>(std::move(values), true, where) : make_alias<T>(*values);
                own->role = buffer_role::result;
                own->made = where;
                return tensor<T, N>(std::move(own));
            }
        }
    }

    // ---- leaves ----
    template <class X>
    inline constexpr bool is_tensor_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_tensor_v<tensor<T, N>> = true;

    // f(leaf) for every tracked handle, in order.
    template <class X, class F>
    void each_leaf(X&& x, F&& f)
    {
        using plain = std::remove_cvref_t<X>;
        if constexpr (is_scalar_variable_v<plain> || is_tensor_v<plain>)
            f(x);
        else if constexpr (is_tuple_v<plain>)
            std::apply([&](auto&... e) { (each_leaf(e, f), ...); }, x);
        else if constexpr (is_sequence_v<plain>)
            for (auto& e : x)
                each_leaf(e, f);
    }
    template <class X>
    constexpr bool has_leaves();
    template <class X>
    struct leaves_of : std::bool_constant<is_scalar_variable_v<X> || is_tensor_v<X>>
    {
    };
    template <class... X>
    struct leaves_of<std::tuple<X...>> : std::bool_constant<(leaves_of<X>::value || ...)>
    {
    };
    template <class X, std::size_t K>
    struct leaves_of<std::array<X, K>> : leaves_of<X>
    {
    };
    template <class X, class A>
    struct leaves_of<std::vector<X, A>> : leaves_of<X>
    {
    };
    template <class X>
    inline constexpr bool has_leaves_v = leaves_of<X>::value;

    template <class X>
    std::size_t count_leaves(X const& x)
    {
        std::size_t n = 0;
        each_leaf(x, [&](auto const&) { ++n; });
        return n;
    }

    // What the tape knows of a leaf; while nothing records it is a constant.
    template <class T, std::size_t N>
    external_value as_input(tensor<T, N> const& x)
    {
        external_value v;
        auto& b = *x.data_handle();
        v.single = sizeof(T) == sizeof(float);
        v.array = &b;
        v.id = runtime::thread.recording ? runtime::thread.log->id_of(b, v.single) : record_log::no_id;
        if (v.id == record_log::no_id)
        {
            // Read for the first time during a pause: numbered, so that the note can name it.
            if (runtime::thread.paused && (b.role == buffer_role::leaf || b.role == buffer_role::frozen))
                runtime::thread.log->adopt(b, v.single);
            const auto known = tape_alive() ? runtime::thread.log->find(b) : record_log::no_id;
            v.tag = known != record_log::no_id ? runtime::thread.log->array_tag(known) : b.tag.load(std::memory_order_relaxed);
            v.why = b.why;
        }
        return v;
    }
    template <class T>
    external_value as_input(variable<T, 0> const& x)
    {
        external_value v;
        v.space = scalar_space<T>;
        v.single = sizeof(T) == sizeof(float);
        v.id = runtime::thread.recording ? runtime::thread.log->template id_of_scalar<T>(x.tag_for_recording()) : record_log::no_id;
        if (v.id == record_log::no_id)
            v.tag = x.tag() & tag_bits::number;
        return v;
    }

    template <class T>
    inline constexpr bool is_constant_array_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_constant_array_v<constant<T, N>> = true;

    // Constants among the arguments are no inputs, but what they were before belongs to the explanation of a missing gradient: noted after
    // the inputs.
    template <class... X>
    void note_constants(std::tuple<X...> const& arguments, std::vector<external_value>& inputs)
    {
        if (!tape_alive())
            return;
        const auto one = [&]<class A>(A const& a)
        {
            if constexpr (is_constant_array_v<A>)
            {
                external_value v;
                v.tag = a.data_handle()->tag.load(std::memory_order_relaxed);
                v.why = a.data_handle()->why;
                if (v.tag != 0 || v.why != nullptr)
                    inputs.push_back(v);
            }
        };
        std::apply([&](auto const&... a) { (one(a), ...); }, arguments);
    }

    // The same structure with other values in its leaves: next(leaf) gives each in order.
    template <class X, class Next>
    auto with_leaves(X const& x, Next&& next)
    {
        if constexpr (is_scalar_variable_v<X> || is_tensor_v<X>)
            return next(x);
        else if constexpr (is_tuple_v<X>)
            return std::apply([&](auto const&... e) { return std::tuple<decltype(with_leaves(e, next))...>{with_leaves(e, next)...}; }, x);
        else if constexpr (is_sequence_v<X> && has_leaves_v<X>)
        {
            X all = x;
            for (auto& e : all)
                e = with_leaves(e, next);
            return all;
        }
        else
            return x;
    }

    // Adjoints (or tangents) as handles of the leaf's type.
    template <class T, std::size_t N>
    tensor<T, N> as_handle(tensor<T, N> const&, external_adjoint const& a)
    {
        if (has_history(*a.array))
            return tensor<T, N>(a.array);
        auto b = make_alias<T>(*a.array);
        b->role = buffer_role::result;
        return tensor<T, N>(std::move(b));
    }
    template <class T>
    variable<T, 0> as_handle(variable<T, 0> const&, external_adjoint const& a)
    {
        if (a.array)
            return read_element<T>(*a.array, 0);
        return variable<T, 0>(with_tag{}, static_cast<T>(a.number), a.tag);
    }

    // What a user's rule returned for one leaf.
    template <class T, std::size_t N, class R>
    void take_leaf(tensor<T, N> const& x, R const& r, external_adjoint& to, external_rule const& rule, site const& where)
    {
        if constexpr (is_expression_v<R>)
        {
            if (static_rank_v<R> != N && static_rank_v<R> != dynamic_rank)
                runtime::throw_rule_error(rule, "a derivative of rank " + std::to_string(static_rank_v<R>),
                                          "shape " + shape_text(x.data_handle()->shape, N));
            if constexpr (static_rank_v<R> != 0)
            {
                to.array = evaluate<T>(r, where);
                auto const& b = *x.data_handle();
                if (to.array->rank != b.rank || !std::equal(b.shape, b.shape + b.rank, to.array->shape))
                    runtime::throw_rule_error(rule, "a derivative of shape " + shape_text(to.array->shape, to.array->rank),
                                              "shape " + shape_text(b.shape, b.rank));
                // Memory that its owner may change.
                if (to.array->borrowed || (!runtime::thread.recording && to.array->role != buffer_role::result))
                {
                    auto copy = make_buffer_like<T>(*to.array);
                    std::copy_n(to.array->template data<T>(), copy->size, copy->template data<T>());
                    to.array = std::move(copy);
                }
                to.given = true;
            }
        }
        else
            runtime::throw_rule_error(rule, "a number", "an array of shape " + shape_text(x.data_handle()->shape, N));
    }
    template <class T, class R>
    void take_leaf(variable<T, 0> const&, R const& r, external_adjoint& to, external_rule const& rule, site const& where)
    {
        if constexpr (std::is_arithmetic_v<R>)
            to.number = static_cast<double>(r);
        else if constexpr (is_scalar_variable_v<R>)
        {
            const auto v = settled(r);
            to.number = static_cast<double>(v.value());
            to.tag = v.tag();
        }
        else if constexpr (is_expression_v<R>)
        {
            if constexpr (static_rank_v<R> == 0)
            {
                if constexpr (is_tracked_v<R>)
                    return take_leaf(variable<T, 0>(with_tag{}, T(0), 0), evaluate_number<T>(r, where), to, rule, where);
                else
                    to.number = static_cast<double>(r());
            }
            else
                runtime::throw_rule_error(rule, "an array", "a number");
        }
        else
            runtime::throw_rule_error(rule, "something else", "a number");
        to.given = true;
    }

    // Pairs what was returned with the leaves of x; `to` moves on.
    template <class X, class R>
    void take_leaves(X const& x, R const& r, external_adjoint*& to, external_rule const& rule, site const& where)
    {
        if constexpr (is_scalar_variable_v<X> || is_tensor_v<X>)
            take_leaf(x, r, *to++, rule, where);
        else if constexpr (is_tuple_v<X>)
        {
            if constexpr (is_tuple_v<R>)
            {
                constexpr std::size_t expected = std::tuple_size_v<X>, found = decltype(hana::size(r))::value;
                if constexpr (expected != found)
                    runtime::throw_rule_error(rule, std::to_string(found) + " derivatives", std::to_string(expected));
                else
                    [&]<std::size_t... I>(std::index_sequence<I...>)
                    { (take_leaves(std::get<I>(x), hana::at_c<I>(r), to, rule, where), ...); }(std::make_index_sequence<expected>{});
            }
            else if constexpr (std::tuple_size_v<X> == 1)
                take_leaves(std::get<0>(x), r, to, rule, where);
            else
                runtime::throw_rule_error(rule, "1 derivative", std::to_string(std::tuple_size_v<X>) + " in a std::tuple");
        }
        else if constexpr (is_sequence_v<R>)
        {
            if (r.size() != x.size())
                runtime::throw_rule_error(rule, std::to_string(r.size()) + " derivatives", std::to_string(x.size()));
            for (std::size_t i = 0; i < x.size(); ++i)
                take_leaves(x[i], r[i], to, rule, where);
        }
        else
            runtime::throw_rule_error(rule, "1 derivative", std::to_string(x.size()) + " in a vector or array");
    }
}
ETAPE_END_ARCH
