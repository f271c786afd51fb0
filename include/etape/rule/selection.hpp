// SPDX-License-Identifier: BSL-1.0
// Rules that choose between their arguments.
#pragma once

#include <etape/rule/row.hpp>

#define ETAPE_BINARY_SELECTION(X) X(maximum) X(minimum) X(fmax) X(fmin) X(fdim)
#define ETAPE_TERNARY_SELECTION(X) X(where) X(clip)

ETAPE_BEGIN_ARCH
namespace rule
{
    namespace detail
    {
        // d where `first`, d/2 at ties, else nothing.
        template <class M, class T>
        ETAPE_ALWAYS_INLINE T share(const M& first, const M& tie, const T& d)
        {
            return lane::select<T>(first, d, lane::select<T>(tie, constant<T>(0.5) * d, lane::zero<T>()));
        }
        // The same for two tangents: da where `first`, db where `second`, the mean at ties.
        template <class T, class M, class D>
        ETAPE_ALWAYS_INLINE D chosen(const M& first, const M& second, const M& tie, const D& da, const D& db)
        {
            const D mean = (da + db) * constant<T>(0.5);
            return lane::select_tangent(first, da, lane::select_tangent(second, db, lane::select_tangent(tie, mean, lane::zero_like(da))));
        }
        // b is NaN and a is not
        template <class T>
        ETAPE_ALWAYS_INLINE auto only_second_nan(const T& a, const T& b)
        {
            return lane::mask_and(lane::isnan(b), lane::eq(a, a));
        }
        template <class T>
        ETAPE_ALWAYS_INLINE auto outside(const T& x, const T& low, const T& high)
        {
            return lane::mask_or(lane::mask_or(lane::lt(x, low), lane::gt(x, high)), lane::gt(low, high));
        }
    }

    // NaN wins: maximum and minimum of NaN and x are NaN.
    struct maximum : binary
    {
        ETAPE_ROW(maximum, 1, 0.5, 0.5, "a > b, b > a", "ties share half and half; NaN propagates, with derivatives 0")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::gt(a, b), lane::isnan(a)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::gt(a, b), lane::eq(a, b), g),
                    detail::share(lane::lt(a, b), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::gt(a, b), lane::lt(a, b), lane::eq(a, b), da, db))
    };

    struct minimum : binary
    {
        ETAPE_ROW(minimum, 1, 0.5, 0.5, "a < b, b < a", "ties share half and half; NaN propagates, with derivatives 0")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::lt(a, b), lane::isnan(a)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::lt(a, b), lane::eq(a, b), g),
                    detail::share(lane::gt(a, b), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::lt(a, b), lane::gt(a, b), lane::eq(a, b), da, db))
    };

    // NaN loses, as in std::fmax: the other argument is the value and has the derivative.
    struct fmax : binary
    {
        ETAPE_ROW(fmax, 2, 0.5, 0.5, "a > b, b > a", "ties share half and half; NaN is ignored; derivatives 0 if both are NaN")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::gt(a, b), lane::isnan(b)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::mask_or(lane::gt(a, b), detail::only_second_nan(a, b)), lane::eq(a, b), g),
                    detail::share(lane::mask_or(lane::lt(a, b), detail::only_second_nan(b, a)), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::mask_and(lane::eq(y, a), lane::ne(a, b)), lane::mask_and(lane::eq(y, b), lane::ne(a, b)),
                                      lane::eq(a, b), da, db))
    };

    struct fmin : binary
    {
        ETAPE_ROW(fmin, 2, 0.5, 0.5, "a < b, b < a", "ties share half and half; NaN is ignored; derivatives 0 if both are NaN")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::lt(a, b), lane::isnan(b)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::mask_or(lane::lt(a, b), detail::only_second_nan(a, b)), lane::eq(a, b), g),
                    detail::share(lane::mask_or(lane::gt(a, b), detail::only_second_nan(b, a)), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::mask_and(lane::eq(y, a), lane::ne(a, b)), lane::mask_and(lane::eq(y, b), lane::ne(a, b)),
                                      lane::eq(a, b), da, db))
    };

    // max(a - b, 0)
    struct fdim : binary
    {
        ETAPE_ROW(fdim, 2, 0.51, 0.5, "a > b, -(a > b)", "0 at a = b, and where one is NaN")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::le(a, b), lane::zero<T>(), a - b))
        ETAPE_NO_AUX
        ETAPE_PULL2(select<T>(lane::gt(a, b), g, lane::zero<T>()), select<T>(lane::gt(a, b), -g, lane::zero<T>()))
        ETAPE_PUSH2(lane::select_tangent(lane::gt(y, lane::zero<T>()), D(da - db), lane::zero_like(da)))
    };

    // a ? b : c per lane. The branch not taken contributes exactly nothing, also when it is NaN or infinite.
    struct where : row<arg_kind::control, arg_kind::smooth, arg_kind::smooth>
    {
        ETAPE_ROW(where, 1, 0.5, 0.5, "none, a != 0, a == 0", "the branch not taken contributes nothing")
        ETAPE_DOMAIN(everywhere, everywhere, everywhere)
        ETAPE_NEEDS(need::nothing, need::arg0, need::arg0)
        ETAPE_VALUE3(select<T>(lane::is_zero(a), c, b))
        ETAPE_NO_AUX
        ETAPE_PULL3(lane::zero<T>(), select<T>(lane::is_zero(a), lane::zero<T>(), g),
                    select<T>(lane::is_zero(a), g, lane::zero<T>()))
        ETAPE_PUSH3(lane::select_tangent(lane::is_zero(a), dc, db))
    };

    // min(max(a, b), c): a clipped to [b, c]. As in TensorFlow the bounds themselves belong to the inside.
    struct clip : ternary
    {
        ETAPE_ROW(clip, 2, 0.5, 0.5, "b <= a <= c, a < b, a > c",
                  "at a bound the argument has the whole derivative; the upper bound wins if b > c; NaN propagates from a, a bound that is NaN does not count")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1 | need::arg2, need::arg0 | need::arg1 | need::arg2,
                    need::arg0 | need::arg1 | need::arg2)
        ETAPE_VALUE3(select<T>(lane::mask_or(lane::gt(a, c), lane::gt(b, c)), c, select<T>(lane::lt(a, b), b, a)))
        ETAPE_NO_AUX
        ETAPE_PULL3(select<T>(detail::outside(a, b, c), lane::zero<T>(), g),
                    select<T>(lane::mask_and(lane::lt(a, b), lane::mask_not(lane::gt(b, c))), g, lane::zero<T>()),
                    select<T>(lane::mask_or(lane::gt(a, c), lane::gt(b, c)), g, lane::zero<T>()))
        ETAPE_PUSH3(lane::select_tangent(lane::mask_or(lane::gt(a, c), lane::gt(b, c)), dc,
                                         lane::select_tangent(lane::lt(a, y), db, da)))
    };
}
ETAPE_END_ARCH
