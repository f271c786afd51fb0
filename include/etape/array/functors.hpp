// SPDX-License-Identifier: BSL-1.0
// xtensor's functors and our rules: which stands for which, and functors for the rules that xtensor does not have.
#pragma once
#include <etape/array/fwd.hpp>
#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class F>
    struct rule_of_functor
    {
        using type = void;
    };
#define ETAPE_MAP_FUNCTION(NAME)                                                                                     \
    template <>                                                                                                      \
    struct rule_of_functor<xt::math::NAME##_fun>                                                                     \
    {                                                                                                                \
        using type = rule::NAME;                                                                                     \
    };
#define ETAPE_MAP_FUNCTOR(FUNCTOR, NAME)                                                                             \
    template <>                                                                                                      \
    struct rule_of_functor<xt::FUNCTOR>                                                                              \
    {                                                                                                                \
        using type = rule::NAME;                                                                                     \
    };
    ETAPE_XTENSOR_FUNCTIONS(ETAPE_MAP_FUNCTION)
    ETAPE_XTENSOR_FUNCTORS(ETAPE_MAP_FUNCTOR)
#undef ETAPE_MAP_FUNCTION
#undef ETAPE_MAP_FUNCTOR

    // xt::square and xt::cube may be lambdas inside function templates, so that each call has a functor type of its own. It is
    // recognised by asking for the type of the same call again, on each kind of argument that ends in this closure.
    template <class F, class X>
    inline constexpr bool is_functor_of_v = false;
    template <class F, class... CT>
    inline constexpr bool is_functor_of_v<F, xt::xfunction<F, CT...>> = true;

    template <class F, class D>
    struct rule_of_lambda
    {
        template <template <class> class Call>
        static constexpr bool is = is_functor_of_v<F, Call<D>> || is_functor_of_v<F, Call<D&>> || is_functor_of_v<F, Call<D const&>>;
        template <class E>
        using square_call = decltype(xt::square(std::declval<E>()));
        template <class E>
        using cube_call = decltype(xt::cube(std::declval<E>()));
        using type = std::conditional_t<is<square_call>, rule::square, std::conditional_t<is<cube_call>, rule::cube, void>>;
    };
    // The rule of a functor applied to closures, or void.
    template <class F, class... CT>
    struct rule_of_call
    {
        using type = typename rule_of_functor<F>::type;
    };
    template <class F, class CT>
        requires(std::is_void_v<typename rule_of_functor<F>::type>)
    struct rule_of_call<F, CT>
    {
        using type = typename rule_of_lambda<F, std::decay_t<CT>>::type;
    };

    // A rule as an xtensor functor; its operator() is what the element-by-element path calls.
    template <class Rule>
    struct functor
    {
        template <class... A>
        auto operator()(A const&... a) const
        {
            if constexpr ((std::is_arithmetic_v<A> && ...))
                return Rule::value(static_cast<std::common_type_t<A..., float>>(a)...);
            else
                return variable<typename first_number<A...>::type, 0>(apply_rule<Rule>(a...));
        }
    };
    template <class Rule>
    struct rule_of_functor<functor<Rule>>
    {
        using type = Rule;
    };

    template <class E>
    concept tracked_expression =
        xt::is_xexpression<std::remove_cvref_t<E>>::value && is_scalar_variable_v<typename std::remove_cvref_t<E>::value_type>;
    // Plain arrays of floating-point numbers, constants among them, and expressions of them.
    template <class E>
    concept plain_expression =
        xt::is_xexpression<std::remove_cvref_t<E>>::value && std::is_floating_point_v<typename std::remove_cvref_t<E>::value_type>;
    template <class E>
    concept operand_expression = xt::is_xexpression<std::remove_cvref_t<E>>::value || std::is_arithmetic_v<std::remove_cvref_t<E>> ||
                                 is_scalar_variable_v<std::remove_cvref_t<E>>;

    template <class Rule, class... E>
    auto lazily(E&&... e)
    {
        using type = xt::detail::select_xfunction_expression_t<xt::xtensor_expression_tag, functor<Rule>, xt::const_xclosure_t<E>...>;
        return type(functor<Rule>(), std::forward<E>(e)...);
    }
}

