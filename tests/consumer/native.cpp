// SPDX-License-Identifier: BSL-1.0
// The file of the consumer that is compiled for this machine's processor.
#include "slope.hpp"

bool slope_is_right_here()
{
    return slope_is_right();
}
