// SPDX-License-Identifier: BSL-1.0
// Sources that no statement reads: unconnected, without a search for the reason.
#include "unread_sources.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace etape::differentiating
{
    namespace
    {
        // A value on the log that knows how it lost its history.
        bool has_history(log_view const& view, id_space space, std::uint32_t id)
        {
            if (space == id_space::array)
                return view.log().arrays[id].why != nullptr;
            auto const& s = *view.stream(space);
            return view.log().scalar_origin(space, s.base + id) != nullptr || s.is_forgotten(id);
        }
        bool has_history(log_view const& view, edge const& e)
        {
            return e.tracked ? has_history(view, e.space, e.id)
                             : e.tag != 0 || e.why != nullptr || (e.values != nullptr && e.values->role == buffer_role::result);
        }
        bool has_history(log_view const& view, target_request const& r)
        {
            if (r.id != record_log::no_id)
                return has_history(view, r.space, r.id);
            return r.values != nullptr ? r.values->why != nullptr || r.values->role == buffer_role::result : *r.tag != 0;
        }
    }

    void settle_unread(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets,
                       source_request* sources, std::size_t n_sources)
    {
        struct candidate
        {
            id_space space;
            std::uint32_t id;
            std::size_t source;
            bool operator<(candidate const& o) const
            {
                return std::pair(space, id) < std::pair(o.space, o.id);
            }
        };
        std::vector<candidate> all;
        std::vector<bool> unread(n_sources);
        for (std::size_t i = 0; i < n_sources; ++i)
            if (unread[i] = sources[i].missing && sources[i].zero_if_unread; unread[i])
                for (auto id : sources[i].candidates)
                    if (id != record_log::no_id)
                        all.push_back({sources[i].space, id, i});
        if (std::none_of(unread.begin(), unread.end(), [](bool u) { return u; }) ||
            std::any_of(targets, targets + n_targets, [&](auto const& r) { return has_history(view, r); }))
            return;
        std::sort(all.begin(), all.end());
        std::vector<edge> edges;
        for (std::size_t w = 0; w < windows.size(); ++w)
            for (auto p = windows[w].first; p < windows[w].second; ++p)
            {
                auto const& n = *view.log().nodes[p];
                edges.clear();
                for (auto k = n.statements(); k-- > 0;)
                    n.edges(k, edges);
                for (auto const& e : edges)
                {
                    if (has_history(view, e))
                        return;
                    const candidate read{e.space, e.id, 0};
                    for (auto at = std::lower_bound(all.begin(), all.end(), read); e.tracked && at != all.end() && !(read < *at); ++at)
                        unread[at->source] = false;
                }
            }
        for (std::size_t i = 0; i < n_sources; ++i)
            if (unread[i])
                sources[i].missing->why = reason::unconnected;
    }
}
