// SPDX-License-Identifier: BSL-1.0
// Derivatives of log(1 - exp(a)) without overflow, and a log(b) where a is 0.
#pragma once

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // NaN above 0, where the value is; -inf at either zero.
    template <class T>
    ETAPE_ALWAYS_INLINE T unless_positive(const T& a, const T& slope)
    {
        return lane::select<T>(lane::gt(a, lane::zero<T>()), lane::constant<T>(std::numeric_limits<double>::quiet_NaN()), slope);
    }
    template <class T>
    ETAPE_ALWAYS_INLINE T exp_over_expm1(const T& a)
    {
        return unless_positive(a, T(-(lane::exp(a) / lane::abs(lane::expm1(a)))));
    }
    // s = exp(a)/expm1(a) as -1/expm1(-a), with one exponential; s' = -s/expm1(a). Differentiated as it stands, the quotient would
    // be inf/inf where exp(-a) overflows.
    template <class T>
    ETAPE_ALWAYS_INLINE T log1mexp_slope(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto s = log1mexp_slope(a.v);
            return T(s, a.d * (-(s / lane::expm1(a.v))));
        }
        else if constexpr (lane::is_composite_v<T>)
        {
            return exp_over_expm1(a);
        }
        else
        {
            return unless_positive(a, T(lane::constant<T>(-1.0) / lane::abs(lane::expm1(T(-a)))));
        }
    }

    // y, and 0 where a is 0 whatever y became there (unless b is NaN).
    template <class T>
    ETAPE_ALWAYS_INLINE T zero_unless(const T& a, const T& b, const T& y)
    {
        return lane::select<T>(lane::mask_and(lane::is_zero(a), lane::mask_not(lane::isnan(b))), lane::zero<T>(), y);
    }
    template <class T>
    ETAPE_ALWAYS_INLINE T zero_at(const T& a, const T& b, const T& y)
    {
        return lane::select<T>(lane::mask_and(lane::is_zero(a), lane::is_zero(b)), lane::zero<T>(), y);
    }
}
ETAPE_END_ARCH
