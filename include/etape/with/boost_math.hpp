// SPDX-License-Identifier: BSL-1.0
// Boost.Math functions on active scalars: legendre_p(3, x), ellint_1(k), distributions, trapezoidal, tanh_sinh, root finding, ...
#pragma once
#include <boost/math/tools/promotion.hpp>

#include <etape/scalar/operators.hpp>

// What Boost.Math calls with an expression, such as log1p(x * x - 1), is computed with variables, into which each of its steps is
// recorded. (Functions that etape has itself, such as cyl_bessel_j, are more accurate and faster through etape::.)
//
// Quadrature works where the rule, the bounds and the argument of the integrand are variables as well as its result: trapezoidal(f, a, b),
// tanh_sinh<variable<double>> and sinh_sinh<variable<double>>, with f(variable<double> const&) returning variable<double>; tanh_sinh also
// with infinite bounds. gauss<variable<double>, n> and gauss_kronrod<variable<double>, n> do not compile, because Boost keeps their tables as
// constants of that type; nor does exp_sinh<variable<double>>, nor any rule of double with an integrand that returns variables. For
// Gauss rules sum over gauss<double, n>::abscissa() and weights(), which hold the points of one half of (-1, 1).
template <class T, std::size_t N>
struct boost::math::tools::promote_arg<etape::scalar_expression<T, N>>
{
    using type = etape::variable<T, 0>;
};
