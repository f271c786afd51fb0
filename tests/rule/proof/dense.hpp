// SPDX-License-Identifier: BSL-1.0
// The worst errors of a row among millions of points: random ones miss what only a few arguments do.
#pragma once

#include <cstdint>

#include "verdict.hpp"

namespace etape_test::proof
{
    // Every `stride`-th float of 2^-16 <= |a| < 2^7 in the domain of a unary row, random points for other rows and for double,
    // and the surroundings of the worst points, from which the search climbs. Joins what it finds to the verdict. False for rows
    // without a closed form.
    bool scan(verdict& v, std::vector<row_on_lane> const& lanes, std::uint32_t stride, std::uint64_t seed);
}
