// SPDX-License-Identifier: BSL-1.0
// Exact values and partial derivatives of every rule, from multiprecision, and the measure of errors in ulps.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <etape/rule/row.hpp>

namespace etape_test
{
    // An exact number as an unevaluated sum: 106 bits are plenty to count fractions of an ulp.
    struct exact
    {
        double high = 0, low = 0;
    };

    struct sample
    {
        double arg[3] = {};
        exact value;
        exact partial[3];
    };

    enum class precision
    {
        single,
        full
    };

    // At least 200 random points of the domain and points close to its ends. Arguments are representable in the
    // precision asked for. Derivatives are central differences in 100 digits: they know nothing of the rules.
    std::vector<sample> samples(const std::string& rule, int arity, const etape::rule::interval* domain, precision p);

    // True if the reference table knows the rule.
    bool has_reference(const std::string& rule);

    // |got - e| in units in the last place of e (at least of `floor`), not rounded.
    template <class S>
    double ulps(S got, exact e, double floor = 0)
    {
        if (std::isnan(got) || std::isinf(got))
        {
            return std::numeric_limits<double>::infinity();
        }
        const double size = std::max({std::abs(e.high), floor, static_cast<double>(std::numeric_limits<S>::min())});
        const double ulp = std::ldexp(1.0, std::ilogb(size) - (std::numeric_limits<S>::digits - 1));
        return std::abs((static_cast<double>(got) - e.high) - e.low) / ulp;
    }
}
