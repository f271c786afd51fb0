// SPDX-License-Identifier: BSL-1.0
// The comparison of modes without the types of the function: what is called how often, and the finite differences.
#pragma once
#include <span>
#include <vector>

#include <etape/verify/report.hpp>

namespace etape::runtime
{
    // A function that returns one number, with its inputs, as compare() calls it.
    template <class T>
    class compared_function
    {
    public:
        std::vector<std::span<T>> inputs_to_nudge;    // the entries of each input
        std::vector<std::span<T>> directions_to_set;  // of the same sizes, all 0

        virtual void reverse(comparison& c) = 0;  // the value, an entry of `all` for each entry of the inputs, and what is missing
        virtual double forward() = 0;             // the derivative in the directions
        virtual double value() = 0;
        virtual void record() = 0;  // on a tape that nobody asks

    protected:
        ~compared_function() = default;
    };

    // All modes of f at its inputs: see verify::compare_modes.
    template <class T>
    comparison compare(compared_function<T>& f, std::vector<std::vector<std::size_t>> shapes, tolerances allowed);
    extern template comparison compare(compared_function<float>&, std::vector<std::vector<std::size_t>>, tolerances);
    extern template comparison compare(compared_function<double>&, std::vector<std::vector<std::size_t>>, tolerances);
}
