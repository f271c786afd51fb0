// SPDX-License-Identifier: BSL-1.0
// Exact values, first and second partial derivatives of every rule, from multiprecision arithmetic.
#pragma once

#include <string>
#include <vector>

#include "rows.hpp"

namespace etape_test::proof
{
    // A number with 106 bits, which count fractions of an ulp. Not defined: nothing is claimed there.
    struct exact
    {
        double high = 0, low = 0;
        bool defined = false;
    };

    struct sample
    {
        arguments at;
        exact value;
        exact first[max_arity];
        exact second[max_arity][max_arity];
        double value_scale = 0, first_scale[max_arity] = {};
        double second_scale[max_arity][max_arity] = {};
    };

    bool has_reference(std::string const& rule);
    // Derivatives are differences in 100 digits, or textbook formulas where differences lose too much: they know nothing of
    // the rules. At kinks they are what the row's convention says.
    sample evaluate(std::string const& rule, arguments const& at, std::size_t arity);
    // Where the function has kinks, poles, branch points or ties; points are taken there and close by.
    std::vector<double> special_points(std::string const& rule);
    // Far slower than a textbook function: gets fewer points.
    bool is_costly(std::string const& rule);
    // Defined for negative first arguments outside of the domain, where the second one is whole.
    bool is_mirrored(std::string const& rule);
}
