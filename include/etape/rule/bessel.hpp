// SPDX-License-Identifier: BSL-1.0
// Rules of Bessel functions, with the names of <cmath>.
#pragma once

#include <etape/rule/special_row.hpp>

#define ETAPE_ORDERED_BESSEL(X) X(cyl_bessel_j) X(cyl_neumann) X(cyl_bessel_i) X(cyl_bessel_k)

ETAPE_BEGIN_ARCH
namespace rule
{
    // J_a(b)
    struct cyl_bessel_j : of_order
    {
        ETAPE_ROW(cyl_bessel_j, 500, 1, 1, "none, (J(a-1, b) - J(a+1, b))/2", "the order a is a parameter without derivative, NaN beyond 10000")
        static constexpr double value_floor = 0x1p-10, derivative_floor = 0x1p-10, second_floor = 0x1p-10;
        static constexpr const char* note = "crosses zero, as its derivatives do: ulps of at least 2^-10";
        ETAPE_DOMAIN({0, 8}, {0, 50})
        ETAPE_SPECIAL_ROW_OF_ORDER(cyl_bessel_j)
    };

    // Y_a(b)
    struct cyl_neumann : of_order
    {
        ETAPE_ROW(cyl_neumann, 500, 1, 1, "none, (Y(a-1, b) - Y(a+1, b))/2", "the order a is a parameter without derivative, NaN beyond 10000; -inf at b = 0")
        static constexpr double value_floor = 0x1p-10, derivative_floor = 0x1p-10, second_floor = 0x1p-10;
        static constexpr const char* note = "crosses zero, as its derivatives do: ulps of at least 2^-10";
        ETAPE_DOMAIN({0, 8}, {0.01, 50})
        ETAPE_SPECIAL_ROW_OF_ORDER(cyl_neumann)
    };

    // I_a(b)
    struct cyl_bessel_i : of_order
    {
        ETAPE_ROW(cyl_bessel_i, 500, 1, 1, "none, (I(a-1, b) + I(a+1, b))/2", "the order a is a parameter without derivative, NaN beyond 10000")
        ETAPE_DOMAIN({0, 8}, {0, 100})
        ETAPE_SPECIAL_ROW_OF_ORDER(cyl_bessel_i)
    };

    // K_a(b)
    struct cyl_bessel_k : of_order
    {
        ETAPE_ROW(cyl_bessel_k, 500, 1, 1, "none, -(K(a-1, b) + K(a+1, b))/2", "the order a is a parameter without derivative, NaN beyond 10000; inf at b = 0")
        ETAPE_DOMAIN({0, 8}, {0.01, 100})
        ETAPE_SPECIAL_ROW_OF_ORDER(cyl_bessel_k)
    };
}
ETAPE_END_ARCH
