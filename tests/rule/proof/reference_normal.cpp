// SPDX-License-Identifier: BSL-1.0
// The normal distribution, scaled and inverse error functions, sinc and Lambert's W, by the formulas of the handbooks.
#include "reference_math.hpp"

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/erf.hpp>

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        real infinite() { return std::numeric_limits<real>::infinity(); }
        real pi() { return bm::constants::pi<real>(); }
        real root_two() { return sqrt(real(2)); }

        // d^n/dx^n exp(x^2) erfc(x), n <= 2. From 1000 on (1/(sqrt(pi) x)) sum_k (-1)^k (2k-1)!!/(2 x^2)^k, differentiated.
        real scaled_erfc(int n, real const& x)
        {
            if (x < 1000)
            {
                const real y = exp(real(x * x)) * bm::erfc(x, quiet()), slope = 2 * x * y - 2 / sqrt(pi());
                return n == 0 ? y : n == 1 ? slope : real(2 * y + 2 * x * slope);
            }
            real term = 1 / (sqrt(pi()) * x), sum = 0;
            for (int k = 0; k < 24; ++k)
            {
                const real power = 2 * k + 1;
                sum += n == 0 ? term : n == 1 ? real(-term * power / x) : real(term * power * (power + 1) / (x * x));
                term *= -power / (2 * x * x);
            }
            return sum;
        }
        real density(real const& x) { return exp(real(-x * x / 2)) / sqrt(2 * pi()); }
        real tail(real const& x) { return bm::erfc(real(x / root_two()), quiet()) / 2; } // 1 - Phi(x)
        real log_one_minus(real const& e)
        {
            return e < real("1e-40") ? real(-e - e * e / 2 - e * e * e / 3) : real(log(real(1 - e)));
        }
        real log_distribution(real const& x)
        {
            return x > 0 ? log_one_minus(tail(x)) : real(log(real(scaled_erfc(0, real(-x / root_two())) / 2)) - x * x / 2);
        }
        real hazard(real const& x)
        {
            return x > 0 ? real(density(x) / (1 - tail(x))) : real(sqrt(2 / pi()) / scaled_erfc(0, real(-x / root_two())));
        }
        // x + phi/Phi; with y = erfcx(u), u = -x/sqrt(2): 1/(sqrt(pi) y) - u = -y'/(2 y)
        real excess(real const& x)
        {
            const real u = -x / root_two();
            return x > 0 ? real(x + hazard(x)) : real(-root_two() * scaled_erfc(1, u) / (2 * scaled_erfc(0, u)));
        }
        real quantile(real const& p) { return -root_two() * bm::erfc_inv(real(2 * p), quiet()); }

        // sin(pi x) and cos(pi x), exact at integers and halves
        real wave(bool cosine, real const& x)
        {
            const real n = round(x), u = pi() * real(x - n);
            const real y = cosine ? (abs(x - n) == real(0.5) ? real(0) : cos(u)) : sin(u);
            return fmod(n, real(2)) == 0 ? y : real(-y);
        }
        // d^n/dx^n sin(pi x)/(pi x)
        real sinc(int n, real const& x)
        {
            const real u = pi() * x;
            if (abs(x) < real(0.5))
            {
                real sum = 0;
                for (int j = (n + 1) / 2; j < 60; ++j)
                {
                    real term = real(j % 2 == 0 ? 1 : -1) / (2 * j + 1);
                    for (int i = 1; i <= 2 * j - n; ++i)
                        term *= u / i;
                    sum += term;
                }
                return sum * pow(pi(), n);
            }
            const real s = wave(false, x), y = s / u, slope = (wave(true, x) - y) / x;
            return n == 0 ? y : n == 1 ? slope : real((-pi() * s - 2 * slope) / x);
        }

        // Halley's iteration for w exp(w) = x.
        real lambert(real const& x)
        {
            const real delta = 1 + bm::constants::e<real>() * x;
            real w = x < real(-0.25) ? real(-1 + sqrt(real(2 * delta)) - 2 * delta / 3) : x < 3 ? real(log(real(1 + x))) : real(log(x) - log(log(x)));
            for (int k = 0; k < 40; ++k)
            {
                const real e = exp(w), f = w * e - x, step = f / (e * (w + 1) - (w + 2) * f / (2 * w + 2));
                w -= step;
                if (abs(step) <= abs(w) * real("1e-97"))
                    break;
            }
            return w;
        }
    }

    void define_normal(definitions& d)
    {
        d["erfcx"] = {F { return scaled_erfc(0, x[0]); }, {0, 2}, {F { return scaled_erfc(1, x[0]); }}, {F { return scaled_erfc(2, x[0]); }}};
        d["normal_cdf"] = {F { return tail(real(-x[0])); }, {0, 40, -40}, {F { return density(x[0]); }}, {F { return -x[0] * density(x[0]); }}};
        d["normal_logcdf"] = {F { return log_distribution(x[0]); },
                              {0, -1, -2.8284271247461903},
                              {F { return hazard(x[0]); }},
                              {F { return -hazard(x[0]) * excess(x[0]); }}};
        d["erf_inv"] = {F { return abs(x[0]) == 1 ? real(x[0] * infinite()) : bm::erf_inv(x[0], quiet()); },
                        {0, 1, -1},
                        {F { const real y = bm::erf_inv(x[0], quiet()); return sqrt(pi()) / 2 * exp(real(y * y)); }},
                        {F { const real y = bm::erf_inv(x[0], quiet()); return pi() / 2 * y * exp(real(2 * y * y)); }}};
        d["normal_quantile"] = {F { return x[0] == 0 ? -infinite() : x[0] == 1 ? infinite() : quantile(x[0]); },
                                {0, 0.5, 1},
                                {F { return x[0] == 0 || x[0] == 1 ? infinite() : 1 / density(quantile(x[0])); }},
                                {F { if (x[0] == 0 || x[0] == 1) return undefined();
                                     const real w = quantile(x[0]), s = 1 / density(w); return w * s * s; }}};
        d["sinc"] = {F { return sinc(0, x[0]); }, {0, 1, -1, 2}, {F { return sinc(1, x[0]); }}, {F { return sinc(2, x[0]); }}};
        d["lambert_w"] = {F { return x[0] == 0 ? real(0) : lambert(x[0]); },
                          {0, -0.25},
                          {F { const real w = x[0] == 0 ? real(0) : lambert(x[0]); return 1 / (exp(w) * (1 + w)); }},
                          {F { const real w = x[0] == 0 ? real(0) : lambert(x[0]), u = 1 + w; return -exp(real(-2 * w)) * (w + 2) / (u * u * u); }}};
        for (const char* name : {"erfcx", "normal_cdf", "normal_logcdf", "erf_inv", "normal_quantile", "sinc", "lambert_w"})
            d[name].costly = true;
    }
}
