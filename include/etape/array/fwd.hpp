// SPDX-License-Identifier: BSL-1.0
// The array handles, declared, and what xtensor must know of them before it builds an expression on them.
#pragma once
#include <type_traits>
#include <utility>

#include <etape/array/element_stepper.hpp>
#include <etape/array/function_expression.hpp>
#include <etape/scalar/operators.hpp>

// Views whose headers users include themselves.
namespace xt
{
    template <class CT, class I>
    class xindex_view;
    template <class CT, class S, layout_type L, class FST>
    class xdynamic_view;
}

ETAPE_BEGIN_ARCH
template <class T, std::size_t N>
class tensor;
template <class T, std::size_t N>
class constant;
template <class T, std::size_t N>
class fused_argument;
template <class T, std::size_t N, std::size_t R>
class variable_view;

namespace detail
{
    template <class T, std::size_t N>
    class constant_leaf;  // in tracked expressions, for a constant (array/constant.hpp)
    template <class V>
    class number_leaf;  // for a number (array/number_leaf.hpp)

    // What xtensor asks of the handles: shapes with a static rank, elements that are active scalars returned by value.
    template <class D, std::size_t N>
    struct handle_iterable
    {
        using inner_shape_type = std::array<std::size_t, N>;
        using const_stepper = xt::xindexed_stepper<D, true>;
        using stepper = const_stepper;
    };
    template <class T, class E>
    variable<T, 0> evaluate_number(E const& e, site const& where);
    template <class E>
        requires(xt::is_xexpression<E>::value && is_scalar_variable_v<typename E::value_type>)
    struct number_expression<E>
    {
        static constexpr bool value = true;
        template <class T>
        static variable<T, 0> evaluate(E const& e, site const& where)
        {
            return evaluate_number<T>(e, where);
        }
    };
    // Lazy expressions with a handle somewhere inside are as light as the handle: they too are held by value, so that an
    // expression made of named parts may leave the scope of these.
    template <class Reducer, class CT>
    class full_reduction;
    template <class E>
    inline constexpr bool holds_handle_v = false;
    template <class E>
    inline constexpr bool is_lazy_v = false;
    template <class T, std::size_t N>
    inline constexpr bool holds_handle_v<variable<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool holds_handle_v<tensor<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool holds_handle_v<constant<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool holds_handle_v<constant_leaf<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool holds_handle_v<fused_argument<T, N>> = true;
    template <class T, std::size_t N, std::size_t R>
    inline constexpr bool holds_handle_v<variable_view<T, N, R>> = true;
    template <class V>
    inline constexpr bool holds_handle_v<number_leaf<V>> = is_scalar_variable_v<V>;
    template <class CT>
    inline constexpr bool holds_handle_v<xt::xscalar<CT>> = holds_handle_v<std::decay_t<CT>>;
    // Expressions on the arguments of a fused function (array/fused_argument.hpp): these are evaluated by that function alone.
    template <class E>
    inline constexpr bool is_fused_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_fused_v<fused_argument<T, N>> = true;
#define ETAPE_LAZY(HEAD, TYPE, SOME_OF)                                                                              \
    template <HEAD>                                                                                                  \
    inline constexpr bool is_lazy_v<TYPE> = true;                                                                    \
    template <HEAD>                                                                                                  \
    inline constexpr bool holds_handle_v<TYPE> = SOME_OF(holds_handle_v);                                            \
    template <HEAD>                                                                                                  \
    inline constexpr bool is_fused_v<TYPE> = SOME_OF(is_fused_v);
#define ETAPE_ONE(TRAIT) TRAIT<std::decay_t<CT>>
#define ETAPE_ANY(TRAIT) (TRAIT<std::decay_t<CT>> || ...)
#define ETAPE_COMMA ,
    ETAPE_LAZY(class F ETAPE_COMMA class... CT, xt::xfunction<F ETAPE_COMMA CT...>, ETAPE_ANY)
    ETAPE_LAZY(class CT ETAPE_COMMA class... S, xt::xview<CT ETAPE_COMMA S...>, ETAPE_ONE)
    ETAPE_LAZY(class CT ETAPE_COMMA class S ETAPE_COMMA xt::layout_type L ETAPE_COMMA class FST,
               xt::xstrided_view<CT ETAPE_COMMA S ETAPE_COMMA L ETAPE_COMMA FST>, ETAPE_ONE)
    ETAPE_LAZY(class CT ETAPE_COMMA class X, xt::xbroadcast<CT ETAPE_COMMA X>, ETAPE_ONE)
    ETAPE_LAZY(class F ETAPE_COMMA class CT ETAPE_COMMA class X ETAPE_COMMA class O,
               xt::xreducer<F ETAPE_COMMA CT ETAPE_COMMA X ETAPE_COMMA O>, ETAPE_ONE)
    ETAPE_LAZY(class R ETAPE_COMMA class CT, full_reduction<R ETAPE_COMMA CT>, ETAPE_ONE)
    ETAPE_LAZY(class CT ETAPE_COMMA class I, xt::xindex_view<CT ETAPE_COMMA I>, ETAPE_ONE)
    ETAPE_LAZY(class CT ETAPE_COMMA class S ETAPE_COMMA xt::layout_type L ETAPE_COMMA class FST,
               xt::xdynamic_view<CT ETAPE_COMMA S ETAPE_COMMA L ETAPE_COMMA FST>, ETAPE_ONE)
    // What concatenate, stack, tril, diag and meshgrid make does not show what is in it.
    template <class F, class R, class S>
    inline constexpr bool is_lazy_v<xt::xgenerator<F, R, S>> = true;
    template <class F, class R, class S>
    inline constexpr bool holds_handle_v<xt::xgenerator<F, R, S>> = is_scalar_variable_v<R>;
#undef ETAPE_ANY
#undef ETAPE_ONE
#undef ETAPE_COMMA
#undef ETAPE_LAZY
    // A view, or an expression with views in it, that is an argument A&& and that nobody reads after the call, is given up with it. It would
    // live to the end of the statement, and a write into its array there, view(h, k) = matmul(w, view(h, k - 1)), would copy the array.
    template <class A>
    inline constexpr bool is_part_v = is_lazy_v<A>;
    template <class T, std::size_t N, std::size_t R>
    inline constexpr bool is_part_v<variable_view<T, N, R>> = true;
    template <class A>
    constexpr void give_up(std::remove_reference_t<A>& argument)
    {
        if constexpr (!std::is_lvalue_reference_v<A> && !std::is_const_v<A> && is_part_v<A> && holds_handle_v<A>)
            [[maybe_unused]] const auto gone = std::move(argument);
    }
    template <class A>
    struct last_use
    {
        A& argument;
        ~last_use()
        {
            give_up<A>(argument);
        }
    };
    // The rank of an expression where its type says it.
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

