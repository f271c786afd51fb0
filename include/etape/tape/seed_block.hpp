// SPDX-License-Identifier: BSL-1.0
// Several rows of a Jacobian in one sweep over scalar statements: the adjoints of a block of seeds lie side by side.
#pragma once
#include <vector>

#include <etape/tape/active.hpp>
#include <etape/tape/differentiate.hpp>

namespace etape::runtime
{
    inline constexpr std::size_t seed_block = 8;

    // Rows first ... last - 1 of d target / d sources, appended to rows[k] for source k, in sweeps of seed_block rows each. The
    // sources were resolved by a sweep of another row, which reached all of them. False (and nothing done) when something other
    // than scalar statements, elements of arrays and arrays of numbers was recorded, where separate sweeps cost no more.
    template <class T>
    bool jacobian_rows(tape_core& t, buffer const& target, std::size_t first, std::size_t last, std::vector<source_request> const& sources,
                       std::vector<std::vector<active>>& rows);
    extern template bool jacobian_rows<double>(tape_core&, buffer const&, std::size_t, std::size_t, std::vector<source_request> const&,
                                               std::vector<std::vector<active>>&);
    extern template bool jacobian_rows<float>(tape_core&, buffer const&, std::size_t, std::size_t, std::vector<source_request> const&,
                                              std::vector<std::vector<active>>&);
}
