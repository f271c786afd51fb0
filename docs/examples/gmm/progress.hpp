// SPDX-License-Identifier: BSL-1.0
// Progress of the fit: a bar on a terminal, lines in a pipe or a file.
#pragma once
#include <string>

#include "fit.hpp"

namespace gmm
{
    class progress
    {
    public:
        // The log-likelihood is shown in the original units.
        progress(scaling const& units, std::size_t points, bool quiet);
        void operator()(iteration const& i);
        // The bar is full when the fit converged.
        void finish(bool converged);

    private:
        void draw_bar(iteration const& i, double log_likelihood);

        scaling const& units_;
        std::size_t points_;
        bool quiet_, terminal_;
        double first_slope_ = 0, done_ = 0;
        std::string last_;
    };
}