// Every function of the rule table over array expressions, tracked or plain, lazy like xtensor's own: etape::exp(x), etape::softplus(x).
// Where xtensor has the name too, ours is the more constrained overload, so that unqualified calls are not ambiguous.
#define ETAPE_ARRAY_UNARY(NAME)                                                                                      \
    template <class E>                                                                                               \
        requires(detail::tracked_expression<E> || detail::plain_expression<E>)                                       \
    auto NAME(E&& e)                                                                                                 \
    {                                                                                                                \
        return detail::lazily<rule::NAME>(std::forward<E>(e));                                                       \
    }
#define ETAPE_ARRAY_BINARY(NAME)                                                                                     \
    template <detail::operand_expression A, detail::operand_expression B>                                            \
        requires(detail::tracked_expression<A> || detail::tracked_expression<B> || detail::plain_expression<A> ||    \
                 detail::plain_expression<B> ||                                                                      \
                 (xt::is_xexpression<std::remove_cvref_t<A>>::value && is_scalar_variable_v<std::remove_cvref_t<B>>) || \
                 (xt::is_xexpression<std::remove_cvref_t<B>>::value && is_scalar_variable_v<std::remove_cvref_t<A>>))   \
    auto NAME(A&& a, B&& b)                                                                                          \
    {                                                                                                                \
        return detail::lazily<rule::NAME>(std::forward<A>(a), std::forward<B>(b));                                   \
    }
#define ETAPE_ARRAY_TERNARY(NAME)                                                                                    \
    template <detail::operand_expression A, detail::operand_expression B, detail::operand_expression C>              \
        requires(detail::tracked_expression<A> || detail::tracked_expression<B> || detail::tracked_expression<C> ||  \
                 detail::plain_expression<A> || detail::plain_expression<B> || detail::plain_expression<C>)          \
    auto NAME(A&& a, B&& b, C&& c)                                                                                   \
    {                                                                                                                \
        return detail::lazily<rule::NAME>(std::forward<A>(a), std::forward<B>(b), std::forward<C>(c));               \
    }
ETAPE_FOR_EACH_UNARY(ETAPE_ARRAY_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_ARRAY_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_ARRAY_TERNARY)
// The order of a Bessel or polygamma function is a plain number, or a plain array of them.
#define ETAPE_ARRAY_ORDERED(NAME)                                                                                    \
    template <detail::operand_expression O, detail::operand_expression A>                                            \
        requires(detail::tracked_expression<O> || detail::tracked_expression<A> || detail::plain_expression<A> ||    \
                 detail::plain_expression<O> ||                                                                      \
                 (xt::is_xexpression<std::remove_cvref_t<O>>::value && is_scalar_variable_v<std::remove_cvref_t<A>>) || \
                 (xt::is_xexpression<std::remove_cvref_t<A>>::value && is_scalar_variable_v<std::remove_cvref_t<O>>))   \
    auto NAME(O&& order, A&& a)                                                                                      \
    {                                                                                                                \
        static_assert(!detail::tracked_expression<O> && !is_scalar_variable_v<std::remove_cvref_t<O>>,               \
                      "etape: " #NAME "(order, x): the order has no derivative, expected a plain number or array");  \
        return detail::lazily<rule::NAME>(std::forward<O>(order), std::forward<A>(a));                               \
    }
ETAPE_FOR_EACH_ORDERED(ETAPE_ARRAY_ORDERED)
#undef ETAPE_ARRAY_ORDERED
#undef ETAPE_ARRAY_UNARY
#undef ETAPE_ARRAY_BINARY
#undef ETAPE_ARRAY_TERNARY
ETAPE_END_ARCH

// xtensor's sign is written for arithmetic types only.
template <class T>
struct xt::math::sign_impl<etape::variable<T, 0>>
{
    static etape::variable<T, 0> run(etape::variable<T, 0> const& x)
    {
        return etape::sign(x);
    }
};
