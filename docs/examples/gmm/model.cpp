// SPDX-License-Identifier: BSL-1.0
// The model: the log-likelihood of a Gaussian mixture, and its gradient from the tape.
#include "model.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include <xtensor/xbuilder.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xview.hpp>

namespace gmm
{
    // sum_i log sum_k w_k |Q_k| exp(-|Q_k (x_i - m_k)|^2 / 2) - n d log(2 pi) / 2
    ad::variable<double> log_likelihood(ad::constant<double, 2> const& points,
                                        ad::tensor<double, 1> const& logits,
                                        ad::tensor<double, 2> const& mean,
                                        ad::tensor<double, 2> const& log_diagonal,
                                        ad::tensor<double, 3> const& lower)
    {
        using xt::all, xt::newaxis;
        const auto K = mean.shape(0), d = mean.shape(1), n = points.shape(1);
        const ad::constant<double, 2> identity = xt::eye<double>(d);

        // Q_k (x_i - m_k) for every component and point: one matrix product for Q x, one small sum for Q m.
        const ad::tensor<double, 3> Q =
            lower + xt::exp(xt::view(log_diagonal, all(), all(), newaxis())) * identity;
        const auto Qx = ad::matmul(xt::reshape_view(Q, std::array{K * d, d}), points);
        const auto Qm = ad::sum(Q * xt::view(mean, all(), newaxis(), all()), {2});
        const auto residual =
            xt::reshape_view(Qx, std::array{K, d, n}) - xt::view(Qm, all(), all(), newaxis());
        const auto distance = ad::sum(xt::square(residual), {1});  // (K, n)

        const ad::tensor<double, 1> log_weight = logits - ad::logsumexp(logits);
        const ad::tensor<double, 1> log_height = log_weight + ad::sum(log_diagonal, {1});
        const auto log_joint = xt::view(log_height, all(), newaxis()) - 0.5 * distance;
        return ad::sum(ad::logsumexp(log_joint, {0})) -
            0.5 * static_cast<double>(n * d) * std::log(2 * std::numbers::pi);
    }

    value_and_gradient differentiate(ad::constant<double, 2> const& points, parameters const& p)
    {
        const mixture m(p);
        ad::tape tape;
        const auto value = log_likelihood(points, m);
        const auto statistics = tape.statistics();
        const auto [logits, mean, log_diagonal, lower] =
            tape.gradient(value, m.logits, m.mean, m.log_diagonal, m.lower);
        return {value.value(), parameters(*logits, *mean, *log_diagonal, *lower), statistics};
    }
}