    // Asked wherever an expression would be evaluated and recorded.
    template <class E>
    struct evaluable
    {
        static_assert(!is_fused_v<E>, "etape: fused() takes a function that is one expression with a number as its result: something in it "
                                      "is evaluated on the way (an element, an assignment, a reduction over axes, matmul), which needs a "
                                      "tape: leave fused() out");
        static constexpr bool value = true;
    };

    template <class Element>
    struct handle_inner
    {
        using reference = Element;
        using const_reference = Element;
        using size_type = std::size_t;
    };
}
ETAPE_END_ARCH

namespace xtl
{
    template <class T>
    struct is_scalar<etape::variable<T, 0>> : std::true_type
    {
    };
    // xtl 0.8 does not ask is_scalar here, and so knows no minimum, maximum, clip and where of active scalars.
    template <class B, class T>
    struct all_scalar<B, etape::variable<T, 0>, etape::variable<T, 0>> : std::true_type
    {
    };
    template <class B, class T, class U>
    struct all_scalar<B, etape::variable<T, 0>, U> : std::is_arithmetic<U>
    {
    };
    template <class B, class T, class U>
    struct all_scalar<B, U, etape::variable<T, 0>> : std::is_arithmetic<U>
    {
    };
    template <class T, std::size_t N>
    struct is_scalar<etape::scalar_expression<T, N>> : std::true_type
    {
    };
    template <class T, std::size_t N>
    struct is_scalar<etape::dual<T, N>> : std::true_type
    {
    };
    template <class B, class T, std::size_t N>
    struct all_scalar<B, etape::dual<T, N>, etape::dual<T, N>> : std::true_type
    {
    };
    template <class B, class T, std::size_t N, class U>
    struct all_scalar<B, etape::dual<T, N>, U> : std::is_arithmetic<U>
    {
    };
    template <class B, class T, std::size_t N, class U>
    struct all_scalar<B, U, etape::dual<T, N>> : std::is_arithmetic<U>
    {
    };
    // The common type of elements, as xt::stack and xt::concatenate ask for it.
    template <class A, class B>
        requires(etape::is_scalar_variable_v<A> || etape::is_scalar_variable_v<B>)
    struct promote_type<A, B>
    {
        using type = etape::variable<typename etape::detail::first_number<A, B>::type, 0>;
    };
    template <class A, class B, class C, class... D>
        requires(etape::is_scalar_variable_v<A> || etape::is_scalar_variable_v<B> || etape::is_scalar_variable_v<C> ||
                 (etape::is_scalar_variable_v<D> || ...))
    struct promote_type<A, B, C, D...>
    {
        using type = etape::variable<typename etape::detail::first_number<A, B, C, D...>::type, 0>;
    };
    template <class T, std::size_t N>
    struct closure_type<etape::scalar_expression<T, N>&>
    {
        using type = etape::scalar_expression<T, N>;
    };
    template <class T, std::size_t N>
    struct closure_type<etape::scalar_expression<T, N> const&>
    {
        using type = etape::scalar_expression<T, N>;
    };
    template <class T, std::size_t N>
    struct const_closure_type<etape::scalar_expression<T, N>&>
    {
        using type = etape::scalar_expression<T, N>;
    };
    template <class T, std::size_t N>
    struct const_closure_type<etape::scalar_expression<T, N> const&>
    {
        using type = etape::scalar_expression<T, N>;
    };
    template <class E>
        requires(etape::detail::is_lazy_v<std::remove_const_t<E>> && etape::detail::holds_handle_v<std::remove_const_t<E>>)
    struct closure_type<E&>
    {
        using type = std::remove_const_t<E>;
    };
    template <class E>
        requires(etape::detail::is_lazy_v<std::remove_const_t<E>> && etape::detail::holds_handle_v<std::remove_const_t<E>>)
    struct const_closure_type<E&>
    {
        using type = std::remove_const_t<E>;
    };
    // xt::view and xt::xtuple ask xtl, not xtensor, how to hold their operands.
#define ETAPE_BY_VALUE(CLOSURE, HANDLE)                                                                              \
    template <class T, std::size_t N>                                                                                \
        requires(N > 0)                                                                                              \
    struct CLOSURE<etape::HANDLE<T, N>&>                                                                             \
    {                                                                                                                \
        using type = etape::HANDLE<T, N>;                                                                            \
    };                                                                                                               \
    template <class T, std::size_t N>                                                                                \
        requires(N > 0)                                                                                              \
    struct CLOSURE<const etape::HANDLE<T, N>&>                                                                       \
    {                                                                                                                \
        using type = etape::HANDLE<T, N>;                                                                            \
    };
    ETAPE_BY_VALUE(closure_type, variable)
    ETAPE_BY_VALUE(const_closure_type, variable)
    ETAPE_BY_VALUE(closure_type, tensor)
    ETAPE_BY_VALUE(const_closure_type, tensor)
    ETAPE_BY_VALUE(closure_type, constant)
    ETAPE_BY_VALUE(const_closure_type, constant)
    ETAPE_BY_VALUE(closure_type, fused_argument)
    ETAPE_BY_VALUE(const_closure_type, fused_argument)
#undef ETAPE_BY_VALUE
}

