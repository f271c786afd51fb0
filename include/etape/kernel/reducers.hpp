// SPDX-License-Identifier: BSL-1.0
// Full reductions as data: an optional first pass (statistics), a main pass that adds up, and the weight d result / d v of
// each element. result and weights share one factor that is known only at the end.
#pragma once
#include <cmath>
#include <cstddef>
#include <limits>

#include <etape/kernel/args.hpp>
#include <etape/rule/lane_memory.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    template <class T>
    struct reduced
    {
        T value;
        T factor;  // of every weight
    };

    // sum v; weight 1. The base of the others: no first pass.
    struct sum_reducer
    {
        static constexpr auto kind = reducer_kind::sum;
        static constexpr const char* name = "sum";
        static constexpr int statistics = 0;
        static constexpr int state = 2;  // numbers that `prepare` makes of them
        static constexpr bool unit_weight = true;
        static constexpr bool needs_elements = false;  // of an empty array: 0
        template <class L>
        ETAPE_ALWAYS_INLINE static L start(int)
        {
            return L(0);
        }
        // statistics of the first pass, also of several lanes: an element added, two joined, the lanes of one added to a total
        template <class L>
        ETAPE_ALWAYS_INLINE static void statistic(L*, L)
        {
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void join(L*, const L*)
        {
        }
        template <class T, class L>
        ETAPE_ALWAYS_INLINE static void fold(T*, const L*)
        {
        }
        template <class T>
        static void prepare(T*, std::size_t)
        {
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T*)
        {
            return v;
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L, L, const T*)
        {
            return L(1);
        }
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t)
        {
            return {total, T(1)};
        }
    };

    struct mean_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::mean;
        static constexpr const char* name = "mean";
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t n)
        {
            return {total / static_cast<T>(n), T(1) / static_cast<T>(n)};
        }
    };

    // sum |v|; weight sign(v), 0 at 0.
    struct norm_l1_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::norm_l1;
        static constexpr const char* name = "norm_l1";
        static constexpr bool unit_weight = false;
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T*)
        {
            return lane::select(lane::lt(v, L(0)), -v, v);
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L v, L, const T*)
        {
            return lane::select(lane::lt(v, L(0)), L(-1), lane::select(lane::gt(v, L(0)), L(1), L(0)));
        }
    };

    // sum v^2; weight 2 v.
    struct norm_sq_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::norm_sq;
        static constexpr const char* name = "norm_sq";
        static constexpr bool unit_weight = false;
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T*)
        {
            return v * v;
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L v, L, const T*)
        {
            return v;
        }
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t)
        {
            return {total, T(2)};
        }
    };

    // sqrt(sum v^2); weight v / result, 0 where the norm is 0 (a subgradient, as for abs).
    struct norm_l2_reducer : norm_sq_reducer
    {
        static constexpr auto kind = reducer_kind::norm_l2;
        static constexpr const char* name = "norm_l2";
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t)
        {
            const T r = std::sqrt(total);
            return {r, r == T(0) ? T(0) : T(1) / r};
        }
    };

    // Largest (Sign = 1) or smallest (Sign = -1) element; ties share the gradient evenly; NaN propagates.
    template <int Sign>
    struct extremum_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::extremum;
        static constexpr const char* name = Sign > 0 ? "amax" : "amin";
        static constexpr int statistics = 1;
        static constexpr bool unit_weight = false;
        static constexpr bool needs_elements = true;
        template <class L>
        ETAPE_ALWAYS_INLINE static L start(int)
        {
            using T = lane::scalar_t<L>;
            return L(Sign > 0 ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity());
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void statistic(L* a, L v)
        {
            const L best = Sign > 0 ? lane::select(lane::gt(v, *a), v, *a) : lane::select(lane::lt(v, *a), v, *a);
            *a = lane::select(lane::ne(v, v), v, best);
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void join(L* a, const L* b)
        {
            statistic(a, *b);
        }
        template <class T, class L>
        ETAPE_ALWAYS_INLINE static void fold(T* total, const L* a)
        {
            statistic(total, Sign > 0 ? lane::reduce_max(*a) : lane::reduce_min(*a));
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T* s)
        {
            // Where an element is NaN, so is the result: it is the one that was chosen.
            return lane::select(lane::eq(v, L(s[0])), L(1), lane::select(lane::ne(v, v), L(1), L(0)));
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L, L term, const T*)
        {
            return term;
        }
        template <class T>
        static reduced<T> finish(T ties, const T* s, std::size_t)
        {
            return {s[0], ties > T(0) ? T(1) / ties : std::numeric_limits<T>::quiet_NaN()};
        }
    };

    // log(sum(exp(v))) = m + log(sum(exp(v - m))), m = max v; weight exp(v - m) / sum. All -inf: -inf with gradient 0.
    struct logsumexp_reducer : extremum_reducer<1>
    {
        static constexpr auto kind = reducer_kind::logsumexp;
        static constexpr const char* name = "logsumexp";
        template <class T>
        static void prepare(T* s, std::size_t)
        {
            s[1] = std::isinf(s[0]) ? T(0) : s[0];
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T* s)
        {
            using std::exp;
            return exp(v - L(s[1]));
        }
        template <class T>
        static reduced<T> finish(T total, const T* s, std::size_t)
        {
            return {s[1] + std::log(total), total > T(0) ? T(1) / total : T(0)};
        }
    };

    // Mean squared deviation in two passes; weight 2 (v - mean) / n.
    struct variance_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::variance;
        static constexpr const char* name = "variance";
        static constexpr int statistics = 1;
        static constexpr bool unit_weight = false;
        template <class L>
        ETAPE_ALWAYS_INLINE static void statistic(L* a, L v)
        {
            *a = *a + v;
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void join(L* a, const L* b)
        {
            *a = *a + *b;
        }
        template <class T, class L>
        ETAPE_ALWAYS_INLINE static void fold(T* total, const L* a)
        {
            *total += lane::reduce_add(*a);
        }
        template <class T>
        static void prepare(T* s, std::size_t n)
        {
            s[0] /= static_cast<T>(n);
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L term(L v, const T* s)
        {
            const L d = v - L(s[0]);
            return d * d;
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L v, L, const T* s)
        {
            return v - L(s[0]);
        }
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t n)
        {
            return {total / static_cast<T>(n), T(2) / static_cast<T>(n)};
        }
    };

    // Standard deviation; weight (v - mean) / (n sd), 0 where sd is 0.
    struct stddev_reducer : variance_reducer
    {
        static constexpr auto kind = reducer_kind::stddev;
        static constexpr const char* name = "stddev";
        template <class T>
        static reduced<T> finish(T total, const T*, std::size_t n)
        {
            const T sd = std::sqrt(total / static_cast<T>(n));
            return {sd, sd == T(0) ? T(0) : T(1) / (static_cast<T>(n) * sd)};
        }
    };
}
ETAPE_END_ARCH
