// SPDX-License-Identifier: BSL-1.0
// The gradient by three methods: reverse mode, dual numbers through the same model, finite differences.
#include <cmath>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xstrided_view.hpp>

#include "model.hpp"
#include "report.hpp"

namespace gmm
{
    namespace
    {
        void print_row(std::string const& name, ad::verify::entry const& e)
        {
            fmt::print("  {:<20} {:20.12f} {:20.12f} {:20.12f}   {:.0e} {:6.0f}\n", name, e.reverse,
                       e.forward, e.finite_difference, e.difference_error, e.ulps);
        }

        // Which of compare_modes' entries belong to which parameter, in the flat order: number every entry and flatten that.
        std::vector<std::size_t> flat_order(std::size_t K, std::size_t d)
        {
            parameters number(K, d);
            double next = 0;
            for (auto& v : number.logits)
                v = next++;
            for (auto& v : number.mean)
                v = next++;
            for (auto& v : number.log_diagonal)
                v = next++;
            for (auto& v : number.lower)
                v = next++;
            std::vector<std::size_t> order;
            for (double v : flatten(number))
                order.push_back(static_cast<std::size_t>(v));
            return order;
        }

        bool all_entries(ad::constant<double, 2> const& points, parameters const& p)
        {
            const auto f = [&](auto const&... all) { return log_likelihood(points, all...); };
            const auto c = ad::verify::compare_modes(f, p.logits, p.mean, p.log_diagonal, p.lower);
            const auto names = flat_names(p.components(), p.dimensions());
            const auto order = flat_order(p.components(), p.dimensions());
            for (std::size_t i = 0; i < names.size(); ++i)
                print_row(names[i], c.all[order[i]]);
            return c.agree;
        }

        // d/dt of f(p + sum_j t_j u_j) at t = 0 for random unit vectors u_j.
        bool along_directions(ad::constant<double, 2> const& points, parameters const& p,
                              std::uint64_t seed)
        {
            constexpr std::size_t directions = 6;
            const auto K = p.components(), d = p.dimensions();
            const auto size = flat_size(K, d);
            std::mt19937_64 engine(seed);
            matrix a = xt::zeros<double>({K, directions}),
                   b = xt::zeros<double>({K * d, directions});
            matrix c = b, e = xt::zeros<double>({K * d * d, directions});
            for (std::size_t j = 0; j < directions; ++j)
            {
                std::vector<double> u(size);
                for (double& v : u)
                    v = ((engine() & 1) != 0 ? 1 : -1) / std::sqrt(static_cast<double>(size));
                const auto q = unflatten(u, K, d);
                std::copy(q.logits.begin(), q.logits.end(),
                          xt::col(a, static_cast<std::ptrdiff_t>(j)).begin());
                std::copy(q.mean.begin(), q.mean.end(),
                          xt::col(b, static_cast<std::ptrdiff_t>(j)).begin());
                std::copy(q.log_diagonal.begin(), q.log_diagonal.end(),
                          xt::col(c, static_cast<std::ptrdiff_t>(j)).begin());
                std::copy(q.lower.begin(), q.lower.end(),
                          xt::col(e, static_cast<std::ptrdiff_t>(j)).begin());
            }
            const auto f = [&](ad::variable<double, 1> const& t)
            {
                const auto moved =
                    [&t]<std::size_t N>(matrix const& u, xt::xtensor<double, N> const& from)
                {
                    const auto step = ad::matmul(u, t);
                    return ad::tensor<double, N>(from + xt::reshape_view(step, from.shape()));
                };
                return log_likelihood(points, moved(a, p.logits), moved(b, p.mean),
                                      moved(c, p.log_diagonal), moved(e, p.lower));
            };
            const auto result =
                ad::verify::compare_modes(f, vector(xt::zeros<double>({directions})));
            for (std::size_t j = 0; j < directions; ++j)
                print_row(fmt::format("direction {}", j + 1), result.all[j]);
            return result.agree;
        }
    }

    bool print_verification(matrix const& points, parameters const& p, std::uint64_t seed)
    {
        constexpr std::size_t most_entries = 60;
        const auto entries = flat_size(p.components(), p.dimensions());
        const ad::constant<double, 2> columns = matrix(xt::transpose(points));
        fmt::print("\ngradient at the start values, standardised data, {}\n",
                   entries <= most_entries
                       ? "every entry"
                       : fmt::format("along random directions ({} entries)", entries));
        fmt::print("  {:<20} {:>20} {:>20} {:>20}   {:>5} {:>6}\n", "", "reverse (tape)",
                   "dual numbers", "finite differences", "+-", "ulp");
        const bool agree =
            entries <= most_entries ? all_entries(columns, p) : along_directions(columns, p, seed);
        fmt::print(
            "  {}\n",
            agree ? "all three agree (ulp: reverse against dual numbers; large where a sum cancels)"
                  : "THEY DO NOT AGREE");
        return agree;
    }
}
