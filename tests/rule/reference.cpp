// SPDX-License-Identifier: BSL-1.0
// The reference table: each rule's function once more, in 100 digits, by its textbook definition.
#include "reference.hpp"

#include <functional>
#include <map>
#include <random>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>

namespace etape_test
{
    namespace
    {
        using real = boost::multiprecision::cpp_bin_float_100;
        using function = std::function<real(const real*)>;

        real sign_of(const real& x) { return x > 0 ? real(1) : x < 0 ? real(-1) : real(0); }
        real truth(bool b) { return b ? real(1) : real(0); }
        real half_even(const real& x)
        {
            const real down = floor(x);
            const real rest = x - down;
            const bool odd = fmod(down, real(2)) != 0;
            return rest > 0.5 || (rest == 0.5 && odd) ? real(down + 1) : down;
        }
        real logistic(const real& x) { return 1 / (1 + exp(-x)); }
        // From its derivative's primitive, so that no library function is trusted twice.
        real inverse_sinh(const real& x)
        {
            const real size = abs(x);
            return sign_of(x) * log(size + sqrt(size * size + 1));
        }

        const std::map<std::string, function>& table()
        {
            static const std::map<std::string, function> functions{
                {"neg", [](const real* x) { return real(-x[0]); }},
                {"pos", [](const real* x) { return x[0]; }},
                {"add", [](const real* x) { return real(x[0] + x[1]); }},
                {"sub", [](const real* x) { return real(x[0] - x[1]); }},
                {"mul", [](const real* x) { return real(x[0] * x[1]); }},
                {"div", [](const real* x) { return real(x[0] / x[1]); }},
                {"fma", [](const real* x) { return real(x[0] * x[1] + x[2]); }},
                {"logical_not", [](const real* x) { return truth(x[0] == 0); }},
                {"less", [](const real* x) { return truth(x[0] < x[1]); }},
                {"less_equal", [](const real* x) { return truth(x[0] <= x[1]); }},
                {"greater", [](const real* x) { return truth(x[0] > x[1]); }},
                {"greater_equal", [](const real* x) { return truth(x[0] >= x[1]); }},
                {"equal_to", [](const real* x) { return truth(x[0] == x[1]); }},
                {"not_equal_to", [](const real* x) { return truth(x[0] != x[1]); }},
                {"logical_and", [](const real* x) { return truth(x[0] != 0 && x[1] != 0); }},
                {"logical_or", [](const real* x) { return truth(x[0] != 0 || x[1] != 0); }},
                {"abs", [](const real* x) { return real(abs(x[0])); }},
                {"fabs", [](const real* x) { return real(abs(x[0])); }},
                {"sign", [](const real* x) { return sign_of(x[0]); }},
                {"copysign", [](const real* x) { return real(abs(x[0]) * (x[1] < 0 ? -1 : 1)); }},
                {"square", [](const real* x) { return real(x[0] * x[0]); }},
                {"cube", [](const real* x) { return real(x[0] * x[0] * x[0]); }},
                {"sqrt", [](const real* x) { return real(sqrt(x[0])); }},
                {"rsqrt", [](const real* x) { return real(1 / sqrt(x[0])); }},
                {"cbrt", [](const real* x) { return real(sign_of(x[0]) * exp(log(abs(x[0])) / 3)); }},
                {"pow", [](const real* x) { return real(exp(x[1] * log(x[0]))); }},
                {"hypot", [](const real* x) { return real(sqrt(x[0] * x[0] + x[1] * x[1])); }},
                {"exp", [](const real* x) { return real(exp(x[0])); }},
                {"exp2", [](const real* x) { return real(exp(x[0] * log(real(2)))); }},
                {"expm1", [](const real* x) { return real(exp(x[0]) - 1); }},
                {"log", [](const real* x) { return real(log(x[0])); }},
                {"log2", [](const real* x) { return real(log(x[0]) / log(real(2))); }},
                {"log10", [](const real* x) { return real(log(x[0]) / log(real(10))); }},
                {"log1p", [](const real* x) { return real(log(1 + x[0])); }},
                {"sin", [](const real* x) { return real(sin(x[0])); }},
                {"cos", [](const real* x) { return real(cos(x[0])); }},
                {"tan", [](const real* x) { return real(sin(x[0]) / cos(x[0])); }},
                {"asin", [](const real* x) { return real(asin(x[0])); }},
                {"acos", [](const real* x) { return real(acos(x[0])); }},
                {"atan", [](const real* x) { return real(atan(x[0])); }},
                {"atan2", [](const real* x) { return real(atan2(x[0], x[1])); }},
                {"sinh", [](const real* x) { return real((exp(x[0]) - exp(-x[0])) / 2); }},
                {"cosh", [](const real* x) { return real((exp(x[0]) + exp(-x[0])) / 2); }},
                {"tanh", [](const real* x) { return real(1 - 2 / (exp(2 * x[0]) + 1)); }},
                {"asinh", [](const real* x) { return inverse_sinh(x[0]); }},
                {"acosh", [](const real* x) { return real(log(x[0] + sqrt(x[0] * x[0] - 1))); }},
                {"atanh", [](const real* x) { return real(log((1 + x[0]) / (1 - x[0])) / 2); }},
                {"erf", [](const real* x) { return real(boost::math::erf(x[0])); }},
                {"erfc", [](const real* x) { return real(boost::math::erfc(x[0])); }},
                {"tgamma", [](const real* x) { return real(boost::math::tgamma(x[0])); }},
                {"lgamma", [](const real* x) { return real(boost::math::lgamma(x[0])); }},
                {"digamma", [](const real* x) { return real(boost::math::digamma(x[0])); }},
                {"floor", [](const real* x) { return real(floor(x[0])); }},
                {"ceil", [](const real* x) { return real(ceil(x[0])); }},
                {"trunc", [](const real* x) { return real(trunc(x[0])); }},
                {"round", [](const real* x) { return real(sign_of(x[0]) * floor(abs(x[0]) + 0.5)); }},
                {"rint", [](const real* x) { return half_even(x[0]); }},
                {"nearbyint", [](const real* x) { return half_even(x[0]); }},
                {"fmod", [](const real* x) { return real(x[0] - trunc(x[0] / x[1]) * x[1]); }},
                {"remainder", [](const real* x) { return real(x[0] - half_even(x[0] / x[1]) * x[1]); }},
                {"maximum", [](const real* x) { return x[0] > x[1] ? x[0] : x[1]; }},
                {"minimum", [](const real* x) { return x[0] < x[1] ? x[0] : x[1]; }},
                {"fmax", [](const real* x) { return x[0] > x[1] ? x[0] : x[1]; }},
                {"fmin", [](const real* x) { return x[0] < x[1] ? x[0] : x[1]; }},
                {"fdim", [](const real* x) { return x[0] > x[1] ? real(x[0] - x[1]) : real(0); }},
                {"where", [](const real* x) { return x[0] != 0 ? x[1] : x[2]; }},
                {"clip", [](const real* x) { return x[0] < x[1] ? x[1] : x[0] > x[2] ? x[2] : x[0]; }},
                {"sigmoid", [](const real* x) { return logistic(x[0]); }},
                {"logit", [](const real* x) { return real(log(x[0] / (1 - x[0]))); }},
                {"softplus", [](const real* x) { return real(log(1 + exp(x[0]))); }},
                {"log_sigmoid", [](const real* x) { return real(-log(1 + exp(-x[0]))); }},
                {"silu", [](const real* x) { return real(x[0] * logistic(x[0])); }},
                {"relu", [](const real* x) { return x[0] > 0 ? x[0] : real(0); }},
                {"leaky_relu", [](const real* x) { return x[0] > 0 ? x[0] : real(x[1] * x[0]); }},
                {"elu", [](const real* x) { return x[0] > 0 ? x[0] : real(x[1] * (exp(x[0]) - 1)); }},
            };
            return functions;
        }

