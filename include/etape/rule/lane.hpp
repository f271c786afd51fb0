// SPDX-License-Identifier: BSL-1.0
// Lanes: the number types that rules run on; their traits, constants, comparisons and selection.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

#include <etape/rule/simd_compat.hpp>

ETAPE_BEGIN_ARCH
// A lane is float, double, a SIMD batch of these, a dual number over a lane, or a multiprecision number.
// Rules are written once, against lane:: functions, and branch by select because a batch has many truths.
namespace lane
{
    // Specialised for batches here and for dual numbers in dual/. `composite` lanes carry tangents.
    template <class T>
    struct lane_traits
    {
        using scalar = T;
        using primal_type = T;
        using mask = bool;
        static constexpr std::size_t size = 1;
        static constexpr bool is_batch = false;
        static constexpr bool composite = false;
        static ETAPE_ALWAYS_INLINE const T& primal(const T& a) { return a; }
        static ETAPE_ALWAYS_INLINE T select(bool m, const T& a, const T& b) { return m ? a : b; }
    };

    template <class T, class A>
    struct lane_traits<xsimd::batch<T, A>>
    {
        using scalar = T;
        using primal_type = xsimd::batch<T, A>;
        using mask = xsimd::batch_bool<T, A>;
        static constexpr std::size_t size = primal_type::size;
        static constexpr bool is_batch = true;
        static constexpr bool composite = false;
        static ETAPE_ALWAYS_INLINE const primal_type& primal(const primal_type& a) { return a; }
        static ETAPE_ALWAYS_INLINE primal_type select(const mask& m, const primal_type& a, const primal_type& b)
        {
            return xsimd::select(m, a, b);
        }
    };

    template <class T>
    using scalar_t = typename lane_traits<T>::scalar;
    template <class T>
    using primal_t = typename lane_traits<T>::primal_type;
    template <class T>
    using mask_t = typename lane_traits<T>::mask;
    template <class T>
    inline constexpr bool is_batch_v = lane_traits<T>::is_batch;
    template <class T>
    inline constexpr bool is_composite_v = lane_traits<T>::composite;
    // A composite lane of a value and tangents that a function may fill in itself: a dual number.
    template <class T>
    inline constexpr bool has_tangents_v = requires(const T& a) {
        a.v;
        a.d;
    };
    template <class T>
    inline constexpr std::size_t lane_size = lane_traits<T>::size;

    // Float or double at the bottom: nothing has more digits than a double.
    template <class T>
    inline constexpr bool double_suffices_v = std::is_same_v<scalar_t<T>, double> || std::is_same_v<scalar_t<T>, float>;

    template <class T>
    ETAPE_ALWAYS_INLINE T constant(double c)
    {
        return T(static_cast<scalar_t<T>>(c));
    }
    template <class T>
    ETAPE_ALWAYS_INLINE T zero()
    {
        return constant<T>(0.0);
    }
    // The value without tangents, down to the innermost lane.
    template <class T>
    ETAPE_ALWAYS_INLINE primal_t<T> primal(const T& a)
    {
        return lane_traits<T>::primal(a);
    }

    // Comparisons look at values only and give a mask.
#define ETAPE_LANE_COMPARISON(NAME, OP)                                                            \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE mask_t<T> NAME(const T& a, const T& b)                                     \
    {                                                                                              \
        return lane_traits<T>::primal(a) OP lane_traits<T>::primal(b);                             \
    }
    ETAPE_LANE_COMPARISON(lt, <)
    ETAPE_LANE_COMPARISON(le, <=)
    ETAPE_LANE_COMPARISON(gt, >)
    ETAPE_LANE_COMPARISON(ge, >=)
    ETAPE_LANE_COMPARISON(eq, ==)
#undef ETAPE_LANE_COMPARISON

    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> is_zero(const T& a)
    {
        return lane_traits<T>::primal(a) == constant<primal_t<T>>(0.0);
    }

    ETAPE_ALWAYS_INLINE bool mask_and(bool a, bool b) { return a && b; }
    ETAPE_ALWAYS_INLINE bool mask_or(bool a, bool b) { return a || b; }
    ETAPE_ALWAYS_INLINE bool mask_not(bool a) { return !a; }
    template <class T, class A>
    ETAPE_ALWAYS_INLINE auto mask_and(const xsimd::batch_bool<T, A>& a, const xsimd::batch_bool<T, A>& b)
    {
        return a & b;
    }
    template <class T, class A>
    ETAPE_ALWAYS_INLINE auto mask_or(const xsimd::batch_bool<T, A>& a, const xsimd::batch_bool<T, A>& b)
    {
        return a | b;
    }
    template <class T, class A>
    ETAPE_ALWAYS_INLINE auto mask_not(const xsimd::batch_bool<T, A>& a)
    {
        return !a;
    }

