// SPDX-License-Identifier: BSL-1.0
// Maximum likelihood: NLopt's L-BFGS on gradients from the tape.
#include "fit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <nlopt.hpp>
#include <xtensor/xmanipulation.hpp>

#include "model.hpp"

namespace gmm
{
    namespace
    {
        // What NLopt calls: the mean log-likelihood of a point, and its gradient.
        struct objective
        {
            ad::constant<double, 2> points;  // (d, n)
            std::size_t components;
            fit_options const& options;
            fit_result& result;

            double scale() const
            {
                return 1 / static_cast<double>(points.shape(1));
            }
            double operator()(std::vector<double> const& at, std::vector<double>& gradient)
            {
                const auto p = unflatten(at, components, points.shape(0));
                const auto d = differentiate(points, p);
                ++result.gradients;
                gradient = flatten(d.gradient);
                double largest = 0;
                for (double& g : gradient)
                {
                    g *= scale();
                    largest = std::max(largest, std::abs(g));
                }
                // A line search tries points that are no progress; an iteration is one that is.
                if (d.value > result.log_likelihood)
                {
                    result.log_likelihood = d.value;
                    result.best = p;
                    ++result.iterations;
                    if (options.on_iteration)
                        options.on_iteration({result.iterations, d.value, largest});
                }
                return d.value * scale();
            }
            static double call(std::vector<double> const& at, std::vector<double>& gradient,
                               void* self)
            {
                return (*static_cast<objective*>(self))(at, gradient);
            }
        };

        const char* explain(nlopt::result r)
        {
            switch (r)
            {
            case nlopt::FTOL_REACHED:
                return "the log-likelihood does not rise any more";
            case nlopt::XTOL_REACHED:
                return "the parameters do not move any more";
            case nlopt::MAXEVAL_REACHED:
                return "the limit of iterations is reached";
            default:
                return "an optimum is reached";
            }
        }
    }

    fit_result fit(matrix const& points, parameters const& start, fit_options const& options)
    {
        fit_result result;
        result.log_likelihood = -std::numeric_limits<double>::infinity();
        objective f{matrix(xt::transpose(points)), start.components(), options, result};

        auto at = flatten(start);
        nlopt::opt search(nlopt::LD_LBFGS, static_cast<unsigned>(at.size()));
        search.set_max_objective(&objective::call, &f);
        search.set_maxeval(options.max_iterations);
        search.set_ftol_rel(1e-12);
        parameters limit(start.components(), start.dimensions());
        const double widest_factor = std::log(1 / options.narrowest);
        std::fill(limit.logits.begin(), limit.logits.end(), HUGE_VAL);
        std::fill(limit.mean.begin(), limit.mean.end(), HUGE_VAL);
        std::fill(limit.log_diagonal.begin(), limit.log_diagonal.end(), widest_factor);
        std::fill(limit.lower.begin(), limit.lower.end(), HUGE_VAL);
        const auto upper = flatten(limit);
        search.set_upper_bounds(upper);
        for (std::size_t i = 0; i < at.size(); ++i)
            at[i] = std::min(at[i], upper[i]);

        const auto began = std::chrono::steady_clock::now();
        try
        {
            double best = 0;
            const auto why = search.optimize(at, best);
            result.stopped = explain(why);
            result.converged = why != nlopt::MAXEVAL_REACHED;
        }
        catch (nlopt::roundoff_limited const&)
        {
            result.stopped = "rounding errors allow no further progress";
            result.converged = true;
        }
        catch (std::runtime_error const& e)
        {
            // nlopt::FAILURE: its line search found no better point
            result.stopped = fmt::format("the line search ended ({})", e.what());
            result.converged = false;
        }
        result.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        for (std::size_t k = 0; k < result.best.components(); ++k)
            for (std::size_t i = 0; i < result.best.dimensions(); ++i)
                if (result.best.log_diagonal(k, i) >= widest_factor - 1e-9)
                {
                    ++result.narrow_components;
                    break;
                }
        return result;
    }
}
