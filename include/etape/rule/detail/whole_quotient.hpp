// SPDX-License-Identifier: BSL-1.0
// The integer n of a remainder y = a - n b.
#pragma once

#include <etape/rule/lane_math.hpp>

ETAPE_BEGIN_ARCH
namespace rule::detail
{
    // From the exact remainder: (a - y)/b is an integer up to rounding, while trunc(a/b) is one too large
    // whenever a/b rounds up to the next integer.
    template <class T>
    ETAPE_ALWAYS_INLINE T whole_quotient(const T& a, const T& b, const T& y)
    {
        return lane::nearbyint(T((a - y) / b));
    }
}
ETAPE_END_ARCH
