// SPDX-License-Identifier: BSL-1.0
// The statements of a node in the order of recording.
#pragma once
#include <vector>

#include <etape/tape/node.hpp>

namespace etape
{
    // f(k, its edges) for every statement k, the first one first: each may read the one before it. A run hands out its
    // statements from the last to the first.
    template <class F>
    void each_statement_in_order(node const& n, F&& f)
    {
        const std::size_t count = n.statements();
        std::vector<edge> edges, own;
        std::vector<std::size_t> begin(count + 1);
        for (std::size_t k = count; k-- > 0;)
        {
            begin[k + 1] = edges.size();
            n.edges(k, edges);
        }
        begin[0] = edges.size();
        for (std::size_t k = 0; k < count; ++k)
        {
            own.assign(edges.begin() + static_cast<std::ptrdiff_t>(begin[k + 1]), edges.begin() + static_cast<std::ptrdiff_t>(begin[k]));
            f(k, own);
        }
    }
}
