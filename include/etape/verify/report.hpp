// SPDX-License-Identifier: BSL-1.0
// What a comparison of modes found: the worst entry, how far reverse, forward and finite differences agree, and who is alone.
#pragma once
#include <cstddef>
#include <iosfwd>
#include <limits>
#include <string>
#include <vector>

#include <etape/verify/checked_recording.hpp>

namespace etape::runtime
{
    // One entry of a gradient, by every mode.
    struct entry
    {
        std::size_t input = 0;  // which argument
        std::size_t index = 0;  // flat, row-major
        double reverse = 0;
        double forward = 0;            // dual numbers
        double finite_difference = 0;  // central, extrapolated
        double difference_error = 0;   // estimated error of the finite difference
        double ulps = 0;       // reverse against forward, in units of the larger one's last place
        bool missing = false;  // reverse mode has no gradient: 0 stands for it
    };

    // How far the modes may be apart.
    struct tolerances
    {
        double relative =
            0;  // reverse against forward, of the largest entry; 0: 256 units of the number type's last place
        double differences =
            10;  // reverse against finite differences, in their own estimated error
        double ulps = std::numeric_limits<
            double>::infinity();  // reverse against forward, each entry on its own
    };

    struct comparison
    {
        bool agree = false;
        std::size_t entries = 0;
        entry worst;  // by reverse against forward
        double worst_relative =
            0;  // reverse against forward, relative to the largest entry of that gradient
        entry worst_ulps;  // by units of the last place of that entry
        entry
            worst_difference;  // by reverse against finite differences, in units of their own error
        double worst_difference_relative = 0;
        std::string missing;  // explanation, when reverse mode has no gradient for an input
        // Who stands alone where they disagree: "reverse mode", "forward mode", "finite differences" (both modes have it wrong, or
        // there is a kink), "nobody" (all three differ), "the function" (it returns different values for the same input); empty
        // where they agree.
        std::string odd_one_out;
        // What the rest was measured against: the modes (at least two) that agree, or finite differences where they stand against
        // both modes; "none" where nothing can be taken for right.
        std::string oracle;
        std::string suggestion;  // what to look at then
        std::vector<wrong_statement>
            wrong_statements;         // of f, checked one by one; after a disagreement
        double value = 0, again = 0;  // of f (weighted), while it was recorded and while it was not
        std::vector<std::vector<std::size_t>> shapes;  // of the arguments
        std::vector<entry> all;                        // every entry, in order

        // "argument 1, entry (0, 2)"
        std::string place(entry const& e) const;
        std::string text() const;
        std::string json() const;
    };
    std::ostream& operator<<(std::ostream& out, comparison const& c);

    // Thrown by gradcheck.
    struct wrong_gradient : error
    {
        explicit wrong_gradient(comparison c)
            : error("etape: gradcheck: " + c.text()),
              report(std::move(c))
        {
        }
        comparison report;
    };

    // Distance in units of the last place of the larger magnitude.
    double ulp_distance(double a, double b, bool single);
    // Fills the summary from `all`.
    void summarise(comparison& c, bool single, tolerances const& allowed);
    // Is a jvp or a checked recording in progress on this thread?
    bool forward_in_progress() noexcept;
}
