// SPDX-License-Identifier: BSL-1.0
// The rows of the rule table on blocks of dual numbers, in float.
#include "dual_rows.ipp"

namespace etape::dual_blocks
{
    template row<float> const& row_of<float>(row_number);
}
