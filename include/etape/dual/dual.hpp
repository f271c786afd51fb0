// SPDX-License-Identifier: BSL-1.0
// dual<T, N>: a value and N tangents, the number of forward mode.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <etape/rule/detail/divide.hpp>
#include <etape/rule/pack.hpp>

ETAPE_BEGIN_ARCH
// v + sum_k d[k] eps_k with eps_i eps_j = 0. T is any lane: a scalar, a batch, or a dual again (higher order).
template <class T, std::size_t N = 1>
struct dual
{
    using value_type = T;
    using tangents_type = lane::pack<T, N>;
    static constexpr std::size_t tangent_count = N;

    T v;
    tangents_type d;

    dual() = default;
    ETAPE_ALWAYS_INLINE dual(const T& value) : v(value), d(lane::zero_like(tangents_type{})) {}
    // Constants of the innermost scalar, or built-in numbers: no tangent.
    template <class S>
        requires(std::is_arithmetic_v<S> || std::same_as<S, lane::scalar_t<T>>) && (!std::same_as<S, T>)
    ETAPE_ALWAYS_INLINE dual(const S& value) : dual(T(static_cast<lane::scalar_t<T>>(value)))
    {
    }
    ETAPE_ALWAYS_INLINE dual(const T& value, const tangents_type& tangents) : v(value), d(tangents) {}
    ETAPE_ALWAYS_INLINE dual(const T& value, const T& tangent)
        requires(N == 1)
        : v(value), d{{tangent}}
    {
    }
    // The k-th independent variable of a gradient.
    static dual independent(const T& value, std::size_t k)
    {
        dual x(value);
        x.d[k] = T(static_cast<lane::scalar_t<T>>(1));
        return x;
    }

    // A whole number or a truth has no derivative to lose.
    template <std::integral S>
        requires(!lane::lane_traits<lane::primal_t<T>>::is_batch)
    explicit operator S() const
    {
        if constexpr (std::is_same_v<S, bool>)
            return v != T(0);
        else
            return static_cast<S>(v);
    }

    template <class S>
    ETAPE_ALWAYS_INLINE dual& operator+=(const S& b)
    {
        return *this = *this + b;
    }
    template <class S>
    ETAPE_ALWAYS_INLINE dual& operator-=(const S& b)
    {
        return *this = *this - b;
    }
    template <class S>
    ETAPE_ALWAYS_INLINE dual& operator*=(const S& b)
    {
        return *this = *this * b;
    }
    template <class S>
    ETAPE_ALWAYS_INLINE dual& operator/=(const S& b)
    {
        return *this = *this / b;
    }
};

template <class T>
inline constexpr bool is_dual_v = false;
template <class T, std::size_t N>
inline constexpr bool is_dual_v<dual<T, N>> = true;

namespace detail
{
    // One tangent goes through the rule as a plain lane, several as a pack.
    template <class T, std::size_t N>
    ETAPE_ALWAYS_INLINE decltype(auto) direction(const lane::pack<T, N>& d)
    {
        if constexpr (N == 1)
        {
            return (d.t[0]);
        }
        else
        {
            return (d);
        }
    }

    // y = f(a...), dy = forward rule: the bridge from a row of the table to dual numbers.
    template <class Rule, class T, std::size_t N, class... Duals>
    ETAPE_ALWAYS_INLINE dual<T, N> apply(const dual<T, N>& a, const Duals&... rest)
    {
        T aux = lane::zero<T>();
        const T y = Rule::template value_aux<T>(aux, a.v, rest.v...);
        return dual<T, N>(y, Rule::push(y, aux, a.v, rest.v..., direction(a.d), direction(rest.d)...));
    }
}

namespace lane
{
    template <class T, std::size_t N>
    struct lane_traits<dual<T, N>>
    {
        using number = dual<T, N>;
        using scalar = scalar_t<T>;
        using primal_type = primal_t<T>;
        using mask = mask_t<T>;
        static constexpr std::size_t size = lane_size<T>;
        static constexpr bool is_batch = false;
        static constexpr bool composite = true;
        static ETAPE_ALWAYS_INLINE const primal_type& primal(const number& a)
        {
            return lane_traits<T>::primal(a.v);
        }
        static ETAPE_ALWAYS_INLINE number select(const mask& m, const number& a, const number& b)
        {
            return number(lane_traits<T>::select(m, a.v, b.v), select_tangent(m, a.d, b.d));
        }
        template <class Rule, class... Duals>
        static ETAPE_ALWAYS_INLINE number apply(const Duals&... args)
        {
            return etape::detail::apply<Rule>(args...);
        }
        // s' = c a', c' = -s a'
        static ETAPE_ALWAYS_INLINE void sincos(const number& a, number& s, number& c)
        {
            T sv, cv;
            lane::sincos(a.v, sv, cv);
            s = number(sv, a.d * cv);
            c = number(cv, a.d * T(-sv));
        }
        // r = 1/b, y = a/b: r' = -r^2 b', y' = (a' - y b') r, with one division
        static ETAPE_ALWAYS_INLINE number divide(number& r, const number& a, const number& b)
        {
            T rv;
            const T y = rule::detail::divide(rv, a.v, b.v);
            r = number(rv, b.d * T(-rv) * rv);  // 0 also where the square of r overflows
            return number(y, (a.d - b.d * y) * rv);
        }
    };
}
ETAPE_END_ARCH
