// SPDX-License-Identifier: BSL-1.0
// What a comparison of modes found: the worst entry, and how far reverse, forward and finite differences agree.
#pragma once
#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace etape::runtime
{
    // One entry of a gradient, by every mode.
    struct entry
    {
        std::size_t input = 0;  // which argument
        std::size_t index = 0;  // flat, row-major
        double reverse = 0;
        double forward = 0;             // dual numbers
        double finite_difference = 0;   // central, extrapolated
        double difference_error = 0;    // estimated error of the finite difference
        double ulps = 0;                // reverse against forward, in units of the larger one's last place
    };

    struct comparison
    {
        bool agree = false;
        std::size_t entries = 0;
        entry worst;                // by reverse against forward
        double worst_relative = 0;  // reverse against forward, relative to the largest entry of that gradient
        entry worst_difference;     // by reverse against finite differences, in units of their own error
        double worst_difference_relative = 0;
        std::string missing;        // explanation, when reverse mode has no gradient for an input
        std::vector<entry> all;     // every entry, in order

        std::string text() const;
        std::string json() const;
    };
    std::ostream& operator<<(std::ostream& out, comparison const& c);

    // Distance in units of the last place of the larger magnitude.
    double ulp_distance(double a, double b, bool single);
    // Fills the summary from `all`.
    void summarise(comparison& c, bool single, double tolerance);
}
