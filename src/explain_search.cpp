// SPDX-License-Identifier: BSL-1.0
// The walks behind an explanation, over what is recorded and over the notes about what is not.
#include "explain_search.hpp"

#include <algorithm>
#include <unordered_set>

namespace etape::explaining
{
    namespace
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

    std::string described(const char* operation, site const& where)
    {
        std::string text = *operation != '\0' ? operation : "an operation";
        if (where.known())
            text += " at " + to_string(where);
        return text;
    }

    std::string described_result(buffer const& b)
    {
        std::string text = runtime::operation_name(b.operation);
        if (b.made.known())
            text += (text.empty() ? "at " : " at ") + to_string(b.made);
        return text;
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
        std::unordered_set<const origin*> seen;
        std::vector<const origin*> work{o};
        while (!work.empty())
        {
            const auto* x = work.back();
            work.pop_back();
            if (x == nullptr || !seen.insert(x).second)
                continue;
            // Another recording is behind many notes: what happened on this one tells more.
            if (x->why != reason::none && x->why != reason::foreign_recording)
                return x;
            if (x->why != reason::none && foreign == nullptr)
                foreign = x;
            work.insert(work.end(), x->parents.begin(), x->parents.end());
        }
        return foreign;
    }

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
            each_statement(*n, [&](output const& out, std::vector<edge> const& edges)
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
    void search::reads_of(const origin* o, std::vector<key>& to) const
    {
        std::unordered_set<const origin*> seen;
        std::vector<const origin*> work{o};
        while (!work.empty())
        {
            const auto* x = work.back();
            work.pop_back();
            if (x == nullptr || !seen.insert(x).second)
                continue;
            for (auto const& r : x->reads)
                keys_of(r.space, r.tag, to);
            work.insert(work.end(), x->parents.begin(), x->parents.end());
        }
    }
    std::string search::first_use() const
    {
        std::string text;
        for (std::uint32_t p = 0; p < log_.nodes(); ++p)
        {
            auto const* n = log_.log().nodes[p];
            each_statement(*n, [&](output const&, std::vector<edge> const& edges)
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

    // ---- from the targets back ----
    bool search::reached() const
    {
        return std::any_of(source_.begin(), source_.end(), [&](key k) { return path_.get(k); });
    }
    void search::from_lost_target(const origin* o)
    {
        if (o == nullptr)
            return;
        lost(o, reason::none, nullptr);
        note_stranger(o);
    }
    void search::from_targets(std::vector<key> const& starts)
    {
        for (auto const& k : starts)
            path_.set(k);
        // Edges lead to earlier values, so one pass from the end suffices.
        for (auto p = log_.nodes(); p-- > 0;)
        {
            auto const& n = *log_.log().nodes[p];
            each_statement(n, [&](output const& out, std::vector<edge> const& edges)
                {
                    key hit{out.space, out.first};
                    if (!any_of(out, [&](key k) { return path_.get(k) && (hit = k, true); }))
                        return;
                    if (edges.empty())
                        return;  // a new number
                    if (!tape_.covers(p))
                        return outside(p, n, hit);
                    for (auto const& e : edges)
                        follow(n, e);
                });
        }
        at_leaves();
    }
    void search::outside(std::uint32_t position, node const& n, key out)
    {
        broken b;
        b.state = position < tape_.first_position ? nullptr : tape_.state_at_position(position);
        b.why = b.state == nullptr ? reason::foreign_recording : reason::recorded_while_paused;
        b.operation = n.name;
        b.where = n.where;
        b.starts.push_back(out);
        breaks_.push_back(std::move(b));
    }
    void search::follow(node const& n, edge const& e)
    {
        if (!e.tracked)
        {
            const auto* o = e.why != nullptr ? e.why : e.space == id_space::array ? nullptr : log_.log().scalar_origin(e.space, e.tag);
            std::vector<key> keys;
            keys_of(e.space, e.tag, keys);
            reason otherwise = reason::foreign_recording;
            if (e.space == id_space::array && !keys.empty())
                otherwise = log_.array(keys.front().id).node == 0 ? reason::not_watched : reason::escaped;
            lost(o, otherwise, &n);
            auto& b = breaks_.back();
            b.starts.insert(b.starts.end(), keys.begin(), keys.end());
            b.direct = true;
            if (o == nullptr && keys.empty() &&
                (e.tag != 0 || (e.values != nullptr && e.values->role == buffer_role::result)))
                note_stranger(e.values, n);
            else
                note_stranger(o);
            return;
        }
        if ((e.paths & 1u) != 0)
        {
            path_.set({e.space, e.id});
            return;
        }
        broken b;
        b.why = (e.paths & edge::missing_rule) != 0 ? reason::rule_missing
                : (e.paths & 4u) != 0              ? reason::non_differentiable
                                                   : reason::control_only;
        b.operation = e.cut;
        b.where = b.read_at = n.where;
        b.reader = n.name;
        b.starts.push_back({e.space, e.id});
        breaks_.push_back(std::move(b));
    }
    void search::lost(const origin* o, reason otherwise, node const* reader)
    {
        broken b;
        const auto* c = cause(o);
        b.why = c != nullptr ? c->why : otherwise;
        if (c != nullptr)
        {
            b.operation = c->operation;
            b.where = c->where;
            if (b.why == reason::recorded_while_paused)
                b.state = tape_.state_at_stamp(c->stamp);
        }
        if (reader != nullptr)
        {
            b.reader = reader->name;
            b.read_at = reader->where;
        }
        reads_of(o, b.starts);
        breaks_.push_back(std::move(b));
    }
    namespace
    {
        constexpr std::size_t few_strangers = 4;
    }
    void search::add_stranger(std::string text)
    {
        if (strangers.size() < few_strangers &&
            std::find(strangers.begin(), strangers.end(), text) == strangers.end())
            strangers.push_back(std::move(text));
    }
    void search::note_stranger(buffer const* values, node const& reader)
    {
        if (values == nullptr)
            return add_stranger("what " + described(reader.name, reader.where) + " reads");
        add_stranger((values->operation != 0 ? "the result of " : "the result ") +
                     described_result(*values));
    }
    // The notes at the end of the chains.
    void search::note_stranger(const origin* o)
    {
        std::unordered_set<const origin*> seen;
        std::vector<const origin*> work{o};
        while (!work.empty() && strangers.size() < few_strangers)
        {
            const auto* x = work.back();
            work.pop_back();
            if (x == nullptr || !seen.insert(x).second)
                continue;
            if (x->why == reason::foreign_recording)
                add_stranger("the result of " + described(x->operation, x->where));
            work.insert(work.end(), x->parents.begin(), x->parents.end());
        }
    }

    std::vector<search::version> search::versions(std::vector<key> const& of,
                                                  const origin* why) const
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
                if (const auto it = overwrote.find(k.id);
                    it != overwrote.end() && seen.set({k.space, it->second}))
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

    void search::at_leaves()
    {
        for (std::uint32_t id = 0; id < log_.arrays(); ++id)
            if (auto const& s = log_.array(id); s.node == 0 && path_.get({id_space::array, id}))
            {
                leaves.push_back({id_space::array, id});
                if (s.why != nullptr)
                    lost(s.why, reason::none, nullptr);
            }
        for (std::size_t k = 0; k < overwrote_.size(); ++k)
            if (const auto space = static_cast<id_space>(k); log_.stream(space) != nullptr)
                at_scalar_leaves(space);
    }
    void search::at_scalar_leaves(id_space space)
    {
        auto const& s = *log_.stream(space);
        const auto extent = log_.extent(space);
        for (std::size_t i = 0; i < extent.overwritten; ++i)
            if (auto const& [fresh, old] = s.overwritten[i]; path_.get({space, fresh}))
            {
                broken b;
                b.why = reason::overwritten;
                b.operation = "assignment";
                b.starts.push_back({space, old});
                breaks_.push_back(std::move(b));
            }
        for (std::uint32_t id = 0; id < extent.count; ++id)
            if (path_.get({space, id}))
                if (const auto* o = log_.log().scalar_origin(space, s.base + id))
                    lost(o, reason::none, nullptr);
        for (std::size_t j = 1; j < extent.ordinals; ++j)
            if (path_.get({space, s.leaf_of_ordinal[j]}))
                leaves.push_back({space, s.leaf_of_ordinal[j]});
        // Last: what was compared steered the program, wherever the target is.
        if (extent.compared != 0)
        {
            broken b;
            b.why = reason::control_only;
            b.operation = "a comparison";
            for (std::size_t i = 0; i < extent.compared; ++i)
                b.starts.push_back({space, s.compared[i]});
            breaks_.push_back(std::move(b));
        }
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
