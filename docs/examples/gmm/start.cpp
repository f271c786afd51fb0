// SPDX-License-Identifier: BSL-1.0
// Start values of the fit from the data.
#include "start.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <xtensor/xbuilder.hpp>

namespace gmm
{
    namespace
    {
        double squared_distance(matrix const& a, std::size_t i, matrix const& b, std::size_t j)
        {
            double s = 0;
            for (std::size_t l = 0; l < a.shape(1); ++l)
                s += (a(i, l) - b(j, l)) * (a(i, l) - b(j, l));
            return s;
        }

        struct clusters
        {
            matrix centre;                   // (K, d)
            std::vector<std::size_t> label;  // of each point
            double sum_of_squares = std::numeric_limits<double>::infinity();
        };

        // Each further centre is a point drawn with probability proportional to its squared distance from the nearest one.
        matrix draw_centres(matrix const& x, std::size_t K, std::mt19937_64& engine)
        {
            // std::uniform_real_distribution differs between libraries
            const auto uniform = [&engine]
            { return static_cast<double>(engine() >> 11) * 0x1p-53; };
            const auto n = x.shape(0), d = x.shape(1);
            matrix centre = matrix::from_shape({K, d});
            std::vector<double> nearest(n, 1.0);
            for (std::size_t k = 0; k < K; ++k)
            {
                double total = 0;
                for (double v : nearest)
                    total += v;
                double left = uniform() * total;
                std::size_t chosen = 0;
                while (chosen + 1 < n && (left -= nearest[chosen]) >= 0)
                    ++chosen;
                for (std::size_t l = 0; l < d; ++l)
                    centre(k, l) = x(chosen, l);
                for (std::size_t i = 0; i < n; ++i)
                {
                    const double v = squared_distance(x, i, centre, k);
                    nearest[i] = k == 0 ? v : std::min(nearest[i], v);
                }
            }
            return centre;
        }

        // Lloyd's iteration.
        clusters k_means(matrix const& x, matrix centre)
        {
            const auto n = x.shape(0), K = centre.shape(0), d = x.shape(1);
            clusters c{std::move(centre), std::vector<std::size_t>(n), 0};
            for (int iteration = 0; iteration < 20; ++iteration)
            {
                double sum_of_squares = 0;
                matrix sum = xt::zeros<double>({K, d});
                std::vector<double> size(K);
                for (std::size_t i = 0; i < n; ++i)
                {
                    double best = std::numeric_limits<double>::infinity();
                    for (std::size_t k = 0; k < K; ++k)
                        if (const double v = squared_distance(x, i, c.centre, k); v < best)
                        {
                            best = v;
                            c.label[i] = k;
                        }
                    sum_of_squares += best;
                    size[c.label[i]] += 1;
                    for (std::size_t l = 0; l < d; ++l)
                        sum(c.label[i], l) += x(i, l);
                }
                for (std::size_t k = 0; k < K; ++k)
                    for (std::size_t l = 0; size[k] > 0 && l < d; ++l)
                        c.centre(k, l) = sum(k, l) / size[k];
                const bool done = sum_of_squares == c.sum_of_squares;
                c.sum_of_squares = sum_of_squares;
                if (done)
                    break;
            }
            return c;
        }

        // Lower triangular C with C C' = a, for a positive definite.
        matrix cholesky(matrix const& a)
        {
            const auto d = a.shape(0);
            matrix c = xt::zeros<double>({d, d});
            for (std::size_t j = 0; j < d; ++j)
                for (std::size_t i = j; i < d; ++i)
                {
                    double s = a(i, j);
                    for (std::size_t l = 0; l < j; ++l)
                        s -= c(i, l) * c(j, l);
                    c(i, j) = i == j ? std::sqrt(s) : s / c(j, j);
                }
            return c;
        }

        // One more point's worth of the unit matrix keeps the covariance of a small cluster regular.
        parameters moments(matrix const& x, clusters const& c)
        {
            const auto n = x.shape(0), K = c.centre.shape(0), d = x.shape(1);
            parameters p(K, d);
            p.mean = c.centre;
            for (std::size_t k = 0; k < K; ++k)
            {
                double size = 1;
                matrix s = xt::eye<double>(d);
                for (std::size_t i = 0; i < n; ++i)
                    if (c.label[i] == k)
                    {
                        size += 1;
                        for (std::size_t a = 0; a < d; ++a)
                            for (std::size_t b = 0; b <= a; ++b)
                                s(a, b) += (x(i, a) - p.mean(k, a)) * (x(i, b) - p.mean(k, b));
                    }
                s /= size;
                // covariance C C', so the precision factor is C^-1
                const matrix q = inverse_lower(cholesky(s));
                p.logits(k) = std::log(size / static_cast<double>(n + K));
                for (std::size_t a = 0; a < d; ++a)
                {
                    p.log_diagonal(k, a) = std::log(q(a, a));
                    for (std::size_t b = 0; b < a; ++b)
                        p.lower(k, a, b) = q(a, b);
                }
            }
            return p;
        }
    }

    parameters start_values(matrix const& points, std::size_t components, std::uint64_t seed)
    {
        constexpr int attempts = 10;
        std::mt19937_64 engine(seed);
        clusters best;
        for (int i = 0; i < attempts; ++i)
        {
            auto c = k_means(points, draw_centres(points, components, engine));
            if (c.sum_of_squares < best.sum_of_squares)
                best = std::move(c);
        }
        return moments(points, best);
    }
}
