// SPDX-License-Identifier: BSL-1.0
// Reductions of dual lanes, and selection and printing of dual numbers.
#pragma once

#include <ostream>
#include <type_traits>

#include <etape/dual/number_functions.hpp>
#include <etape/rule/lane_memory.hpp>

ETAPE_BEGIN_ARCH
// m ? a : b, for code that calls select without knowing about lanes.
template <class T, std::size_t N>
ETAPE_ALWAYS_INLINE dual<T, N> select(const lane::mask_t<T>& m, const dual<T, N>& a, const dual<T, N>& b)
{
    return lane::select<dual<T, N>>(m, a, b);
}

template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> select(const lane::mask_t<T>& m, const dual<T, N>& a, const S& b)
{
    return lane::select<dual<T, N>>(m, a, dual<T, N>(b));
}
template <class T, std::size_t N, class S>
    requires std::is_arithmetic_v<S>
ETAPE_ALWAYS_INLINE dual<T, N> select(const lane::mask_t<T>& m, const S& a, const dual<T, N>& b)
{
    return lane::select<dual<T, N>>(m, dual<T, N>(a), b);
}

// where with a mask, as comparisons give it
template <class T, std::size_t N>
    requires lane::is_batch_v<lane::primal_t<T>>
ETAPE_ALWAYS_INLINE dual<T, N> where(const lane::mask_t<T>& m, const dual<T, N>& a, const dual<T, N>& b)
{
    return lane::select<dual<T, N>>(m, a, b);
}

// Plain numbers, and lanes of them, for functions that are written once.
template <class A, class B>
    requires(std::is_arithmetic_v<A> && std::is_arithmetic_v<B>)
constexpr auto select(bool m, A a, B b)
{
    return m ? std::common_type_t<A, B>(a) : std::common_type_t<A, B>(b);
}
template <class M, class A, class B>
    requires((lane::is_batch_v<A> || lane::is_batch_v<B>) && !std::is_same_v<M, bool> && (lane::is_batch_v<A> || std::is_arithmetic_v<A>) &&
             (lane::is_batch_v<B> || std::is_arithmetic_v<B>))
ETAPE_ALWAYS_INLINE auto select(const M& m, const A& a, const B& b)
{
    using batch = std::conditional_t<lane::is_batch_v<A>, A, B>;
    return lane::select<batch>(m, batch(a), batch(b));
}

// Value first, then the tangents: 2.5 + [1, 0] eps
template <class T, std::size_t N>
std::ostream& operator<<(std::ostream& out, const dual<T, N>& a)
{
    out << a.v << " + [";
    for (std::size_t k = 0; k < N; ++k)
    {
        out << (k == 0 ? "" : ", ") << a.d[k];
    }
    return out << "] eps";
}

namespace lane
{
    template <class T>
    struct reduced
    {
        using type = scalar_t<T>;
    };
    template <class T, std::size_t N>
    struct reduced<dual<T, N>>
    {
        using type = dual<typename reduced<T>::type, N>;
    };
    // A batch becomes its scalar, a dual of batches a dual of scalars.
    template <class T>
    using reduced_t = typename reduced<T>::type;

    // The sum over the lanes of a batch of dual numbers; summation is linear, so tangents add like values.
    template <class T, std::size_t N>
    ETAPE_ALWAYS_INLINE reduced_t<dual<T, N>> reduce_add(const dual<T, N>& a)
    {
        reduced_t<dual<T, N>> r;
        r.v = reduce_add(a.v);
        for (std::size_t k = 0; k < N; ++k)
        {
            r.d[k] = reduce_add(a.d[k]);
        }
        return r;
    }
}
ETAPE_END_ARCH
