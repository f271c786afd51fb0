// SPDX-License-Identifier: BSL-1.0
// Maximum likelihood: NLopt's L-BFGS on gradients from the tape.
#pragma once
#include <functional>
#include <string>

#include "parameters.hpp"

namespace gmm
{
    struct iteration
    {
        int number;
        double log_likelihood;
        double largest_slope;  // largest entry of the gradient, for one point
    };

    struct fit_options
    {
        int max_iterations = 500;
        // No component gets narrower than this in any direction, in standard deviations of the data: without a limit the
        // likelihood is infinite where a component shrinks onto a point.
        double narrowest = 1e-3;
        std::function<void(iteration const&)> on_iteration;
    };

    struct fit_result
    {
        parameters best;
        double log_likelihood = 0;
        int iterations = 0;
        int gradients = 0;
        int narrow_components = 0;  // at the limit
        double seconds = 0;
        bool converged = false;
        std::string stopped;  // why the optimiser stopped
    };

    // Points (n, d) are standardised, and so are the results.
    fit_result fit(matrix const& points, parameters const& start, fit_options const& options);
}
