// SPDX-License-Identifier: BSL-1.0
// The rule table on lanes of type float.
#include "lanes.hpp"

std::vector<etape_test::proof::row_on_lane> etape_test::proof::rows_on_float()
{
    return rows_on<float>("float");
}
