// SPDX-License-Identifier: BSL-1.0
// A kernel's program run operation by operation on active values.
#pragma once
#include <string>
#include <vector>

#include <etape/kernel/replay.hpp>
#include <etape/tape/active.hpp>

namespace etape::replay
{
    enum class values
    {
        needed,  // what the reverse pass reads; the root is given if the program loads it
        all
    };
    // The value of every step; leaves in their numbering.
    std::vector<active> evaluate(replay_program const& p, active const* leaves, values which, active const* root = nullptr);

    struct adjoint_of_leaf
    {
        active value;
        bool present = false;
    };
    // Adjoints of the leaves from the root's, in the shape of the loop (or a number, if the same everywhere).
    std::vector<adjoint_of_leaf> reverse(replay_program const& p, std::vector<active> const& values, active const& g);

    // What a statement needs for this was not kept when it was recorded: says what to do. `found` names the statements.
    [[noreturn]] void refuse_unkept(std::string const& found);

    // The tangent of the root; `moves` says which leaves have one.
    active forward(replay_program const& p, std::vector<active> const& values, active const* tangents, std::vector<bool> const& moves);
}
