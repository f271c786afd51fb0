// SPDX-License-Identifier: BSL-1.0
// Elementary functions of lanes: std for scalars, SIMD for batches, argument-dependent lookup for the others.
#pragma once

#include <etape/rule/lane.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    namespace detail
    {
        // One scalar call per lane, for functions that have no (or no accurate) SIMD form.
        template <class F, class T, class A, class... Bs>
        ETAPE_NOINLINE xsimd::batch<T, A> per_lane(F f, xsimd::batch<T, A> a, Bs... bs)
        {
            using batch = xsimd::batch<T, A>;
            alignas(64) T in[1 + sizeof...(Bs)][batch::size];
            alignas(64) T out[batch::size];
            std::size_t row = 0;
            a.store_aligned(in[row]);
            (bs.store_aligned(in[++row]), ...);
            for (std::size_t i = 0; i < batch::size; ++i)
            {
                if constexpr (sizeof...(Bs) == 0)
                {
                    out[i] = f(in[0][i]);
                }
                else
                {
                    out[i] = f(in[0][i], in[1][i]);
                }
            }
            return batch::load_aligned(out);
        }
    }

    namespace detail
    {
        // The SIMD forms of odd functions lose the sign of zero.
        template <class T>
        ETAPE_ALWAYS_INLINE T or_signed_zero(const T& a, const T& value)
        {
            return xsimd::select(a == T(0), a, value);
        }
        // The SIMD logarithms take subnormal numbers for others.
        template <class T>
        ETAPE_ALWAYS_INLINE bool any_below_normal(const T& a)
        {
            return __builtin_expect(any(lt(a, T(std::numeric_limits<scalar_t<T>>::min()))), false);
        }
    }

    namespace detail
    {
        // The SIMD exponentials are infinite up to a binade early: of float from 88.376, to the base 2 from half of the largest number.
        template <class T>
        ETAPE_ALWAYS_INLINE T exp_to_the_end(const T& a)
        {
            const T y = xsimd::exp(a);
            if constexpr (sizeof(scalar_t<T>) == sizeof(float))
            {
                const auto end = gt(a, T(88.375f));
                if (any(end)) [[unlikely]]
                {
                    // exp(8), which float has to a tenth of an ulp
                    return xsimd::select(end, xsimd::exp(a - T(8.0f)) * T(2980.95798704f), y);
                }
            }
            return y;
        }
        template <class T>
        ETAPE_ALWAYS_INLINE T exp2_to_the_end(const T& a)
        {
            using limits = std::numeric_limits<scalar_t<T>>;
            const T y = xsimd::exp2(a);
            const auto end = ge(a, T(static_cast<scalar_t<T>>(limits::max_exponent - 1)));
            if (any(end)) [[unlikely]]
            {
                const T half = xsimd::exp2(a - T(1));
                return xsimd::select(end, half + half, y);
            }
            return y;
        }
        template <class T>
        ETAPE_ALWAYS_INLINE T expm1_to_the_end(const T& a)
        {
            const T y = or_signed_zero(a, xsimd::expm1(a));
            if constexpr (sizeof(scalar_t<T>) == sizeof(float))
            {
                const auto end = gt(a, T(88.375f));
                if (any(end)) [[unlikely]]
                {
                    return xsimd::select(end, exp_to_the_end(a), y);
                }
            }
            return y;
        }
    }

    // BATCH: the value for a batch a. Else `using std::f` and an unqualified call: std for built-in numbers, or whatever the number's
    // namespace has.
#define ETAPE_LANE_UNARY(NAME, BATCH)                                                              \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a)                                                         \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            return BATCH;                                                                          \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a);                                                                        \
        }                                                                                          \
    }
#define ETAPE_LANE_LOGARITHM(NAME)                                                                 \
    ETAPE_LANE_UNARY(NAME, detail::any_below_normal(a)                                             \
                               ? detail::per_lane([](scalar_t<T> x) { return std::NAME(x); }, a)   \
                               : xsimd::NAME(a))
    ETAPE_LANE_UNARY(abs, xsimd::abs(a))
    ETAPE_LANE_UNARY(sqrt, xsimd::sqrt(a))
    ETAPE_LANE_UNARY(exp, detail::exp_to_the_end(a))
    ETAPE_LANE_UNARY(exp2, detail::exp2_to_the_end(a))
    ETAPE_LANE_UNARY(sin, xsimd::sin(a))
    ETAPE_LANE_UNARY(cos, xsimd::cos(a))
    ETAPE_LANE_UNARY(tan, xsimd::tan(a))
    ETAPE_LANE_UNARY(asin, xsimd::asin(a))
    ETAPE_LANE_UNARY(acos, xsimd::acos(a))
    ETAPE_LANE_UNARY(atan, xsimd::atan(a))
    ETAPE_LANE_UNARY(sinh, xsimd::sinh(a))
    ETAPE_LANE_UNARY(cosh, xsimd::cosh(a))
    ETAPE_LANE_UNARY(tanh, xsimd::tanh(a))
    ETAPE_LANE_UNARY(asinh, xsimd::asinh(a))
    ETAPE_LANE_UNARY(acosh, xsimd::acosh(a))
    ETAPE_LANE_UNARY(atanh, xsimd::atanh(a))
    ETAPE_LANE_UNARY(floor, xsimd::floor(a))
    ETAPE_LANE_UNARY(ceil, xsimd::ceil(a))
    ETAPE_LANE_UNARY(trunc, xsimd::trunc(a))
    ETAPE_LANE_UNARY(round, xsimd::round(a))
    ETAPE_LANE_UNARY(rint, xsimd::rint(a))
    ETAPE_LANE_UNARY(nearbyint, xsimd::nearbyint(a))
    ETAPE_LANE_UNARY(expm1, detail::expm1_to_the_end(a))
    ETAPE_LANE_UNARY(log1p, detail::or_signed_zero(a, xsimd::log1p(a)))
    ETAPE_LANE_LOGARITHM(log)
    ETAPE_LANE_LOGARITHM(log2)
    ETAPE_LANE_LOGARITHM(log10)
#undef ETAPE_LANE_LOGARITHM
#undef ETAPE_LANE_UNARY

#define ETAPE_LANE_BINARY(NAME)                                                                    \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a, const T& b)                                             \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            return xsimd::NAME(a, b);                                                              \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a, b);                                                                     \
        }                                                                                          \
    }
    ETAPE_LANE_BINARY(copysign)
#undef ETAPE_LANE_BINARY

    // Joint sine and cosine: one argument reduction serves both.
    template <class T>
    ETAPE_ALWAYS_INLINE void sincos(const T& a, T& s, T& c)
    {
        if constexpr (is_composite_v<T>)
        {
            lane_traits<T>::sincos(a, s, c);
        }
        else if constexpr (is_batch_v<T>)
        {
            const auto both = xsimd::sincos(a);
            s = both.first;
            c = both.second;
        }
        else
        {
            s = sin(a);
            c = cos(a);
        }
    }
}
ETAPE_END_ARCH
