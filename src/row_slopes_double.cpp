// SPDX-License-Identifier: BSL-1.0
// Slopes of the rows of the rule table, in double.
#include "row_slopes.ipp"

namespace etape
{
    template row_slopes<double> const& slopes_of<double>(row_number);
}
