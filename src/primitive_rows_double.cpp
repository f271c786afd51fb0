// SPDX-License-Identifier: BSL-1.0
// The rows of the rule table at run time, in double.
#include "primitive_rows.ipp"

namespace etape::primitive
{
    template row_functions<double> const& functions_of<double>(row_number);
    template void polygamma_values<double>(int, std::size_t, const double*, double*);
}
