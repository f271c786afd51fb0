// SPDX-License-Identifier: BSL-1.0
// Analytic rows as functions of complex numbers.
#include "complex_step.hpp"

#include <complex>
#include <map>
#include <numbers>

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/erf.hpp>

namespace etape_test::proof
{
    namespace
    {
        using complex = std::complex<long double>;
        using function = complex (*)(const complex* x);

        // Stirling's series above 20, and the recurrence below: log Gamma, and its derivative.
        complex log_gamma(complex z)
        {
            complex below = 0;
            for (; z.real() < 20; z += 1.0L)
                below += std::log(z.real() < 0 ? -z : z);  // log |Gamma|: its imaginary part is that of the step alone
            constexpr long double b[] = {1.0L / 12, -1.0L / 360, 1.0L / 1260, -1.0L / 1680, 1.0L / 1188, -691.0L / 360360, 1.0L / 156, -3617.0L / 122400};
            complex series = 0, power = 1.0L / z;
            for (const long double c : b)
            {
                series += c * power;
                power /= z * z;
            }
            return (z - 0.5L) * std::log(z) - z + 0.5L * std::log(2 * std::numbers::pi_v<long double>) + series - below;
        }
        long double gamma_sign(long double x)
        {
            return x < 0 && std::fmod(std::floor(x), 2.0L) != 0 ? -1 : 1;
        }
        complex digamma(complex z)
        {
            complex below = 0;
            for (; z.real() < 20; z += 1.0L)
                below += 1.0L / z;
            constexpr long double b[] = {1.0L / 12, -1.0L / 120, 1.0L / 252, -1.0L / 240, 1.0L / 132, -691.0L / 32760, 1.0L / 12, -3617.0L / 8160};
            complex series = 0, power = 1.0L / (z * z);
            for (const long double c : b)
            {
                series += c * power;
                power /= z * z;
            }
            return std::log(z) - 0.5L / z - series - below;
        }
        // Newton's iteration for w exp(w) = z on the principal branch.
        complex lambert(complex z)
        {
            complex w = z.real() < 1 ? std::sqrt(2.0L * (std::numbers::e_v<long double> * z + 1.0L)) - 1.0L : std::log(z + 1.0L);
            for (int k = 0; k < 60; ++k)
                w -= (w - z * std::exp(-w)) / (w + 1.0L);
            return w;
        }

