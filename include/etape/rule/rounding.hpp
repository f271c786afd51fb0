// SPDX-License-Identifier: BSL-1.0
// Rules of rounding functions (no derivative) and remainders.
#pragma once

#include <etape/rule/detail/whole_quotient.hpp>
#include <etape/rule/row.hpp>

#define ETAPE_UNARY_ROUNDING(X) X(floor) X(ceil) X(trunc) X(round) X(rint) X(nearbyint)
#define ETAPE_BINARY_ROUNDING(X) X(fmod) X(remainder)

ETAPE_BEGIN_ARCH
namespace rule
{
    struct floor : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(floor, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::floor(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    struct ceil : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(ceil, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::ceil(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    struct trunc : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(trunc, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::trunc(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    struct round : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(round, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::round(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    struct rint : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(rint, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::rint(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    struct nearbyint : row<arg_kind::non_differentiable>
    {
        ETAPE_ROW(nearbyint, 2, 0.5, 0.5, "none", "not differentiable: constant between its jumps")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(lane::nearbyint(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    // y = a - n b with n = trunc(a/b), locally constant
    struct fmod : binary
    {
        ETAPE_ROW(fmod, 30, 0.5, 0.51, "1, -trunc(a/b)", "the jumps have the derivative of the side that y is on")
        ETAPE_DOMAIN({-1e3, 1e3}, {1e-2, 1e3})
        static constexpr const char* note = "the quotient is exact while it is far below 1/epsilon";
        ETAPE_NEEDS(need::nothing, need::arg0 | need::arg1 | need::result)
        ETAPE_VALUE2(lane::fmod(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(g, -(g * detail::whole_quotient(a, b, y)))
        ETAPE_PUSH2(da - db * detail::whole_quotient(a, b, y))
    };

    // y = a - n b with n = a/b rounded half to even, locally constant
    struct remainder : binary
    {
        ETAPE_ROW(remainder, 30, 0.5, 0.51, "1, -round(a/b)",
                  "the jumps have the derivative of the side that y is on; ties round to even")
        ETAPE_DOMAIN({-1e3, 1e3}, {1e-2, 1e3})
        static constexpr const char* note = "the quotient is exact while it is far below 1/epsilon";
        ETAPE_NEEDS(need::nothing, need::arg0 | need::arg1 | need::result)
        ETAPE_VALUE2(lane::remainder(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(g, -(g * detail::whole_quotient(a, b, y)))
        ETAPE_PUSH2(da - db * detail::whole_quotient(a, b, y))
    };
}
ETAPE_END_ARCH
