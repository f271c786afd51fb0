// SPDX-License-Identifier: BSL-1.0
// How the reference table is written: a function in 100 digits, and what its differences must know.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>

namespace etape_test::proof
{
    using real = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<100>,
                                               boost::multiprecision::et_off>;
    using function = real (*)(const real*);

    struct definition
    {
        function f = nullptr;
        std::vector<double> special = {};  // kinks, poles and branch points of any argument, and where two formulas of a rule meet
        // Textbook derivatives, [j] and [j * arity + i]; without them, differences.
        std::vector<function> first = {};
        std::vector<function> second = {};
        // The size of the terms that cancel in a second derivative, where this is the function's own ill condition.
        std::vector<function> second_scale = {};
        bool periodic = false;  // the first argument is reduced modulo 2 pi in 400 digits
        bool costly = false;
        bool mirrored = false;  // defined for the negative of the first argument, too, where the second one is whole
        // The same for a value and for first derivatives.
        function value_scale = nullptr;
        std::vector<function> first_scale = {};
    };
    using definitions = std::map<std::string, definition>;

    void define_elementary(definitions& d);
    void define_choices(definitions& d);
    void define_special(definitions& d);
    void define_logarithmic(definitions& d);
    void define_normal(definitions& d);
    void define_gamma(definitions& d);
}
