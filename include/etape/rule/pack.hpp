// SPDX-License-Identifier: BSL-1.0
// N tangents that move together, and the operations that forward rules apply to one tangent or a pack.
#pragma once

#include <cstddef>
#include <utility>

#include <etape/rule/lane.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    // A forward rule is linear in its tangents, so that it only adds them and scales them by lanes. Written
    // for a pack, the scales (a cosine, a quotient, a power) are computed once for all N directions.
    template <class T, std::size_t N>
    struct pack
    {
        T t[N];

        using value_type = T;
        static constexpr std::size_t size() { return N; }
        constexpr T& operator[](std::size_t i) { return t[i]; }
        constexpr const T& operator[](std::size_t i) const { return t[i]; }
        constexpr T* begin() { return t; }
        constexpr T* end() { return t + N; }
        constexpr const T* begin() const { return t; }
        constexpr const T* end() const { return t + N; }

        ETAPE_ALWAYS_INLINE pack operator-() const
        {
            return map([](const T& a) { return T(-a); }, *this);
        }
        friend ETAPE_ALWAYS_INLINE pack operator+(const pack& p, const pack& q)
        {
            return map([](const T& a, const T& b) { return T(a + b); }, p, q);
        }
        friend ETAPE_ALWAYS_INLINE pack operator-(const pack& p, const pack& q)
        {
            return map([](const T& a, const T& b) { return T(a - b); }, p, q);
        }
        friend ETAPE_ALWAYS_INLINE pack operator*(const pack& p, const T& s)
        {
            return map([&s](const T& a) { return T(a * s); }, p);
        }
        friend ETAPE_ALWAYS_INLINE pack operator/(const pack& p, const T& s)
        {
            return map([&s](const T& a) { return T(a / s); }, p);
        }

        template <class F, class... Packs>
        static ETAPE_ALWAYS_INLINE pack map(F f, const Packs&... packs)
        {
            if constexpr (N <= 32)
            {
                // As a loop it would keep packs of batches in memory (g++ 12).
                return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline))
                {
                    const auto one = [&](std::size_t i) __attribute__((always_inline)) { return T(f(packs.t[i]...)); };
                    return pack{{one(I)...}};
                }(std::make_index_sequence<N>{});
            }
            else
            {
                pack r;
                for (std::size_t i = 0; i < N; ++i)
                {
                    r.t[i] = f(packs.t[i]...);
                }
                return r;
            }
        }
    };

    template <class T>
    struct tangent_traits
    {
        template <class F, class... Ts>
        static ETAPE_ALWAYS_INLINE T map(F f, const Ts&... ts)
        {
            return f(ts...);
        }
        using lane_type = T;
    };
    template <class T, std::size_t N>
    struct tangent_traits<pack<T, N>>
    {
        template <class F, class... Ts>
        static ETAPE_ALWAYS_INLINE pack<T, N> map(F f, const Ts&... ts)
        {
            return pack<T, N>::map(f, ts...);
        }
        using lane_type = T;
    };

    template <class D>
    ETAPE_ALWAYS_INLINE D zero_like(const D& d)
    {
        using T = typename tangent_traits<D>::lane_type;
        return tangent_traits<D>::map([](const T&) { return zero<T>(); }, d);
    }
    // m ? d : e for tangents.
    template <class D, class M>
    ETAPE_ALWAYS_INLINE D select_tangent(const M& m, const D& d, const D& e)
    {
        using T = typename tangent_traits<D>::lane_type;
        return tangent_traits<D>::map([&m](const T& a, const T& b) { return lane::select<T>(m, a, b); }, d, e);
    }
    // The factor of a rule may be infinite or NaN (log' at 0). Where nothing flows, nothing arrives: d*f and d/f
    // are then 0 and not NaN, so that the branch of a `where` that was not taken contributes exactly nothing.
    template <class D, class T>
    ETAPE_ALWAYS_INLINE D times(const D& d, const T& f)
    {
        if constexpr (requires { lane_traits<T>::times(d, f); })
        {
            return lane_traits<T>::times(d, f);
        }
        else
            return tangent_traits<D>::map([&f](const T& t) { return lane::select<T>(vanishes(t), t, t * f); }, d);
    }
    template <class D, class T>
    ETAPE_ALWAYS_INLINE D over(const D& d, const T& f)
    {
        if constexpr (requires { lane_traits<T>::over(d, f); })
        {
            return lane_traits<T>::over(d, f);
        }
        else
            return tangent_traits<D>::map([&f](const T& t) { return lane::select<T>(vanishes(t), t, t / f); }, d);
    }
}
ETAPE_END_ARCH
