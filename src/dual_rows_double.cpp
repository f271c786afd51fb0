// SPDX-License-Identifier: BSL-1.0
// The rows of the rule table on blocks of dual numbers, in double.
#include "dual_rows.ipp"

namespace etape::dual_blocks
{
    template row<double> const& row_of<double>(row_number);
}
