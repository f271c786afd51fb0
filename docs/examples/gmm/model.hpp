// SPDX-License-Identifier: BSL-1.0
// The model: the log-likelihood of a Gaussian mixture, and its gradient from the tape.
#pragma once
#include <etape/etape.hpp>

#include "parameters.hpp"

namespace gmm
{
    namespace ad = etape;

    // The parameters as tracked arrays: what gradients are taken with respect to.
    struct mixture
    {
        ad::variable<double, 1> logits;
        ad::variable<double, 2> mean;
        ad::variable<double, 2> log_diagonal;
        ad::variable<double, 3> lower;

        explicit mixture(parameters const& p)
            : logits(p.logits),
              mean(p.mean),
              log_diagonal(p.log_diagonal),
              lower(p.lower)
        {
        }
    };

    // Of all points, given as columns: (d, n). The arguments are as in `parameters`; variables convert to tensors without a copy.
    ad::variable<double> log_likelihood(ad::constant<double, 2> const& points,
                                        ad::tensor<double, 1> const& logits,
                                        ad::tensor<double, 2> const& mean,
                                        ad::tensor<double, 2> const& log_diagonal,
                                        ad::tensor<double, 3> const& lower);

    inline ad::variable<double> log_likelihood(ad::constant<double, 2> const& points,
                                               mixture const& m)
    {
        return log_likelihood(points, m.logits, m.mean, m.log_diagonal, m.lower);
    }

    struct value_and_gradient
    {
        double value;
        parameters gradient;
        ad::tape_statistics tape;
    };
    value_and_gradient differentiate(ad::constant<double, 2> const& points, parameters const& p);
}
