// SPDX-License-Identifier: BSL-1.0
// Functions with kinks, jumps and ties: the derivatives at these are what the conventions of the rows say.
#include "reference_table.hpp"

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        real sign_of(real const& x) { return x > 0 ? real(1) : x < 0 ? real(-1) : real(0); }
        real truth(bool b) { return b ? real(1) : real(0); }
        // 1, or 1/2 at ties
        real share(bool first, bool tie) { return first ? real(1) : tie ? real(0.5) : real(0); }
        real half_even(real const& x)
        {
            const real down = floor(x);
            const real rest = x - down;
            const bool odd = fmod(down, real(2)) != 0;
            return rest > 0.5 || (rest == 0.5 && odd) ? real(down + 1) : down;
        }
        real none(const real*) { return 0; }
        real one(const real*) { return 1; }
    }

    void define_choices(definitions& d)
    {
        const std::vector<function> no1{none}, no2{none, none}, no4{none, none, none, none};
        const std::vector<function> no3{none, none, none}, no9(9, none);
        d["logical_not"] = {F { return truth(x[0] == 0); }, {0}, no1, no1};
        d["less"] = {F { return truth(x[0] < x[1]); }, {}, no2, no4};
        d["less_equal"] = {F { return truth(x[0] <= x[1]); }, {}, no2, no4};
        d["greater"] = {F { return truth(x[0] > x[1]); }, {}, no2, no4};
        d["greater_equal"] = {F { return truth(x[0] >= x[1]); }, {}, no2, no4};
        d["equal_to"] = {F { return truth(x[0] == x[1]); }, {}, no2, no4};
        d["not_equal_to"] = {F { return truth(x[0] != x[1]); }, {}, no2, no4};
        d["logical_and"] = {F { return truth(x[0] != 0 && x[1] != 0); }, {0}, no2, no4};
        d["logical_or"] = {F { return truth(x[0] != 0 || x[1] != 0); }, {0}, no2, no4};
        d["abs"] = {F { return abs(x[0]); }, {0}, {F { return sign_of(x[0]); }}, no1};
        d["fabs"] = d["abs"];
        d["sign"] = {F { return sign_of(x[0]); }, {0}, no1, no1};
        d["copysign"] = {F { return signbit(x[1]) ? real(-abs(x[0])) : real(abs(x[0])); },
                         {0},
                         {F { return signbit(x[0]) == signbit(x[1]) ? real(1) : real(-1); }, none},
                         no4};
        d["floor"] = {F { return floor(x[0]); }, {0, 1, -1}, no1, no1};
        d["ceil"] = {F { return ceil(x[0]); }, {0, 1, -1}, no1, no1};
        d["trunc"] = {F { return trunc(x[0]); }, {0, 1, -1}, no1, no1};
        d["round"] = {F { return sign_of(x[0]) * floor(abs(x[0]) + 0.5); }, {0, 0.5, -2.5}, no1, no1};
        d["rint"] = {F { return half_even(x[0]); }, {0, 0.5, -2.5}, no1, no1};
        d["nearbyint"] = d["rint"];
        d["fmod"] = {F { return x[0] - trunc(x[0] / x[1]) * x[1]; },
                     {},
                     {one, F { return -trunc(x[0] / x[1]); }},
                     no4};
        d["remainder"] = {F { return x[0] - half_even(x[0] / x[1]) * x[1]; },
                          {},
                          {one, F { return -half_even(x[0] / x[1]); }},
                          no4};
        d["maximum"] = {F { return x[0] > x[1] ? x[0] : x[1]; },
                        {},
                        {F { return share(x[0] > x[1], x[0] == x[1]); }, F { return share(x[1] > x[0], x[0] == x[1]); }},
                        no4};
        d["minimum"] = {F { return x[0] < x[1] ? x[0] : x[1]; },
                        {},
                        {F { return share(x[0] < x[1], x[0] == x[1]); }, F { return share(x[1] < x[0], x[0] == x[1]); }},
                        no4};
        d["fmax"] = d["maximum"];
        d["fmin"] = d["minimum"];
        d["fdim"] = {F { return x[0] > x[1] ? x[0] - x[1] : real(0); },
                     {},
                     {F { return truth(x[0] > x[1]); }, F { return -truth(x[0] > x[1]); }},
                     no4};
        d["where"] = {F { return x[0] != 0 ? x[1] : x[2]; },
                      {0},
                      {none, F { return truth(x[0] != 0); }, F { return truth(x[0] == 0); }},
                      no9};
        d["clip"] = {F { return x[0] > x[2] || x[1] > x[2] ? x[2] : x[0] < x[1] ? x[1] : x[0]; },
                     {},
                     {F { return truth(x[1] <= x[0] && x[0] <= x[2]); }, F { return truth(x[0] < x[1] && x[1] <= x[2]); },
                      F { return truth(x[0] > x[2] || x[1] > x[2]); }},
                     no9};
        d["relu"] = {F { return x[0] > 0 ? x[0] : real(0); }, {0}, {F { return truth(x[0] > 0); }}, no1};
        d["leaky_relu"] = {F { return x[0] > 0 ? x[0] : x[1] * x[0]; },
                           {0},
                           {F { return x[0] > 0 ? real(1) : x[1]; }, F { return x[0] > 0 ? real(0) : x[0]; }},
                           {none, F { return truth(x[0] <= 0); }, F { return truth(x[0] <= 0); }, none}};
        d["elu"] = {F { return x[0] > 0 ? x[0] : x[1] * (abs(x[0]) < real("1e-30") ? real(x[0] + x[0] * x[0] / 2) : real(exp(x[0]) - 1)); },
                    {0},
                    {F { return x[0] > 0 ? real(1) : x[1] * exp(x[0]); },
                     F { return x[0] > 0 ? real(0) : abs(x[0]) < real("1e-30") ? real(x[0] + x[0] * x[0] / 2) : real(exp(x[0]) - 1); }},
                    {F { return x[0] > 0 ? real(0) : x[1] * exp(x[0]); }, F { return x[0] > 0 ? real(0) : exp(x[0]); },
                     F { return x[0] > 0 ? real(0) : exp(x[0]); }, none}};
    }
}
