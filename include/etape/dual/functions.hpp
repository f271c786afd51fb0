// SPDX-License-Identifier: BSL-1.0
// Every function and operator of the rule table on dual numbers, generated from the lists.
#pragma once

#include <concepts>
#include <type_traits>

#include <etape/dual/dual.hpp>
#include <etape/dual/lane_mask.hpp>
#include <etape/rule/plain_functions.hpp>
#include <etape/rule/table.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // The dual number that mixed arguments become: the first type among them into which all others convert.
    template <class D, class... As>
    concept takes_all = is_dual_v<D> && (std::convertible_to<const As&, D> && ...);

    template <class... As>
    struct common_dual
    {
    };
    template <class A, class... As>
        requires takes_all<A, As...>
    struct common_dual<A, As...>
    {
        using type = A;
    };
    template <class A, class B, class... Cs>
        requires(!takes_all<A, B, Cs...> && takes_all<B, A, Cs...>)
    struct common_dual<A, B, Cs...>
    {
        using type = B;
    };
    template <class A, class B, class C>
        requires(!takes_all<A, B, C> && !takes_all<B, A, C> && takes_all<C, A, B>)
    struct common_dual<A, B, C>
    {
        using type = C;
    };
    template <class... As>
    using common_dual_t = typename common_dual<As...>::type;
}

// Function templates found by argument-dependent lookup: `using std::exp; exp(x)` works for dual as for double.
// Each comes for equal dual types (which beats any unconstrained template of another library), and for mixtures
// with plain numbers or duals of a lower order.
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
    template <class A, class B, class D = detail::common_dual_t<A, B>>                             \
    ETAPE_ALWAYS_INLINE D FUNCTION(const A& a, const B& b)                                         \
    {                                                                                              \
        return detail::apply<rule::NAME>(D(a), D(b));                                              \
    }
#define ETAPE_DUAL_BINARY(NAME) ETAPE_DUAL_BINARY_AS(NAME, NAME)
#define ETAPE_DUAL_TERNARY(NAME)                                                                   \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE dual<T, N> NAME(const dual<T, N>& a, const dual<T, N>& b,                  \
                                        const dual<T, N>& c)                                       \
    {                                                                                              \
        return detail::apply<rule::NAME>(a, b, c);                                                 \
    }                                                                                              \
    template <class A, class B, class C, class D = detail::common_dual_t<A, B, C>>                 \
    ETAPE_ALWAYS_INLINE D NAME(const A& a, const B& b, const C& c)                                 \
    {                                                                                              \
        return detail::apply<rule::NAME>(D(a), D(b), D(c));                                        \
    }

ETAPE_FOR_EACH_UNARY(ETAPE_DUAL_UNARY)
ETAPE_FOR_EACH_BINARY(ETAPE_DUAL_BINARY)
ETAPE_FOR_EACH_TERNARY(ETAPE_DUAL_TERNARY)
ETAPE_DUAL_BINARY_AS(operator+, add)
ETAPE_DUAL_BINARY_AS(operator-, sub)
ETAPE_DUAL_BINARY_AS(operator*, mul)
ETAPE_DUAL_BINARY_AS(operator/, div)
// The order of a Bessel or polygamma function is a plain number.
#define ETAPE_DUAL_ORDERED(NAME)                                                                   \
    template <class O, class X>                                                                    \
        requires(is_dual_v<O> || (is_dual_v<X> && std::is_arithmetic_v<O>))                        \
    ETAPE_ALWAYS_INLINE X NAME(const O& order, const X& x)                                         \
    {                                                                                              \
        static_assert(std::is_arithmetic_v<O>,                                                     \
                      "etape: " #NAME "(order, x): the order has no derivative, expected a plain number"); \
        return detail::apply<rule::NAME>(X(order), x);                                             \
    }
ETAPE_FOR_EACH_ORDERED(ETAPE_DUAL_ORDERED)
#undef ETAPE_DUAL_ORDERED
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

template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N>& operator++(dual<T, N>& a)
{
    return a += 1;
}
template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N>& operator--(dual<T, N>& a)
{
    return a -= 1;
}
template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N> operator++(dual<T, N>& a, int)
{
    const dual<T, N> before = a;
    ++a;
    return before;
}
template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N> operator--(dual<T, N>& a, int)
{
    const dual<T, N> before = a;
    --a;
    return before;
}

// With a plain number: its tangents are known to be 0, so that nothing is computed for them.
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator+(const dual<T, N>& a, const S& s)
{
    return dual<T, N>(a.v + T(static_cast<lane::scalar_t<T>>(s)), a.d);
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator+(const S& s, const dual<T, N>& a)
{
    return a + s;
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator-(const dual<T, N>& a, const S& s)
{
    return dual<T, N>(a.v - T(static_cast<lane::scalar_t<T>>(s)), a.d);
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator-(const S& s, const dual<T, N>& a)
{
    return dual<T, N>(T(static_cast<lane::scalar_t<T>>(s)) - a.v, -a.d);
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator*(const dual<T, N>& a, const S& s)
{
    const T c(static_cast<lane::scalar_t<T>>(s));
    return dual<T, N>(a.v * c, a.d * c);
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator*(const S& s, const dual<T, N>& a)
{
    return a * s;
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator/(const dual<T, N>& a, const S& s)
{
    const T c(static_cast<lane::scalar_t<T>>(s));
    return dual<T, N>(a.v / c, a.d * T(lane::constant<T>(1.0) / c));
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> operator/(const S& s, const dual<T, N>& a)
{
    T r;
    const T y = rule::detail::divide(r, T(static_cast<lane::scalar_t<T>>(s)), a.v);
    return dual<T, N>(y, a.d * T(-(y * r)));
}

// Comparisons are of values: bool for scalars, a mask for batches.
#define ETAPE_DUAL_COMPARISON(OP, NAME)                                                            \
    template <class T, std::size_t N>                                                              \
    ETAPE_ALWAYS_INLINE lane::truth_t<T> operator OP(const dual<T, N>& a, const dual<T, N>& b)     \
    {                                                                                              \
        return lane::NAME(a, b);                                                                   \
    }                                                                                              \
    template <class A, class B, class D = detail::common_dual_t<A, B>>                             \
    ETAPE_ALWAYS_INLINE lane::truth_t<D> operator OP(const A& a, const B& b)                       \
    {                                                                                              \
        return lane::NAME(D(a), D(b));                                                             \
    }
ETAPE_DUAL_COMPARISON(<, lt)
ETAPE_DUAL_COMPARISON(<=, le)
ETAPE_DUAL_COMPARISON(>, gt)
ETAPE_DUAL_COMPARISON(>=, ge)
ETAPE_DUAL_COMPARISON(==, eq)
ETAPE_DUAL_COMPARISON(!=, ne)
#undef ETAPE_DUAL_COMPARISON
ETAPE_END_ARCH
