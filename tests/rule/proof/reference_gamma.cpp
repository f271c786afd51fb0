// SPDX-License-Identifier: BSL-1.0
// Gamma, beta and Bessel functions: Boost.Math in 100 digits. Derivatives of the incomplete functions by their shape are differences.
#include "reference_math.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/factorials.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        real psi(real const& x) { return bm::digamma(x, quiet()); }
        real trigamma(real const& x) { return bm::trigamma(x, quiet()); }
        real log_gamma(real const& x) { return bm::lgamma(x, quiet()); }
        bool pole(real const& x) { return x <= 0 && floor(x) == x; }
        // For negative arguments by the recurrence psi^(n)(x) = psi^(n)(x + 1) - (-1)^n n!/x^(n+1), not by a reflection.
        real polygamma(real const& order, real x)
        {
            if (pole(x))
                return undefined();
            const int n = static_cast<int>(order);
            const real factorial = (n % 2 == 0 ? -1 : 1) * bm::factorial<real>(static_cast<unsigned>(n));
            real sum = 0;
            for (; x < 0; x += 1)
                sum += factorial / pow(x, n + 1);
            return sum + bm::polygamma(n, x, quiet());
        }
        template <int k>
        real mirrored(const real* x)
        {
            return x[1] < 0 ? real(abs(bm::polygamma(static_cast<int>(x[0]) + k, real(1 - x[1]), quiet())) / 64) : real(0);
        }
        real log_beta(const real* x) { return log_gamma(x[0]) + log_gamma(x[1]) - log_gamma(real(x[0] + x[1])); }
        real gap(real const& a, real const& b) { return psi(a) - psi(real(a + b)); }

        // First and second differences of f by the arguments i and j.
        template <real (*f)(const real*)>
        real difference(const real* x, int i)
        {
            const real h("1e-24");
            real y[3] = {x[0], x[1], x[2]};
            y[i] = x[i] + h;
            const real up = f(y);
            y[i] = x[i] - h;
            return (up - f(y)) / (2 * h);
        }
        template <real (*f)(const real*)>
        real second_difference(const real* x, int i, int j)
        {
            const real h("1e-24");
            const auto at = [&](int s, int t)
            {
                real y[3] = {x[0], x[1], x[2]};
                y[i] += s * h;
                y[j] += t * h;
                return f(y);
            };
            return i == j ? real((at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / (h * h))
                          : real((at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h));
        }

        real gamma_p(const real* x) { return bm::gamma_p(x[0], x[1], quiet()); }
        real gamma_q(const real* x) { return bm::gamma_q(x[0], x[1], quiet()); }
        real gamma_density(const real* x)
        {
            if (x[1] == 0)
                return x[0] > 1 ? real(0) : undefined();
            return exp(real((x[0] - 1) * log(x[1]) - x[1] - log_gamma(x[0])));
        }
        real gamma_mixed(const real* x) { return x[1] == 0 ? undefined() : gamma_density(x) * (log(x[1]) - psi(x[0])); }
        real gamma_bend(const real* x) { return x[1] == 0 ? undefined() : gamma_density(x) * ((x[0] - 1) / x[1] - 1); }
        // In double: a side is chosen by them, or a size.
        double number(real const& x) { return static_cast<double>(x); }
        bool below_half(const real* x) { return bm::gamma_p(number(x[0]), number(x[1]), quiet()) < 0.5; }
        double ibeta_roughly(const real* x) { return bm::ibeta(number(x[0]), number(x[1]), number(x[2]), quiet()); }
        // Differences of the smaller one of P and Q = 1 - P, which has all its digits.
        real by_shape(const real* x)
        {
            return x[1] == 0 ? real(0) : below_half(x) ? difference<gamma_p>(x, 0) : real(-difference<gamma_q>(x, 0));
        }
        real twice_by_shape(const real* x)
        {
            return x[1] == 0 ? real(0) : below_half(x) ? second_difference<gamma_p>(x, 0, 0) : real(-second_difference<gamma_q>(x, 0, 0));
        }
        real none(const real*) { return 0; }

        real ibeta(const real* x) { return bm::ibeta(x[0], x[1], x[2], quiet()); }
        real ibetac(const real* x) { return bm::ibetac(x[0], x[1], x[2], quiet()); }
        real smaller(const real* x) { return std::min(ibeta_roughly(x), bm::ibetac(number(x[0]), number(x[1]), number(x[2]), quiet())); }
        bool end(const real* x) { return x[2] == 0 || x[2] == 1; }
        real ibeta_density(const real* x)
        {
            return end(x) ? undefined() : exp(real((x[0] - 1) * log(x[2]) + (x[1] - 1) * log(real(1 - x[2])) - log_beta(x)));
        }
        template <int i, int j>
        real ibeta_shape(const real* x)
        {
            if (end(x))
                return 0;
            const bool lower = ibeta_roughly(x) < 0.5;
            if constexpr (j < 0)
                return lower ? difference<ibeta>(x, i) : real(-difference<ibetac>(x, i));
            else
                return lower ? second_difference<ibeta>(x, i, j) : real(-second_difference<ibetac>(x, i, j));
        }
        real ibeta_a_x(const real* x) { return end(x) ? undefined() : ibeta_density(x) * (log(x[2]) - gap(x[0], x[1])); }
        real ibeta_b_x(const real* x) { return end(x) ? undefined() : ibeta_density(x) * (log(real(1 - x[2])) - gap(x[1], x[0])); }
        real ibeta_bend(const real* x)
        {
            return end(x) ? undefined() : ibeta_density(x) * ((x[0] - 1) / x[2] - (x[1] - 1) / (1 - x[2]));
        }

        template <real (*f)(real const&, real const&)>
        real bessel(const real* x) { return f(x[0], x[1]); }
        // From C_(v-1) and C_(v+1), sign s: C' = (C_(v-1) + s C_(v+1))/2
        template <real (*f)(real const&, real const&), int s, int factor>
        real bessel_slope(const real* x) { return factor * (f(real(x[0] - 1), x[1]) + s * f(real(x[0] + 1), x[1])) / 2; }
        template <real (*f)(real const&, real const&), int s>
        real bessel_bend(const real* x)
        {
            return (f(real(x[0] - 2), x[1]) + 2 * s * f(x[0], x[1]) + f(real(x[0] + 2), x[1])) / 4;
        }
        real j(real const& v, real const& x) { return bm::cyl_bessel_j(v, x, quiet()); }
        real y(real const& v, real const& x) { return x == 0 ? undefined() : bm::cyl_neumann(v, x, quiet()); }
        real i(real const& v, real const& x) { return bm::cyl_bessel_i(v, x, quiet()); }
        real k(real const& v, real const& x) { return x == 0 ? undefined() : bm::cyl_bessel_k(v, x, quiet()); }
    }

    void define_gamma(definitions& d)
    {
        d["polygamma"] = {F { return polygamma(x[0], x[1]); },
                          {0, -1, -2, -10, -0.5, -1.5, -100.5},
                          {nullptr, F { return polygamma(real(x[0] + 1), x[1]); }},
                          {nullptr, nullptr, nullptr, F { return polygamma(real(x[0] + 2), x[1]); }},
                          {none, none, none, mirrored<2>}};
        d["polygamma"].value_scale = mirrored<0>;
        d["polygamma"].first_scale = {none, mirrored<1>};
        d["beta"] = {F { return exp(log_beta(x)); },
                     {1},
                     {F { return exp(log_beta(x)) * gap(x[0], x[1]); }, F { return exp(log_beta(x)) * gap(x[1], x[0]); }},
                     {},
                     {none, F { return exp(log_beta(x)) * trigamma(real(x[0] + x[1])) / 64; },
                      F { return exp(log_beta(x)) * trigamma(real(x[0] + x[1])) / 64; }, none}};
        d["lbeta"] = {log_beta, {}, {F { return gap(x[0], x[1]); }, F { return gap(x[1], x[0]); }}};
        d["gamma_p"] = {gamma_p, {0, 1}, {by_shape, gamma_density}, {twice_by_shape, gamma_mixed, gamma_mixed, gamma_bend}};
        d["gamma_q"] = {gamma_q,
                        {0, 1},
                        {F { return -by_shape(x); }, F { return -gamma_density(x); }},
                        {F { return -twice_by_shape(x); }, F { return -gamma_mixed(x); }, F { return -gamma_mixed(x); }, F { return -gamma_bend(x); }}};
        d["ibeta"] = {ibeta,
                      {0, 1},
                      {ibeta_shape<0, -1>, ibeta_shape<1, -1>, ibeta_density},
                      {ibeta_shape<0, 0>, ibeta_shape<0, 1>, ibeta_a_x, ibeta_shape<0, 1>, ibeta_shape<1, 1>, ibeta_b_x, ibeta_a_x, ibeta_b_x,
                       ibeta_bend}};
        // the second derivative by the shape crosses zero: |d/da| sqrt(trigamma(a)); the mixed one where log x is psi(a)
        // (or log(1-x) is psi(b) - psi(a+b), ...); by both shapes of ibeta where the product of logarithmic derivatives is that of lbeta
        const function shape = F { return x[1] == 0 ? real(0) : abs(by_shape(x)) * sqrt(trigamma(x[0])); };
        const function mixed = F { return x[1] == 0 ? real(0) : gamma_density(x) * abs(log(x[1])) / 64; };
        d["gamma_p"].second_scale = d["gamma_q"].second_scale = {shape, mixed, mixed, none};
        const function a_a = F { return end(x) ? real(0) : smaller(x) * (trigamma(x[0]) - trigamma(real(x[0] + x[1]))) / 64; };
        const function a_b = F { return end(x) ? real(0) : smaller(x) * trigamma(real(x[0] + x[1])) / 64; };
        const function b_b = F { return end(x) ? real(0) : smaller(x) * (trigamma(x[1]) - trigamma(real(x[0] + x[1]))) / 64; };
        const function a_x = F { return end(x) ? real(0) : ibeta_density(x) * abs(log(x[2])) / 64; };
        const function b_x = F { return end(x) ? real(0) : ibeta_density(x) * abs(log(real(1 - x[2]))) / 64; };
        const function x_x = F { return end(x) ? real(0) : ibeta_density(x) * abs(x[0] - 1) / x[2] / 64; };
        d["ibeta"].second_scale = {a_a, a_b, a_x, a_b, b_b, b_x, a_x, b_x, x_x};
        d["cyl_bessel_j"] = {bessel<j>, {0}, {nullptr, bessel_slope<j, -1, 1>}, {nullptr, nullptr, nullptr, bessel_bend<j, -1>}};
        d["cyl_neumann"] = {bessel<y>, {0}, {nullptr, bessel_slope<y, -1, 1>}, {nullptr, nullptr, nullptr, bessel_bend<y, -1>}};
        d["cyl_bessel_i"] = {bessel<i>, {0}, {nullptr, bessel_slope<i, 1, 1>}, {nullptr, nullptr, nullptr, bessel_bend<i, 1>}};
        d["cyl_bessel_k"] = {bessel<k>, {0}, {nullptr, bessel_slope<k, 1, -1>}, {nullptr, nullptr, nullptr, bessel_bend<k, 1>}};
        for (const char* name : {"polygamma", "beta", "gamma_p", "gamma_q", "ibeta", "cyl_bessel_j", "cyl_neumann", "cyl_bessel_i", "cyl_bessel_k"})
            d[name].costly = true;
    }
}
