// SPDX-License-Identifier: BSL-1.0
// Analytic rows as functions of complex numbers.
#include "complex_step.hpp"

#include <complex>
#include <map>
#include <numbers>

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
                below += std::log(z);
            constexpr long double b[] = {1.0L / 12, -1.0L / 360, 1.0L / 1260, -1.0L / 1680, 1.0L / 1188, -691.0L / 360360, 1.0L / 156, -3617.0L / 122400};
            complex series = 0, power = 1.0L / z;
            for (const long double c : b)
            {
                series += c * power;
                power /= z * z;
            }
            return (z - 0.5L) * std::log(z) - z + 0.5L * std::log(2 * std::numbers::pi_v<long double>) + series - below;
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
                {"tgamma", F { return std::exp(log_gamma(x[0])); }},
                {"digamma", F { return digamma(x[0]); }},
                {"lbeta", F { return log_gamma(x[0]) + log_gamma(x[1]) - log_gamma(x[0] + x[1]); }},
                {"beta", F { return std::exp(log_gamma(x[0]) + log_gamma(x[1]) - log_gamma(x[0] + x[1])); }},
                {"lambert_w", F { return lambert(x[0]); }},
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
