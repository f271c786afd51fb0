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

    // `using std::f` and an unqualified call: std for built-in numbers, else whatever the number's namespace has.
#define ETAPE_LANE_UNARY(NAME)                                                                     \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a)                                                         \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            return xsimd::NAME(a);                                                                 \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a);                                                                        \
        }                                                                                          \
    }
    ETAPE_LANE_UNARY(abs)
    ETAPE_LANE_UNARY(sqrt)
    ETAPE_LANE_UNARY(exp)
    ETAPE_LANE_UNARY(exp2)
    ETAPE_LANE_UNARY(sin)
    ETAPE_LANE_UNARY(cos)
    ETAPE_LANE_UNARY(tan)
    ETAPE_LANE_UNARY(asin)
    ETAPE_LANE_UNARY(acos)
    ETAPE_LANE_UNARY(atan)
    ETAPE_LANE_UNARY(sinh)
    ETAPE_LANE_UNARY(cosh)
    ETAPE_LANE_UNARY(tanh)
    ETAPE_LANE_UNARY(asinh)
    ETAPE_LANE_UNARY(acosh)
    ETAPE_LANE_UNARY(atanh)
    ETAPE_LANE_UNARY(floor)
    ETAPE_LANE_UNARY(ceil)
    ETAPE_LANE_UNARY(trunc)
    ETAPE_LANE_UNARY(round)
    ETAPE_LANE_UNARY(rint)
    ETAPE_LANE_UNARY(nearbyint)
#undef ETAPE_LANE_UNARY

    // The SIMD forms lose the sign of zero.
#define ETAPE_LANE_ODD_AT_ZERO(NAME)                                                               \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a)                                                         \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            return xsimd::select(a == T(0), a, xsimd::NAME(a));                                    \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a);                                                                        \
        }                                                                                          \
    }
    ETAPE_LANE_ODD_AT_ZERO(expm1)
    ETAPE_LANE_ODD_AT_ZERO(log1p)
#undef ETAPE_LANE_ODD_AT_ZERO

    // The SIMD forms take subnormal numbers for others.
#define ETAPE_LANE_LOGARITHM(NAME)                                                                 \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a)                                                         \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            using S = scalar_t<T>;                                                                 \
            if (any(lt(a, T(std::numeric_limits<S>::min())))) [[unlikely]]                         \
            {                                                                                      \
                return detail::per_lane([](S x) { return std::NAME(x); }, a);                      \
            }                                                                                      \
            return xsimd::NAME(a);                                                                 \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a);                                                                        \
        }                                                                                          \
    }
    ETAPE_LANE_LOGARITHM(log)
    ETAPE_LANE_LOGARITHM(log2)
    ETAPE_LANE_LOGARITHM(log10)
#undef ETAPE_LANE_LOGARITHM

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