        // The complementary error function: a series of positive terms near 0, a continued fraction further out.
        complex erf_near(complex z)
        {
            complex term = z, sum = z;
            for (int n = 1; n < 100; ++n)
            {
                term *= 2.0L * z * z / (2.0L * n + 1.0L);
                sum += term;
            }
            return 2.0L * std::numbers::inv_sqrtpi_v<long double> * std::exp(-z * z) * sum;
        }
        // exp(z^2) erfc(z) for Re z >= 2
        complex erfcx_far(complex z)
        {
            complex below = z;
            for (int k = 200; k > 0; --k)
                below = z + 0.5L * k / below;
            return std::numbers::inv_sqrtpi_v<long double> / below;
        }
        complex erfc(complex z)
        {
            if (z.real() < -2)
                return 2.0L - erfc(-z);
            return z.real() < 2 ? 1.0L - erf_near(z) : std::exp(-z * z) * erfcx_far(z);
        }
        complex erf(complex z)
        {
            return std::abs(z.real()) < 2 ? erf_near(z) : 1.0L - erfc(z);
        }
        complex erf_inv(complex z)
        {
            complex w = boost::math::erf_inv(static_cast<double>(z.real()));
            for (int k = 0; k < 4; ++k)
                w -= (erf(w) - z) * std::exp(w * w) / (2.0L * std::numbers::inv_sqrtpi_v<long double>);
            return w;
        }
        // Series of positive terms on the side of the mean where the function is small, a continued fraction on the other.
        complex gamma_p_series(complex a, complex z)
        {
            complex term = 1, sum = 1;
            for (int n = 1; n < 400; ++n)
            {
                term *= z / (a + static_cast<long double>(n));
                sum += term;
            }
            return std::exp(a * std::log(z) - z - log_gamma(a + 1.0L)) * sum;
        }
        complex gamma_q_fraction(complex a, complex z)
        {
            complex below = z + 2001.0L - a;
            for (int k = 1000; k > 0; --k)
                below = z + (2.0L * k - 1.0L) - a - static_cast<long double>(k) * (static_cast<long double>(k) - a) / below;
            return std::exp(a * std::log(z) - z - log_gamma(a)) / below;
        }
        complex gamma_p(complex a, complex z)
        {
            return z.real() < a.real() + 1 ? gamma_p_series(a, z) : 1.0L - gamma_q_fraction(a, z);
        }
        complex gamma_q(complex a, complex z)
        {
            return z.real() < a.real() + 1 ? 1.0L - gamma_p_series(a, z) : gamma_q_fraction(a, z);
        }
        complex ibeta(complex a, complex b, complex z)
        {
            if (z.real() * (a + b + 2.0L).real() > a.real() + 1)
                return 1.0L - ibeta(b, a, 1.0L - z);
            complex term = 1, sum = 1;
            for (int n = 0; n < 3000; ++n)
            {
                term *= z * (a + b + static_cast<long double>(n)) / (a + static_cast<long double>(n + 1));
                sum += term;
            }
            return std::exp(a * std::log(z) + b * std::log(1.0L - z) + log_gamma(a + b) - log_gamma(a + 1.0L) - log_gamma(b)) * sum;
        }
        // Bessel's and Schlaefli's integrals for whole orders.
        template <class G>
        complex integral(long double from, long double to, int panels, G const& g)
        {
            complex sum = 0;
            const long double width = (to - from) / panels;
            for (int k = 0; k < panels; ++k)
                sum += boost::math::quadrature::gauss<long double, 30>::integrate(g, from + k * width, from + (k + 1) * width);
            return sum;
        }
        complex bessel_j(long double order, complex z)
        {
            constexpr long double pi = std::numbers::pi_v<long double>;
            return integral(0, pi, 8, [&](long double t) { return std::cos(z * std::sin(t) - order * t); }) / pi;
        }
        complex bessel_y(long double order, complex z)
        {
            constexpr long double pi = std::numbers::pi_v<long double>;
            const long double sign = static_cast<int>(order) % 2 == 0 ? 1 : -1;
            const auto decaying = [&](long double t)
            {
                const complex exponent = -z * std::sinh(t);
                return exponent.real() < -11000 ? complex(0) : std::exp(exponent) * (std::exp(order * t) + sign * std::exp(-order * t));
            };
            return (integral(0, pi, 8, [&](long double t) { return std::sin(z * std::sin(t) - order * t); }) - integral(0, 14, 56, decaying)) / pi;
        }
        // By the integral of exp(-z cosh t) cosh(n t), and a series.
        complex bessel_k(long double order, complex z)
        {
            constexpr long double step = 1.0L / 64;
            complex sum = 0.5L * std::exp(-z);
            for (int k = 1; k <= 768; ++k)
                if (const complex exponent = -z * std::cosh(k * step); exponent.real() > -11000)
                    sum += std::exp(exponent) * std::cosh(order * (k * step));
            return sum * step;
        }
        complex bessel_i(long double order, complex z)
        {
            complex term = std::exp(order * std::log(0.5L * z) - log_gamma(order + 1.0L)), sum = term;
            for (int k = 1; k < 100; ++k)
            {
                term *= 0.25L * z * z / (k * (k + order));
                sum += term;
            }
            return sum;
        }
        complex polygamma(long double order, complex z)
        {
            const long double sign = static_cast<int>(order) % 2 == 0 ? -1 : 1, factorial = std::tgamma(order);  // (n - 1)!
            complex sum = 0;
            for (; z.real() < 30; z += 1.0L)
            {
                complex power = 1;  // std::pow takes arguments, which lose the step beside pi
                for (int k = 0; k <= static_cast<int>(order); ++k)
                    power *= z;
                sum += factorial * order / power;
            }
            sum += factorial * std::pow(z, -order) * (1.0L + 0.5L * order / z);
            constexpr long double bernoulli[] = {1.0L / 6, -1.0L / 30, 1.0L / 42, -1.0L / 30, 5.0L / 66, -691.0L / 2730, 7.0L / 6, -3617.0L / 510};
            complex power = factorial * std::pow(z, -order);
            for (int k = 1; k <= 8; ++k)
            {
                power *= (order + 2 * k - 2) * (order + 2 * k - 1) / ((2.0L * k - 1) * 2 * k) / (z * z);
                sum += bernoulli[k - 1] * power;
            }
            return sign * sum;
        }
        constexpr long double root_half = 1 / std::numbers::sqrt2_v<long double>;

