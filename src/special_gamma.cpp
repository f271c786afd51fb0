// SPDX-License-Identifier: BSL-1.0
// Polygamma, beta and the incomplete gamma and beta functions, with derivatives by every argument.
#include "special.hpp"

#include <algorithm>

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>

namespace etape::special
{
    namespace
    {
        // B_2k
        constexpr real bernoulli[] = {1.0L / 6,       -1.0L / 30,      1.0L / 42, -1.0L / 30,
                                      5.0L / 66,      -691.0L / 2730,  7.0L / 6,  -3617.0L / 510,
                                      43867.0L / 798, -174611.0L / 330};

        real psi(int n, real x)
        {
            return n == 0 ? bm::digamma(x, quiet()) : bm::polygamma(n, x, quiet());
        }

        // psi^(n)(a) - psi^(n)(a + b) without cancellation. Both are moved up to 24 and more by their recurrence, then
        //     (-1)^(n+1) psi^(n)(z) ~ (n-1)!/z^n + n!/(2 z^(n+1)) + sum_k B_2k (2k+n-1)!/((2k)! z^(2k+n)),
        // with -log z as the first term for n = 0; differences of powers p are D_(p+1) = D_p/z + a^-p D_1, all of one sign.
        real psi_gap(int n, real a, real b)
        {
            if (!(a > 0 && b > 0) || (std::isinf(a) && std::isinf(b)))
                return not_a_number;
            if (std::isinf(a))
                return 0;
            if (std::isinf(b))
                return n == 0 ? -infinite : psi(n, a);
            real factorial = 1;
            for (int i = 2; i <= n; ++i)
                factorial *= static_cast<real>(i);
            const auto power_difference = [b](real x, int p)  // x^-p - (x + b)^-p
            {
                const real z = x + b, first = b / (x * z);
                real d = first, power = 1;
                for (int i = 1; i < p; ++i)
                {
                    power /= x;
                    d = d / z + power * first;
                }
                return d;
            };
            real sum = 0;
            for (; a < 24; a += 1)
                sum += power_difference(a, n + 1);
            sum *= factorial;
            real tail = n == 0 ? std::log1p(b / a)
                               : factorial / static_cast<real>(n) * power_difference(a, n);
            tail += factorial / 2 * power_difference(a, n + 1);
            real factor = factorial * static_cast<real>(n + 1) / 2;  // (2k+n-1)!/(2k)! of k = 1
            int k2 = 2;
            for (const real b2k : bernoulli)
            {
                tail += b2k * factor * power_difference(a, k2 + n);
                factor *= static_cast<real>(k2 + n) * static_cast<real>(k2 + n + 1) /
                    (static_cast<real>(k2 + 1) * static_cast<real>(k2 + 2));
                k2 += 2;
            }
            return (n % 2 == 0 ? real(-1) : real(1)) * (sum + tail);
        }

        // log Gamma(z) - ((z - 1/2) log z - z + log(2 pi)/2)
        real stirling_rest(real z)
        {
            real sum = 0, power = 1 / z;
            real k2 = 2;
            for (const real b2k : bernoulli)
            {
                sum += b2k / (k2 * (k2 - 1)) * power;
                power /= z * z;
                k2 += 2;
            }
            return sum;
        }
        real log_beta(real a, real b)
        {
            if (b < a)
                std::swap(a, b);
            if (!(a >= 0) || std::isinf(b))
                return a > 0 ? -infinite : not_a_number;
            if (a == 0)
                return infinite;
            if (b < 30)
                return std::log(bm::beta(a, b, quiet()));
            const real s = a + b, rest = stirling_rest(b) - stirling_rest(s);
            if (a < 30)
                return bm::lgamma(a, quiet()) +
                    (rest - (s - 0.5L) * std::log1p(a / b) - a * std::log(b) + a);
            return (rest + stirling_rest(a)) + bm::constants::log_root_two_pi<real>() -
                (a - 0.5L) * std::log1p(b / a) - (b - 0.5L) * std::log1p(a / b) - std::log(s) / 2;
        }

        // d^n exp(L)/exp(L) by the arguments `by`: the sum over partitions of the product of derivatives of L.
        template <class Cumulant>
        real exponential_factor(Cumulant const& of, unsigned set, const int* by)
        {
            if (set == 0)
                return 1;
            const unsigned first = set & (~set + 1), others = set ^ first;
            real sum = 0;
            for (unsigned with = others;; with = (with - 1) & others)
            {
                int n[3] = {};
                for (unsigned i = 0; i < 32; ++i)
                    if ((first | with) >> i & 1u)
                        ++n[by[i]];
                sum += of(n[0], n[1], n[2]) * exponential_factor(of, others ^ with, by);
                if (with == 0)
                    return sum;
            }
        }
        template <class Cumulant>
        real exponential_factor(Cumulant const& of, int i, int j, int k)
        {
            int by[highest_order] = {}, n = 0;
            for (; i > 0; --i)
                by[n++] = 0;
            for (; j > 0; --j)
                by[n++] = 1;
            for (; k > 0; --k)
                by[n++] = 2;
            return exponential_factor(of, (1u << n) - 1, by);
        }

