// SPDX-License-Identifier: BSL-1.0
// Start values of the fit from the data.
#pragma once
#include <cstdint>

#include "parameters.hpp"

namespace gmm
{
    // k-means from centres drawn as in k-means++ (Arthur and Vassilvitskii, 2007), several times; the clusters with the
    // smallest sum of squares give weights, means and covariances. Points (n, d) are standardised; the same seed gives the
    // same result everywhere.
    parameters start_values(matrix const& points, std::size_t components, std::uint64_t seed);
}
