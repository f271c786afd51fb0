// SPDX-License-Identifier: BSL-1.0
// A picture of data and fit through gnuplot.
#pragma once
#include <string>

#include "data.hpp"

namespace gmm
{
    // The first two columns, points coloured by their most probable component, with the ellipses of one and two standard
    // deviations. The file's ending chooses the format: .svg or .png. Throws std::runtime_error.
    void plot(std::string const& file, data_set const& data, parameters const& p,
              double log_likelihood);
    // Throws std::invalid_argument for an ending that plot does not know and for a folder that does not exist.
    void check_picture_file(std::string const& file);
}
