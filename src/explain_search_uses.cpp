// SPDX-License-Identifier: BSL-1.0
// What the breaks of the path depend on in any way, and what reads a value first.
#include <algorithm>

#include "explain_search.hpp"
#include "explain_statements.hpp"
#include "explain_words.hpp"

namespace etape::explaining
{
    std::vector<std::vector<std::uint32_t>> search::for_each_value(std::uint32_t start) const
    {
        std::vector<std::vector<std::uint32_t>> all;
        all.emplace_back(log_.arrays(), start);
        for (std::size_t k = 1; k < log_.spaces(); ++k)
            all.emplace_back(log_.extent(static_cast<id_space>(k)).count, start);
        return all;
    }

    // ---- what reads a value first ----
    void search::find_readers()
    {
        if (readers_known_)
            return;
        readers_known_ = true;
        readers_ = for_each_value(0);
        std::vector<key> reads;
        for (auto p = log_.nodes(); p-- > 0;)
            each_statement(*log_.log().nodes[p],
                           [&](output const&, std::vector<edge> const& edges)
                           {
                               reads.clear();
                               for (auto const& e : edges)
                                   if (e.tracked)
                                       reads.push_back({e.space, e.id});
                                   else
                                       keys_of(e.space, e.tag, reads);
                               for (auto const& k : reads)
                                   if (auto& of = readers_[static_cast<std::size_t>(k.space)]; k.id < of.size())
                                       of[k.id] = p + 1;
                           });
    }
    std::uint32_t search::first_reader(key k) const
    {
        auto const& of = readers_[static_cast<std::size_t>(k.space)];
        return k.id < of.size() ? of[k.id] : 0;
    }
    std::string search::first_use(known_as const& source)
    {
        find_readers();
        std::uint32_t first = 0;
        for (auto const& k : source)
            if (const auto p = first_reader(k); p != 0 && (first == 0 || p < first))
                first = p;
        if (first == 0)
            return {};
        auto const& n = *log_.log().nodes[first - 1];
        return described(n.name, n.where);
    }

    // ---- what is behind the breaks ----
    search::telling search::behind(key k) const
    {
        auto const& of = behind_[static_cast<std::size_t>(k.space)];
        return k.id < of.size() ? of[k.id] : nothing;
    }
    // One pass from the end: edges and notes lead to earlier values only. Every value learns the most telling break that depends on it.
    void search::mark_uses()
    {
        if (uses_known_)
            return;
        uses_known_ = true;
        find_readers();
        behind_ = for_each_value(nothing);
        used_ = behind_;
        for (telling t = 0; t < by_telling_.size(); ++t)
        {
            for (auto const& k : breaks_[by_telling_[t]].starts)
                use(k, t);
            use_all(t);
        }
        for (auto p = log_.nodes(); p-- > 0;)
            each_statement(*log_.log().nodes[p],
                           [&](output const& out, std::vector<edge> const& edges)
                           {
                               auto t = nothing;
                               any_of(out, [&](key k) { return (t = std::min(t, behind(k))) == 0; });
                               if (t == nothing)
                                   return;
                               std::vector<key> reads;
                               for (auto const& e : edges)
                                   if (e.tracked)
                                       use({e.space, e.id}, t);
                                   else
                                   {
                                       reads.clear();
                                       keys_of(e.space, e.tag, reads);
                                       for (auto const& k : reads)
                                           use(k, t);
                                       use(e.why, t);
                                   }
                               use_all(t);
                           });
    }

    // What break t depends on through a value: the value, and what it was before it was assigned or lost its history.
    void search::use(key k, telling t)
    {
        auto& of = used_[static_cast<std::size_t>(k.space)];
        if (k.id >= of.size() || of[k.id] <= t)
            return;
        of[k.id] = t;
        auto& b = behind_[static_cast<std::size_t>(k.space)][k.id];
        b = std::min(b, t);
        values_to_do_.push_back(k);
    }
    void search::use(const origin* o, telling t)
    {
        if (o == nullptr)
            return;
        auto const [at, fresh] = known_.try_emplace(o, t);
        if (!fresh && at->second <= t)
            return;
        at->second = t;
        notes_to_do_.push_back(o);
    }
    // What a note read, or an assignment replaced, without its own past, unless a statement read it, too.
    void search::use_indirectly(key k, telling t)
    {
        if (first_reader(k) != 0)
            return use(k, t);
        if (auto& of = behind_[static_cast<std::size_t>(k.space)]; k.id < of.size())
            of[k.id] = std::min(of[k.id], t);
    }
    // Chains are long: lists of work instead of recursion.
    void search::use_all(telling t)
    {
        std::vector<key> keys;
        while (!values_to_do_.empty() || !notes_to_do_.empty())
        {
            if (!values_to_do_.empty())
            {
                const auto k = values_to_do_.back();
                values_to_do_.pop_back();
                if (k.space == id_space::array)
                {
                    if (auto const& s = log_.array(k.id); s.node == 0)
                        use(s.why, t);
                    continue;
                }
                auto const& overwrote = overwrote_[static_cast<std::size_t>(k.space)];
                if (const auto it = overwrote.find(k.id); it != overwrote.end())
                    use_indirectly({k.space, it->second}, t);
                use(log_.log().scalar_origin(k.space, log_.stream(k.space)->base + k.id), t);
                continue;
            }
            auto const& x = *notes_to_do_.back();
            notes_to_do_.pop_back();
            for (auto const& r : x.reads)
            {
                keys.clear();
                keys_of(r.space, r.tag, keys);
                for (auto const& k : keys)
                    use_indirectly(k, t);
                if (r.space != id_space::array)
                    use(log_.log().scalar_origin(r.space, r.tag), t);
                else if (!keys.empty() && log_.array(keys.front().id).node == 0)
                    use(log_.array(keys.front().id).why, t);
            }
            for (const auto* parent : x.parents)
                use(parent, t);
        }
    }

    broken const* search::best(known_as const& source)
    {
        if (by_telling_.empty())
            return nullptr;
        mark_uses();
        auto t = nothing;
        for (auto const& k : source)
            t = std::min(t, behind(k));
        return t == nothing ? nullptr : &breaks_[by_telling_[t]];
    }
}