namespace xt
{
    // A reducer holds variables, not the expressions that adding two of them makes.
    namespace detail
    {
        template <class T, std::size_t N>
        struct evaluated_value_type<etape::scalar_expression<T, N>, false>
        {
            using type = etape::variable<T, 0>;
        };
    }

    template <class T, std::size_t N>
        requires(N > 0)
    struct xiterable_inner_types<etape::variable<T, N>> : etape::detail::handle_iterable<etape::variable<T, N>, N>
    {
    };
    template <class T, std::size_t N>
        requires(N > 0)
    struct xcontainer_inner_types<etape::variable<T, N>> : etape::detail::handle_inner<etape::variable<T, 0>>
    {
    };
    template <class T, std::size_t N>
    struct xiterable_inner_types<etape::tensor<T, N>> : etape::detail::handle_iterable<etape::tensor<T, N>, N>
    {
    };
    template <class T, std::size_t N>
    struct xcontainer_inner_types<etape::tensor<T, N>> : etape::detail::handle_inner<etape::variable<T, 0>>
    {
    };
    template <class T, std::size_t N>
    struct xiterable_inner_types<etape::detail::constant_leaf<T, N>> : etape::detail::handle_iterable<etape::detail::constant_leaf<T, N>, N>
    {
    };
    template <class T, std::size_t N>
    struct xcontainer_inner_types<etape::detail::constant_leaf<T, N>> : etape::detail::handle_inner<T>
    {
    };
    template <class V>
    struct xiterable_inner_types<etape::detail::number_leaf<V>> : etape::detail::handle_iterable<etape::detail::number_leaf<V>, 0>
    {
    };
    template <class V>
    struct xcontainer_inner_types<etape::detail::number_leaf<V>> : etape::detail::handle_inner<V>
    {
    };
    template <class T, std::size_t N>
    struct xiterable_inner_types<etape::fused_argument<T, N>> : etape::detail::handle_iterable<etape::fused_argument<T, N>, N>
    {
    };
    template <class T, std::size_t N>
    struct xcontainer_inner_types<etape::fused_argument<T, N>> : etape::detail::handle_inner<etape::variable<T, 0>>
    {
    };

