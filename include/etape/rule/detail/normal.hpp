// SPDX-License-Identifier: BSL-1.0
// Distribution function and density of the standard normal distribution, whose arguments are squared without loss.
#pragma once

#include <etape/rule/constants.hpp>
#include <etape/rule/lane_special.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // exp(-a^2/2)/sqrt(2 pi), a^2 = h + l exactly; the derivative -a times it.
    template <class T>
    ETAPE_ALWAYS_INLINE T normal_density(const T& a)
    {
        if constexpr (lane::has_tangents_v<T>)
        {
            const auto p = normal_density(a.v);
            return T(p, a.d * (-(p * a.v)));
        }
        else
        {
            const T h = a * a, half = lane::constant<T>(0.5);
            const T e = lane::exp(T(-(half * h))) * lane::over_sqrt_two_pi<T>();
            // Beyond 1600 the exponential is zero, and h - h would be NaN once h overflows.
            const T l = lane::select<T>(lane::lt(h, lane::constant<T>(1600.0)),
                                        lane::product_error(a, a, h), lane::zero<T>());
            return e - e * (half * l);
        }
    }

    // erfc(u + d)/2 with u = -a/sqrt(2) rounded and d what was lost, which erfc would amplify 2 u^2 times:
    //     erfc(u + d) = erfc(u) - 2/sqrt(pi) exp(-u^2) d
    template <class T>
    ETAPE_ALWAYS_INLINE T normal_distribution(const T& a)
    {
        using S = lane::scalar_t<T>;
        if constexpr (!lane::double_suffices_v<T>)
        {
            return lane::constant<T>(0.5) * lane::erfc(T(-a / lane::sqrt(lane::constant<T>(2.0))));
        }
        else
        {
            constexpr auto exact = std::numbers::sqrt2_v<long double> / 2;
            constexpr S high = static_cast<S>(exact),
                        low = static_cast<S>(exact - static_cast<long double>(high));
            const T u = a * T(-high);
            const T lost = lane::product_error(a, T(-high), u) + a * T(-low);
            const auto inside = lane::lt(lane::abs(a), lane::constant<T>(40.0));
            const T d = lane::select<T>(inside, lost, lane::zero<T>());
            return lane::constant<T>(0.5) *
                (lane::erfc(u) - d * (lane::two_over_sqrt_pi<T>() * lane::exp_minus_square(u)));
        }
    }
}
ETAPE_END_ARCH
