// SPDX-License-Identifier: BSL-1.0
// Errors compared without losing a NaN.
#pragma once
#include <cmath>

namespace etape_test
{
    // The larger of two errors; NaN is worse than any number (std::max would lose it).
    inline double worse(double a, double b)
    {
        return std::isnan(a) || b <= a ? a : b;
    }
}
