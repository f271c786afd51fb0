// SPDX-License-Identifier: BSL-1.0
// Boost.Math functions on active scalars: legendre_p(3, x), ellint_1(k), distributions, quadrature, root finding, ...
#pragma once
#include <boost/math/tools/promotion.hpp>

#include <etape/scalar/operators.hpp>

// What Boost.Math calls with an expression, such as log1p(x * x - 1), is computed with variables, into which each of its steps is
// recorded. (Functions that etape has itself, such as cyl_bessel_j, are more accurate and faster through etape::.)
template <class T, std::size_t N>
struct boost::math::tools::promote_arg<etape::scalar_expression<T, N>>
{
    using type = etape::variable<T, 0>;
};