    // Elements of an expression are variables, however many operators it has.
    template <class F, class... CT>
        requires(etape::detail::is_scalar_expression_v<
                 std::decay_t<decltype(std::declval<F>()(std::declval<xvalue_type_t<std::decay_t<CT>>>()...))>>)
    struct xcontainer_inner_types<xfunction<F, CT...>>
        : etape::detail::handle_inner<
              etape::variable<typename std::decay_t<decltype(std::declval<F>()(std::declval<xvalue_type_t<std::decay_t<CT>>>()...))>::value_type, 0>>
    {
        using value_type = typename etape::detail::handle_inner<etape::variable<
            typename std::decay_t<decltype(std::declval<F>()(std::declval<xvalue_type_t<std::decay_t<CT>>>()...))>::value_type, 0>>::reference;
    };

    // Every expression captures a handle by value: `auto` never dangles, and a read is a snapshot.
#define ETAPE_BY_VALUE(CLOSURE, HANDLE, REF, CONDITION)                                                              \
    template <class T, std::size_t N>                                                                                \
    struct CLOSURE<etape::HANDLE<T, N> REF, std::enable_if_t<(CONDITION)>>                                           \
    {                                                                                                                \
        using type = etape::HANDLE<T, N>;                                                                            \
    };                                                                                                               \
    template <class T, std::size_t N>                                                                                \
    struct CLOSURE<const etape::HANDLE<T, N> REF, std::enable_if_t<(CONDITION)>>                                     \
    {                                                                                                                \
        using type = etape::HANDLE<T, N>;                                                                            \
    };
    ETAPE_BY_VALUE(xclosure, variable, &, N != 0)
    ETAPE_BY_VALUE(const_xclosure, variable, &, N != 0)
    ETAPE_BY_VALUE(xclosure, tensor, &, N != 0)
    ETAPE_BY_VALUE(const_xclosure, tensor, &, N != 0)
    ETAPE_BY_VALUE(xclosure, constant, &, N != 0)
    ETAPE_BY_VALUE(const_xclosure, constant, &, N != 0)
    ETAPE_BY_VALUE(xclosure, fused_argument, &, true)
    ETAPE_BY_VALUE(const_xclosure, fused_argument, &, true)
#undef ETAPE_BY_VALUE
    // An active scalar in an array expression: also by value. Full specialisations, because xtensor's own partial one for
    // non-expressions would be ambiguous with a partial one of ours.
#define ETAPE_SCALAR_BY_VALUE(CLOSURE, T)                                                                            \
    template <>                                                                                                      \
    struct CLOSURE<etape::variable<T, 0>&, void>                                                                     \
    {                                                                                                                \
        using type = xscalar<etape::variable<T, 0>>;                                                                 \
    };                                                                                                               \
    template <>                                                                                                      \
    struct CLOSURE<const etape::variable<T, 0>&, void>                                                               \
    {                                                                                                                \
        using type = xscalar<etape::variable<T, 0>>;                                                                 \
    };
    ETAPE_SCALAR_BY_VALUE(xclosure, double)
    ETAPE_SCALAR_BY_VALUE(const_xclosure, double)
    ETAPE_SCALAR_BY_VALUE(xclosure, float)
    ETAPE_SCALAR_BY_VALUE(const_xclosure, float)
#undef ETAPE_SCALAR_BY_VALUE

