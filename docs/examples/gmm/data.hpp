// SPDX-License-Identifier: BSL-1.0
// Reading data: a CSV file with one point a row, or one of ADBench's gmm_*.txt with start values.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "parameters.hpp"

namespace gmm
{
    struct data_set
    {
        std::string path;
        std::vector<std::string> names;   // of the columns
        matrix points;                    // (n, d)
        std::optional<parameters> start;  // ADBench files have one

        std::size_t size() const
        {
            return points.shape(0);
        }
        std::size_t dimensions() const
        {
            return points.shape(1);
        }
    };

    // "file:line:column: what was expected and found"
    struct input_error : std::runtime_error
    {
        using std::runtime_error::runtime_error;
        input_error(std::string const& path, std::size_t line, std::size_t column,
                    std::string const& what);
    };

    // A file that ends in .txt is read as ADBench's, any other as CSV. Throws input_error.
    data_set read_data(std::string const& path);
    // Numbers separated by commas, after an optional line of names; empty lines are skipped.
    data_set read_csv(std::string const& path, std::string const& text);
    // d K n; K logits; K means; K precision factors (log-diagonal, then below the diagonal by columns); n points; gamma m (the
    // prior, which a maximum likelihood fit does not use). Separated by white space.
    data_set read_adbench(std::string const& path, std::string const& text);

    // For messages: in quotes, without what a terminal would not show, and not long.
    std::string quoted(std::string_view text);
    // The whole of text as a finite number.
    std::optional<double> parse_number(std::string_view text);
}