        std::map<std::string, function> const& functions()
        {
#define F [](const complex* x) -> complex
#define BY_NAME(NAME) {#NAME, F { return std::NAME(x[0]); }},
            static const std::map<std::string, function> all{
                BY_NAME(sqrt) BY_NAME(exp) BY_NAME(log) BY_NAME(log10) BY_NAME(sin) BY_NAME(cos) BY_NAME(tan) BY_NAME(asin)
                BY_NAME(acos) BY_NAME(atan) BY_NAME(sinh) BY_NAME(cosh) BY_NAME(tanh) BY_NAME(asinh) BY_NAME(acosh) BY_NAME(atanh)
                {"neg", F { return -x[0]; }},
                {"pos", F { return x[0]; }},
                {"add", F { return x[0] + x[1]; }},
                {"sub", F { return x[0] - x[1]; }},
                {"mul", F { return x[0] * x[1]; }},
                {"div", F { return x[0] / x[1]; }},
                {"fma", F { return x[0] * x[1] + x[2]; }},
                {"square", F { return x[0] * x[0]; }},
                {"cube", F { return x[0] * x[0] * x[0]; }},
                {"rsqrt", F { return 1.0L / std::sqrt(x[0]); }},
                {"cbrt", F { return x[0].real() < 0 ? -std::pow(-x[0], 1.0L / 3) : std::pow(x[0], 1.0L / 3); }},
                {"exp2", F { return std::exp(x[0] * std::log(2.0L)); }},
                {"expm1", F { return std::exp(x[0]) - 1.0L; }},
                {"log2", F { return std::log(x[0]) / std::log(2.0L); }},
                {"log1p", F { return std::log(1.0L + x[0]); }},
                {"sigmoid", F { return 1.0L / (1.0L + std::exp(-x[0])); }},
                {"logit", F { return std::log(x[0] / (1.0L - x[0])); }},
                {"softplus", F { return std::log(1.0L + std::exp(x[0])); }},
                {"log1pexp", F { return std::log(1.0L + std::exp(x[0])); }},
                {"log1mexp", F { return std::log(1.0L - std::exp(x[0])); }},
                {"log_sigmoid", F { return -std::log(1.0L + std::exp(-x[0])); }},
                {"silu", F { return x[0] / (1.0L + std::exp(-x[0])); }},
                {"pow", F { return std::exp(x[1] * std::log(x[0])); }},
                {"hypot", F { return std::sqrt(x[0] * x[0] + x[1] * x[1]); }},
                {"atan2", F { return std::atan(x[0] / x[1]); }},
                {"lgamma", F { return log_gamma(x[0]); }},
                {"tgamma", F { return gamma_sign(x[0].real()) * std::exp(log_gamma(x[0])); }},
                {"digamma", F { return digamma(x[0]); }},
                {"lbeta", F { return log_gamma(x[0]) + log_gamma(x[1]) - log_gamma(x[0] + x[1]); }},
                {"beta", F { return std::exp(log_gamma(x[0]) + log_gamma(x[1]) - log_gamma(x[0] + x[1])); }},
                {"lambert_w", F { return lambert(x[0]); }},
                {"gamma_p", F { return gamma_p(x[0], x[1]); }},
                {"gamma_q", F { return gamma_q(x[0], x[1]); }},
                {"ibeta", F { return ibeta(x[0], x[1], x[2]); }},
                {"polygamma", F { return polygamma(x[0].real(), x[1]); }},
                {"cyl_bessel_j", F { return bessel_j(x[0].real(), x[1]); }},
                {"cyl_neumann", F { return bessel_y(x[0].real(), x[1]); }},
                {"cyl_bessel_i", F { return bessel_i(x[0].real(), x[1]); }},
                {"cyl_bessel_k", F { return bessel_k(x[0].real(), x[1]); }},
                {"erf", F { return erf(x[0]); }},
                {"erfc", F { return erfc(x[0]); }},
                {"erfcx", F { return x[0].real() < 2 ? std::exp(x[0] * x[0]) * erfc(x[0]) : erfcx_far(x[0]); }},
                {"erf_inv", F { return erf_inv(x[0]); }},
                {"normal_cdf", F { return 0.5L * erfc(-root_half * x[0]); }},
                {"normal_logcdf", F { return std::log(0.5L * erfc(-root_half * x[0])); }},
                {"normal_quantile", F { return erf_inv(2.0L * x[0] - 1.0L) / root_half; }},
                {"sinc", F { return std::sin(std::numbers::pi_v<long double> * x[0]) / (std::numbers::pi_v<long double> * x[0]); }},
                {"xlogy", F { return x[0] * std::log(x[1]); }},
                {"xlog1py", F { return x[0] * std::log(1.0L + x[1]); }}};
#undef BY_NAME
#undef F
            return all;
        }
    }

    bool has_complex_step(std::string const& rule)
    {
        return functions().count(rule) != 0;
    }

    exact complex_step(std::string const& rule, arguments const& at, std::size_t j)
    {
        // so small that its square is nothing beside any number here
        constexpr long double h = 1e-200L;
        complex x[max_arity];
        for (std::size_t i = 0; i < max_arity; ++i)
        {
            x[i] = complex(static_cast<long double>(at.a[i]), i == j ? h : 0);
        }
        const long double slope = functions().at(rule)(x).imag() / h;
        exact e;
        e.high = static_cast<double>(slope);
        e.low = static_cast<double>(slope - static_cast<long double>(e.high));
        e.defined = true;
        return e;
    }

    std::string complex_step_text()
    {
        std::string text = "The first derivatives of these are also compared with the complex step, Im f(a + ih)/h:";
        for (auto const& f : functions())
        {
            text += (text.back() == ':' ? " `" : ", `") + f.first + "`";
        }
        return text + ".";
    }
}
