// SPDX-License-Identifier: BSL-1.0
// What the program prints after the fit.
#pragma once
#include <cstdint>

#include "data.hpp"
#include "fit.hpp"

namespace gmm
{
    void print_fit(data_set const& data, parameters const& p, double log_likelihood);
    // The gradient at p by three methods; false when they do not agree. Points are (n, d). With many parameters the
    // derivatives along a few random directions are compared instead.
    bool print_verification(matrix const& points, parameters const& p, std::uint64_t seed);
    void print_cost(matrix const& points, parameters const& p);
    // Throws std::runtime_error when the file cannot be written.
    void write_json(std::string const& file, data_set const& data, parameters const& p,
                    double log_likelihood, fit_result const& result);
}
