// SPDX-License-Identifier: BSL-1.0
// A kernel's program as data: what a derivative of a derivative runs through, operation by operation.
#pragma once
#include <array>
#include <cstdint>

#include <etape/expr/program.hpp>
#include <etape/rule/number.hpp>

namespace etape
{
    struct replay_step
    {
        row_number row = row_number::unknown;
        std::int16_t leaf = -1;  // number of the leaf, for a leaf
        std::int16_t arity = 0;
        std::int16_t arg[3] = {-1, -1, -1};
        bool pulls[3] = {false, false, false};  // an adjoint goes on to this argument
        bool active = false;
        bool pulled = false;
        bool computed = false;  // the reverse pass reads the value, or what is computed from it
    };
    struct replay_program
    {
        const replay_step* steps = nullptr;  // the last one is the root
        int size = 0;
        int leaves = 0;
        bool load_root = false;  // the reverse pass reads the stored result
        const char* name = "";
    };
}

ETAPE_BEGIN_ARCH
namespace kernel
{
    // Of kernel::steps<Tree, Map>.
    template <class Steps, class Tree>
    struct replay_of
    {
        static constexpr auto steps = []
        {
            std::array<replay_step, static_cast<std::size_t>(Steps::size)> all{};
            auto fill = [&]<int I>(std::integral_constant<int, I>)
            {
                constexpr auto s = Steps::program[I];
                auto& to = all[static_cast<std::size_t>(I)];
                to.leaf = static_cast<std::int16_t>(s.leaf);
                to.arity = static_cast<std::int16_t>(s.arity);
                for (int j = 0; j < s.arity; ++j)
                {
                    to.arg[j] = static_cast<std::int16_t>(s.arg[j]);
                    to.pulls[j] = Steps::program.pulls(I, j);
                }
                to.active = s.active;
                to.pulled = s.pulled;
                to.computed = s.compute || s.keep_value;
                if constexpr (s.arity > 0)
                    to.row = rule::number_of<expr::rule_of<Tree, s.operation>>;
            };
            [&]<int... I>(std::integer_sequence<int, I...>) { (fill(std::integral_constant<int, I>{}), ...); }(
                std::make_integer_sequence<int, Steps::size>{});
            return all;
        }();
        static constexpr replay_program value{steps.data(), Steps::size, Steps::leaves, Steps::program.load_root, ""};
    };

    // One row with leaves of its own.
    template <class Rule>
    struct replay_of_row
    {
        static constexpr auto steps = []
        {
            std::array<replay_step, static_cast<std::size_t>(Rule::arity) + 1> all{};
            auto& root = all[static_cast<std::size_t>(Rule::arity)];
            root.leaf = -1;
            root.row = rule::number_of<Rule>;
            root.arity = static_cast<std::int16_t>(Rule::arity);
            root.pulled = true;
            root.computed = true;
            for (int j = 0; j < Rule::arity; ++j)
            {
                auto& leaf = all[static_cast<std::size_t>(j)];
                leaf.leaf = static_cast<std::int16_t>(j);
                leaf.active = leaf.pulled = leaf.computed = true;
                root.arg[j] = static_cast<std::int16_t>(j);
                root.pulls[j] = Rule::active[j];
                root.active = root.active || Rule::active[j];
            }
            return all;
        }();
        static constexpr replay_program value{steps.data(), Rule::arity + 1, Rule::arity, false, Rule::name};
    };
}
ETAPE_END_ARCH
