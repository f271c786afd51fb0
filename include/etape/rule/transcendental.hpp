// SPDX-License-Identifier: BSL-1.0
// Rules of sinc and of Lambert's W.
#pragma once

#include <etape/rule/special_row.hpp>

#define ETAPE_UNARY_TRANSCENDENTAL(X) X(sinc) X(lambert_w)

ETAPE_BEGIN_ARCH
namespace rule
{
    // sin(pi a)/(pi a), 1 at 0
    struct sinc : unary
    {
        ETAPE_ROW(sinc, 200, 1, 4, "(cos(pi a) - y)/a", "normalised, as in NumPy: sin(pi a)/(pi a); sinc(0) = 1, sinc'(0) = 0")
        static constexpr double derivative_floor = 0x1p-20, second_floor = 0x1p-20;
        static constexpr const char* note = "derivatives cross zero between the integers: ulps of at least 2^-20; larger arguments too, in absolute terms";
        ETAPE_DOMAIN({-1000, 1000})
        ETAPE_SPECIAL_ROW1(sinc)
    };

    // The principal branch W0: y exp(y) = a, y >= -1
    struct lambert_w : unary
    {
        ETAPE_ROW(lambert_w, 250, 1, 1, "1/(exp(y) (1 + y))", "the principal branch; NaN below -1/e, where the derivative is infinite")
        ETAPE_DOMAIN({-0.36787944117144228, infinite})
        ETAPE_SPECIAL_ROW1(lambert_w)
    };
}
ETAPE_END_ARCH