        // The double exponential rule of Takahasi and Mori for (0, inf), s = exp(t - exp(-t)), with a fixed step: nothing is allocated
        // or estimated in a sweep. Exact to 20 digits for functions that are smooth within `scale` and decay beyond, at any rate.
        struct node
        {
            real at, weight;
        };
        node node_of(std::size_t k)
        {
            constexpr real step = 1.0L / 12;
            const real t = step * (static_cast<real>(k) - 48), e = std::exp(-t),
                       s = std::exp(t - e);
            return {s, step * s * (1 + e)};
        }
        template <class F>
        real integral(real scale, F const& f)
        {
            static const auto nodes = []
            {
                std::array<node, 256> first;
                for (std::size_t k = 0; k < first.size(); ++k)
                    first[k] = node_of(k);
                return first;
            }();
            // To t = 1000, beyond the largest double.
            constexpr std::size_t most = 12 * 1048;
            real sum = 0;
            int negligible = 0;
            for (std::size_t k = 0; k < most && negligible < 4 && !std::isnan(sum); ++k)
            {
                const node n = k < nodes.size() ? nodes[k] : node_of(k);
                const real term = n.weight * f(scale * n.at);
                sum += term;
                negligible =
                    n.at > 1 && std::abs(term) <= 1e-23L * std::abs(sum) ? negligible + 1 : 0;
            }
            return scale * sum;
        }

        // x^(a-1) exp(-x)/Gamma(a)
        real gamma_density(real a, real x)
        {
            return std::isinf(x) ? real(0) : bm::gamma_p_derivative(a, x, quiet());
        }
        // The derivatives by a of the density are its product with M(t) = exponential_factor(L), L_a = log t - psi(a), and
        // d^i P/da^i is the integral of that over [0, x], or minus that over [x, inf). M of the first derivative changes its sign
        // at exp(psi(a)): the integral over the side without that point does not cancel.
        real gamma_by_shape(int i, real a, real x)
        {
            if (x == 0 || std::isinf(x))
                return 0;
            derivatives fixed{};
            for (int k = 0; k < i; ++k)
                fixed[static_cast<std::size_t>(k)] = psi(k, a);
            const auto factor = [&](real log_t)
            {
                return exponential_factor(
                    [&](int n, int, int)
                    { return n == 1 ? log_t - fixed[0] : -fixed[static_cast<std::size_t>(n - 1)]; },
                    i, 0, 0);
            };
            const real log_x = std::log(x), scale = gamma_density(a, x);
            if (scale == 0)
                return 0;
            if (log_x < fixed[0])
                // t = x exp(-s)
                return scale * x *
                    integral(1 / (a - x + std::sqrt(x)),
                             [&](real s)
                             { return std::exp(-a * s - x * std::expm1(-s)) * factor(log_x - s); });
            // t = x + s
            const real decay = std::abs(1 - (a - 1) / x) + std::sqrt(std::max(a - 1, real(0))) / x;
            return -scale *
                integral(std::min(1 / decay, x),
                         [&](real s)
                         {
                             const real ratio = std::log1p(s / x);
                             return std::exp((a - 1) * ratio - s) * factor(log_x + ratio);
                         });
        }

