// SPDX-License-Identifier: BSL-1.0
// Which paths from the targets go through rules that have no reverse form: found by the structure of the recording.
#include "lost_rules.hpp"

#include <algorithm>
#include <string>

#include <etape/core/error.hpp>

namespace etape::differentiating
{
    lost_rules::lost_rules(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets,
                           std::uint32_t from)
        : reached_(view.unmarked())
        , lost_(view.unmarked())
    {
        const auto mark = [](std::vector<std::vector<bool>>& in, id_space space, std::uint32_t id) { in[static_cast<std::size_t>(space)][id] = true; };
        for (auto const* t = targets; t != targets + n_targets; ++t)
            if (t->id != record_log::no_id)
                mark(reached_, t->space, t->id);
        std::vector<edge> edges;
        for (std::size_t w = windows.size(); w-- > 0;)
            for (std::uint32_t p = windows[w].second; p-- > std::max(windows[w].first, from);)
            {
                auto const& n = *view.log().nodes[p];
                const auto out = n.result();
                const std::size_t statements = n.statements();
                for (std::size_t k = statements; k-- > 0;)
                {
                    const auto any = [&](std::vector<std::vector<bool>> const& in)
                    {
                        auto const& of = in[static_cast<std::size_t>(out.space)];
                        if (statements != 1)
                            return static_cast<bool>(of[out.first + k]);
                        return std::any_of(of.begin() + out.first, of.begin() + out.first + out.count, [](bool b) { return b; });
                    };
                    const bool reached = any(reached_), lost = any(lost_);
                    if (!reached && !lost)
                        continue;
                    edges.clear();
                    n.edges(k, edges);
                    for (auto const& e : edges)
                    {
                        if (!e.tracked)
                            continue;
                        const bool follows = (e.paths & 1u) != 0, missing = (e.paths & edge::missing_rule) != 0;
                        if (reached && follows)
                            mark(reached_, e.space, e.id);
                        if ((lost && (follows || missing)) || (reached && missing))
                            mark(lost_, e.space, e.id);
                        if (reached && missing)
                            rule_ = &n;
                    }
                }
            }
    }

    void lost_rules::refuse(std::size_t k, site const& where) const
    {
        throw rule_error("etape: gradient" + (where.known() ? " at " + to_string(where) : std::string()) + ": found the rule '" + rule_->name +
                         "' (registered at " + to_string(rule_->where) + ") without a vjp on a path from the target to source " + std::to_string(k) +
                         ", which other paths reach, expected a rule with a vjp: the gradient would lack its part");
    }
}
