// SPDX-License-Identifier: BSL-1.0
// Rules of circular functions and their inverses.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_UNARY_TRIGONOMETRIC(X) X(sin) X(cos)

ETAPE_BEGIN_ARCH
namespace rule
{
    // sin(a + h) ~= sin(a) + cos(a) h; one sincos gives both.
    struct sin : unary
    {
        ETAPE_ROW(sin, 15, 2, 2, "cos(a)", "")
        ETAPE_DOMAIN({-100, 100})
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(lane::sin(a))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            T s;
            lane::sincos(a, s, aux);
            return s;
        }
        ETAPE_PULL1(g* aux)
        ETAPE_PUSH1(da* aux)
    };

    // cos(a + h) ~= cos(a) - sin(a) h
    struct cos : unary
    {
        ETAPE_ROW(cos, 15, 2, 2, "-sin(a)", "")
        ETAPE_DOMAIN({-100, 100})
        ETAPE_NEEDS(need::aux)
        ETAPE_VALUE1(lane::cos(a))
        template <class T>
        ETAPE_ALWAYS_INLINE static T value_aux(T& aux, const T& a)
        {
            T c;
            lane::sincos(a, aux, c);
            return c;
        }
        ETAPE_PULL1(-g * aux)
        ETAPE_PUSH1(da * -aux)
    };
}
ETAPE_END_ARCH
