// SPDX-License-Identifier: BSL-1.0
// The parameters of a mixture as plain arrays, their flat order, and their change of units.
#include "parameters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

namespace gmm
{
    parameters::parameters(std::size_t components, std::size_t dimensions)
        : logits(xt::zeros<double>({components})),
          mean(xt::zeros<double>({components, dimensions})),
          log_diagonal(xt::zeros<double>({components, dimensions})),
          lower(xt::zeros<double>({components, dimensions, dimensions}))
    {
    }
    parameters::parameters(vector l, matrix m, matrix q, stack s)
        : logits(std::move(l)),
          mean(std::move(m)),
          log_diagonal(std::move(q)),
          lower(std::move(s))
    {
    }

    namespace
    {
        // Calls visit(entry, name of the array, its indices) for every parameter in the flat order.
        template <class P, class F>
        void each_parameter(P& p, F visit)
        {
            const auto K = p.components(), d = p.dimensions();
            for (std::size_t k = 0; k < K; ++k)
                visit(p.logits(k), "logits", std::initializer_list<std::size_t>{k});
            for (std::size_t k = 0; k < K; ++k)
                for (std::size_t i = 0; i < d; ++i)
                    visit(p.mean(k, i), "mean", std::initializer_list<std::size_t>{k, i});
            for (std::size_t k = 0; k < K; ++k)
            {
                for (std::size_t i = 0; i < d; ++i)
                    visit(p.log_diagonal(k, i), "log_diagonal",
                          std::initializer_list<std::size_t>{k, i});
                for (std::size_t column = 0; column < d; ++column)
                    for (std::size_t row = column + 1; row < d; ++row)
                        visit(p.lower(k, row, column), "lower",
                              std::initializer_list<std::size_t>{k, row, column});
            }
        }
    }

    std::size_t flat_size(std::size_t components, std::size_t dimensions)
    {
        return components * (1 + 2 * dimensions + dimensions * (dimensions - 1) / 2);
    }

    std::vector<double> flatten(parameters const& p)
    {
        std::vector<double> flat;
        flat.reserve(flat_size(p.components(), p.dimensions()));
        each_parameter(p, [&](double v, const char*, auto) { flat.push_back(v); });
        return flat;
    }

    parameters unflatten(std::vector<double> const& flat, std::size_t components,
                         std::size_t dimensions)
    {
        parameters p(components, dimensions);
        auto next = flat.begin();
        each_parameter(p, [&](double& v, const char*, auto) { v = *next++; });
        return p;
    }

    std::vector<std::string> flat_names(std::size_t components, std::size_t dimensions)
    {
        const parameters p(components, dimensions);
        std::vector<std::string> names;
        each_parameter(p,
                       [&](double, const char* name, auto at)
                       { names.push_back(fmt::format("{}[{}]", name, fmt::join(at, ","))); });
        return names;
    }

    vector weights(parameters const& p)
    {
        const vector e = xt::exp(p.logits - xt::amax(p.logits)());
        return e / xt::sum(e)();
    }

    matrix precision_factor(parameters const& p, std::size_t component)
    {
        matrix q = xt::view(p.lower, component);
        for (std::size_t i = 0; i < p.dimensions(); ++i)
            q(i, i) = std::exp(p.log_diagonal(component, i));
        return q;
    }

    matrix inverse_lower(matrix const& q)
    {
        const auto d = q.shape(0);
        matrix inverse = xt::zeros<double>({d, d});
        for (std::size_t column = 0; column < d; ++column)
            for (std::size_t row = column; row < d; ++row)
            {
                double s = row == column ? 1 : 0;
                for (std::size_t i = column; i < row; ++i)
                    s -= q(row, i) * inverse(i, column);
                inverse(row, column) = s / q(row, row);
            }
        return inverse;
    }

    matrix covariance(parameters const& p, std::size_t component)
    {
        const matrix c =
            inverse_lower(precision_factor(p, component));  // (Q' Q)^-1 = C C' with C = Q^-1
        const auto d = p.dimensions();
        matrix s = xt::zeros<double>({d, d});
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j)
                for (std::size_t l = 0; l <= std::min(i, j); ++l)
                    s(i, j) += c(i, l) * c(j, l);
        return s;
    }

    matrix scaling::standardise(matrix const& points) const
    {
        return (points - shift) / scale;
    }
    // Q (x - mean) stays what it is, so the columns of Q take up the scale.
    parameters scaling::standardise(parameters p) const
    {
        p.mean = (p.mean - shift) / scale;
        p.log_diagonal += xt::log(scale);
        p.lower *= scale;
        return p;
    }
    parameters scaling::restore(parameters p) const
    {
        p.mean = p.mean * scale + shift;
        p.log_diagonal -= xt::log(scale);
        p.lower /= scale;
        return p;
    }
    double scaling::restore(double log_likelihood, std::size_t n) const
    {
        return log_likelihood - static_cast<double>(n) * xt::sum(xt::log(scale))();
    }

    scaling scaling_of(matrix const& points, std::vector<std::string> const& names)
    {
        scaling s;
        s.shift = xt::mean(points, {0});
        s.scale = xt::stddev(points, {0});
        for (std::size_t j = 0; j < s.scale.size(); ++j)
            if (!(s.scale(j) > 1e-12 * std::abs(s.shift(j))))
                throw std::invalid_argument(
                    fmt::format("column '{}' is {} everywhere, expected a column that varies",
                                names.at(j), s.shift(j)));
        return s;
    }
}
