// SPDX-License-Identifier: BSL-1.0
// Scaled and inverse error functions, the normal distribution, sinc and Lambert's W, with derivatives that do not cancel.
#include "special.hpp"

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/cos_pi.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/lambert_w.hpp>
#include <boost/math/special_functions/sin_pi.hpp>

namespace etape::special
{
    namespace
    {
        const real pi = bm::constants::pi<real>();
        const real root_pi = bm::constants::root_pi<real>();
        const real root_two = bm::constants::root_two<real>();
        constexpr real fraction_from = 2;

        // Taylor coefficients c_k = f^(k)/k!
        void to_derivatives(int n, derivatives& d)
        {
            real factorial = 1;
            for (int k = 2; k <= n; ++k)
            {
                factorial *= static_cast<real>(k);
                d[static_cast<std::size_t>(k)] *= factorial;
            }
        }
        real scaled_erfc(real x)
        {
            derivatives d;
            erfcx(0, x, d);
            return d[0];
        }

        // w with w' = v, v' = factor w v^2 by Taylor series; d[0], d[1] are given.
        void inverse_of_gaussian(int n, real factor, derivatives& d)
        {
            const auto u = static_cast<std::size_t>(n);
            if (std::isinf(d[1]))
            {
                for (std::size_t k = 2; k <= u; ++k)
                    d[k] = d[0] < 0 && k % 2 == 0 ? -infinite : infinite;
                return;
            }
            derivatives v{};  // coefficients of the slope; those of w are v[k-1]/k
            v[0] = d[1];
            for (std::size_t k = 0; k + 1 < u; ++k)
            {
                real sum = 0;
                for (std::size_t i = 0; i <= k; ++i)
                {
                    const real w = i == 0 ? d[0] : v[i - 1] / static_cast<real>(i);
                    for (std::size_t j = 0; i + j <= k; ++j)
                        sum += w * v[j] * v[k - i - j];
                }
                v[k + 1] = factor * sum / static_cast<real>(k + 1);
            }
            for (std::size_t k = 2; k <= u; ++k)
                d[k] = v[k - 1] / static_cast<real>(k);
            to_derivatives(n, d);
        }
    }

    // exp(x^2) erfc(x). Its derivatives are (-2)^n n! f_n with the repeated integrals f_n = exp(x^2) i^n erfc(x), for which
    //     f_(n-2) = 2 x f_(n-1) + 2 n f_n,   f_(-1) = 2/sqrt(pi)     (Abramowitz and Stegun 7.2.5).
    // From 2 on the ratios f_n/f_(n-1) run downwards, all terms positive: 2 x y - 2/sqrt(pi) would cancel. Below 2 upwards: for x < 0
    // all terms have one sign, and in [0, 2] at most a few of the spare bits are lost.
    void erfcx(int n, real x, derivatives& d)
    {
        const auto u = static_cast<std::size_t>(n);
        if (x >= fraction_from)
        {
            constexpr int start = 120;
            real ratio = 1 / (x + std::sqrt(x * x + 2 * start));
            derivatives ratios{};
            for (int k = start; k >= 0; --k)
            {
                ratio = 1 / (2 * x + 2 * static_cast<real>(k + 1) * ratio);
                if (k <= n)
                    ratios[static_cast<std::size_t>(k)] = ratio;
            }
            real f = 2 / root_pi;
            for (std::size_t k = 0; k <= u; ++k)
            {
                f *= ratios[k];
                if (k > 0)
                    f *= -2 * static_cast<real>(k);
                d[k] = f;
            }
            return;
        }
        d[0] = std::exp(x * x) * std::erfc(x);
        if (n > 0)
            d[1] = 2 * x * d[0] - 2 / root_pi;
        for (std::size_t k = 2; k <= u; ++k)
            d[k] = 2 * x * d[k - 1] + 2 * static_cast<real>(k - 1) * d[k - 2];
    }

    // y' = sqrt(pi)/2 exp(y^2) = sqrt(pi)/2 erfcx(|y|)/(1 - |x|): the rounding of y is not squared.
    void erf_inv(int n, real x, derivatives& d)
    {
        d[0] = bm::erf_inv(x, quiet());
        if (n == 0)
            return;
        const real rest = 1 - std::abs(x);
        d[1] = rest == 0 ? infinite : root_pi / 2 * scaled_erfc(std::abs(d[0])) / rest;
        inverse_of_gaussian(n, 2, d);
    }

    // The inverse w of Phi, likewise: w' = 1/phi(w) = sqrt(pi/2) erfcx(|w|/sqrt(2))/min(p, 1 - p).
    void normal_quantile(int n, real p, derivatives& d)
    {
        d[0] = -root_two * bm::erfc_inv(2 * p, quiet());
        if (n == 0)
            return;
        const real tail = p > 0.5L ? 1 - p : p;
        d[1] = tail == 0 ? infinite
                         : root_pi / root_two * scaled_erfc(std::abs(d[0]) / root_two) / tail;
        inverse_of_gaussian(n, 1, d);
    }

