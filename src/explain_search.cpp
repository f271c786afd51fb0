// SPDX-License-Identifier: BSL-1.0
// What both walks of an explanation share: marks, and the notes about what was not recorded.
#include "explain_search.hpp"

#include <algorithm>

#include "explain_statements.hpp"

namespace etape::explaining
{
    namespace
    {
        // The lower, the more it tells.
        int rank(broken const& b)
        {
            switch (b.why)
            {
            case reason::none:
                return 9;
            case reason::control_only:
                return *b.reader != '\0' ? 3 : 4;
            case reason::non_differentiable:
                return 2;
            case reason::foreign_recording:
                return 1;
            default:
                return 0;
            }
        }
    }

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

    search::search(tape_core const& t, std::vector<key> source)
        : tape_(t)
        , log_(t.view())
        , source_(std::move(source))
        , used_(log_)
        , path_(log_)
    {
        mark_uses();
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

    std::vector<search::version> search::versions(std::vector<key> const& of, const origin* why) const
    {
        std::vector<version> all;
        marks seen(log_);
        const auto overwritten = [&](const origin* o)
        {
            if (o == nullptr || o->why != reason::overwritten)
                return;
            std::vector<key> before;
            for (auto const& r : o->reads)
                keys_of(r.space, r.tag, before);
            for (auto const& k : before)
                if (seen.set(k))
                    all.push_back({k, o->where});
        };
        const auto behind = [&](key k)
        {
            if (k.space != id_space::array)
            {
                auto const& overwrote = overwrote_[static_cast<std::size_t>(k.space)];
                if (const auto it = overwrote.find(k.id); it != overwrote.end() && seen.set({k.space, it->second}))
                    all.push_back({{k.space, it->second}, site{}});
                return;
            }
            auto const& s = log_.array(k.id);
            if (s.replaced != 0 && seen.set({k.space, s.replaced - 1}))
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

    broken const* search::best() const
    {
        broken const* found = nullptr;
        for (auto const& b : breaks_)
            if (b.why != reason::none && std::any_of(b.starts.begin(), b.starts.end(), [&](key k) { return const_cast<search*>(this)->uses(k); }) &&
                (found == nullptr || rank(b) < rank(*found)))
                found = &b;
        return found;
    }
}
