// SPDX-License-Identifier: BSL-1.0
// Errors of a row on a lane against exact numbers, in units in the last place, not rounded.
#pragma once

#include <string>
#include <vector>

#include "reference.hpp"
#include "rows.hpp"

namespace etape_test::proof
{
    // |got - e| in units in the last place of e, or of `floor` where e is smaller. Overflow to infinity is right where the exact
    // number is beyond the largest; below the smallest normal number the unit is that number, so that results may be flushed.
    double ulps(double got, exact const& e, bool single, double floor = 0);

    struct error
    {
        double ulp = 0;
        arguments at;
        double got = 0, expected = 0;
        std::string what;  // which of the results
        void take(double u, arguments const& where, double value, exact const& e,
                  char const* which);
    };
    struct row_errors
    {
        error value, first, second;
    };

    row_errors measure(row_on_lane const& row, std::vector<sample> const& samples);
}
