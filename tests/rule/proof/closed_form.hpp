// SPDX-License-Identifier: BSL-1.0
// Values and derivatives of smooth rows by formulas in one wider type: what a scan of millions of points is measured against.
#pragma once

#include <string>

#include "reference.hpp"

namespace etape_test::proof
{
    // d/da and d/db; d2/da2, d2/da db, d2/db2. NaN: nothing is claimed there.
    template <class R>
    struct jet
    {
        R value, first[2], second[3];
        R mixed_scale = 0;  // of the terms that cancel in d2/da db
    };

    // Float is measured against double, double against long double: errors of the reference below 1e-6 and 0.01 ulp.
    struct closed_form
    {
        jet<double> (*in_double)(double a, double b);
        jet<long double> (*in_long_double)(long double a, long double b);
        sample at(arguments const& point, bool single) const;
    };

    // Null for rows that no such formula is known of, or that are exact or computed with more digits than they keep.
    closed_form const* closed_form_of(std::string const& rule);
}
