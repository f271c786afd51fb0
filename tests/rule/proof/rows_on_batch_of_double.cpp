// SPDX-License-Identifier: BSL-1.0
// The rule table on lanes of type xsimd::batch<double>.
#include "lanes.hpp"

std::vector<etape_test::proof::row_on_lane> etape_test::proof::rows_on_batch_of_double()
{
    return rows_on<xsimd::batch<double>>("batch<double>");
}
