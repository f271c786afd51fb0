// SPDX-License-Identifier: BSL-1.0
// The statements of a node and the notes behind a value, as the walks of an explanation go through them.
#pragma once
#include <unordered_set>
#include <vector>

#include "explain_search.hpp"

namespace etape::explaining
{
    // Calls f(statement's results, its edges) for the statements of a node, the last one first.
    template <class F>
    void each_statement(node const& n, F&& f)
    {
        std::vector<edge> edges;
        const auto out = n.result();
        const auto count = n.statements();
        for (std::size_t k = count; k-- > 0;)
        {
            edges.clear();
            n.edges(k, edges);
            const auto first = out.first + static_cast<std::uint32_t>(count == 1 ? 0 : k);
            f(output{out.space, first, count == 1 ? out.count : 1}, edges);
        }
    }
    template <class F>
    bool any_of(output const& o, F&& f)
    {
        for (std::uint32_t j = 0; j < o.count; ++j)
            if (f(key{o.space, o.first + j}))
                return true;
        return false;
    }
    // Calls f(note) for a note and those that it leads to, each once; f returns false to end it.
    template <class F>
    void each_note(const origin* o, F&& f)
    {
        std::unordered_set<const origin*> seen;
        std::vector<const origin*> work{o};
        while (!work.empty())
        {
            const auto* x = work.back();
            work.pop_back();
            if (x == nullptr || !seen.insert(x).second)
                continue;
            if (!f(*x))
                return;
            work.insert(work.end(), x->parents.begin(), x->parents.end());
        }
    }
}
