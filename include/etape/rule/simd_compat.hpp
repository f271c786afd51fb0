// SPDX-License-Identifier: BSL-1.0
// The only header that includes xsimd: one spelling for what xsimd 8 to 14 name differently.
#pragma once

#include <cstddef>
#include <cstdint>

// g++ 12 takes the deliberately undefined pass-through operands of its own AVX-512 intrinsics for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <etape/core/config.hpp>

// Without optimisation the compilers' AVX-512 intrinsics are macros that cast their arguments, which xsimd 8's choice between
// integers (in its logarithms) does not survive: the same choice with registers.
#if XSIMD_VERSION_MAJOR < 9 && defined(__AVX512BW__) && !defined(__OPTIMIZE__)
namespace xsimd
{
#define ETAPE_SELECT_INTEGERS(BITS)                                                                                             \
    template <>                                                                                                                 \
    inline batch<std::int##BITS##_t, avx512bw> select(batch_bool<std::int##BITS##_t, avx512bw> const& chosen,                   \
                                                      batch<std::int##BITS##_t, avx512bw> const& a,                             \
                                                      batch<std::int##BITS##_t, avx512bw> const& b) noexcept                    \
    {                                                                                                                           \
        const __m512i yes = a, no = b;                                                                                          \
        return _mm512_mask_blend_epi##BITS(chosen, no, yes);                                                                    \
    }
    ETAPE_SELECT_INTEGERS(32)
    ETAPE_SELECT_INTEGERS(64)
#undef ETAPE_SELECT_INTEGERS
}
#endif

// True where a*b + c is one instruction with one rounding. Rules then use error-free transformations.
#if defined(__FMA__) || defined(__FMA4__) || (defined(__ARM_NEON) && defined(__aarch64__))
#define ETAPE_HAS_FMA 1
#else
#define ETAPE_HAS_FMA 0
#endif

ETAPE_BEGIN_ARCH
namespace lane::simd
{
    // hadd became reduce_add in xsimd 9.
    template <class T, class A>
    ETAPE_ALWAYS_INLINE T reduce_add(const xsimd::batch<T, A>& v)
    {
#if XSIMD_VERSION_MAJOR >= 9
        return xsimd::reduce_add(v);
#else
        return xsimd::hadd(v);
#endif
    }

    // Fused forms in one instruction with one rounding where there is one. xsimd 8 multiplies and adds on AVX-512,
    // and whether the compiler then contracts the two is its own affair; error terms need to know.
#if defined(__FMA__) && defined(__AVX512F__)
#define ETAPE_SIMD_FUSED_512(INTRINSIC)                                                            \
    if constexpr (sizeof(a) == 64)                                                                 \
    {                                                                                              \
        if constexpr (sizeof(T) == 8)                                                              \
        {                                                                                          \
            return _mm512_##INTRINSIC##_pd(a, b, c);                                               \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            return _mm512_##INTRINSIC##_ps(a, b, c);                                               \
        }                                                                                          \
    }                                                                                              \
    else
#else
#define ETAPE_SIMD_FUSED_512(INTRINSIC)
#endif
#if defined(__FMA__)
#define ETAPE_SIMD_FUSED_BODY(NAME, INTRINSIC)                                                     \
    ETAPE_SIMD_FUSED_512(INTRINSIC)                                                                \
    if constexpr (sizeof(a) == 32 && sizeof(T) == 8)                                               \
    {                                                                                              \
        return _mm256_##INTRINSIC##_pd(a, b, c);                                                   \
    }                                                                                              \
    else if constexpr (sizeof(a) == 32)                                                            \
    {                                                                                              \
        return _mm256_##INTRINSIC##_ps(a, b, c);                                                   \
    }                                                                                              \
    else if constexpr (sizeof(T) == 8)                                                             \
    {                                                                                              \
        return _mm_##INTRINSIC##_pd(a, b, c);                                                      \
    }                                                                                              \
    else                                                                                           \
    {                                                                                              \
        return _mm_##INTRINSIC##_ps(a, b, c);                                                      \
    }
#else
#define ETAPE_SIMD_FUSED_BODY(NAME, INTRINSIC) return xsimd::NAME(a, b, c);
#endif
#define ETAPE_SIMD_FUSED(NAME, INTRINSIC)                                                          \
    template <class T, class A>                                                                    \
    ETAPE_ALWAYS_INLINE xsimd::batch<T, A> NAME(                                                   \
        const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b, const xsimd::batch<T, A>& c)     \
    {                                                                                              \
        ETAPE_SIMD_FUSED_BODY(NAME, INTRINSIC)                                                     \
    }
    ETAPE_SIMD_FUSED(fma, fmadd)   // a*b + c
    ETAPE_SIMD_FUSED(fms, fmsub)   // a*b - c
    ETAPE_SIMD_FUSED(fnma, fnmadd) // c - a*b
#undef ETAPE_SIMD_FUSED
#undef ETAPE_SIMD_FUSED_BODY
#undef ETAPE_SIMD_FUSED_512

    // x = m 2^e with m in [1/2, 1), the exponent as a floating-point batch.
    template <class B>
    ETAPE_ALWAYS_INLINE void frexp(const B& x, B& m, B& e)
    {
        xsimd::batch<xsimd::as_integer_t<typename B::value_type>, typename B::arch_type> k;
        m = xsimd::frexp(x, k);
        e = xsimd::to_float(k);
    }

    // batch_bool has no portable "from bit mask": built from a comparison with the lane numbers.
    template <class B>
    ETAPE_ALWAYS_INLINE B lane_numbers()
    {
        using scalar = typename B::value_type;
        alignas(64) scalar numbers[B::size];
        for (std::size_t i = 0; i < B::size; ++i)
        {
            numbers[i] = static_cast<scalar>(i);
        }
        return B::load_aligned(numbers);
    }
}
ETAPE_END_ARCH