        exact split(const real& x)
        {
            const double high = static_cast<double>(x);
            return {high, static_cast<double>(real(x - high))};
        }

        // (f(x + h) - f(x - h))/(2 h): truncation h^2 ~ 1e-60, cancellation 1e-100/h ~ 1e-70.
        real derivative(const function& f, const sample& s, int arity, int j)
        {
            real x[3];
            for (int i = 0; i < arity; ++i)
            {
                x[i] = s.arg[i];
            }
            const real centre = x[j];
            const real h = (centre == 0 ? real(1) : real(abs(centre))) * 1e-30;
            x[j] = centre + h;
            const real up = f(x);
            x[j] = centre - h;
            const real down = f(x);
            return (up - down) / (2 * h);
        }

        double draw(std::mt19937_64& random, etape::rule::interval d, int k)
        {
            // Points next to the ends first: near poles, branch points and overflow.
            const double width = d.high - d.low;
            if (k < 8)
            {
                const double step = width * std::pow(10.0, -1 - k / 2);
                return k % 2 == 0 ? d.low + step : d.high - step;
            }
            const double u = std::uniform_real_distribution<>(0, 1)(random);
            const bool decades = d.low > 0 && d.high / d.low > 1e4;
            if (decades)
            {
                return d.low * std::pow(d.high / d.low, u);
            }
            // A quarter of the points of a domain that holds zero lies close to it, over six decades.
            if (k % 4 == 0 && d.low <= 0 && d.high > 0)
            {
                const double side = d.low < 0 && random() % 2 == 0 ? d.low : d.high;
                return side * std::pow(10.0, -6 * u);
            }
            return d.low + width * u;
        }
    }

    bool has_reference(const std::string& rule)
    {
        return table().count(rule) != 0;
    }

    std::vector<sample> samples(const std::string& rule, int arity, const etape::rule::interval* domain, precision p)
    {
        const function& f = table().at(rule);
        std::seed_seq seed(rule.begin(), rule.end());
        std::mt19937_64 random(seed);
        std::vector<sample> all(216);
        for (std::size_t k = 0; k < all.size(); ++k)
        {
            sample& s = all[k];
            real x[3];
            for (int i = 0; i < arity; ++i)
            {
                // Edges of one argument meet ordinary values of the others.
                const bool edge = k < 8 * static_cast<std::size_t>(arity) && static_cast<int>(k / 8) == i;
                const double v = draw(random, domain[i], edge ? static_cast<int>(k % 8) : 8 + static_cast<int>(k));
                s.arg[i] = p == precision::single ? static_cast<double>(static_cast<float>(v)) : v;
                x[i] = s.arg[i];
            }
            s.value = split(f(x));
            for (int j = 0; j < arity; ++j)
            {
                s.partial[j] = split(derivative(f, s, arity, j));
            }
        }
        return all;
    }
}