        // x^(a-1) (1-x)^(b-1)/B(a, b). Boost's form is a few hundred ulps of long double off.
        real ibeta_density(real a, real b, real x)
        {
            if (x == 0 || x == 1)
                return bm::ibeta_derivative(a, b, x, quiet());
            return std::exp((a - 1) * std::log(x) + (b - 1) * std::log1p(-x) - log_beta(a, b));
        }
        // The same for the incomplete beta function.
        real ibeta_by_shape(int i, int j, real a, real b, real x)
        {
            if (x == 0 || x == 1)
                return 0;
            real fixed[highest_order + 1][highest_order + 1] = {};
            for (int p = 0; p <= i; ++p)
                for (int q = 0; q <= j; ++q)
                    if (p + q > 0)
                        fixed[p][q] = lbeta(p, q, a, b);
            const auto factor = [&](real log_t, real log_rest)
            {
                return exponential_factor(
                    [&](int p, int q, int) {
                        return (p == 1 && q == 0 ? log_t : 0) + (p == 0 && q == 1 ? log_rest : 0) -
                            fixed[p][q];
                    },
                    i, j, 0);
            };
            const real y = 1 - x, log_x = std::log(x), log_y = std::log1p(-x);
            const real scale = ibeta_density(a, b, x);
            if (scale == 0)
                return 0;
            const bool left = i > 0 ? log_x < fixed[1][0] : log_y > fixed[0][1];
            // u = w exp(-s) of the side's own variable w = x or y, v = 1 - w: 1 - u = v (1 + w/v (1 - exp(-s)))
            const real w = left ? x : y, v = left ? y : x, p = left ? a : b, q = left ? b : a;
            const real log_w = left ? log_x : log_y, log_v = left ? log_y : log_x;
            const real slope = w / v,
                       bend = std::sqrt(std::max(q - 1, real(0)) * (slope + slope * slope));
            const real sum = integral(std::min(1 / (std::abs(p - (q - 1) * slope) + bend), -log_w),
                                      [&](real s)
                                      {
                                          const real ratio = std::log1p(w / v * -std::expm1(-s));
                                          const real f = std::exp((q - 1) * ratio - p * s);
                                          return f == 0 ? real(0)
                                                        : f *
                                                  (left ? factor(log_w - s, log_v + ratio)
                                                        : factor(log_v + ratio, log_w - s));
                                      });
            return (left ? scale : -scale) * w * sum;
        }
    }

    real polygamma(real order, int n, real x)
    {
        if (!(order >= 0 && order <= 1000 && order == std::floor(order)))
            return not_a_number;
        return psi(static_cast<int>(order) + n, x);
    }

    real lbeta(int i, int j, real a, real b)
    {
        if (i == 0 && j == 0)
            return log_beta(a, b);
        if (i > 0 && j > 0)
            return -psi(i + j - 1, a + b);
        return i > 0 ? psi_gap(i - 1, a, b) : psi_gap(j - 1, b, a);
    }
    real beta(int i, int j, real a, real b)
    {
        const real y = a < 30 && b < 30 ? bm::beta(a, b, quiet()) : std::exp(log_beta(a, b));
        return i + j == 0 || y == 0
            ? y
            : y * exponential_factor([&](int p, int q, int) { return lbeta(p, q, a, b); }, i, j, 0);
    }

    real gamma_p(int i, int j, real a, real x, bool complement)
    {
        if (i == 0 && j == 0)
            return complement ? bm::gamma_q(a, x, quiet()) : bm::gamma_p(a, x, quiet());
        if (!(a > 0) || !(x >= 0))
            return not_a_number;
        real y;
        if (j == 0)
            y = gamma_by_shape(i, a, x);
        else
        {
            // L = (a-1) log x - x - log Gamma(a)
            const auto cumulant = [&](int n, int m, int)
            {
                if (m == 0)
                    return (n == 1 ? std::log(x) : 0) - psi(n - 1, a);
                if (n > 1)
                    return real(0);
                real power = 1 / x;
                for (int k = 1; k < m; ++k)
                    power *= -static_cast<real>(k) / x;
                return n == 1 ? power : m == 1 ? (a - 1 - x) / x : (a - 1) * power;
            };
            const real density = gamma_density(a, x);
            y = density == 0 ? real(0) : density * exponential_factor(cumulant, i, j - 1, 0);
        }
        return complement ? -y : y;
    }

    real ibeta(int i, int j, int k, real a, real b, real x)
    {
        // Beyond, the continued fraction takes seconds, and the integrals milliseconds.
        constexpr real least = 1e-10L, most = 1e10L;
        if (!(a >= least && a <= most) || !(b >= least && b <= most) || !(x >= 0 && x <= 1))
            return not_a_number;
        if (i == 0 && j == 0 && k == 0)
            return bm::ibeta(a, b, x, quiet());
        if (k == 0)
            return ibeta_by_shape(i, j, a, b, x);
        const auto cumulant = [&](int p, int q, int m)
        {
            if (m == 0)
                return (p == 1 && q == 0 ? std::log(x) : 0) +
                    (p == 0 && q == 1 ? std::log1p(-x) : 0) - lbeta(p, q, a, b);
            if (p + q > 1)
                return real(0);
            const real y = 1 - x;
            real by_x = 1 / x, by_y = -1 / y;
            for (int n = 1; n < m; ++n)
            {
                by_x *= -static_cast<real>(n) / x;
                by_y *= static_cast<real>(n) / y;
            }
            if (p + q == 1)
                return p == 1 ? by_x : by_y;
            return m == 1 ? ((a - 1) * y - (b - 1) * x) / (x * y) : (a - 1) * by_x + (b - 1) * by_y;
        };
        const real density = ibeta_density(a, b, x);
        return density == 0 ? real(0) : density * exponential_factor(cumulant, i, j, k - 1);
    }
}
