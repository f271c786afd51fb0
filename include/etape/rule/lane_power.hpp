// SPDX-License-Identifier: BSL-1.0
// Powers and two-argument functions of lanes, where the SIMD library is inaccurate or wrong at the edges.
#pragma once

#include <cstddef>
#include <limits>

#include <etape/rule/detail/exp_square.hpp>
#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    namespace detail
    {
        // log(x) = hi + lo for normal x > 0, to about 2^-64 relative: enough that exp(b log x) keeps its last bit.
        // With x = m 2^e, m in [sqrt(1/2), sqrt(2)), s = (m - 1)/(m + 1):
        //     log m = 2 s (1 + s^2/3 + s^4/5 + ...),  |s| <= 0.1716,
        // where s, s^2/3 and the sum are kept as unevaluated pairs; the errors of products come from fma.
        template <class B>
        ETAPE_ALWAYS_INLINE void log_pair(const B& x, B& hi, B& lo)
        {
            using S = typename B::value_type;
            constexpr bool wide = sizeof(S) == 8;
            const B one(S(1));
            B m, e;
            simd::frexp(x, m, e);
            const auto low = m < B(static_cast<S>(0.70710678118654752440));
            m = xsimd::select(low, m + m, m);
            e = xsimd::select(low, e - one, e);

            const B num = m - one;
            const B den = m + one;
            const B den_lo = m - (den - one);
            const B r = one / den;
            const B s = num * r;
            const B s_lo = simd::fnma(s, den_lo, simd::fnma(s, den, num)) * r;

            const B q = s * s;
            const B q_lo = simd::fma(s + s, s_lo, simd::fms(s, s, q));
            constexpr S third = S(1) / S(3);
            constexpr S third_lo = static_cast<S>((1.0L / 3.0L) - static_cast<long double>(third));
            const B t = q * B(third);
            const B t_lo = simd::fma(q, B(third_lo), simd::fma(q_lo, B(third), simd::fms(q, B(third), t)));
            constexpr int last = wide ? 27 : 13;
            B tail(S(1) / S(last));
            for (int k = last - 2; k >= 5; k -= 2)
            {
                tail = simd::fma(tail, q, B(S(1) / static_cast<S>(k)));
            }
            tail = tail * (q * q);
            const B u = t + tail;
            const B u_lo = ((t - u) + tail) + t_lo;
            const B v = s * u;
            const B v_lo = simd::fma(s, u_lo, simd::fma(s_lo, u, simd::fms(s, u, v)));
            const B l = s + v;
            const B l_lo = ((s - l) + v) + (v_lo + s_lo);

            // ln 2 in two parts; e times the first is exact.
            const B k_hi = e * B(static_cast<S>(wide ? 6.93147180369123816490e-01 : 6.9313812256e-01));
            const B k_lo = e * B(static_cast<S>(wide ? 1.90821492927058770002e-10 : 9.0580006145e-06));
            const B l2 = l + l;
            const B sum = k_hi + l2;
            const B rest = ((k_hi - sum) + l2) + (k_lo + (l_lo + l_lo));
            hi = sum + rest;
            lo = (sum - hi) + rest;
        }

        // a^b = exp(b log|a|), with the sign of odd integer powers; within 2 ulp.
        template <class B>
        ETAPE_ALWAYS_INLINE B pow(const B& a, const B& b)
        {
            using S = typename B::value_type;
            using limits = std::numeric_limits<S>;
            constexpr S bound = sizeof(S) == 8 ? S(708) : S(87);
            const B x = xsimd::abs(a);
            B l, l_lo;
            log_pair(x, l, l_lo);
            const B p = b * l;
            const auto ok = (x >= B(limits::min())) & (x <= B(limits::max())) & (xsimd::abs(p) <= B(bound));
            if (!xsimd::all(ok)) [[unlikely]]
            {
                return per_lane([](S u, S w) { return std::pow(u, w); }, a, b);
            }
            const B p_lo = simd::fma(b, l_lo, simd::fms(b, l, p));
            const B e = xsimd::exp(p);
            B y = simd::fma(e, p_lo, e);
            const auto negative = a < B(S(0));
            if (xsimd::any(negative))
            {
                const B half = b * B(S(0.5));
                const auto integer = xsimd::nearbyint(b) == b;
                const auto odd = xsimd::nearbyint(half) != half;
                const B signed_y = xsimd::select(integer, xsimd::select(odd, -y, y), B(limits::quiet_NaN()));
                y = xsimd::select(negative, signed_y, y);
            }
            return y;
        }
    }

    template <class T>
    ETAPE_ALWAYS_INLINE T pow(const T& a, const T& b)
    {
        if constexpr (is_batch_v<T> && ETAPE_HAS_FMA)
        {
            return detail::pow(a, b);
        }
        else if constexpr (is_batch_v<T>)
        {
            using S = scalar_t<T>;
            return detail::per_lane([](S u, S w) { return std::pow(u, w); }, a, b);
        }
        else
        {
            using std::pow;
            return pow(a, b);
        }
    }

    namespace detail
    {
        // One Newton step from y ~ a^(1/3), y <- y - (y^3 - a)/(3 y^2), with the cube in two parts: within an ulp, where
        // the libraries are off by four, which the derivative would double.
        template <class T>
        ETAPE_ALWAYS_INLINE T cbrt_refined(const T& a, const T& y)
        {
            const T h = y * y;
            const T p = h * y;
            const T rest = (p - a) + (product_error(h, y, p) + product_error(y, y, h) * y);
            const T correction = rest / (constant<T>(3.0) * h);
            return select<T>(isnan(correction), y, y - correction);  // 0 and infinity
        }
    }

    // The real cube root. Subnormal numbers are scaled by 2^54 = (2^18)^3, the largest by 2^-54.
    template <class T>
    ETAPE_ALWAYS_INLINE T cbrt(const T& a)
    {
        if constexpr (is_batch_v<T>)
        {
            using limits = std::numeric_limits<scalar_t<T>>;
            const T size = xsimd::abs(a), one = constant<T>(1.0);
            const auto small = lt(size, T(limits::min()));
            const auto large = gt(size, T(limits::max() / 4));
            if (any(mask_or(small, large))) [[unlikely]]
            {
                const T scale = select<T>(small, constant<T>(0x1p54), select<T>(large, constant<T>(0x1p-54), one));
                const T back = select<T>(small, constant<T>(0x1p-18), select<T>(large, constant<T>(0x1p18), one));
                const T scaled = a * scale;
                return detail::cbrt_refined(scaled, T(xsimd::cbrt(scaled))) * back;
            }
            return detail::cbrt_refined(a, T(xsimd::cbrt(a)));
        }
        else if constexpr (std::is_same_v<T, double>)
        {
            const bool small = std::abs(a) < std::numeric_limits<double>::min();
            const bool large = std::abs(a) > std::numeric_limits<double>::max() / 4;
            const double scaled = small ? a * 0x1p54 : large ? a * 0x1p-54 : a;
            const double y = detail::cbrt_refined(scaled, std::cbrt(scaled));
            return small ? y * 0x1p-18 : large ? y * 0x1p18 : y;
        }
        else if constexpr (std::is_same_v<T, float>)
        {
            return static_cast<float>(std::cbrt(static_cast<double>(a)));
        }
        else
        {
            using std::cbrt;
            return cbrt(a);
        }
    }

    // sqrt(a^2 + b^2); squares that overflow or lose bits below the normal range take the scaled scalar form.
    template <class T>
    ETAPE_ALWAYS_INLINE T hypot(const T& a, const T& b)
    {
        if constexpr (is_batch_v<T>)
        {
            using S = scalar_t<T>;
            constexpr bool wide = sizeof(S) == 8;
            const T r = muladd(a, a, b * b);
            const auto ok =
                mask_and(ge(r, constant<T>(wide ? 1e-280 : 1e-28)), le(r, constant<T>(wide ? 1e300 : 1e37)));
            if (!all(ok)) [[unlikely]]
            {
                return detail::per_lane([](S u, S w) { return std::hypot(u, w); }, a, b);
            }
            return xsimd::sqrt(r);
        }
        else
        {
            using std::hypot;
            return hypot(a, b);
        }
    }

    // The SIMD form divides the arguments, which is NaN for (0, 0) and (inf, inf).
    template <class T>
    ETAPE_ALWAYS_INLINE T atan2(const T& a, const T& b)
    {
        if constexpr (is_batch_v<T>)
        {
            using S = scalar_t<T>;
            if (!all(isfinite(a / b))) [[unlikely]]
            {
                return detail::per_lane([](S u, S w) { return std::atan2(u, w); }, a, b);
            }
            return xsimd::atan2(a, b);
        }
        else
        {
            using std::atan2;
            return atan2(a, b);
        }
    }

    // Exact in the scalar library; the SIMD forms lose every digit once a/b exceeds 2^53.
#define ETAPE_LANE_PER_LANE(NAME)                                                                  \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a, const T& b)                                             \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            using S = scalar_t<T>;                                                                 \
            return detail::per_lane([](S u, S w) { return std::NAME(u, w); }, a, b);               \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a, b);                                                                     \
        }                                                                                          \
    }
    ETAPE_LANE_PER_LANE(fmod)
    ETAPE_LANE_PER_LANE(remainder)
#undef ETAPE_LANE_PER_LANE
}
ETAPE_END_ARCH
