// SPDX-License-Identifier: BSL-1.0
// Operators and functions of the active scalar, generated from the rule table; found by argument-dependent lookup.
#pragma once
#include <istream>
#include <ostream>

#include <etape/dual/number_functions.hpp>
#include <etape/rule/plain_functions.hpp>
#include <etape/rule/table.hpp>
#include <etape/scalar/record.hpp>

ETAPE_BEGIN_ARCH
#define ETAPE_SCALAR_UNARY_AS(FUNCTION, NAME)                                                                        \
    template <class A>                                                                                               \
        requires(is_scalar_variable_v<A>)                                                                            \
    ETAPE_ALWAYS_INLINE detail::scalar_result_t<rule::NAME, A> FUNCTION(A const& a)                                  \
    {                                                                                                                \
        return detail::apply_rule<rule::NAME>(a);                                                                    \
    }
#define ETAPE_SCALAR_BINARY_AS(FUNCTION, NAME)                                                                       \
    template <class A, class B>                                                                                      \
        requires(detail::scalar_operands<A, B>)                                                                      \
    ETAPE_ALWAYS_INLINE detail::scalar_result_t<rule::NAME, A, B> FUNCTION(A const& a, B const& b)                   \
    {                                                                                                                \
        return detail::apply_rule<rule::NAME>(a, b);                                                                 \
    }
#define ETAPE_SCALAR_TERNARY(NAME)                                                                                   \
    template <class A, class B, class C>                                                                             \
        requires(detail::scalar_operands<A, B, C>)                                                                   \
    ETAPE_ALWAYS_INLINE detail::scalar_result_t<rule::NAME, A, B, C> NAME(A const& a, B const& b, C const& c)        \
    {                                                                                                                \
        return detail::apply_rule<rule::NAME>(a, b, c);                                                              \
    }
