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
        // The same for two tangents: da where `first`, the mean at ties, else db.
        template <class T, class M, class D>
        ETAPE_ALWAYS_INLINE D chosen(const M& first, const M& tie, const D& da, const D& db)
        {
            const D mean = (da + db) * constant<T>(0.5);
            return lane::select_tangent(first, da, lane::select_tangent(tie, mean, db));
        }
        template <class T>
        ETAPE_ALWAYS_INLINE auto inside(const T& x, const T& low, const T& high)
        {
            return lane::mask_and(lane::le(low, x), lane::le(x, high));
        }
    }

    // NaN wins: maximum and minimum of NaN and x are NaN.
    struct maximum : binary
    {
        ETAPE_ROW(maximum, 1, 0.5, 0.5, "a > b, b > a", "ties share half and half; NaN propagates")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::gt(a, b), lane::isnan(a)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::gt(a, b), lane::eq(a, b), g),
                    detail::share(lane::lt(a, b), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::gt(a, b), lane::eq(a, b), da, db))
    };

    struct minimum : binary
    {
        ETAPE_ROW(minimum, 1, 0.5, 0.5, "a < b, b < a", "ties share half and half; NaN propagates")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::lt(a, b), lane::isnan(a)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::lt(a, b), lane::eq(a, b), g),
                    detail::share(lane::gt(a, b), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::lt(a, b), lane::eq(a, b), da, db))
    };

    // NaN loses, as in std::fmax: the other argument is the value and has the derivative.
    struct fmax : binary
    {
        ETAPE_ROW(fmax, 2, 0.5, 0.5, "a > b, b > a", "ties share half and half; NaN is ignored")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::gt(a, b), lane::isnan(b)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::mask_or(lane::gt(a, b), lane::isnan(b)), lane::eq(a, b), g),
                    detail::share(lane::mask_or(lane::lt(a, b), lane::isnan(a)), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::mask_or(lane::gt(a, b), lane::isnan(b)), lane::eq(a, b), da, db))
    };

    struct fmin : binary
    {
        ETAPE_ROW(fmin, 2, 0.5, 0.5, "a < b, b < a", "ties share half and half; NaN is ignored")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::mask_or(lane::lt(a, b), lane::isnan(b)), a, b))
        ETAPE_NO_AUX
        ETAPE_PULL2(detail::share(lane::mask_or(lane::lt(a, b), lane::isnan(b)), lane::eq(a, b), g),
                    detail::share(lane::mask_or(lane::gt(a, b), lane::isnan(a)), lane::eq(a, b), g))
        ETAPE_PUSH2(detail::chosen<T>(lane::mask_or(lane::lt(a, b), lane::isnan(b)), lane::eq(a, b), da, db))
    };

    // max(a - b, 0)
    struct fdim : binary
    {
        ETAPE_ROW(fdim, 2, 0.51, 0.5, "a > b, -(a > b)", "0 at a = b")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1, need::arg0 | need::arg1)
        ETAPE_VALUE2(select<T>(lane::le(a, b), lane::zero<T>(), a - b))
        ETAPE_NO_AUX
        ETAPE_PULL2(select<T>(lane::gt(a, b), g, lane::zero<T>()), select<T>(lane::gt(a, b), -g, lane::zero<T>()))
        ETAPE_PUSH2(lane::select_tangent(lane::is_zero(y), lane::zero_like(da), D(da - db)))
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
                  "at a bound the argument has the whole derivative; the upper bound wins if b > c")
        static constexpr bool chooses = true;
        ETAPE_DOMAIN(everywhere, everywhere, everywhere)
        ETAPE_NEEDS(need::arg0 | need::arg1 | need::arg2, need::arg0 | need::arg1 | need::arg2,
                    need::arg0 | need::arg1 | need::arg2)
        ETAPE_VALUE3(select<T>(lane::mask_or(lane::gt(a, c), lane::gt(b, c)), c, select<T>(lane::lt(a, b), b, a)))
        ETAPE_NO_AUX
        ETAPE_PULL3(select<T>(detail::inside(a, b, c), g, lane::zero<T>()),
                    select<T>(lane::mask_and(lane::lt(a, b), lane::le(b, c)), g, lane::zero<T>()),
                    select<T>(lane::mask_or(lane::gt(a, c), lane::gt(b, c)), g, lane::zero<T>()))
        ETAPE_PUSH3(lane::select_tangent(lane::eq(y, a), lane::select_tangent(lane::gt(b, c), dc, da),
                                         lane::select_tangent(lane::eq(y, c), dc, db)))
    };
}
ETAPE_END_ARCH
