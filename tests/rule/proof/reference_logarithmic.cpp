// SPDX-License-Identifier: BSL-1.0
// Logarithms with an exponential inside or a factor outside, by their definitions.
#include "reference_table.hpp"

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        // log(1 + e) and exp(a) - 1 where the series is exact to 100 digits and the definition is not
        real log_one_plus(real const& e)
        {
            return abs(e) < real("1e-40") ? real(e - e * e / 2 + e * e * e / 3) : real(log(real(1 + e)));
        }
        real exp_minus_one(real const& a)
        {
            return abs(a) < real("1e-30") ? real(a + a * a / 2 + a * a * a / 6 + a * a * a * a / 24) : real(exp(a) - 1);
        }
        real undefined() { return std::numeric_limits<real>::quiet_NaN(); }
        real none(const real*) { return 0; }
        real logistic(real const& x) { return 1 / (1 + exp(real(-x))); }
        bool origin(const real* x, int b) { return x[0] == 0 && x[1] == b; }
        real infinite() { return std::numeric_limits<real>::infinity(); }
    }

    void define_logarithmic(definitions& d)
    {
        d["log1pexp"] = {F { return (x[0] > 0 ? x[0] : real(0)) + log_one_plus(exp(real(-abs(x[0])))); },
                         {0},
                         {F { return logistic(x[0]); }},
                         {F { return logistic(x[0]) * logistic(-x[0]); }}};
        d["log1mexp"] = {F { return x[0] == 0 ? -infinite() : x[0] < -100 ? log_one_plus(-exp(x[0])) : log(-exp_minus_one(x[0])); },
                         {0, -0.6931471805599453},
                         {F { return x[0] == 0 ? undefined() : exp(x[0]) / exp_minus_one(x[0]); }},
                         {F { return x[0] == 0 ? undefined() : -exp(x[0]) / (exp_minus_one(x[0]) * exp_minus_one(x[0])); }}};
        // 0 for a = 0; at (0, 0) both derivatives are 0 and the second ones are not claimed
        d["xlogy"] = {F { return x[0] == 0 ? real(0) : x[1] == 0 ? (x[0] > 0 ? -infinite() : infinite()) : real(x[0] * log(x[1])); },
                      {0, 1},
                      {F { return origin(x, 0) ? real(0) : x[1] == 0 ? -infinite() : log(x[1]); },
                       F { return origin(x, 0) ? real(0) : x[1] == 0 ? undefined() : x[0] / x[1]; }},
                      {none, F { return x[1] == 0 ? undefined() : 1 / x[1]; },
                       F { return x[1] == 0 ? undefined() : 1 / x[1]; }, F { return x[1] == 0 ? undefined() : -x[0] / (x[1] * x[1]); }}};
        d["xlog1py"] = {F { return x[0] == 0 ? real(0) : x[1] == -1 ? (x[0] > 0 ? -infinite() : infinite()) : real(x[0] * log_one_plus(x[1])); },
                        {0, -1},
                        {F { return origin(x, -1) ? real(0) : x[1] == -1 ? -infinite() : log_one_plus(x[1]); },
                         F { return origin(x, -1) ? real(0) : x[1] == -1 ? undefined() : x[0] / (1 + x[1]); }},
                        {none, F { return x[1] == -1 ? undefined() : 1 / (1 + x[1]); },
                         F { return x[1] == -1 ? undefined() : 1 / (1 + x[1]); },
                         F { return x[1] == -1 ? undefined() : -x[0] / ((1 + x[1]) * (1 + x[1])); }}};
    }
}
