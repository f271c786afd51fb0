// SPDX-License-Identifier: BSL-1.0
// Rows of the rule table on blocks of dual numbers (value and one tangent), when the row is known only at run time.
#pragma once
#include <cstddef>

#include <etape/rule/number.hpp>
#include <etape/tape/dual_sweep.hpp>

namespace etape::dual_blocks
{
    // A block of dual numbers, values and tangents apart.
    template <class T>
    using block = dual_memory<T>;

    // n is a multiple of the widest SIMD lane; nothing is aligned.
    template <class T>
    struct row
    {
        // y = f(a...) and what the rule's derivatives share with it (aux).
        void (*value)(std::size_t n, block<const T> const* a, block<T> y, block<T> aux);
        // Contributions of the adjoint g to argument j: stored, or added.
        void (*pull[3])(std::size_t n, block<const T> g, block<const T> y, block<const T> aux, block<const T> const* a, block<T> to, bool add);
    };
    template <class T>
    row<T> const& row_of(row_number r);
    extern template row<double> const& row_of<double>(row_number);
    extern template row<float> const& row_of<float>(row_number);

    inline constexpr std::size_t widest_lane = 16;  // floats of 512 bits
}