    // Masks of lanes that are more than a register bring their operators.
    template <class M>
    concept mask_class = requires(const M& m) {
        { m.all() } -> std::same_as<bool>;
        { m.any() } -> std::same_as<bool>;
    };
    template <mask_class M>
    ETAPE_ALWAYS_INLINE M mask_and(const M& a, const M& b)
    {
        return a & b;
    }
    template <mask_class M>
    ETAPE_ALWAYS_INLINE M mask_or(const M& a, const M& b)
    {
        return a | b;
    }
    template <mask_class M>
    ETAPE_ALWAYS_INLINE M mask_not(const M& a)
    {
        return !a;
    }

    // Through equality: on AVX-512 the != of xsimd 8 is an ordered comparison, false for NaN.
    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> ne(const T& a, const T& b)
    {
        return mask_not(eq(a, b));
    }
    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> isnan(const T& a)
    {
        return ne(a, a);
    }

    // One template for both kinds of mask: less specialised than the functions that lookup by argument finds.
    template <class M>
    ETAPE_ALWAYS_INLINE bool all(const M& m)
    {
        if constexpr (std::is_same_v<M, bool>)
        {
            return m;
        }
        else if constexpr (mask_class<M>)
        {
            return m.all();
        }
        else
        {
            return xsimd::all(m);
        }
    }
    template <class M>
    ETAPE_ALWAYS_INLINE bool any(const M& m)
    {
        if constexpr (std::is_same_v<M, bool>)
        {
            return m;
        }
        else if constexpr (mask_class<M>)
        {
            return m.any();
        }
        else
        {
            return xsimd::any(m);
        }
    }

    // Exactly zero, tangents included: an adjoint (or tangent) through which nothing flows.
    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> vanishes(const T& a)
    {
        if constexpr (is_composite_v<T>)
        {
            mask_t<T> m = vanishes(a.v);
            for (const auto& tangent : a.d)
            {
                m = mask_and(m, vanishes(tangent));
            }
            return m;
        }
        else
        {
            return is_zero(a);
        }
    }

    // m ? a : b per lane; both sides are evaluated, only the chosen one is seen (also when the other is NaN).
    template <class T>
    ETAPE_ALWAYS_INLINE T select(const mask_t<T>& m, const T& a, const T& b)
    {
        return lane_traits<T>::select(m, a, b);
    }
    // A truth value as a number, the way comparisons appear inside expressions.
    template <class T>
    ETAPE_ALWAYS_INLINE T mask_to_lane(const mask_t<T>& m)
    {
        return select<T>(m, constant<T>(1.0), constant<T>(0.0));
    }

    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> isfinite(const T& a)
    {
        // a - a is 0 for finite a and NaN for infinities and NaN.
        const primal_t<T> p = primal(a);
        return (p - p) == constant<primal_t<T>>(0.0);
    }

    // -a, also of zeros: xsimd 8 subtracts from zero on AVX-512, so that its -(+0) is +0.
    template <class T>
    ETAPE_ALWAYS_INLINE T negate(const T& a)
    {
        if constexpr (is_batch_v<T>)
        {
            return a ^ constant<T>(-0.0);
        }
        else
        {
            return -a;
        }
    }

    // Do muladd and nmuladd round once? Then a sum that cancels is as exact as another.
    template <class T>
    inline constexpr bool rounds_once_v = (is_batch_v<T> || std::is_floating_point_v<T>) && ETAPE_HAS_FMA;

    // a*b + c with one rounding where the hardware has it, else with two: for speed.
    template <class T>
    ETAPE_ALWAYS_INLINE T muladd(const T& a, const T& b, const T& c)
    {
        if constexpr (is_batch_v<T>)
        {
            return simd::fma(a, b, c);
        }
        else if constexpr (std::is_floating_point_v<T> && ETAPE_HAS_FMA)
        {
            return std::fma(a, b, c);
        }
        else
        {
            return a * b + c;
        }
    }
    // c - a*b
    template <class T>
    ETAPE_ALWAYS_INLINE T nmuladd(const T& a, const T& b, const T& c)
    {
        if constexpr (is_batch_v<T>)
        {
            return simd::fnma(a, b, c);
        }
        else if constexpr (std::is_floating_point_v<T> && ETAPE_HAS_FMA)
        {
            return std::fma(-a, b, c);
        }
        else
        {
            return c - a * b;
        }
    }
}
ETAPE_END_ARCH
