// SPDX-License-Identifier: BSL-1.0
// The parameters of a mixture as plain arrays, their flat order, and their change of units.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <xtensor/xtensor.hpp>

namespace gmm
{
    using vector = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;
    using stack = xt::xtensor<double, 3>;

    // Everything is free to take any value. Component k has the weight softmax(logits)_k, the mean mean[k], and the
    // covariance (Q' Q)^-1 with the lower triangular precision factor Q = lower[k] + diag(exp(log_diagonal[k])).
    struct parameters
    {
        vector logits;        // (K)
        matrix mean;          // (K, d)
        matrix log_diagonal;  // (K, d)
        stack lower;          // (K, d, d), zero on and above the diagonal

        parameters() = default;
        parameters(std::size_t components, std::size_t dimensions);
        parameters(vector l, matrix m, matrix q, stack s);

        std::size_t components() const
        {
            return mean.shape(0);
        }
        std::size_t dimensions() const
        {
            return mean.shape(1);
        }
    };

    // ADBench's order: logits; means; then for each component its log-diagonal and the entries below the diagonal, column
    // by column. Also used for gradients, whose entries above the diagonal are dropped.
    std::vector<double> flatten(parameters const& p);
    parameters unflatten(std::vector<double> const& flat, std::size_t components,
                         std::size_t dimensions);
    std::size_t flat_size(std::size_t components, std::size_t dimensions);
    // "mean[0,1]" and so on, in the same order.
    std::vector<std::string> flat_names(std::size_t components, std::size_t dimensions);

    vector weights(parameters const& p);
    matrix precision_factor(parameters const& p, std::size_t component);
    // The inverse of a lower triangular matrix.
    matrix inverse_lower(matrix const& q);
    matrix covariance(parameters const& p, std::size_t component);

    // x -> (x - shift) / scale for each column, and what that does to parameters and to the log-likelihood.
    struct scaling
    {
        vector shift, scale;

        matrix standardise(matrix const& points) const;
        parameters standardise(parameters p) const;
        parameters restore(parameters p) const;
        // Densities shrink with the volume: log-likelihood of n points in the original units.
        double restore(double log_likelihood, std::size_t n) const;
    };
    // Mean 0 and variance 1 for every column of (n, d) points. Throws std::invalid_argument naming a column that is constant.
    scaling scaling_of(matrix const& points, std::vector<std::string> const& names);
}
