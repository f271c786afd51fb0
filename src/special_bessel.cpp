// SPDX-License-Identifier: BSL-1.0
// Bessel functions, with derivatives by the argument.
#include "special.hpp"

#include <boost/math/special_functions/bessel.hpp>

namespace etape::special
{
    namespace
    {
        // Whole orders below zero by those above: (-1)^n C_n for J and Y, C_n for I and K. Boost loses Y of tiny arguments.
        template <class F>
        real of_any_order(F const& f, bool alternates, real v, real x)
        {
            if (v >= 0 || v != std::floor(v))
                return f(v, x, quiet());
            const real y = f(-v, x, quiet());
            return alternates && std::fmod(v, real(2)) != 0 ? -y : y;
        }

        // C^(n)_v = 2^-n sum_k s^k binomial(n, k) C_(v-n+2k), s = -1 for J and Y, 1 for I and exp(i pi v) K
        // (Abramowitz and Stegun 9.1.31, 9.6.29).
        template <class F>
        real by_neighbours(F const& f, bool alternates, real at_infinity, real order, int n, real x)
        {
            // Beyond, recurrences take seconds.
            constexpr real largest_order = 10000;
            if (!(std::abs(order) <= largest_order) || (std::isinf(x) && x < 0))
                return not_a_number;
            if (std::isinf(x))
                return at_infinity;
            const real sign = alternates ? -1 : 1;
            real sum = 0, factor = std::ldexp(real(1), -n);
            for (int k = 0; k <= n; ++k)
            {
                sum +=
                    factor * of_any_order(f, alternates, order - static_cast<real>(n - 2 * k), x);
                factor *= sign * static_cast<real>(n - k) / static_cast<real>(k + 1);
            }
            return sum;
        }
    }

    real bessel_j(real order, int n, real x)
    {
        return by_neighbours([](auto... a) { return bm::cyl_bessel_j(a...); }, true, 0, order, n,
                             x);
    }
    real bessel_y(real order, int n, real x)
    {
        return by_neighbours([](auto... a) { return bm::cyl_neumann(a...); }, true, 0, order, n, x);
    }
    real bessel_i(real order, int n, real x)
    {
        return by_neighbours([](auto... a) { return bm::cyl_bessel_i(a...); }, false, infinite,
                             order, n, x);
    }
    real bessel_k(real order, int n, real x)
    {
        const real y =
            by_neighbours([](auto... a) { return bm::cyl_bessel_k(a...); }, false, 0, order, n, x);
        return n % 2 == 0 ? y : -y;
    }
}
