// SPDX-License-Identifier: BSL-1.0
// Progress of the fit: a bar on a terminal, lines in a pipe or a file.
#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace gmm
{
    namespace
    {
        constexpr int bar_width = 30;
    }

    progress::progress(scaling const& units, std::size_t points, bool quiet)
        : units_(units),
          points_(points),
          quiet_(quiet),
          terminal_(isatty(STDOUT_FILENO) == 1)
    {
    }

    void progress::operator()(iteration const& i)
    {
        if (quiet_)
            return;
        const double log_likelihood = units_.restore(i.log_likelihood, points_);
        if (terminal_)
            draw_bar(i, log_likelihood);
        else
            fmt::print("  iteration {:3}  log-likelihood {:.6f}  largest slope {:.1e}\n", i.number,
                       log_likelihood, i.largest_slope);
        std::fflush(stdout);
    }

    // Nobody knows how many iterations are left; how far the gradient has fallen, on a logarithmic scale, is a fair guess.
    void progress::draw_bar(iteration const& i, double log_likelihood)
    {
        constexpr double smallest_slope = 1e-6;
        if (i.number == 1)
            first_slope_ = std::max(i.largest_slope, 10 * smallest_slope);
        done_ = std::clamp(std::log(first_slope_ / i.largest_slope) /
                               std::log(first_slope_ / smallest_slope),
                           done_, 1.0);
        const int full = static_cast<int>(done_ * bar_width);
        last_ = fmt::format("iteration {:3}  log-likelihood {:.6f}  largest slope {:.1e}", i.number,
                            log_likelihood, i.largest_slope);
        fmt::print("\r  [{:#<{}}{:.<{}}] {}\033[K", "", full, "", bar_width - full, last_);
    }

    void progress::finish(bool converged)
    {
        if (quiet_ || !terminal_ || last_.empty())
            return;
        if (converged)
            fmt::print("\r  [{:#<{}}] {}\033[K", "", bar_width, last_);
        fmt::print("\n");
    }
}