    // A number beside tracked operands: by value, too, and without the shared pointer of xtensor's scalars. xtensor would refer to an
    // lvalue, and a function that returns `x * a` of its parameter or local a would return a dangling reference. A constant: the
    // pointer alone, without the shapes and strides that xtensor's containers carry.
    namespace detail
    {
        template <class V>
        struct is_xscalar_impl<etape::detail::number_leaf<V>> : std::true_type
        {
        };
        template <class E>
        struct beside_tracked
        {
            using type = E;
        };
        template <class T>
            requires(std::is_arithmetic_v<std::remove_cvref_t<T>> || etape::is_scalar_variable_v<std::remove_cvref_t<T>>)
        struct beside_tracked<xscalar<T>>
        {
            using type = etape::detail::number_leaf<std::remove_cvref_t<T>>;
        };
        template <class T, std::size_t N>
        struct beside_tracked<etape::constant<T, N>>
        {
            using type = etape::detail::constant_leaf<T, N>;
        };
        template <class F, class... E>
            requires(etape::is_scalar_variable_v<typename std::decay_t<E>::value_type> || ...)
        struct select_xfunction_expression<xtensor_expression_tag, F, E...>
        {
            using type = xfunction<F, typename beside_tracked<E>::type...>;
        };
    }

    // xtensor asks these traits before it assigns b to a: the place to refuse what would lose the derivative.
    template <class A, class B>
        requires(etape::is_scalar_variable_v<typename B::value_type> && std::is_arithmetic_v<typename A::value_type>)
    class xassign_traits<A, B>
    {
        static_assert(etape::detail::dependent_false<A>,
                      "etape: a tracked expression is assigned to a plain array, which would lose its derivative: use value(e) for the "
                      "plain values, stop_gradient(e) for a constant, or assign to a variable or tensor");
    };
}
