// SPDX-License-Identifier: BSL-1.0
// A row against its reference on every lane type: what the tests and the generated table are made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "measure.hpp"
#include "points.hpp"

namespace etape_test::proof
{
    struct verdict
    {
        row_info info;
        row_errors of_double, of_float;  // the worst of the scalar and the batch lane
        std::size_t points = 0;
        std::vector<std::string> faults;  // bounds that were exceeded, with the place
    };

    // The worse of both.
    void join(row_errors& to, row_errors const& from);
    // What a lane of the row was found to do, and a fault where that exceeds a bound.
    void take(verdict& v, row_on_lane const& row, row_errors const& e);

    // The rows of the table, each with its lanes: double, batch<double>, float, batch<float>.
    std::vector<std::vector<row_on_lane>> const& table();

    // `random` points of each precision beyond the fixed ones; functions that cost more get a quarter of them.
    verdict prove(std::vector<row_on_lane> const& lanes, std::size_t random, std::uint64_t seed);
}
