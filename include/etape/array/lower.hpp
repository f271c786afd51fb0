// SPDX-License-Identifier: BSL-1.0
// From an xtensor expression to a tree type and its sources: what is known becomes one fused kernel, the rest is evaluated
// (plain parts by xtensor, tracked parts element by element) and enters as a leaf.
#pragma once
#include <type_traits>

#include <etape/array/functors.hpp>
#include <etape/array/statement.hpp>
#include <etape/array/variable.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class E>
    struct lowering;  // of a decayed expression type: `tree`, and collect(e, statement)

    template <class E>
    using lower_t = lowering<std::remove_cvref_t<E>>;

    template <class V>
    struct scalar_type_of
    {
        using type = V;
    };
    template <class V>
        requires(is_scalar_variable_v<V>)
    struct scalar_type_of<V>
    {
        using type = typename V::value_type;
    };
    // The number type that an expression is computed in.
    template <class E>
    using number_t = typename scalar_type_of<typename std::remove_cvref_t<E>::value_type>::type;

    template <class E>
    inline constexpr bool is_tracked_v = is_scalar_variable_v<typename std::remove_cvref_t<E>::value_type>;

    // ---- plain values ----
    // An untracked expression evaluated by xtensor into memory of our own.
    template <class T, class E>
    buffer_ptr evaluate_plain(E const& e)
    {
        auto const& shape = e.shape();
        check_dimensions(shape.size());
        std::size_t s[max_rank];
        std::copy(shape.begin(), shape.end(), s);
        auto b = make_buffer<T>(s, static_cast<int>(shape.size()));
        b->role = buffer_role::plain;
        if (b->size == 0)
            return b;
        if constexpr (static_rank_v<E> != dynamic_rank)
        {
            std::array<std::size_t, static_rank_v<E>> fixed;
            std::copy_n(s, static_rank_v<E>, fixed.begin());
            auto to = xt::adapt(b->template data<T>(), b->size, xt::no_ownership(), fixed);
            xt::noalias(to) = xt::cast<T>(e);
        }
        else
        {
            xt::dynamic_shape<std::size_t> dynamic(shape.begin(), shape.end());
            auto to = xt::adapt(b->template data<T>(), b->size, xt::no_ownership(), dynamic);
            xt::noalias(to) = xt::cast<T>(e);
        }
        return b;
    }

    // A tracked expression that we do not know, element by element through the active scalar, packed into an array.
    template <class T, class E>
    buffer_ptr evaluate_elements(E const& e, site const& where)
    {
        static_assert(evaluable<E>::value);
        auto const& shape = e.shape();
        check_dimensions(shape.size());
        std::size_t s[max_rank];
        std::copy(shape.begin(), shape.end(), s);
        auto b = make_buffer<T>(s, static_cast<int>(shape.size()));
        b->role = buffer_role::result;
        b->made = where;
        runtime::packer<T> pack(*b);
        for (auto it = e.template begin<xt::layout_type::row_major>(); it != e.template end<xt::layout_type::row_major>(); ++it)
        {
            const variable<T, 0> v = *it;
            pack.add(v.value(), v.tag_for_recording());
        }
        pack.finish(where);
        return b;
    }

    // ---- leaves ----
    // Handles
    template <class H, bool Active>
    struct handle_lowering
    {
        using tree = expr::array_leaf<Active>;
        template <class S>
        static void collect(H const& h, S& s)
        {
            s.next().set_handle(h.data_handle().get(), Active);
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct lowering<variable<T, N>> : handle_lowering<variable<T, N>, true>
    {
    };
    template <class T, std::size_t N>
    struct lowering<tensor<T, N>> : handle_lowering<tensor<T, N>, true>
    {
    };

    template <class S>
    struct statement_number;
    template <class T, class Tree>
    struct statement_number<statement<T, Tree>>
    {
        using type = T;
    };

    // Numbers
    template <class E, class V>
    struct number_lowering
    {
        using value = std::decay_t<V>;
        using tree = expr::scalar_leaf<is_scalar_variable_v<value>>;
        template <class S>
        static void collect(E const& e, S& s)
        {
            using T = typename statement_number<S>::type;
            if constexpr (is_scalar_variable_v<value>)
            {
                static_assert(std::is_same_v<typename value::value_type, T>,
                              "etape: an expression mixes variables of float and of double: convert one of them");
                auto const& v = settled(e.expression());
                s.next().set_own_scalar(v.value(), v.tag());
            }
            else
                s.next().set_number(static_cast<T>(e.expression()));
        }
    };

    template <class V>
    struct lowering<number_leaf<V>> : number_lowering<number_leaf<V>, V>
    {
    };
    template <class CT>
    struct lowering<xt::xscalar<CT>> : number_lowering<xt::xscalar<CT>, CT>
    {
    };

    // Plain memory with strides: containers, adaptors, views of them.
    template <class E>
    inline constexpr bool has_plain_memory_v = []
    {
        if constexpr (is_tracked_v<E> || !requires(E const& e) {
                          e.data();
                          e.data_offset();
                          e.strides();
                      })
            return false;
        else
            return std::is_pointer_v<decltype(std::declval<E const&>().data())>;
    }();

    template <class E>
    struct plain_lowering
    {
        using tree = expr::array_leaf<false>;
        template <class S>
        static void collect(E const& e, S& s)
        {
            using T = typename statement_number<S>::type;
            auto& to = s.next();
            if constexpr (has_plain_memory_v<E> && std::is_same_v<std::remove_cv_t<typename E::value_type>, T>)
            {
                auto const& shape = e.shape();
                check_dimensions(shape.size());
                // Loops: for a few numbers std::copy would call memmove.
                for (std::size_t k = 0; k < shape.size(); ++k)
                {
                    to.shape_store[k] = shape[k];
                    to.stride_store[k] = e.strides()[k];
                }
                to.set_memory(e.data() + e.data_offset(), static_cast<int>(shape.size()), nullptr, false, 0);
            }
            else
                to.set_temporary(evaluate_plain<T>(e));
        }
    };
    template <class C, class T>
    struct constant_lowering
    {
        using tree = expr::array_leaf<false>;
        template <class S>
        static void collect(C const& e, S& s)
        {
            // Here, because xtensor's operators are noexcept.
            if (!e.data_handle()) [[unlikely]]
                throw_shape_error("constant", "one without values, by its default constructor", "one that was made from an array");
            if constexpr (std::is_same_v<T, typename statement_number<S>::type>)
                s.next().set_handle(e.data_handle().get(), false);
            else
                s.next().set_temporary(evaluate_plain<typename statement_number<S>::type>(e));
        }
    };
    template <class T, std::size_t N>
    struct lowering<constant<T, N>> : constant_lowering<constant<T, N>, T>
    {
    };
    template <class T, std::size_t N>
    struct lowering<constant_leaf<T, N>> : constant_lowering<constant_leaf<T, N>, T>
    {
    };

    // A tracked expression that is evaluated first and enters as an array.
    template <class E>
    struct materialised_lowering
    {
        using tree = expr::array_leaf<true>;
        template <class S>
        static void collect(E const& e, S& s)
        {
            using T = typename statement_number<S>::type;
            auto b = evaluate_elements<T>(e, site{});
            auto& to = s.next();
            to.set_handle(b.get(), true);
            to.hold = std::move(b);
        }
    };

    // Anything else
    template <class E>
    struct lowering : std::conditional_t<is_tracked_v<E>, materialised_lowering<E>, plain_lowering<E>>
    {
    };

    // ---- functions ----
    // A plain function enters the kernel when the numbers are the kernel's own; integer arithmetic stays xtensor's.
    template <class E>
    inline constexpr bool fusible_plain_v = has_plain_memory_v<E> && std::is_floating_point_v<typename E::value_type>;
    template <class CT>
    inline constexpr bool fusible_plain_v<xt::xscalar<CT>> = std::is_arithmetic_v<std::decay_t<CT>>;
    template <class V>
    inline constexpr bool fusible_plain_v<number_leaf<V>> = std::is_arithmetic_v<V>;
    template <class T, std::size_t N>
    inline constexpr bool fusible_plain_v<constant<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool fusible_plain_v<constant_leaf<T, N>> = true;

    template <class E>
    inline constexpr bool contains_tracked_v = is_tracked_v<E>;
    template <class F, class... CT>
    inline constexpr bool contains_tracked_v<xt::xfunction<F, CT...>> = (contains_tracked_v<std::decay_t<CT>> || ...);

    template <class F, class... CT>
    inline constexpr bool fusible_plain_v<xt::xfunction<F, CT...>> =
        !std::is_void_v<typename rule_of_call<F, CT...>::type> && (fusible_plain_v<std::decay_t<CT>> && ...) &&
        (std::is_floating_point_v<typename xt::xfunction<F, CT...>::value_type> ||
         std::is_same_v<typename xt::xfunction<F, CT...>::value_type, bool>) &&
        (!(std::is_integral_v<typename std::decay_t<CT>::value_type> && ...));

    template <class F, class... CT>
    inline constexpr bool fused_v =
        !std::is_void_v<typename rule_of_call<F, CT...>::type> &&
        (contains_tracked_v<xt::xfunction<F, CT...>> || fusible_plain_v<xt::xfunction<F, CT...>>);

    template <class F, class... CT>
        requires fused_v<F, CT...>
    struct lowering<xt::xfunction<F, CT...>>
    {
        using tree = expr::op<typename rule_of_call<F, CT...>::type, typename lower_t<CT>::tree...>;
        template <class S>
        static void collect(xt::xfunction<F, CT...> const& e, S& s)
        {
            std::apply([&](auto const&... a) { (collect_one(a, s), ...); }, e.arguments());
        }

    private:
        template <class A, class S>
        static void collect_one(A const& a, S& s)
        {
            if constexpr (is_tracked_v<A>)
                static_assert(std::is_same_v<number_t<A>, typename statement_number<S>::type>,
                              "etape: an expression mixes variables of float and of double: convert one of them");
            lower_t<A>::collect(a, s);
        }
    };
    // A tracked function without a rule of ours
    template <class F, class... CT>
        requires(!fused_v<F, CT...> && contains_tracked_v<xt::xfunction<F, CT...>> && is_tracked_v<xt::xfunction<F, CT...>>)
    struct lowering<xt::xfunction<F, CT...>> : materialised_lowering<xt::xfunction<F, CT...>>
    {
    };

    // ---- broadcast ----
    template <class CT, class X>
        requires(contains_tracked_v<std::decay_t<CT>>)
    struct lowering<xt::xbroadcast<CT, X>>
    {
        using tree = typename lower_t<CT>::tree;
        template <class S>
        static void collect(xt::xbroadcast<CT, X> const& e, S& s)
        {
            auto const& shape = e.shape();
            check_dimensions(shape.size());
            const int r = static_cast<int>(shape.size());
            // Several broadcasts in one expression: keep the join of their shapes.
            std::size_t own[max_rank];
            std::copy(shape.begin(), shape.end(), own);
            s.require_shape(own, r);
            lower_t<CT>::collect(e.expression(), s);
        }
    };
    template <class CT, class X>
    inline constexpr bool contains_tracked_v<xt::xbroadcast<CT, X>> = contains_tracked_v<std::decay_t<CT>>;
}
ETAPE_END_ARCH
