// SPDX-License-Identifier: BSL-1.0
// Slopes of the rows of the rule table, in float.
#include "row_slopes.ipp"

namespace etape
{
    template row_slopes<float> const& slopes_of<float>(row_number);
}
