// SPDX-License-Identifier: BSL-1.0
// The product of all elements. The weight of an element is the product of the others, which may be an ordinary number where the
// product overflows or underflows; so it is carried as mantissa and exponent, with zeros, infinities and NaNs counted apart.
#pragma once
#include <algorithm>

#include <etape/kernel/reducers.hpp>
#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    namespace detail
    {
        // x = m 2^e, |m| in [1/2, 1), for finite x that are neither 0 nor subnormal
        template <class L>
        ETAPE_ALWAYS_INLINE void split(const L& x, L& m, L& e)
        {
            if constexpr (lane::is_batch_v<L>)
                lane::simd::frexp(x, m, e);
            else
            {
                int k = 0;
                m = std::frexp(x, &k);
                e = static_cast<L>(k);
            }
        }
        // m 2^e for any whole e
        template <class T>
        T joined(T m, T e)
        {
            constexpr T far = T(4 * std::numeric_limits<T>::max_exponent);
            return std::ldexp(m, static_cast<int>(std::clamp(e, -far, far)));
        }
    }

    struct prod_reducer : sum_reducer
    {
        static constexpr auto kind = reducer_kind::prod;
        static constexpr const char* name = "prod";
        static constexpr int statistics = 5;
        static constexpr int state = 8;
        static constexpr bool unit_weight = false;

        // The product is mantissa 2^exponent without the magnitudes of zeros and infinities, and without NaNs. The weight is
        // numerator / (v scale again), where no factor overflows or loses digits unless the weight does.
        enum : int
        {
            mantissa,
            exponent,
            zeros,
            infinities,
            nans,
            numerator,
            scale,
            again
        };

        template <class L>
        ETAPE_ALWAYS_INLINE static L start(int k)
        {
            return L(k == mantissa ? 1 : 0);
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void statistic(L* a, L v)
        {
            // Between these bounds a product neither overflows nor loses digits; leaving them is rare, and looked at elsewhere.
            using T = lane::scalar_t<L>;
            constexpr T low = sizeof(T) == 4 ? T(0x1p-50) : T(0x1p-500), high = sizeof(T) == 4 ? T(0x1p50) : T(0x1p500);
            const L p = a[mantissa] * v, size = lane::abs(p);
            if (lane::all(lane::mask_and(lane::ge(size, L(low)), lane::le(size, L(high))))) [[likely]]
                a[mantissa] = p;
            else
            {
                L b[statistics];
                for (int k = 0; k < statistics; ++k)
                    b[k] = a[k];
                rescale(b, v);
                for (int k = 0; k < statistics; ++k)
                    a[k] = b[k];
            }
        }
        template <class L>
        ETAPE_ALWAYS_INLINE static void join(L* a, const L* b)
        {
            statistic(a, b[mantissa]);
            for (int k = exponent; k < statistics; ++k)
                a[k] = a[k] + b[k];
        }
        template <class T, class L>
        ETAPE_ALWAYS_INLINE static void fold(T* total, const L* a)
        {
            L m, e;
            detail::split(a[mantissa], m, e);
            statistic(total, lane::reduce_mul(m));
            total[exponent] += lane::reduce_add(L(a[exponent] + e));
            for (int k = zeros; k < statistics; ++k)
                total[k] += lane::reduce_add(a[k]);
        }
        template <class T>
        static void prepare(T* s, std::size_t)
        {
            using limits = std::numeric_limits<T>;
            constexpr int most = limits::max_exponent, least = limits::min_exponent, digits = limits::digits;
            T m, e;
            detail::split(s[mantissa], m, e);
            s[mantissa] = m;
            s[exponent] += e;
            s[scale] = s[again] = T(1);
            s[numerator] = detail::joined(s[mantissa], s[exponent]);
            if (s[zeros] > T(0) || (s[exponent] >= T(least) && s[exponent] <= T(most)))
                return;
            if (s[exponent] > T(2 * most + 1))
                s[scale] = T(0);  // every weight is infinite
            else if (s[exponent] < T(2 * (least - digits)))
                s[numerator] = std::copysign(T(0), s[mantissa]);  // every weight is 0
            else if (const int n = static_cast<int>(s[exponent]); n > most)
            {
                s[numerator] = std::ldexp(s[mantissa], most - 8);
                s[scale] = std::ldexp(T(1), most - 8 - n);
            }
            else
            {
                const int down = most / 4 * 3, up = -n - down;
                s[numerator] = std::ldexp(s[mantissa], -down);
                s[scale] = std::ldexp(T(1), up / 2);
                s[again] = std::ldexp(T(1), up - up / 2);
            }
        }
        template <class L, class T>
        ETAPE_ALWAYS_INLINE static L weight(L v, L, const T* s)
        {
            if (s[infinities] > T(0) || s[nans] > T(0)) [[unlikely]]
            {
                if constexpr (lane::is_batch_v<L>)
                    return lane::detail::per_lane([s](T x) { return others(x, s); }, v);
                else
                    return others(v, s);
            }
            if (s[zeros] == T(0))
                return s[scale] == T(1) ? L(s[numerator]) / v : L(s[numerator]) / (v * L(s[scale]) * L(s[again]));
            // The numerator has the sign of all elements, also of zeros.
            const T none = std::copysign(T(0), s[mantissa]);
            const L magnitude = lane::select(lane::eq(v, L(0)), L(s[zeros] == T(1) ? s[numerator] : none), L(none));
            return magnitude * lane::copysign(L(1), v);
        }
        template <class T>
        static reduced<T> finish(T, const T* s, std::size_t)
        {
            return {special(s[mantissa], s[exponent], s[zeros] > T(0), s[infinities] > T(0), s[nans] > T(0)), T(1)};
        }

    private:
        // Counts what is not an ordinary number and replaces it by its sign; the rest as mantissas and exponents.
        template <class L>
        ETAPE_NOINLINE static void rescale(L* a, L v)
        {
            using T = lane::scalar_t<L>;
            using limits = std::numeric_limits<T>;
            constexpr int k = limits::digits + 2;
            const L size = lane::abs(v), one(1), zero(0);
            const auto none = lane::eq(v, zero), infinite = lane::gt(size, L(limits::max())), nan = lane::isnan(v),
                       subnormal = lane::mask_and(lane::lt(size, L(limits::min())), lane::mask_not(none));
            a[zeros] = a[zeros] + lane::select(none, one, zero);
            a[infinities] = a[infinities] + lane::select(infinite, one, zero);
            a[nans] = a[nans] + lane::select(nan, one, zero);
            a[exponent] = a[exponent] - lane::select(subnormal, L(k), zero);
            const L sign = lane::select(nan, one, L(lane::copysign(one, v)));
            const L normal = lane::select(subnormal, L(v * L(std::ldexp(T(1), k))), v);
            L m, e, n, f;
            detail::split(a[mantissa], m, e);
            detail::split(L(lane::select(lane::mask_or(nan, lane::mask_or(none, infinite)), sign, normal)), n, f);
            a[mantissa] = m * n;
            a[exponent] = a[exponent] + e + f;
        }
        template <class T>
        static T special(T m, T e, bool zero, bool infinite, bool nan)
        {
            using limits = std::numeric_limits<T>;
            if (nan || (zero && infinite))
                return limits::quiet_NaN();
            return zero ? std::copysign(T(0), m) : infinite ? std::copysign(limits::infinity(), m) : detail::joined(m, e);
        }
        // The product of all elements but one.
        template <class T>
        static T others(T v, const T* s)
        {
            const bool ordinary = std::isfinite(v) && v != T(0);
            int k = 0;
            const T m = ordinary ? std::frexp(v, &k) : std::isnan(v) ? T(1) : std::copysign(T(1), v);
            return special(s[mantissa] / m, s[exponent] - static_cast<T>(k), s[zeros] > T(v == T(0)), s[infinities] > T(std::isinf(v)),
                           s[nans] > T(std::isnan(v)));
        }
    };
}
ETAPE_END_ARCH
