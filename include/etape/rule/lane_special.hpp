// SPDX-License-Identifier: BSL-1.0
// Error and gamma functions of lanes.
#pragma once

#include <etape/rule/detail/erf.hpp>
#include <etape/rule/detail/polygamma.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    namespace detail
    {
        // std::lgamma writes the global signgam: a data race between threads. glibc offers the form without.
        template <class S>
        inline S log_gamma(S x)
        {
#if defined(__GLIBC__)
            int sign = 0;
            if constexpr (sizeof(S) == 4)
            {
                return ::lgammaf_r(x, &sign);
            }
            else if constexpr (sizeof(S) == 8)
            {
                return ::lgamma_r(x, &sign);
            }
            else
            {
                return ::lgammal_r(x, &sign);
            }
#else
            return std::lgamma(x);
#endif
        }
    }

    namespace detail
    {
        // The library is up to 5 ulp off in its own precision; one step wider it rounds well.
        inline float gamma(float x) { return static_cast<float>(std::tgamma(static_cast<double>(x))); }
        inline double gamma(double x) { return static_cast<double>(std::tgamma(static_cast<long double>(x))); }
        inline long double gamma(long double x) { return std::tgamma(x); }

        // For negative arguments the library cancels; from one step wider, nothing of that is left.
        inline float log_abs_gamma(float x) { return x < 0 ? static_cast<float>(log_gamma(static_cast<double>(x))) : log_gamma(x); }
        inline double log_abs_gamma(double x) { return x < 0 ? static_cast<double>(log_gamma(static_cast<long double>(x))) : log_gamma(x); }
        inline long double log_abs_gamma(long double x) { return log_gamma(x); }
    }

#define ETAPE_LANE_SPECIAL(NAME, BATCH, SCALAR)                                                    \
    template <class T>                                                                             \
    ETAPE_ALWAYS_INLINE T NAME(const T& a)                                                         \
    {                                                                                              \
        if constexpr (is_batch_v<T>)                                                               \
        {                                                                                          \
            return BATCH;                                                                          \
        }                                                                                          \
        else if constexpr (std::is_floating_point_v<T>)                                            \
        {                                                                                          \
            return SCALAR(a);                                                                      \
        }                                                                                          \
        else                                                                                       \
        {                                                                                          \
            using std::NAME;                                                                       \
            return NAME(a);                                                                        \
        }                                                                                          \
    }
    ETAPE_LANE_SPECIAL(erf, detail::erf(a), std::erf)
    ETAPE_LANE_SPECIAL(erfc, detail::erfc(a), std::erfc)
    // The SIMD library's forms are 8 ulp off (tgamma) or without relative accuracy near 1 and 2 (lgamma).
    ETAPE_LANE_SPECIAL(tgamma, detail::per_lane([](scalar_t<T> x) { return detail::gamma(x); }, a), detail::gamma)
    ETAPE_LANE_SPECIAL(lgamma, detail::per_lane([](scalar_t<T> x) { return detail::log_abs_gamma(x); }, a),
                       detail::log_abs_gamma)
#undef ETAPE_LANE_SPECIAL
}
ETAPE_END_ARCH
