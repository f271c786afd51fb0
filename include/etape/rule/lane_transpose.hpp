// SPDX-License-Identifier: BSL-1.0
// Between points that lie one after the other in memory and points side by side in the lanes of a batch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <etape/rule/lane_memory.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    namespace detail
    {
        template <class B>
        inline constexpr bool transposes_512 =
#if defined(__AVX512F__)
            sizeof(B) == 64 && std::is_same_v<typename B::value_type, double>;
#else
            false;
#endif
        template <class B>
        inline constexpr bool transposes_256 =
#if defined(__AVX__)
            sizeof(B) == 32 && std::is_same_v<typename B::value_type, double>;
#else
            false;
#endif
    }

    // W batches of W lanes as a matrix: lane j of batch i becomes lane i of batch j.
    template <class B>
    ETAPE_ALWAYS_INLINE void transpose(B* r)
    {
#if defined(__AVX512F__)
        if constexpr (detail::transposes_512<B>)
        {
            // pairs of rows, then pairs of quarters, then pairs of halves
            __m512d t[8], u[8];
            for (int i = 0; i < 8; i += 2)
            {
                t[i] = _mm512_unpacklo_pd(r[i], r[i + 1]);
                t[i + 1] = _mm512_unpackhi_pd(r[i], r[i + 1]);
            }
            for (int h = 0; h < 2; ++h)
                for (int i = 0; i < 2; ++i)
                {
                    u[4 * h + i] = _mm512_shuffle_f64x2(t[4 * h + i], t[4 * h + i + 2], 0x88);
                    u[4 * h + i + 2] = _mm512_shuffle_f64x2(t[4 * h + i], t[4 * h + i + 2], 0xdd);
                }
            for (int i = 0; i < 4; ++i)
            {
                r[i] = _mm512_shuffle_f64x2(u[i], u[i + 4], 0x88);
                r[i + 4] = _mm512_shuffle_f64x2(u[i], u[i + 4], 0xdd);
            }
            return;
        }
#endif
#if defined(__AVX__)
        if constexpr (detail::transposes_256<B>)
        {
            const __m256d a = _mm256_unpacklo_pd(r[0], r[1]), b = _mm256_unpackhi_pd(r[0], r[1]);
            const __m256d c = _mm256_unpacklo_pd(r[2], r[3]), d = _mm256_unpackhi_pd(r[2], r[3]);
            r[0] = _mm256_permute2f128_pd(a, c, 0x20);
            r[1] = _mm256_permute2f128_pd(b, d, 0x20);
            r[2] = _mm256_permute2f128_pd(a, c, 0x31);
            r[3] = _mm256_permute2f128_pd(b, d, 0x31);
            return;
        }
#endif
        using scalar = scalar_t<B>;
        constexpr std::size_t width = B::size;
        alignas(64) scalar from[width][width], to[width][width];
        for (std::size_t i = 0; i < width; ++i)
            r[i].store_aligned(from[i]);
        for (std::size_t i = 0; i < width; ++i)
            for (std::size_t j = 0; j < width; ++j)
                to[j][i] = from[i][j];
        for (std::size_t i = 0; i < width; ++i)
            r[i] = B::load_aligned(to[i]);
    }

    // columns[k] = lanes p[0 * stride + k], p[1 * stride + k], ... for k < n: W consecutive records of n numbers.
    template <class B>
    ETAPE_ALWAYS_INLINE void load_records(B* columns, std::size_t n, const scalar_t<B>* p, std::ptrdiff_t stride)
    {
        constexpr std::size_t width = B::size;
        for (std::size_t k = 0; k < n; k += width)
        {
            const std::size_t some = std::min(width, n - k);
            B block[width];
            for (std::size_t i = 0; i < width; ++i)
            {
                const auto* row = p + static_cast<std::ptrdiff_t>(i) * stride + k;
                block[i] = some == width ? lane::load<B>(row) : lane::load_partial<B>(row, some);
            }
            lane::transpose(block);
            for (std::size_t i = 0; i < some; ++i)
                columns[k + i] = block[i];
        }
    }
    // The inverse: p[i * stride + k] = lane i of columns[k].
    template <class B>
    ETAPE_ALWAYS_INLINE void store_records(scalar_t<B>* p, std::ptrdiff_t stride, const B* columns, std::size_t n)
    {
        constexpr std::size_t width = B::size;
        for (std::size_t k = 0; k < n; k += width)
        {
            const std::size_t some = std::min(width, n - k);
            B block[width];
            for (std::size_t i = 0; i < width; ++i)
                block[i] = columns[k + std::min(i, some - 1)];
            lane::transpose(block);
            for (std::size_t i = 0; i < width; ++i)
            {
                auto* row = p + static_cast<std::ptrdiff_t>(i) * stride + k;
                if (some == width)
                    lane::store(row, block[i]);
                else
                    lane::store_partial(row, block[i], some);
            }
        }
    }

    // Whole cache lines from `from` (aligned) past the caches to `to`; end_stream() before anybody reads them.
    template <class T>
    bool can_stream([[maybe_unused]] const T* to, [[maybe_unused]] std::size_t step)
    {
#if defined(__AVX__)
        return reinterpret_cast<std::uintptr_t>(to) % 64 == 0 && step * sizeof(T) % 64 == 0;
#else
        return false;
#endif
    }
    template <class T>
    ETAPE_ALWAYS_INLINE void stream(T* to, const T* from, std::size_t n)
    {
#if defined(__AVX__)
        for (std::size_t i = 0; i < n * sizeof(T) / 32; ++i)
            _mm256_stream_si256(reinterpret_cast<__m256i*>(to) + i, _mm256_load_si256(reinterpret_cast<const __m256i*>(from) + i));
#else
        std::copy_n(from, n, to);
#endif
    }
    inline void end_stream()
    {
#if defined(__AVX__)
        _mm_sfence();
#endif
    }
}
ETAPE_END_ARCH
