// SPDX-License-Identifier: BSL-1.0
// Every function and operator of the rule table on dual numbers, generated from the lists.
#pragma once

#include <type_traits>

#include <etape/dual/dual.hpp>
#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
// Function templates found by argument-dependent lookup: `using std::exp; exp(x)` works for dual as for double.
// std::type_identity_t makes the other operand non-deduced, so that plain numbers convert.
#define ETAPE_DUAL_UNARY(NAME)                                                                     \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE dual<T, N> NAME(const dual<T, N>& a)                                       \
    {                                                                                              \
        return detail::apply<rule::NAME>(a);                                                       \
    }
#define ETAPE_DUAL_BINARY_AS(FUNCTION, NAME)                                                       \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE dual<T, N> FUNCTION(const dual<T, N>& a, const dual<T, N>& b)              \
    {                                                                                              \
        return detail::apply<rule::NAME>(a, b);                                                    \
    }                                                                                              \
    template <class T, std::size_t N, class S>                                                     \
        requires std::convertible_to<const S&, dual<T, N>> && (!is_dual_v<S> || std::same_as<S, T>)\
    ETAPE_ALWAYS_INLINE dual<T, N> FUNCTION(const dual<T, N>& a, const S& b)                       \
    {                                                                                              \
        return detail::apply<rule::NAME>(a, dual<T, N>(b));                                        \
    }                                                                                              \
    template <class T, std::size_t N, class S>                                                     \
        requires std::convertible_to<const S&, dual<T, N>> && (!is_dual_v<S> || std::same_as<S, T>)\
    ETAPE_ALWAYS_INLINE dual<T, N> FUNCTION(const S& a, const dual<T, N>& b)                       \
    {                                                                                              \
        return detail::apply<rule::NAME>(dual<T, N>(a), b);                                        \
    }
#define ETAPE_DUAL_BINARY(NAME) ETAPE_DUAL_BINARY_AS(NAME, NAME)
#define ETAPE_DUAL_TERNARY(NAME)                                                                   \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE dual<T, N> NAME(const dual<T, N>& a, const dual<T, N>& b,                  \
                                        const dual<T, N>& c)                                       \
    {                                                                                              \
        return detail::apply<rule::NAME>(a, b, c);                                                 \
    }

ETAPE_FOR_EACH_UNARY(ETAPE_DUAL_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_DUAL_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_DUAL_TERNARY)
ETAPE_DUAL_BINARY_AS(operator+, add)
ETAPE_DUAL_BINARY_AS(operator-, sub)
ETAPE_DUAL_BINARY_AS(operator*, mul)
ETAPE_DUAL_BINARY_AS(operator/, div)
#undef ETAPE_DUAL_UNARY
#undef ETAPE_DUAL_BINARY
#undef ETAPE_DUAL_BINARY_AS
#undef ETAPE_DUAL_TERNARY

template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N> operator-(const dual<T, N>& a)
{
    return detail::apply<rule::neg>(a);
}
template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N> operator+(const dual<T, N>& a)
{
    return a;
}

// Comparisons are of values: bool for scalars, a mask for batches.
#define ETAPE_DUAL_COMPARISON(OP, NAME)                                                            \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE lane::mask_t<T> operator OP(const dual<T, N>& a, const dual<T, N>& b)      \
    {                                                                                              \
        return lane::NAME(a, b);                                                                   \
    }                                                                                              \
    template <class T, std::size_t N, class S>                                                     \
        requires std::convertible_to<const S&, dual<T, N>> && (!is_dual_v<S> || std::same_as<S, T>)\
    ETAPE_ALWAYS_INLINE lane::mask_t<T> operator OP(const dual<T, N>& a, const S& b)               \
    {                                                                                              \
        return lane::NAME(a, dual<T, N>(b));                                                       \
    }                                                                                              \
    template <class T, std::size_t N, class S>                                                     \
        requires std::convertible_to<const S&, dual<T, N>> && (!is_dual_v<S> || std::same_as<S, T>)\
    ETAPE_ALWAYS_INLINE lane::mask_t<T> operator OP(const S& a, const dual<T, N>& b)               \
    {                                                                                              \
        return lane::NAME(dual<T, N>(a), b);                                                       \
    }
ETAPE_DUAL_COMPARISON(<, lt)
ETAPE_DUAL_COMPARISON(<=, le)
ETAPE_DUAL_COMPARISON(>, gt)
ETAPE_DUAL_COMPARISON(>=, ge)
ETAPE_DUAL_COMPARISON(==, eq)
ETAPE_DUAL_COMPARISON(!=, ne)
#undef ETAPE_DUAL_COMPARISON
ETAPE_END_ARCH
