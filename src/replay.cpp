// SPDX-License-Identifier: BSL-1.0
// A kernel's program run operation by operation: values, adjoints, tangents.
#include "replay.hpp"

#include <array>

#include <etape/core/error.hpp>
#include <etape/tape/log.hpp>

namespace etape::replay
{
    namespace
    {
        std::array<active, 3> arguments(replay_step const& s, std::vector<active> const& v)
        {
            std::array<active, 3> a;
            for (int j = 0; j < s.arity; ++j)
                a[static_cast<std::size_t>(j)] = v[static_cast<std::size_t>(s.arg[j])];
            return a;
        }
    }

    std::vector<active> evaluate(replay_program const& p, active const* leaves, values which, active const* root)
    {
        std::vector<active> v(static_cast<std::size_t>(p.size));
        const bool single = p.leaves > 0 && leaves[0].single;
        for (int i = 0; i < p.size; ++i)
        {
            auto const& s = p.steps[i];
            auto& to = v[static_cast<std::size_t>(i)];
            to.single = single;
            if (i + 1 == p.size && root != nullptr && p.load_root)
                to = *root;
            else if (which == values::needed && !s.computed)
                continue;
            else if (s.leaf >= 0)
                to = leaves[s.leaf];
            else
                to = primitive::apply(s.row, arguments(s, v).data(), s.arity);
        }
        return v;
    }

    std::vector<adjoint_of_leaf> reverse(replay_program const& p, std::vector<active> const& values, active const& g)
    {
        std::vector<adjoint_of_leaf> leaves(static_cast<std::size_t>(p.leaves)), a(static_cast<std::size_t>(p.size));
        auto deliver = [](adjoint_of_leaf& to, active const& c)
        {
            to.value = to.present ? primitive::add(to.value, c) : c;
            to.present = true;
        };
        deliver(a.back(), g);
        for (int i = p.size; i-- > 0;)
        {
            auto const& s = p.steps[i];
            auto& own = a[static_cast<std::size_t>(i)];
            if (!s.pulled || !own.present)
                continue;
            if (s.leaf >= 0)
            {
                deliver(leaves[static_cast<std::size_t>(s.leaf)], own.value);
                continue;
            }
            active to[3];
            primitive::pull(s.row, own.value, values[static_cast<std::size_t>(i)], arguments(s, values).data(), s.pulls, to);
            for (int j = 0; j < s.arity; ++j)
                if (s.pulls[j])
                    deliver(a[static_cast<std::size_t>(s.arg[j])], to[j]);
        }
        return leaves;
    }

    active forward(replay_program const& p, std::vector<active> const& values, active const* tangents, std::vector<bool> const& moves)
    {
        std::vector<active> t(static_cast<std::size_t>(p.size));
        std::vector<bool> moving(static_cast<std::size_t>(p.size), false);
        const auto zero = primitive::constant(0, values.back().single);
        for (int i = 0; i < p.size; ++i)
        {
            auto const& s = p.steps[i];
            const auto at = static_cast<std::size_t>(i);
            t[at] = zero;
            if (s.leaf >= 0)
            {
                if ((moving[at] = s.active && moves[static_cast<std::size_t>(s.leaf)]))
                    t[at] = tangents[s.leaf];
                continue;
            }
            if (!s.active)
                continue;
            for (int j = 0; j < s.arity; ++j)
                moving[at] = moving[at] || moving[static_cast<std::size_t>(s.arg[j])];
            if (moving[at])
                t[at] = primitive::push(s.row, values[at], arguments(s, values).data(), arguments(s, t).data());
        }
        return t.back();
    }

    void refuse_unkept(std::string const& found)
    {
        const std::string text = "etape: derivative of a derivative: found " + found;
        auto const& thread = runtime::thread;
        if (thread.higher_order || (thread.log != nullptr && thread.log->forward != nullptr))
            throw rule_error(text + ", recorded before the outer tape was opened, or reading an expression kept in `auto` from before the inner one, "
                                    "expected an outer tape that is opened first, and variable<T> for what is kept");
        throw rule_error(text + ", recorded by a tape that is neither persistent nor inside another one, so that no tape records this derivative, "
                                "expected a persistent tape, tape(true), or a tape that is opened inside another one; or a plain gradient, gradient(y, x)");
    }
}
