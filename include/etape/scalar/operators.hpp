// SPDX-License-Identifier: BSL-1.0
// Operators and functions of the active scalar, generated from the rule table; found by argument-dependent lookup.
#pragma once
#include <etape/rule/table.hpp>
#include <etape/scalar/record.hpp>

ETAPE_BEGIN_ARCH
#define ETAPE_SCALAR_UNARY(NAME)                                                                                     \
    template <class T>                                                                                               \
    variable<T, 0> NAME(variable<T, 0> const& a)                                                                     \
    {                                                                                                                \
        return detail::apply_unary<rule::NAME>(a);                                                                   \
    }
#define ETAPE_SCALAR_BINARY_AS(FUNCTION, NAME)                                                                       \
    template <class T>                                                                                               \
    variable<T, 0> FUNCTION(variable<T, 0> const& a, variable<T, 0> const& b)                                        \
    {                                                                                                                \
        return detail::apply_binary<rule::NAME>(a, b);                                                               \
    }                                                                                                                \
    template <class T, detail::plain_number S>                                                                       \
    variable<T, 0> FUNCTION(variable<T, 0> const& a, S b)                                                            \
    {                                                                                                                \
        return detail::apply_binary<rule::NAME>(a, static_cast<T>(b));                                               \
    }                                                                                                                \
    template <class T, detail::plain_number S>                                                                       \
    variable<T, 0> FUNCTION(S a, variable<T, 0> const& b)                                                            \
    {                                                                                                                \
        return detail::apply_binary<rule::NAME>(static_cast<T>(a), b);                                               \
    }                                                                                                                \
    template <class A, class B>                                                                                      \
        requires(!std::is_same_v<A, B>)                                                                              \
    variable<A, 0> FUNCTION(variable<A, 0> const& a, variable<B, 0> const&)                                          \
    {                                                                                                                \
        static_assert(detail::dependent_false<A>,                                                                    \
                      "etape: an expression mixes variables of float and of double: convert one of them");           \
        return a;                                                                                                    \
    }
#define ETAPE_SCALAR_BINARY(NAME) ETAPE_SCALAR_BINARY_AS(NAME, NAME)
#define ETAPE_SCALAR_TERNARY(NAME)                                                                                   \
    template <class A, class B, class C>                                                                             \
        requires((is_scalar_variable_v<A> || is_scalar_variable_v<B> || is_scalar_variable_v<C>) &&                  \
                 (is_scalar_variable_v<A> || std::is_arithmetic_v<A>) &&                                             \
                 (is_scalar_variable_v<B> || std::is_arithmetic_v<B>) &&                                             \
                 (is_scalar_variable_v<C> || std::is_arithmetic_v<C>))                                               \
    auto NAME(A const& a, B const& b, C const& c)                                                                    \
    {                                                                                                                \
        using T = typename std::conditional_t<is_scalar_variable_v<A>, A,                                            \
                                              std::conditional_t<is_scalar_variable_v<B>, B, C>>::value_type;        \
        return detail::apply_ternary<rule::NAME, T>(detail::as_scalar<T>(a), detail::as_scalar<T>(b),                \
                                                    detail::as_scalar<T>(c));                                        \
    }
ETAPE_FOR_EACH_UNARY(ETAPE_SCALAR_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_SCALAR_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_SCALAR_TERNARY)
ETAPE_SCALAR_BINARY_AS(operator+, add)
ETAPE_SCALAR_BINARY_AS(operator-, sub)
ETAPE_SCALAR_BINARY_AS(operator*, mul)
ETAPE_SCALAR_BINARY_AS(operator/, div)
#undef ETAPE_SCALAR_UNARY
#undef ETAPE_SCALAR_BINARY
#undef ETAPE_SCALAR_BINARY_AS
#undef ETAPE_SCALAR_TERNARY

template <class T>
variable<T, 0> operator-(variable<T, 0> const& a)
{
    return detail::apply_unary<rule::neg>(a);
}
template <class T>
variable<T, 0> operator+(variable<T, 0> const& a)
{
    return a;
}

#define ETAPE_SCALAR_COMPOUND(OP)                                                                                    \
    template <class T>                                                                                               \
    variable<T, 0>& operator OP##=(variable<T, 0>& a, variable<T, 0> const& b)                                       \
    {                                                                                                                \
        return a = a OP b;                                                                                           \
    }                                                                                                                \
    template <class T, detail::plain_number S>                                                                       \
    variable<T, 0>& operator OP##=(variable<T, 0>& a, S b)                                                           \
    {                                                                                                                \
        return a = a OP b;                                                                                           \
    }
ETAPE_SCALAR_COMPOUND(+)
ETAPE_SCALAR_COMPOUND(-)
ETAPE_SCALAR_COMPOUND(*)
ETAPE_SCALAR_COMPOUND(/)
#undef ETAPE_SCALAR_COMPOUND

// Comparisons are of values: they steer control flow and have no derivative. A scalar that only a comparison reads is
// noted, so that a missing gradient can say "control only".
#define ETAPE_SCALAR_COMPARISON(OP)                                                                                  \
    template <class T>                                                                                               \
    bool operator OP(variable<T, 0> const& a, variable<T, 0> const& b)                                               \
    {                                                                                                                \
        detail::note_comparison(a);                                                                                  \
        detail::note_comparison(b);                                                                                  \
        return a.value() OP b.value();                                                                               \
    }                                                                                                                \
    template <class T, detail::plain_number S>                                                                       \
    bool operator OP(variable<T, 0> const& a, S b)                                                                   \
    {                                                                                                                \
        detail::note_comparison(a);                                                                                  \
        return a.value() OP static_cast<T>(b);                                                                       \
    }                                                                                                                \
    template <class T, detail::plain_number S>                                                                       \
    bool operator OP(S a, variable<T, 0> const& b)                                                                   \
    {                                                                                                                \
        detail::note_comparison(b);                                                                                  \
        return static_cast<T>(a) OP b.value();                                                                       \
    }
ETAPE_SCALAR_COMPARISON(<)
ETAPE_SCALAR_COMPARISON(<=)
ETAPE_SCALAR_COMPARISON(>)
ETAPE_SCALAR_COMPARISON(>=)
ETAPE_SCALAR_COMPARISON(==)
ETAPE_SCALAR_COMPARISON(!=)
#undef ETAPE_SCALAR_COMPARISON

template <class T>
bool isnan(variable<T, 0> const& a)
{
    return a.value() != a.value();
}
template <class T>
bool isinf(variable<T, 0> const& a)
{
    using std::isinf;
    return isinf(a.value());
}
template <class T>
bool isfinite(variable<T, 0> const& a)
{
    using std::isfinite;
    return isfinite(a.value());
}
// xtensor's ternary and reducers choose between elements with this.
template <class T>
variable<T, 0> select(bool c, variable<T, 0> const& a, variable<T, 0> const& b)
{
    return c ? a : b;
}
ETAPE_END_ARCH
