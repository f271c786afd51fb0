// SPDX-License-Identifier: BSL-1.0
// Lanes and memory: whole, partial and strided loads and stores, and reductions over a lane.
#pragma once

#include <algorithm>

#include <etape/rule/lane.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    template <class T>
    ETAPE_ALWAYS_INLINE T load(const scalar_t<T>* p)
    {
        if constexpr (is_batch_v<T>)
        {
            return T::load_unaligned(p);
        }
        else
        {
            return *p;
        }
    }
    template <class T>
    ETAPE_ALWAYS_INLINE void store(scalar_t<T>* p, const T& v)
    {
        if constexpr (is_batch_v<T>)
        {
            v.store_unaligned(p);
        }
        else
        {
            *p = v;
        }
    }

    // True in lanes 0 .. k-1.
    template <class T>
    ETAPE_ALWAYS_INLINE mask_t<T> first_lanes_mask(std::size_t k)
    {
        if constexpr (is_batch_v<T>)
        {
            return simd::lane_numbers<T>() < T(static_cast<scalar_t<T>>(k));
        }
        else
        {
            return k > 0;
        }
    }

    // The first k >= 1 lanes from memory, the others replicate p[k-1] (a valid operand, so that a tail raises
    // no spurious NaN and takes no slow path of its own). Never touches p[k].
    template <class T>
    ETAPE_ALWAYS_INLINE T load_partial(const scalar_t<T>* p, std::size_t k)
    {
        if constexpr (!is_batch_v<T>)
        {
            return *p;
        }
        else
        {
#if defined(__AVX512F__)
            if constexpr (sizeof(T) == 64 && std::is_same_v<scalar_t<T>, double>)
            {
                const auto m = static_cast<__mmask8>((1u << k) - 1u);
                return T(_mm512_mask_loadu_pd(_mm512_set1_pd(p[k - 1]), m, p));
            }
            else if constexpr (sizeof(T) == 64 && std::is_same_v<scalar_t<T>, float>)
            {
                const auto m = static_cast<__mmask16>((1u << k) - 1u);
                return T(_mm512_mask_loadu_ps(_mm512_set1_ps(p[k - 1]), m, p));
            }
            else
#endif
            {
                alignas(64) scalar_t<T> buffer[T::size];
                for (std::size_t i = 0; i < T::size; ++i)
                {
                    buffer[i] = p[std::min(i, k - 1)];
                }
                return T::load_aligned(buffer);
            }
        }
    }

    // Stores the first k lanes.
    template <class T>
    ETAPE_ALWAYS_INLINE void store_partial(scalar_t<T>* p, const T& v, std::size_t k)
    {
        if constexpr (!is_batch_v<T>)
        {
            *p = v;
        }
        else
        {
#if defined(__AVX512F__)
            if constexpr (sizeof(T) == 64 && std::is_same_v<scalar_t<T>, double>)
            {
                _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << k) - 1u), __m512d(v));
            }
            else if constexpr (sizeof(T) == 64 && std::is_same_v<scalar_t<T>, float>)
            {
                _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << k) - 1u), __m512(v));
            }
            else
#endif
            {
                alignas(64) scalar_t<T> buffer[T::size];
                v.store_aligned(buffer);
                std::copy(buffer, buffer + k, p);
            }
        }
    }

    // Lanes p[0], p[stride], ...; the partial form reads k of them and replicates the last.
    template <class T>
    ETAPE_ALWAYS_INLINE T gather_partial(const scalar_t<T>* p, std::ptrdiff_t stride, std::size_t k)
    {
        if constexpr (is_batch_v<T>)
        {
            alignas(64) scalar_t<T> buffer[T::size];
            for (std::size_t i = 0; i < T::size; ++i)
            {
                buffer[i] = p[static_cast<std::ptrdiff_t>(std::min(i, k - 1)) * stride];
            }
            return T::load_aligned(buffer);
        }
        else
        {
            return *p;
        }
    }
    template <class T>
    ETAPE_ALWAYS_INLINE T gather(const scalar_t<T>* p, std::ptrdiff_t stride)
    {
        return gather_partial<T>(p, stride, lane_size<T>);
    }

    // p[i*stride] += lane i, in order, so that equal addresses (stride 0) accumulate.
    template <class T>
    ETAPE_ALWAYS_INLINE void scatter_add_partial(scalar_t<T>* p, std::ptrdiff_t stride, const T& v, std::size_t k)
    {
        if constexpr (is_batch_v<T>)
        {
            alignas(64) scalar_t<T> buffer[T::size];
            v.store_aligned(buffer);
            for (std::size_t i = 0; i < k; ++i)
            {
                p[static_cast<std::ptrdiff_t>(i) * stride] += buffer[i];
            }
        }
        else
        {
            *p += v;
        }
    }
    template <class T>
    ETAPE_ALWAYS_INLINE void scatter_add(scalar_t<T>* p, std::ptrdiff_t stride, const T& v)
    {
        scatter_add_partial(p, stride, v, lane_size<T>);
    }

    namespace detail
    {
        // Folds halves onto each other: log2(size) dependent steps, a fixed order.
        template <class T, class F>
        ETAPE_ALWAYS_INLINE scalar_t<T> fold(const T& v, F f)
        {
            if constexpr (is_batch_v<T>)
            {
                alignas(64) scalar_t<T> buffer[T::size];
                v.store_aligned(buffer);
                for (std::size_t half = T::size / 2; half > 0; half /= 2)
                {
                    for (std::size_t i = 0; i < half; ++i)
                    {
                        buffer[i] = f(buffer[i], buffer[i + half]);
                    }
                }
                return buffer[0];
            }
            else
            {
                return v;
            }
        }
    }

    template <class T>
    ETAPE_ALWAYS_INLINE scalar_t<T> reduce_add(const T& v)
    {
        if constexpr (is_batch_v<T>)
        {
            return simd::reduce_add(v);
        }
        else
        {
            return v;
        }
    }
    template <class T>
    ETAPE_ALWAYS_INLINE scalar_t<T> reduce_mul(const T& v)
    {
        return detail::fold(v, [](const auto& a, const auto& b) { return a * b; });
    }
    // NaN wins, as in maximum and minimum.
    template <class T>
    ETAPE_ALWAYS_INLINE scalar_t<T> reduce_max(const T& v)
    {
        return detail::fold(v, [](const auto& a, const auto& b) { return a > b || a != a ? a : b; });
    }
    template <class T>
    ETAPE_ALWAYS_INLINE scalar_t<T> reduce_min(const T& v)
    {
        return detail::fold(v, [](const auto& a, const auto& b) { return a < b || a != a ? a : b; });
    }
}
ETAPE_END_ARCH
