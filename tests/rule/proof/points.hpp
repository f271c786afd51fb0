// SPDX-License-Identifier: BSL-1.0
// Where a row is looked at: special points and their neighbours, ties, the ends of its domain, and random points of
// ordinary size and of all magnitudes.
#pragma once

#include <cstdint>
#include <vector>

#include "rows.hpp"

namespace etape_test::proof
{
    // The fixed points of a row, and `random` more from the seed. With `single` all arguments are floats.
    // `mirrored`: some have the negative of the first argument, and a whole second one.
    std::vector<arguments> points(row_info const& row, std::vector<double> const& special,
                                  bool single, std::size_t random, std::uint64_t seed, bool mirrored);
}
