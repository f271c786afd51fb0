// SPDX-License-Identifier: BSL-1.0
// What the walks of an explanation share: marks, and the notes about what was not recorded.
#include "explain_search.hpp"

#include <unordered_set>

#include "explain_statements.hpp"

namespace etape::explaining
{
    marks::marks(log_view const& log)
        : of_(log.unmarked())
    {
    }

    bool marks::set(key k)
    {
        auto& v = of_[static_cast<std::size_t>(k.space)];
        if (k.id >= v.size() || v[k.id])
            return false;
        v[k.id] = true;
        return true;
    }

    bool marks::get(key k) const
    {
        auto const& v = of_[static_cast<std::size_t>(k.space)];
        return k.id < v.size() && v[k.id];
    }

    search::search(tape_core const& t)
        : tape_(t)
        , log_(t.view())
        , path_(log_)
        , overwrote_(log_.spaces())
    {
        for (std::size_t k = 0; k < overwrote_.size(); ++k)
            if (const auto space = static_cast<id_space>(k); auto const* s = log_.stream(space))
                for (std::size_t i = 0, n = log_.extent(space).overwritten; i < n; ++i)
                    overwrote_[k].emplace(s->overwritten[i].first, s->overwritten[i].second);
    }

    const origin* search::cause(const origin* o)
    {
        const origin* foreign = nullptr;
        const origin* found = nullptr;
        // Another recording is behind many notes: what happened on this one tells more.
        each_note(o,
                  [&](origin const& x)
                  {
                      if (x.why == reason::foreign_recording)
                          foreign = foreign == nullptr ? &x : foreign;
                      else if (x.why != reason::none)
                          found = &x;
                      return found == nullptr;
                  });
        return found != nullptr ? found : foreign;
    }

    void search::keys_of(id_space space, std::uint64_t tag, std::vector<key>& to) const
    {
        if (space == id_space::array)
        {
            if (log_.holds(tag))
                to.push_back({space, log_.log().local(tag)});
            return;
        }
        const auto id = log_.find_scalar(space, tag);
        if (id != record_log::no_id)
            to.push_back({space, id});
    }

    std::vector<search::version> search::versions(known_as const& of, const origin* why) const
    {
        std::vector<version> all;
        std::unordered_set<std::uint64_t> met;
        const auto fresh = [&](key k) { return met.insert(static_cast<std::uint64_t>(k.space) << 32 | k.id).second; };
        const auto overwritten = [&](const origin* o)
        {
            if (o == nullptr || o->why != reason::overwritten)
                return;
            std::vector<key> before;
            for (auto const& r : o->reads)
                keys_of(r.space, r.tag, before);
            for (auto const& k : before)
                if (fresh(k))
                    all.push_back({k, o->where});
        };
        const auto behind = [&](key k)
        {
            if (k.space != id_space::array)
            {
                auto const& overwrote = overwrote_[static_cast<std::size_t>(k.space)];
                if (const auto it = overwrote.find(k.id); it != overwrote.end() && fresh({k.space, it->second}))
                    all.push_back({{k.space, it->second}, site{}});
                return;
            }
            auto const& s = log_.array(k.id);
            if (s.replaced != 0 && fresh({k.space, s.replaced - 1}))
                all.push_back({{k.space, s.replaced - 1}, s.made});
            if (s.node == 0)
                overwritten(s.why);
        };
        overwritten(why);
        for (auto const& k : of)
            behind(k);
        for (std::size_t i = 0; i < all.size(); ++i)
            behind(all[i].before);
        return all;
    }
}
