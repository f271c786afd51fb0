// SPDX-License-Identifier: BSL-1.0
// Eigen matrices of active scalars that meet matrices of plain numbers: Matrix<double, 3, 3> * Matrix<variable<double>, 3, 1>.
#pragma once
#include <Eigen/Core>

#include <etape/scalar/operators.hpp>

// Matrices of variables alone need no header of ours.
template <class T, class Operation>
struct Eigen::ScalarBinaryOpTraits<etape::variable<T, 0>, T, Operation>
{
    using ReturnType = etape::variable<T, 0>;
};
template <class T, class Operation>
struct Eigen::ScalarBinaryOpTraits<T, etape::variable<T, 0>, Operation>
{
    using ReturnType = etape::variable<T, 0>;
};
