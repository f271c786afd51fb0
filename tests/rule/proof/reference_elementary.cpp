// SPDX-License-Identifier: BSL-1.0
// Smooth elementary functions by their textbook definitions.
#include "reference_math.hpp"

#include <boost/math/constants/constants.hpp>

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        real sign_of(real const& x) { return x > 0 ? real(1) : x < 0 ? real(-1) : real(0); }
        real logistic(real const& x) { return 1 / (1 + exp(real(-x))); }
        // log(1 + e), also where e is far below the last digit of 1
        real log_one_plus(real const& e)
        {
            return abs(e) < real("1e-40") ? real(e - e * e / 2 + e * e * e / 3) : real(log(real(1 + e)));
        }
        real exp_minus_one(real const& a)
        {
            return abs(a) < real("1e-30") ? real(a + a * a / 2 + a * a * a / 6 + a * a * a * a / 24) : real(exp(a) - 1);
        }
        real soft_plus(real const& a) { return (a > 0 ? a : real(0)) + log_one_plus(exp(real(-abs(a)))); }
        real norm(const real* x) { return sqrt(x[0] * x[0] + x[1] * x[1]); }
        real cubed(real const& x) { return x * x * x; }
        real square(real const& x) { return x * x; }
        real cube_root(real const& x) { return x == 0 ? real(0) : sign_of(x) * exp(log(abs(x)) / 3); }
        // for a < 0 of integers b
        real power(real const& a, real const& b)
        {
            if (a > 0 || a == 0)
                return exp(b * log(a));
            const real odd = b - 2 * floor(real(b / 2)), size = exp(b * log(real(-a)));
            return odd == 0 ? size : odd == 1 ? real(-size) : undefined();
        }
        // The convention of the row: for a <= 0 the exponent is a constant.
        real power_log(const real* x, int n)
        {
            return x[0] > 0 ? real(power(x[0], x[1]) * pow(log(x[0]), n)) : power(x[0], x[1]) * 0;
        }
        real power_mixed(const real* x)
        {
            return x[0] < 0 ? real(power(x[0], x[1]) * 0) : real(power(x[0], x[1] - 1) * (1 + x[1] * log(x[0])));
        }
        real none(const real*) { return 0; }
        real one(const real*) { return 1; }
        real ln(int n) { return log(real(n)); }
    }

    void define_elementary(definitions& d)
    {
        d["neg"] = {F { return -x[0]; }, {}, {F { return -1; }}, {none}};
        d["pos"] = {F { return x[0]; }, {}, {one}, {none}};
        d["add"] = {F { return x[0] + x[1]; }, {}, {one, one}, {none, none, none, none}};
        d["sub"] = {F { return x[0] - x[1]; }, {}, {one, F { return -1; }}, {none, none, none, none}};
        d["mul"] = {F { return x[0] * x[1]; }, {}, {F { return x[1]; }, F { return x[0]; }}, {none, one, one, none}};
        d["div"] = {F { return x[0] / x[1]; },
                    {0},
                    {F { return 1 / x[1]; }, F { return -x[0] / (x[1] * x[1]); }},
                    {none, F { return -1 / (x[1] * x[1]); }, F { return -1 / (x[1] * x[1]); }, F { return 2 * x[0] / cubed(x[1]); }}};
        d["fma"] = {F { return x[0] * x[1] + x[2]; },
                    {},
                    {F { return x[1]; }, F { return x[0]; }, one},
                    {none, one, none, one, none, none, none, none, none}};
        d["square"] = {F { return x[0] * x[0]; }, {}, {F { return 2 * x[0]; }}, {F { return 2; }}};
        d["cube"] = {F { return cubed(x[0]); }, {}, {F { return 3 * x[0] * x[0]; }}, {F { return 6 * x[0]; }}};
        // The textbook derivatives also say what the slopes at the poles are: differences would leave these out.
        d["sqrt"] = {F { return sqrt(x[0]); }, {0}, {F { return 1 / (2 * sqrt(x[0])); }}};
        d["rsqrt"] = {F { return 1 / sqrt(x[0]); }, {0}, {F { return -1 / (2 * x[0] * sqrt(x[0])); }}};
        d["cbrt"] = {F { return cube_root(x[0]); }, {0}, {F { return 1 / (3 * square(cube_root(x[0]))); }}};
        d["pow"] = {F { return power(x[0], x[1]); },
                    {0, -1, -2, 2, 3},
                    {F { return x[1] * power(x[0], x[1] - 1); }, F { return x[0] == 0 ? undefined() : power_log(x, 1); }},
                    {F { return x[1] * (x[1] - 1) * power(x[0], x[1] - 2); }, power_mixed, power_mixed,
                     F { return x[0] == 0 ? undefined() : power_log(x, 2); }}};
        const function larger_term = F { return x[0] < 0 ? real(0) : real(power(x[0], x[1] - 1) * (1 + abs(x[1] * log(x[0])))); };
        d["pow"].mirrored = true;
        d["pow"].second_scale = {none, larger_term, larger_term, none};
        d["hypot"] = {F { return norm(x); },
                      {},
                      {F { return x[0] / norm(x); }, F { return x[1] / norm(x); }},
                      {F { return x[1] * x[1] / cubed(norm(x)); }, F { return -x[0] * x[1] / cubed(norm(x)); },
                       F { return -x[0] * x[1] / cubed(norm(x)); }, F { return x[0] * x[0] / cubed(norm(x)); }}};
        d["exp"] = {F { return exp(x[0]); }};
        d["exp2"] = {F { return exp(x[0] * ln(2)); }};
        d["expm1"] = {F { return exp_minus_one(x[0]); }, {}, {F { return exp(x[0]); }}};
        d["log"] = {F { return log(x[0]); }, {0}, {F { return 1 / x[0]; }}};
        d["log2"] = {F { return log(x[0]) / ln(2); }, {0}, {F { return 1 / (x[0] * ln(2)); }}};
        d["log10"] = {F { return log(x[0]) / ln(10); }, {0}, {F { return 1 / (x[0] * ln(10)); }}};
        d["log1p"] = {F { return log_one_plus(x[0]); }, {-1}, {F { return 1 / (1 + x[0]); }}};
        d["sin"] = {F { return sin(x[0]); }, {}, {F { return cos(x[0]); }}, {F { return -sin(x[0]); }}};
        d["cos"] = {F { return cos(x[0]); }, {}, {F { return -sin(x[0]); }}, {F { return -cos(x[0]); }}};
        d["tan"] = {F { return sin(x[0]) / cos(x[0]); },
                    {},
                    {F { return 1 / (cos(x[0]) * cos(x[0])); }},
                    {F { return 2 * sin(x[0]) / cubed(cos(x[0])); }}};
        d["sin"].periodic = d["cos"].periodic = d["tan"].periodic = true;
        d["asin"] = {F { return asin(x[0]); }, {-1, 1}, {F { return 1 / sqrt((1 - x[0]) * (1 + x[0])); }}, {F { return x[0] / cubed(sqrt((1 - x[0]) * (1 + x[0]))); }}};
        d["acos"] = {F { return acos(x[0]); }, {-1, 1}, {F { return -1 / sqrt((1 - x[0]) * (1 + x[0])); }}, {F { return -x[0] / cubed(sqrt((1 - x[0]) * (1 + x[0]))); }}};
        d["atan"] = {F { return atan(x[0]); }, {}, {F { return 1 / (1 + x[0] * x[0]); }}, {F { return -2 * x[0] / square(1 + x[0] * x[0]); }}};
        d["atan2"] = {F { return atan2(x[0], x[1]); },
                      {},
                      {F { return x[1] / (norm(x) * norm(x)); }, F { return -x[0] / (norm(x) * norm(x)); }},
                      {F { return -2 * x[0] * x[1] / cubed(norm(x)) / norm(x); },
                       F { return (x[0] - x[1]) * (x[0] + x[1]) / cubed(norm(x)) / norm(x); },
                       F { return (x[0] - x[1]) * (x[0] + x[1]) / cubed(norm(x)) / norm(x); },
                       F { return 2 * x[0] * x[1] / cubed(norm(x)) / norm(x); }}};
        d["sinh"] = {F { return (exp_minus_one(x[0]) - exp_minus_one(-x[0])) / 2; }, {}, {F { return (exp(x[0]) + exp(-x[0])) / 2; }},
                     {F { return (exp_minus_one(x[0]) - exp_minus_one(-x[0])) / 2; }}};
        d["cosh"] = {F { return (exp(x[0]) + exp(-x[0])) / 2; }, {}, {F { return (exp_minus_one(x[0]) - exp_minus_one(-x[0])) / 2; }}};
        d["tanh"] = {F {
                         const real e = exp_minus_one(-2 * abs(x[0]));
                         return -sign_of(x[0]) * e / (e + 2);
                     },
                     {32, -32},
                     {F {
                         const real e = exp(-2 * abs(x[0]));
                         return 4 * e / ((1 + e) * (1 + e));
                     }},
                     {F {
                         const real e = exp(-2 * abs(x[0]));
                         return 8 * sign_of(x[0]) * e * exp_minus_one(-2 * abs(x[0])) / ((1 + e) * (1 + e) * (1 + e));
                     }}};
        d["asinh"] = {F {
                          const real a = abs(x[0]), r = sqrt(1 + a * a);
                          return sign_of(x[0]) * log_one_plus(a + a * a / (1 + r));
                      },
                      {0x1p30, -0x1p30},
                      {F { return 1 / sqrt(1 + x[0] * x[0]); }},
                      {F { return -x[0] / cubed(sqrt(1 + x[0] * x[0])); }}};
        d["acosh"] = {F { return log_one_plus((x[0] - 1) + sqrt((x[0] - 1) * (x[0] + 1))); },
                      {1},
                      {F { return 1 / sqrt((x[0] - 1) * (x[0] + 1)); }}};
        d["atanh"] = {F { return (log_one_plus(x[0]) - log_one_plus(-x[0])) / 2; }, {-1, 1}, {F { return 1 / ((1 - x[0]) * (1 + x[0])); }}, {F { return 2 * x[0] / square((1 - x[0]) * (1 + x[0])); }}};
        d["sigmoid"] = {F { return logistic(x[0]); },
                        {40, -40},
                        {F { return logistic(x[0]) * logistic(-x[0]); }},
                        {F { return -logistic(x[0]) * logistic(-x[0]) * (exp_minus_one(x[0]) / (exp(x[0]) + 1)); }}};
        d["logit"] = {F { return log(x[0] / (1 - x[0])); },
                      {0, 0.25, 0.5, 0.75, 1},
                      {F { return 1 / (x[0] * (1 - x[0])); }},
                      {F { return (2 * x[0] - 1) / square(x[0] * (1 - x[0])); }}};
        d["softplus"] = {F { return soft_plus(x[0]); },
                         {40, -40},
                         {F { return logistic(x[0]); }},
                         {F { return logistic(x[0]) * logistic(-x[0]); }}};
        d["log_sigmoid"] = {F { return -soft_plus(-x[0]); },
                            {40, -40},
                            {F { return logistic(-x[0]); }},
                            {F { return -logistic(x[0]) * logistic(-x[0]); }}};
        d["silu"] = {F { return x[0] * logistic(x[0]); },
                     {1e4, -1e4, -80, -700, -88, -90, -91.29, -709, -712},
                     {F { return logistic(x[0]) * (1 + x[0] * logistic(-x[0])); }},
                     {F {
                         return logistic(x[0]) * logistic(-x[0]) * (2 - x[0] * (exp_minus_one(x[0]) / (exp(x[0]) + 1)));
                     }}};
    }
}