#define ETAPE_SCALAR_UNARY(NAME) ETAPE_SCALAR_UNARY_AS(NAME, NAME)
#define ETAPE_SCALAR_BINARY(NAME) ETAPE_SCALAR_BINARY_AS(NAME, NAME)
ETAPE_FOR_EACH_UNARY(ETAPE_SCALAR_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_SCALAR_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_SCALAR_TERNARY)
// The order of a Bessel or polygamma function is a plain number.
#define ETAPE_SCALAR_ORDERED(NAME)                                                                                   \
    template <class O, class A>                                                                                      \
        requires(detail::scalar_operands<O, A>)                                                                      \
    ETAPE_ALWAYS_INLINE auto NAME(O const& order, A const& a)                                                        \
    {                                                                                                                \
        static_assert(std::is_arithmetic_v<O>,                                                                       \
                      "etape: " #NAME "(order, x): the order has no derivative, expected a plain number");           \
        return detail::apply_rule<rule::NAME>(order, a);                                                             \
    }
ETAPE_FOR_EACH_ORDERED(ETAPE_SCALAR_ORDERED)
#undef ETAPE_SCALAR_ORDERED
ETAPE_SCALAR_UNARY_AS(operator-, neg)
ETAPE_SCALAR_BINARY_AS(operator+, add)
ETAPE_SCALAR_BINARY_AS(operator-, sub)
ETAPE_SCALAR_BINARY_AS(operator*, mul)
ETAPE_SCALAR_BINARY_AS(operator/, div)
#undef ETAPE_SCALAR_UNARY
#undef ETAPE_SCALAR_BINARY
#undef ETAPE_SCALAR_UNARY_AS
#undef ETAPE_SCALAR_BINARY_AS
#undef ETAPE_SCALAR_TERNARY

template <class A>
    requires(is_scalar_variable_v<A>)
ETAPE_ALWAYS_INLINE A operator+(A const& a)
{
    return a;
}

#define ETAPE_SCALAR_COMPOUND(OP)                                                                                    \
    template <class T, detail::scalar_operand<T> B>                                                                  \
    ETAPE_ALWAYS_INLINE variable<T, 0>& operator OP##=(variable<T, 0>& a, B const& b)                                \
    {                                                                                                                \
        return a = a OP b;                                                                                           \
    }                                                                                                                \
    template <class T, std::size_t N, detail::scalar_operand<T> B>                                                   \
    ETAPE_ALWAYS_INLINE scalar_expression<T, N>& operator OP##=(scalar_expression<T, N>& a, B const& b)              \
    {                                                                                                                \
        return a = a OP b;                                                                                           \
    }
ETAPE_SCALAR_COMPOUND(+)
ETAPE_SCALAR_COMPOUND(-)
ETAPE_SCALAR_COMPOUND(*)
ETAPE_SCALAR_COMPOUND(/)
#undef ETAPE_SCALAR_COMPOUND

template <class A>
    requires(is_scalar_variable_v<A>)
ETAPE_ALWAYS_INLINE A& operator++(A& a)
{
    return a = a + 1;
}
template <class A>
    requires(is_scalar_variable_v<A>)
ETAPE_ALWAYS_INLINE A& operator--(A& a)
{
    return a = a - 1;
}
template <class A>
    requires(is_scalar_variable_v<A>)
ETAPE_ALWAYS_INLINE A operator++(A& a, int)
{
    const A before = a;
    ++a;
    return before;
}
template <class A>
    requires(is_scalar_variable_v<A>)
ETAPE_ALWAYS_INLINE A operator--(A& a, int)
{
    const A before = a;
    --a;
    return before;
}

// Comparisons are of values: they steer control flow and have no derivative. A scalar that only a comparison reads is
// noted, so that a missing gradient can say "control only". Of batches they give a mask.
#define ETAPE_SCALAR_COMPARISON(OP, NAME)                                                                               \
    template <class A, class B>                                                                                      \
        requires(detail::scalar_operands<A, B>)                                                                      \
    lane::truth_t<typename detail::first_number<A, B>::type> operator OP(A const& a, B const& b)                     \
    {                                                                                                                \
        using T = typename detail::first_number<A, B>::type;                                                         \
        detail::note_comparison(a);                                                                                  \
        detail::note_comparison(b);                                                                                  \
        return lane::NAME(detail::number_in<T>(a), detail::number_in<T>(b));                                         \
    }
ETAPE_SCALAR_COMPARISON(<, lt)
ETAPE_SCALAR_COMPARISON(<=, le)
ETAPE_SCALAR_COMPARISON(>, gt)
ETAPE_SCALAR_COMPARISON(>=, ge)
ETAPE_SCALAR_COMPARISON(==, eq)
ETAPE_SCALAR_COMPARISON(!=, ne)
#undef ETAPE_SCALAR_COMPARISON

// For each type by itself, so that they are more special than a caller's own isfinite(T), such as Boost.Math's.
#define ETAPE_SCALAR_CLASSIFICATION(NAME, TRUTH)                                                                     \
    template <class T>                                                                                               \
    lane::truth_t<T> NAME(variable<T, 0> const& a)                                                                   \
    {                                                                                                                \
        const T v = a.value();                                                                                       \
        return TRUTH;                                                                                                \
    }                                                                                                                \
    template <class T, std::size_t N>                                                                                \
    lane::truth_t<T> NAME(scalar_expression<T, N> const& a)                                                          \
    {                                                                                                                \
        const T v = a.value();                                                                                       \
        return TRUTH;                                                                                                \
    }
ETAPE_SCALAR_CLASSIFICATION(isnan, lane::isnan(v))
ETAPE_SCALAR_CLASSIFICATION(isinf, lane::mask_not(lane::mask_or(lane::isfinite(v), lane::isnan(v))))
ETAPE_SCALAR_CLASSIFICATION(isfinite, lane::isfinite(v))
#undef ETAPE_SCALAR_CLASSIFICATION

namespace detail
{
    // The functions of dual/number_functions.hpp.
    template <class A>
        requires(is_scalar_variable_v<A> && lane::lane_size<typename A::value_type> == 1)
    struct number_under<A>
    {
        using type = lane::primal_t<typename A::value_type>;
        using kept = variable<typename A::value_type, 0>;
        static type of(A const& a)
        {
            return lane::primal(a.value());
        }
        static void read(A const& a)
        {
            note_comparison(a);
        }
    };
}

// A tracked array expression of rank 0, such as a sum, into a running total.
#define ETAPE_SCALAR_UPDATE(OP)                                                                                      \
    template <class T, class E>                                                                                      \
        requires(detail::number_expression<E>::value)                                                                \
    variable<T, 0>& operator OP##=(variable<T, 0>& a, E const& e)                                                    \
    {                                                                                                                \
        return a OP##= variable<T, 0>(e, site{});                                                                    \
    }
ETAPE_SCALAR_UPDATE(+)
ETAPE_SCALAR_UPDATE(-)
ETAPE_SCALAR_UPDATE(*)
ETAPE_SCALAR_UPDATE(/)
#undef ETAPE_SCALAR_UPDATE

// The other names of maximum and minimum: what a template calls after `using std::max;`, or without it. std::max itself is
// taken for two of the same type.
template <class A, class B>
    requires(detail::scalar_operands<A, B>)
auto max(A const& a, B const& b)
{
    return maximum(a, b);
}
template <class A, class B>
    requires(detail::scalar_operands<A, B>)
auto min(A const& a, B const& b)
{
    return minimum(a, b);
}

// xtensor's ternary and reducers choose between elements with this.
template <class A, class B>
    requires(detail::scalar_operands<A, B>)
auto select(bool c, A const& a, B const& b)
{
    using T = typename detail::first_number<A, B>::type;
    const auto chosen = []<class X>(X const& x)
    {
        if constexpr (is_scalar_variable_v<X>)
            return variable<T, 0>(x);
        else
            return variable<T, 0>(detail::with_tag{}, detail::constant_number<T>(x), 0);
    };
    return c ? chosen(a) : chosen(b);
}
// Lane by lane: m ? a : b. Only the chosen side of a lane is seen, also when the other is NaN.
template <class M, class A, class B>
    requires(detail::scalar_operands<A, B>)
auto select(lane_mask<M> const& m, A const& a, B const& b)
{
    using T = typename detail::first_number<A, B>::type;
    return detail::apply_rule<rule::where>(lane::mask_to_lane<T>(m), a, b);
}

// The number alone.
template <class A>
    requires(is_scalar_variable_v<A>)
auto value(A const& a) noexcept(noexcept(a.value()))
{
    return a.value();
}

template <class A>
    requires(is_scalar_variable_v<A>)
std::ostream& operator<<(std::ostream& out, A const& a)
{
    return out << a.value();
}
template <class T>
std::istream& operator>>(std::istream& in, variable<T, 0>& v)
{
    T x;
    if (in >> x)
        v = x;
    return in;
}
ETAPE_END_ARCH