    void normal_logcdf(int n, real x, derivatives& d)
    {
        const auto count = static_cast<std::size_t>(n);
        const real u = -x / root_two;
        if (std::isinf(u) && u > 0)
        {
            d = {-infinite, infinite, -1};
            return;
        }
        if (u >= fraction_from)
        {
            // log Phi(x) = log(E(u)/2) - x^2/2 with E = erfcx; the logarithm of its series e_k by E L' = E'.
            derivatives e, l{};
            erfcx(n, u, e);
            real factorial = 1, scale = 1;
            for (std::size_t k = 1; k <= count; ++k)
                e[k] /= factorial *= static_cast<real>(k);
            for (std::size_t k = 1; k <= count; ++k)
            {
                real sum = static_cast<real>(k) * e[k];
                for (std::size_t j = 1; j < k; ++j)
                    sum -= static_cast<real>(j) * l[j] * e[k - j];
                l[k] = sum / (static_cast<real>(k) * e[0]);
            }
            for (std::size_t k = 1; k <= count; ++k)
            {
                scale /= -root_two;
                d[k] = l[k] * scale;
            }
            to_derivatives(n, d);
            d[0] = std::log(e[0] / 2) - x * x / 2;
            if (n >= 1)
                d[1] -= x;
            if (n >= 2)
                d[2] -= 1;
            return;
        }
        d[0] = x > -1 ? std::log1p(-std::erfc(x / root_two) / 2) : std::log(std::erfc(u) / 2);
        if (n == 0)
            return;
        // h = phi/Phi, h' = -h (x + h)
        derivatives h{};
        h[0] = std::exp(-x * x / 2) / (root_two * root_pi) / (std::erfc(u) / 2);
        if (h[0] == 0)  // x times it would be NaN at infinity
        {
            std::fill(d.begin() + 1, d.end(), real(0));
            return;
        }
        for (std::size_t k = 0; k + 1 < count; ++k)
        {
            real sum = x * h[k] + (k > 0 ? h[k - 1] : 0);
            for (std::size_t i = 0; i <= k; ++i)
                sum += h[i] * h[k - i];
            h[k + 1] = -sum / static_cast<real>(k + 1);
        }
        for (std::size_t k = 1; k <= count; ++k)
            d[k] = h[k - 1] / static_cast<real>(k);
        to_derivatives(n, d);
    }

    // sin(pi x)/(pi x); near 0 by the series, elsewhere from x f = sin(pi x)/pi differentiated n times.
    void sinc(int n, real x, derivatives& d)
    {
        if (std::isinf(x))
        {
            d.fill(0);
            return;
        }
        const real u = pi * x;
        real scale = 1;
        for (int order = 0; order <= n; ++order)
        {
            const auto k = static_cast<std::size_t>(order);
            if (std::abs(x) < 1)
            {
                // d^n/du^n (sin u)/u = sum_j (-1)^j u^(2j-n)/((2j+1) (2j-n)!)
                real sum = 0;
                for (int j = (order + 1) / 2; j < 26; ++j)
                {
                    real term = (j % 2 == 0 ? real(1) : real(-1)) / static_cast<real>(2 * j + 1);
                    for (int i = 1; i <= 2 * j - order; ++i)
                        term *= u / static_cast<real>(i);
                    sum += term;
                }
                d[k] = scale * sum;
            }
            else
            {
                const real s = order % 2 == 0 ? bm::sin_pi(x, quiet()) : bm::cos_pi(x, quiet());
                const real wave = (order % 4 < 2 ? s : -s) * scale / pi;
                d[k] = (wave - (order > 0 ? static_cast<real>(order) * d[k - 1] : 0)) / x;
            }
            scale *= pi;
        }
        if (std::abs(x) < 1 && x != 0)
            d[0] = bm::sin_pi(x, quiet()) / u;
    }

    // w exp(w) = x with w >= -1. Near the branch point, with w = q - 1 and 1 + e x = delta (x + 1/e is exact there),
    //     1 + (q - 1) exp(q) = sum_(k>=2) (k-1)/k! q^k = delta
    // keeps the digits of q = 1 + w. Derivatives: w^(n) = exp(-n w) P_n(w)/(1 + w)^(2n-1), P_1 = 1,
    // P_(n+1) = (1 + w) P_n' - (n w + 3n - 1) P_n (Corless et al., "On the Lambert W function", 1996).
    void lambert_w(int n, real x, derivatives& d)
    {
        const auto u = static_cast<std::size_t>(n);
        if (x == infinite)
        {
            d.fill(0);
            d[0] = x;
            return;
        }
        const real e = bm::constants::e<real>();
        real q;
        if (x < -0.25L)
        {
            // 1/e in two parts
            constexpr real high = 0xb.c5ab1b16779be35p-5L, low = 1.24662564828002125136e-20L;
            const real delta = e * ((x + high) + low);
            if (!(delta >= 0))
            {
                d.fill(not_a_number);
                return;
            }
            q = std::sqrt(2 * delta);
            for (int step = 0; step < 8 && q > 0; ++step)
            {
                real sum = 0, term = q;
                for (int k = 2; k < 28; ++k)
                {
                    term *= q / static_cast<real>(k);
                    sum += static_cast<real>(k - 1) * term;
                }
                q -= (sum - delta) / (q * std::exp(q));
            }
            d[0] = q - 1;
        }
        else
        {
            d[0] = bm::lambert_w0(x, quiet());
            q = 1 + d[0];
        }
        std::array<real, highest_order + 1> p{1};
        real factor = std::exp(-d[0]) / q;
        const real next = std::exp(-d[0]) / (q * q);
        for (std::size_t k = 1; k <= u; ++k)
        {
            real y = 0;
            for (std::size_t i = k; i-- > 0;)
                y = y * d[0] + p[i];
            d[k] = y * factor;
            factor *= next;
            std::array<real, highest_order + 1> r{};
            const real m = static_cast<real>(k);
            for (std::size_t i = 0; i < k; ++i)
            {
                const real j = static_cast<real>(i);
                if (i > 0)
                    r[i - 1] += j * p[i];
                r[i] += (j - 3 * m + 1) * p[i];
                r[i + 1] -= m * p[i];
            }
            p = r;
        }
    }
}
