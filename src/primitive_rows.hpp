// SPDX-License-Identifier: BSL-1.0
// What can be done with a row of the rule table when its number is known only at run time.
#pragma once
#include "active_lane.hpp"

namespace etape::primitive
{
    // Arguments of a loop: step 1, or 0 for a number.
    template <class T>
    struct loop_arguments
    {
        const T* data[3] = {nullptr, nullptr, nullptr};
        std::ptrdiff_t step[3] = {0, 0, 0};
    };
    template <class T>
    struct row_functions
    {
        const char* name;
        int arity;
        bool passes[3];
        void (*value)(std::size_t n, loop_arguments<T> const& in, T* out);
        void (*pull)(active const& g, active const& y, active const* args, const bool* wanted, active* out);
        active (*push)(active const& y, active const* args, active const* tangents);
    };
    template <class T>
    row_functions<T> const& functions_of(row_number row);
    extern template row_functions<double> const& functions_of<double>(row_number);
    extern template row_functions<float> const& functions_of<float>(row_number);

    // psi^(n) of n elements.
    template <class T>
    void polygamma_values(int order, std::size_t n, const T* in, T* out);
    extern template void polygamma_values<double>(int, std::size_t, const double*, double*);
    extern template void polygamma_values<float>(int, std::size_t, const float*, float*);
}
