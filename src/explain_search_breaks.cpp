// SPDX-License-Identifier: BSL-1.0
// The walk back from the targets along differentiable edges, up to the places where the path breaks.
#include <algorithm>

#include <etape/tape/external_node.hpp>

#include "explain_search.hpp"
#include "explain_statements.hpp"
#include "explain_words.hpp"

namespace etape::explaining
{
    namespace
    {
        // The lower, the more it tells.
        int rank(broken const& b)
        {
            switch (b.why)
            {
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

        constexpr std::size_t few = 4;
        void add_new(std::vector<std::string>& to, std::string text)
        {
            if (to.size() < few && std::find(to.begin(), to.end(), text) == to.end())
                to.push_back(std::move(text));
        }
    }

    // ---- from the targets back ----
    bool search::reached(known_as const& source) const
    {
        return std::any_of(source.begin(), source.end(), [&](key k) { return path_.get(k); });
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
            each_statement(n,
                           [&](output const& out, std::vector<edge> const& edges)
                           {
                               key hit{out.space, out.first};
                               if (!any_of(out, [&](key k) { return path_.get(k) && (hit = k, true); }))
                                   return;
                               if (edges.empty())
                                   return;  // a new number
                               if (!tape_.covers(p))
                                   return outside(p, n, hit);
                               if (auto const* e = dynamic_cast<external_node const*>(&n); e != nullptr && e->rule().captures)
                                   note_captor(n.name, n.where);
                               for (auto const& e : edges)
                                   follow(n, e);
                           });
        }
        at_leaves();
        for (std::size_t i = 0; i < breaks_.size(); ++i)
            if (breaks_[i].why != reason::none)
                by_telling_.push_back(i);
        std::stable_sort(by_telling_.begin(), by_telling_.end(), [&](std::size_t a, std::size_t b) { return rank(breaks_[a]) < rank(breaks_[b]); });
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
            if (o == nullptr && keys.empty() && (e.tag != 0 || (e.values != nullptr && e.values->role == buffer_role::result)))
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
        b.why = (e.paths & edge::missing_rule) != 0 ? reason::rule_missing : (e.paths & 4u) != 0 ? reason::non_differentiable : reason::control_only;
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
        each_note(o,
                  [&](origin const& x)
                  {
                      for (auto const& r : x.reads)
                          keys_of(r.space, r.tag, b.starts);
                      if (x.captures)
                          note_captor(x.operation, x.where);
                      return true;
                  });
        breaks_.push_back(std::move(b));
    }

    void search::note_captor(const char* rule, site const& where)
    {
        add_new(captors, described(rule, where));
    }

    void search::note_stranger(buffer const* values, node const& reader)
    {
        if (values == nullptr)
            return add_new(strangers, "what " + described(reader.name, reader.where) + " reads");
        add_new(strangers, (values->operation != 0 ? "the result of " : "the result ") + described_result(*values));
    }

    // The notes at the end of the chains.
    void search::note_stranger(const origin* o)
    {
        each_note(o,
                  [&](origin const& x)
                  {
                      if (x.why == reason::foreign_recording)
                          add_new(strangers, "the result of " + described(x.operation, x.where));
                      return strangers.size() < few;
                  });
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
        for (auto const& [first, last] : s.forgotten)
            for (auto id = first; id < std::min(last, extent.count); ++id)
                if (path_.get({space, id}) && !std::binary_search(s.leaves.begin(), s.leaves.end(), id))
                    add_new(strangers, "a number that a tape that finished has recorded");
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
}
