// SPDX-License-Identifier: BSL-1.0
// The fit for other programs.
#include <fstream>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report.hpp"

namespace gmm
{
    void write_json(std::string const& file, data_set const& data, parameters const& p,
                    double log_likelihood, fit_result const& result)
    {
        const auto w = weights(p);
        auto components = nlohmann::ordered_json::array();
        for (std::size_t k = 0; k < p.components(); ++k)
        {
            std::vector<double> mean;
            std::vector<std::vector<double>> rows;
            const auto s = covariance(p, k);
            for (std::size_t i = 0; i < p.dimensions(); ++i)
            {
                mean.push_back(p.mean(k, i));
                rows.emplace_back();
                for (std::size_t j = 0; j < p.dimensions(); ++j)
                    rows.back().push_back(s(i, j));
            }
            components.push_back({{"weight", w(k)}, {"mean", mean}, {"covariance", rows}});
        }
        const nlohmann::ordered_json all = {{"data", data.path},
                                            {"points", data.size()},
                                            {"columns", data.names},
                                            {"log_likelihood", log_likelihood},
                                            {"converged", result.converged},
                                            {"iterations", result.iterations},
                                            {"gradients", result.gradients},
                                            {"components", components}};
        std::ofstream out(file);
        out << all.dump(2) << '\n';
        if (!out)
            throw std::runtime_error(fmt::format("cannot write '{}'", file));
    }
}
