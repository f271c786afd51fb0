// SPDX-License-Identifier: BSL-1.0
// The only file that names xtensor headers: both the flat layout (up to 0.25) and the folders of 0.26 and later.
#pragma once

// The new layout first: a user's own 0.26 stands before the system's 0.24.
#if __has_include(<xtensor/containers/xtensor.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/containers/xscalar.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xaccessible.hpp>
#include <xtensor/core/xiterable.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/core/xoperation.hpp>
#include <xtensor/generators/xbuilder.hpp>
#include <xtensor/misc/xmanipulation.hpp>
#include <xtensor/reducers/xnorm.hpp>
#include <xtensor/reducers/xreducer.hpp>
#include <xtensor/views/xbroadcast.hpp>
#include <xtensor/views/xstrided_view.hpp>
#include <xtensor/views/xview.hpp>
// std::negation in its template heads, which overloads of ours must repeat
#define ETAPE_XTENSOR_STD std
#else
#define ETAPE_XTENSOR_STD xtl
#include <xtensor/xaccessible.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xbroadcast.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xiterable.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xnorm.hpp>
#include <xtensor/xoperation.hpp>
#include <xtensor/xreducer.hpp>
#include <xtensor/xscalar.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

// Functions that xtensor has, by the names of its functors xt::math::NAME_fun; the rule has the same name.
#define ETAPE_XTENSOR_FUNCTIONS(X)                                                                                   \
    X(abs) X(fabs) X(fmod) X(remainder) X(fma) X(fmax) X(fmin) X(fdim) X(exp) X(exp2) X(expm1) X(log) X(log10)       \
    X(log2) X(log1p) X(pow) X(sqrt) X(cbrt) X(hypot) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(atan2) X(sinh)   \
    X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(erf) X(erfc) X(tgamma) X(lgamma) X(ceil) X(floor) X(trunc) X(round) \
    X(nearbyint) X(rint)
// Functors with names of their own: X(functor, rule).
#define ETAPE_XTENSOR_FUNCTORS(X)                                                                                    \
    X(detail::plus, add) X(detail::minus, sub) X(detail::multiplies, mul) X(detail::divides, div)                    \
    X(detail::negate, neg) X(detail::identity, pos) X(detail::less, less) X(detail::less_equal, less_equal)          \
    X(detail::greater, greater) X(detail::greater_equal, greater_equal) X(detail::equal_to, equal_to)                \
    X(detail::not_equal_to, not_equal_to) X(detail::logical_and, logical_and) X(detail::logical_or, logical_or)      \
    X(detail::logical_not, logical_not) X(detail::conditional_ternary, where) X(math::maximum<void>, maximum)        \
    X(math::minimum<void>, minimum) X(math::clamp_fun, clip) X(math::sign_fun, sign)
