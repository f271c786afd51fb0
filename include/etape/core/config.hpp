// SPDX-License-Identifier: BSL-1.0
// Compiler and architecture macros: the SIMD architecture is part of our inline namespace.
#pragma once

#define ETAPE_VERSION_MAJOR 0
#define ETAPE_VERSION_MINOR 1
#define ETAPE_VERSION_PATCH 0

// -march changes the width and alignment of every lane type. Two translation units that were compiled
// for different architectures must therefore not share a symbol: each gets a namespace of its own.
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__)
#define ETAPE_ARCH arch_avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define ETAPE_ARCH arch_fma3_avx2
#elif defined(__AVX2__)
#define ETAPE_ARCH arch_avx2
#elif defined(__AVX__)
#define ETAPE_ARCH arch_avx
#elif defined(__SSE4_2__)
#define ETAPE_ARCH arch_sse4_2
#elif defined(__SSE4_1__)
#define ETAPE_ARCH arch_sse4_1
#elif defined(__SSSE3__)
#define ETAPE_ARCH arch_ssse3
#elif defined(__SSE3__)
#define ETAPE_ARCH arch_sse3
#elif defined(__SSE2__)
#define ETAPE_ARCH arch_sse2
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define ETAPE_ARCH arch_neon64
#else
#define ETAPE_ARCH arch_generic
#endif

#define ETAPE_BEGIN_ARCH                                                                           \
    namespace etape                                                                                \
    {                                                                                              \
    inline namespace ETAPE_ARCH                                                                    \
    {
#define ETAPE_END_ARCH                                                                             \
    }                                                                                              \
    }

#if defined(__GNUC__) || defined(__clang__)
#define ETAPE_ALWAYS_INLINE __attribute__((always_inline)) inline
#define ETAPE_NOINLINE __attribute__((noinline))
// Everything that it calls is inlined, a user's function included.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ETAPE_FLATTEN __attribute__((flatten))
#else
#define ETAPE_FLATTEN
#endif
#define ETAPE_COLD __attribute__((cold, noinline))
#else
#define ETAPE_ALWAYS_INLINE inline
#define ETAPE_NOINLINE
#define ETAPE_FLATTEN
#define ETAPE_COLD
#endif
