// SPDX-License-Identifier: BSL-1.0
// exp(-x^2) without the loss of 2 x^2 ulps that the rounding of x^2 costs.
#pragma once

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    // a*b - p, where p is the rounded product: exact with fma. A constant to derivatives (it is zero in the reals).
    template <class T>
    ETAPE_ALWAYS_INLINE T product_error(const T& a, const T& b, const T& p)
    {
        if constexpr (requires { lane_traits<T>::product_error(a, b, p); })
        {
            return lane_traits<T>::product_error(a, b, p);
        }
        else if constexpr (is_composite_v<T>)
        {
            return T(product_error(a.v, b.v, p.v));
        }
        else if constexpr (is_batch_v<T>)
        {
#if ETAPE_HAS_FMA
            return simd::fms(a, b, p);
#else
            // Veltkamp and Dekker: halves whose products are exact.
            const T c = constant<T>(sizeof(scalar_t<T>) == 8 ? 134217729.0 : 4097.0);
            const T ca = c * a, cb = c * b;
            const T ah = ca - (ca - a), bh = cb - (cb - b);
            const T al = a - ah, bl = b - bh;
            return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
#endif
        }
        else if constexpr (std::is_floating_point_v<T>)
        {
            return std::fma(a, b, -p);
        }
        else
        {
            return a * b - p;
        }
    }

    // x^2 = h + l exactly, exp(-x^2) = exp(-h) (1 - l + ...), |l| < 2^-53 h.
    template <class T>
    ETAPE_ALWAYS_INLINE T exp_minus_square(const T& x)
    {
        if constexpr (has_tangents_v<T>)
        {
            // zero times x before the factor 2, which could overflow
            const auto e = exp_minus_square(x.v);
            const auto half_slope = e * x.v;
            return T(e, x.d * (-(half_slope + half_slope)));
        }
        else
        {
            const T h = x * x;
            const T e = exp(T(-h));
            // Beyond 800 the exponential is zero, and h - h would be NaN once h overflows.
            const T l = select<T>(lt(h, constant<T>(800.0)), product_error(x, x, h), zero<T>());
            return e - e * l;
        }
    }
}
ETAPE_END_ARCH
