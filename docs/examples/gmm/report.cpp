// SPDX-License-Identifier: BSL-1.0
// What the program prints after the fit: the parameters, and what a gradient costs.
#include "report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xtensor/xmanipulation.hpp>

#include "model.hpp"

namespace gmm
{
    void print_fit(data_set const& data, parameters const& p, double log_likelihood)
    {
        constexpr std::size_t most_rows = 20, most_columns = 4;
        const auto w = weights(p);
        const auto columns = std::min(p.dimensions(), most_columns),
                   rows = std::min(p.components(), most_rows);
        std::vector<std::size_t> order(p.components());
        for (std::size_t k = 0; k < order.size(); ++k)
            order[k] = k;
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return w(a) > w(b); });

        fmt::print("\nlog-likelihood {:.4f}\n\n", log_likelihood);
        fmt::print("  component  weight");
        for (std::size_t j = 0; j < columns; ++j)
            fmt::print("  {:>22}", fmt::format("{} (sd)", data.names[j]));
        if (columns >= 2)
            fmt::print("  correlation{}", columns > 2 ? " of the first two" : "");
        fmt::print("\n");
        for (std::size_t r = 0; r < rows; ++r)
        {
            const auto k = order[r];
            const auto s = covariance(p, k);
            fmt::print("  {:9}  {:6.4f}", r + 1, w(k));
            for (std::size_t j = 0; j < columns; ++j)
                fmt::print("  {:>22}",
                           fmt::format("{:.4f} ({:.4f})", p.mean(k, j), std::sqrt(s(j, j))));
            if (columns >= 2)
                fmt::print("  {:11.4f}", s(0, 1) / std::sqrt(s(0, 0) * s(1, 1)));
            fmt::print("\n");
        }
        if (rows < p.components() || columns < p.dimensions())
            fmt::print("  (the first {} of {} components and {} of {} columns)\n", rows,
                       p.components(), columns, p.dimensions());
    }

    namespace
    {
        template <class F>
        double seconds_of(F&& f)
        {
            const auto began = std::chrono::steady_clock::now();
            f();
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        }
        double median(std::vector<double> v)
        {
            std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2),
                             v.end());
            return v[v.size() / 2];
        }
        std::string bytes(std::size_t n)
        {
            return n < 10'000    ? fmt::format("{} bytes", n)
                : n < 10'000'000 ? fmt::format("{} kB", n / 1000)
                                 : fmt::format("{} MB", n / 1'000'000);
        }
    }

    void print_cost(matrix const& points, parameters const& p)
    {
        constexpr double budget = 0.3;
        constexpr std::size_t least = 5, most = 1000;
        const ad::constant<double, 2> columns = matrix(xt::transpose(points));
        const mixture m(p);
        std::vector<double> value, gradient;
        for (double spent = 0; value.size() < least || (spent < budget && value.size() < most);
             spent += value.back() + gradient.back())
        {
            value.push_back(seconds_of([&] { log_likelihood(columns, m); }));
            gradient.push_back(seconds_of([&] { differentiate(columns, p); }));
        }
        const auto tape = differentiate(columns, p).tape;
        const double v = median(value), g = median(gradient);
        fmt::print("\ncost (medians of {} runs)\n", value.size());
        fmt::print("  log-likelihood                {:10.1f} us\n", v * 1e6);
        fmt::print(
            "  log-likelihood and gradient   {:10.1f} us, {:.2f} times the log-likelihood, {} derivatives\n",
            g * 1e6, g / v, flat_size(p.components(), p.dimensions()));
        fmt::print(
            "  tape                          {:10} statements, {} edges: {}, and {} of values kept\n",
            tape.statements, tape.edges, bytes(tape.tape_bytes), bytes(tape.kept_bytes));
    }
}
