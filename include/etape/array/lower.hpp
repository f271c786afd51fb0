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

    template <class E>
    inline constexpr std::size_t static_rank_v = []
    {
        using shape = std::remove_cvref_t<decltype(std::declval<std::remove_cvref_t<E> const&>().shape())>;
        if constexpr (requires { std::tuple_size<shape>::value; })
            return std::tuple_size<shape>::value;
        else
            return static_cast<std::size_t>(-1);
    }();
    inline constexpr std::size_t dynamic_rank = static_cast<std::size_t>(-1);

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
    buffer_ptr evaluate_elements(E const& e, site where)
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
    template <class CT>
    struct lowering<xt::xscalar<CT>>
    {
        using value = std::decay_t<CT>;
        using tree = expr::scalar_leaf<is_scalar_variable_v<value>>;
        template <class S>
        static void collect(xt::xscalar<CT> const& e, S& s)
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

    // ---- entry points ----
    inline constexpr const char* name_of_leaf = "copy";
    template <class Tree>
    inline constexpr const char* name_of = name_of_leaf;
    template <class Rule, class... C>
    inline constexpr const char* name_of<expr::op<Rule, C...>> = Rule::name;

    template <class Tree>
    inline constexpr bool has_arrays_v = false;
    template <bool A>
    inline constexpr bool has_arrays_v<expr::array_leaf<A>> = true;
    template <class Rule, class... C>
    inline constexpr bool has_arrays_v<expr::op<Rule, C...>> = (has_arrays_v<C> || ...);

    // An array of rank 0 from a number.
    template <class T>
    buffer_ptr number_as_array(variable<T, 0> const& v, site where)
    {
        auto b = make_buffer<T>(nullptr, 0);
        b->role = buffer_role::result;
        b->made = where;
        runtime::packer<T> pack(*b);
        pack.add(v.value(), v.tag_for_recording());
        pack.finish(where);
        return b;
    }

    template <class T, class E>
    struct evaluation
    {
        static buffer_ptr array(E const& e, site where)
        {
            static_assert(evaluable<E>::value);
            if constexpr (!contains_tracked_v<E> && !is_tracked_v<E>)
                return evaluate_plain<T>(e);
            else
            {
                static_assert(!is_tracked_v<E> || std::is_same_v<number_t<E>, T>,
                              "etape: the expression's variables and the result differ in precision (float, double)");
                using tree = typename lowering<E>::tree;
                statement<T, tree> s;
                lowering<E>::collect(e, s);
                if constexpr (has_arrays_v<tree>)
                    return s.array(name_of<tree>, where);
                else
                    return number_as_array<T>(s.point(name_of<tree>, where), where);
            }
        }
        static variable<T, 0> number(E const& e, site where)
        {
            static_assert(evaluable<E>::value);
            using tree = typename lowering<E>::tree;
            if constexpr (!has_arrays_v<tree>)
            {
                statement<T, tree> s;
                lowering<E>::collect(e, s);
                return s.point(name_of<tree>, where);
            }
            else
            {
                auto b = array(e, where);
                check_rank("conversion to a number", b->rank, 0);
                return read_element<T>(*b, 0);
            }
        }
    };
    // A handle is its own evaluation.
    template <class T, class H>
    struct handle_evaluation
    {
        static buffer_ptr array(H const& h, site)
        {
            return h.data_handle();
        }
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct evaluation<T, variable<T, N>> : handle_evaluation<T, variable<T, N>>
    {
    };
    template <class T, std::size_t N>
    struct evaluation<T, tensor<T, N>> : handle_evaluation<T, tensor<T, N>>
    {
    };
    template <class T, std::size_t N>
    struct evaluation<T, constant<T, N>> : handle_evaluation<T, constant<T, N>>
    {
    };

    template <class T, class E>
    buffer_ptr evaluate(E const& e, site where)
    {
        return evaluation<T, E>::array(e, where);
    }
    template <class T, class E>
    variable<T, 0> evaluate_number(E const& e, site where)
    {
        return evaluation<T, E>::number(e, where);
    }
}
ETAPE_END_ARCH
