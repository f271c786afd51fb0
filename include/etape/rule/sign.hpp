// SPDX-License-Identifier: BSL-1.0
// Rules of absolute value and sign.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_UNARY_SIGN(X) X(abs) X(fabs) X(sign)
#define ETAPE_BINARY_SIGN(X) X(copysign)

ETAPE_BEGIN_ARCH
namespace rule
{
    namespace detail
    {
        // sign(a) d with sign(0) = 0: an infinite d contributes nothing at the kink.
        template <class T, class D>
        ETAPE_ALWAYS_INLINE D with_sign_of(const T& a, const D& d)
        {
            const T none = lane::zero<T>();
            return lane::select_tangent(lane::gt(a, none), d,
                                        lane::select_tangent(lane::lt(a, none), D(-d), lane::zero_like(d)));
        }
        // +-1 by the sign bits of a and b, zeros included.
        template <class T>
        ETAPE_ALWAYS_INLINE T sign_bits(const T& a, const T& b)
        {
            const T one = lane::constant<T>(1.0);
            return lane::copysign(one, a) * lane::copysign(one, b);
        }
    }

    // |a + h| ~= |a| + sign(a) h
    struct abs : unary
    {
        ETAPE_ROW(abs, 1, 0.5, 0.5, "sign(a)", "abs'(0) = abs'(NaN) = 0")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::abs(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(detail::with_sign_of(a, g))
        ETAPE_PUSH1(lane::select_tangent(lane::is_zero(a), lane::zero_like(da),
                                         lane::select_tangent(lane::eq(a, y), da, lane::select_tangent(lane::eq(a, T(-y)), D(-da), lane::zero_like(da)))))
    };

    struct fabs : unary
    {
        ETAPE_ROW(fabs, 1, 0.5, 0.5, "sign(a)", "fabs'(0) = fabs'(NaN) = 0")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::arg0)
        ETAPE_VALUE1(lane::abs(a))
        ETAPE_NO_AUX
        ETAPE_PULL1(detail::with_sign_of(a, g))
        ETAPE_PUSH1(lane::select_tangent(lane::is_zero(a), lane::zero_like(da),
                                         lane::select_tangent(lane::eq(a, y), da, lane::select_tangent(lane::eq(a, T(-y)), D(-da), lane::zero_like(da)))))
    };

    // A structural zero: y depends on a, with derivative 0 (a gradient, not a missing one).
    struct sign : unary
    {
        ETAPE_ROW(sign, 1, 0.5, 0.5, "0", "sign'(0) = 0")
        ETAPE_DOMAIN(everywhere)
        ETAPE_NEEDS(need::nothing)
        ETAPE_VALUE1(select<T>(lane::gt(a, lane::zero<T>()), constant<T>(1.0),
                               select<T>(lane::lt(a, lane::zero<T>()), constant<T>(-1.0), a)))
        ETAPE_NO_AUX
        ETAPE_PULL1(lane::zero<T>())
        ETAPE_PUSH1(lane::zero_like(da))
    };

    // |a| with the sign of b: slope +-1 in a, 0 in b.
    struct copysign : binary
    {
        ETAPE_ROW(copysign, 2, 0.5, 0.5, "sign(a) sign(b), 0", "signs of zeros count: copysign'(0, 1) = 1")
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::nothing)
        ETAPE_VALUE2(lane::copysign(a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(g * detail::sign_bits(a, b), lane::zero<T>())
        ETAPE_PUSH2(da * detail::sign_bits(a, y))
    };
}
ETAPE_END_ARCH
