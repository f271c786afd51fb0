// SPDX-License-Identifier: BSL-1.0
// The walk forward: what uses the source in any way.
#include <algorithm>

#include "explain_search.hpp"
#include "explain_statements.hpp"
#include "explain_words.hpp"

namespace etape::explaining
{
    // ---- what uses the source ----
    // One pass in the order of recording: edges and notes lead to earlier values only.
    void search::mark_uses()
    {
        for (auto const& k : source_)
            used_.set(k);
        overwrote_.resize(log_.spaces());
        for (std::size_t k = 0; k < overwrote_.size(); ++k)
            if (const auto space = static_cast<id_space>(k); auto const* s = log_.stream(space))
                for (std::size_t i = 0, n = log_.extent(space).overwritten; i < n; ++i)
                    overwrote_[k].emplace(s->overwritten[i].first, s->overwritten[i].second);
        // A run hands out its statements from the last to the first, but each may use the one before it.
        std::vector<key> reads;
        std::vector<std::pair<output, std::size_t>> statements;
        for (std::uint32_t p = 0; p < log_.nodes(); ++p)
        {
            auto const* n = log_.log().nodes[p];
            reads.clear();
            statements.clear();
            each_statement(*n,
                           [&](output const& out, std::vector<edge> const& edges)
                           {
                               bool lost_use = false;
                               for (auto const& e : edges)
                                   if (e.tracked)
                                       reads.push_back({e.space, e.id});
                                   else
                                   {
                                       keys_of(e.space, e.tag, reads);
                                       lost_use = lost_use || uses(e.why);
                                   }
                               if (lost_use)
                                   reads.push_back(source_.front());
                               statements.emplace_back(out, reads.size());
                           });
            for (std::size_t k = statements.size(); k-- > 0;)
            {
                const auto first = k == 0 ? 0 : statements[k - 1].second;
                for (auto i = first; i < statements[k].second; ++i)
                    if (uses(reads[i]))
                    {
                        any_of(statements[k].first, [&](key out) { return used_.set(out) && false; });
                        break;
                    }
            }
        }
    }

    bool search::uses(key k)
    {
        if (used_.get(k))
            return true;
        if (k.space == id_space::array)
        {
            auto const& s = log_.array(k.id);
            return s.node == 0 && s.why != nullptr && uses(s.why) && (used_.set(k), true);
        }
        const auto base = log_.stream(k.space)->base;
        auto const& overwrote = overwrote_[static_cast<std::size_t>(k.space)];
        if (const auto it = overwrote.find(k.id); it != overwrote.end() && used_.get({k.space, it->second}))
            return used_.set(k), true;
        const auto* o = log_.log().scalar_origin(k.space, base + k.id);
        return o != nullptr && uses(o) && (used_.set(k), true);
    }

    bool search::uses(const origin* o)
    {
        if (o == nullptr)
            return false;
        // Chains are long: a list of work. A note is decided when all that it leads to is.
        std::vector<const origin*> work{o};
        while (!work.empty())
        {
            const auto* x = work.back();
            if (known_.contains(x))
            {
                work.pop_back();
                continue;
            }
            bool use = false, open = false;
            auto parent = [&](const origin* p)
            {
                if (p == nullptr || p == x)
                    return;
                if (const auto it = known_.find(p); it != known_.end())
                    use = use || it->second;
                else
                {
                    work.push_back(p);
                    open = true;
                }
            };
            for (auto const& r : x->reads)
            {
                std::vector<key> keys;
                keys_of(r.space, r.tag, keys);
                use = use || std::any_of(keys.begin(), keys.end(), [&](key k) { return used_.get(k); });
                if (r.space != id_space::array)
                    parent(log_.log().scalar_origin(r.space, r.tag));
                else if (!keys.empty() && log_.array(keys.front().id).node == 0)
                    parent(log_.array(keys.front().id).why);
            }
            for (const auto* p : x->parents)
                parent(p);
            if (use || !open)
                known_[x] = use;
        }
        return known_[o];
    }

    std::string search::first_use() const
    {
        std::string text;
        for (std::uint32_t p = 0; p < log_.nodes(); ++p)
        {
            auto const* n = log_.log().nodes[p];
            each_statement(*n,
                           [&](output const&, std::vector<edge> const& edges)
                           {
                               for (auto const& e : edges)
                                   for (auto const& s : source_)
                                   {
                                       std::vector<key> keys;
                                       if (e.tracked)
                                           keys.push_back({e.space, e.id});
                                       else
                                           keys_of(e.space, e.tag, keys);
                                       if (!keys.empty() && keys.front().space == s.space && keys.front().id == s.id)
                                           text = described(n->name, n->where);
                                   }
                           });
            if (!text.empty())
                break;
        }
        return text;
    }
}
