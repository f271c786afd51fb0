// SPDX-License-Identifier: BSL-1.0
// The rows of the rule table at run time, in float.
#include "primitive_rows.ipp"

namespace etape::primitive
{
    template row_functions<float> const& functions_of<float>(row_number);
    template void polygamma_values<float>(int, std::size_t, const float*, float*);
}
