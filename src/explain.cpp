// SPDX-License-Identifier: BSL-1.0
// Why there is no gradient: the search from the targets back, over what is recorded and the notes of what is not.
#include <etape/tape/differentiate.hpp>

#include <algorithm>
#include <set>

#include <etape/tape/run_node.hpp>

namespace etape
{
    namespace
    {
        struct key
        {
            id_space space;
            std::uint32_t id;
        };

        // A place where the differentiable path from the targets ends.
        struct broken
        {
            reason why = reason::none;
            const char* operation = "";
            site where{};
            std::vector<key> starts;  // where the lost history goes on
        };

        struct marks
        {
            std::vector<bool> of[3];
            explicit marks(record_log const& log)
            {
                of[0].resize(log.arrays.size());
                of[1].resize(log.scalars<double>().count);
                of[2].resize(log.scalars<float>().count);
            }
            bool set(key k)
            {
                auto& v = of[static_cast<int>(k.space)];
                if (k.id >= v.size() || v[k.id])
                    return false;
                v[k.id] = true;
                return true;
            }
            bool get(key k) const
            {
                auto const& v = of[static_cast<int>(k.space)];
                return k.id < v.size() && v[k.id];
            }
        };

        class search
        {
        public:
            search(tape_core& t)
                : tape_(t)
                , log_(t.log())
            {
            }

            // Ids that an origin read, on this log, with those of its parents.
            void reads_of(const origin* o, std::vector<key>& to) const
            {
                std::set<const origin*> seen;
                std::vector<const origin*> work{o};
                while (!work.empty())
                {
                    const auto* x = work.back();
                    work.pop_back();
                    if (x == nullptr || !seen.insert(x).second)
                        continue;
                    for (auto const& r : x->reads)
                        add_tag(r.space, r.tag, to);
                    work.insert(work.end(), x->parents.begin(), x->parents.end());
                }
            }
            void add_tag(id_space space, std::uint64_t tag, std::vector<key>& to) const
            {
                if (space == id_space::array)
                {
                    if (log_.holds(tag))
                        to.push_back({space, log_.local(tag)});
                    return;
                }
                const auto id = space == id_space::scalar_float ? log_.find_scalar<float>(tag) : log_.find_scalar<double>(tag);
                if (id != record_log::no_id)
                    to.push_back({space, id});
                if (const auto* o = log_.scalar_origin(tag))
                    reads_of(o, to);
            }
            // The first reason along a chain of origins that is one.
            static const origin* cause(const origin* o)
            {
                std::set<const origin*> seen;
                std::vector<const origin*> work{o};
                while (!work.empty())
                {
                    const auto* x = work.back();
                    work.pop_back();
                    if (x == nullptr || !seen.insert(x).second)
                        continue;
                    if (x->why != reason::none)
                        return x;
                    work.insert(work.end(), x->parents.begin(), x->parents.end());
                }
                return nullptr;
            }

            void break_at(const origin* o, reason otherwise, const char* operation, site where)
            {
                broken b;
                const auto* c = cause(o);
                b.why = c != nullptr ? c->why : otherwise;
                b.operation = c != nullptr ? c->operation : operation;
                b.where = c != nullptr && c->where.known() ? c->where : where;
                reads_of(o, b.starts);
                breaks.push_back(std::move(b));
            }

            // Backwards from the starts. Strict: differentiable edges in the tape's windows only, breaks collected on the way.
            void walk(std::vector<key> const& starts, marks& m, bool strict)
            {
                for (auto const& k : starts)
                    m.set(k);
                std::vector<edge> edges;
                bool again = true;
                while (again)
                {
                    // One pass suffices for edges; lost history may lead forward again, hence the repetition when not strict.
                    again = false;
                    for (auto p = static_cast<std::uint32_t>(log_.nodes.size()); p-- > 0;)
                    {
                        auto const& n = *log_.nodes[p];
                        const auto out = n.result();
                        const auto count = n.statements();
                        for (std::size_t k = count; k-- > 0;)
                        {
                            bool any = false;
                            if (count == 1)
                                for (std::uint32_t j = 0; j < out.count && !any; ++j)
                                    any = m.get({out.space, out.first + j});
                            else
                                any = m.get({out.space, out.first + static_cast<std::uint32_t>(k)});
                            if (!any)
                                continue;
                            if (strict && !tape_.covers(p))
                            {
                                outside(p, n, out, k, count);
                                continue;
                            }
                            edges.clear();
                            n.edges(k, edges);
                            for (auto const& e : edges)
                                again = follow(n, e, m, strict) || again;
                        }
                    }
                    again = again && !strict;
                }
                if (strict)
                    leaves(m);
                else
                    through_leaves(m);
            }

            std::vector<broken> breaks;
            std::vector<key> reached_leaves;

        private:
            // A value that is recorded on the log, but not by this tape.
            void outside(std::uint32_t p, node const& n, output out, std::size_t k, std::size_t count)
            {
                broken b;
                const bool paused = p >= tape_.first_position;
                b.why = paused ? reason::recorded_while_paused : reason::foreign_recording;
                b.operation = n.name;
                b.where = n.where;
                if (count == 1)
                    for (std::uint32_t j = 0; j < out.count; ++j)
                        b.starts.push_back({out.space, out.first + j});
                else
                    b.starts.push_back({out.space, out.first + static_cast<std::uint32_t>(k)});
                breaks.push_back(std::move(b));
            }
            bool follow(node const& n, edge const& e, marks& m, bool strict)
            {
                if (e.tracked)
                {
                    if ((e.paths & 1u) != 0 || !strict)
                        return m.set({e.space, e.id}) && false;
                    broken b;
                    b.why = (e.paths & 4u) != 0 ? reason::non_differentiable : reason::control_only;
                    b.operation = e.cut;
                    b.where = n.where;
                    b.starts.push_back({e.space, e.id});
                    breaks.push_back(std::move(b));
                    return false;
                }
                std::vector<key> starts;
                add_tag(e.space, e.tag, starts);
                reads_of(e.why, starts);
                if (strict)
                {
                    const auto* o = e.why != nullptr ? e.why : e.space == id_space::array ? nullptr : log_.scalar_origin(e.tag);
                    const auto* c = cause(o);
                    broken b;
                    b.why = c != nullptr ? c->why : e.space == id_space::array && log_.holds(e.tag) ? constant_reason(e) : reason::foreign_recording;
                    b.operation = c != nullptr ? c->operation : n.name;
                    b.where = c != nullptr && c->where.known() ? c->where : n.where;
                    b.starts = std::move(starts);
                    breaks.push_back(std::move(b));
                    return false;
                }
                bool fresh = false;
                for (auto const& k : starts)
                    fresh = m.set(k) || fresh;
                return fresh;
            }
            // A value with a number of this log that took part as a constant: frozen, or handed out as plain values.
            reason constant_reason(edge const& e) const
            {
                return log_.arrays[log_.local(e.tag)].role == buffer_role::frozen ? reason::not_watched : reason::escaped;
            }
            void leaves(marks const& m)
            {
                for (std::uint32_t id = 0; id < log_.arrays.size(); ++id)
                    if (m.get({id_space::array, id}) && log_.arrays[id].node == 0)
                    {
                        reached_leaves.push_back({id_space::array, id});
                        if (log_.arrays[id].why != nullptr)
                            break_at(log_.arrays[id].why, reason::overwritten, log_.arrays[id].name, log_.arrays[id].made);
                    }
                scalar_leaves<double>(m);
                scalar_leaves<float>(m);
            }
            template <class T>
            void scalar_leaves(marks const& m)
            {
                auto const& s = log_.scalars<T>();
                for (auto const& [fresh, old] : s.overwritten)
                    if (m.get({scalar_space<T>, fresh}))
                    {
                        broken b;
                        b.why = reason::overwritten;
                        b.operation = "assignment";
                        b.starts.push_back({scalar_space<T>, old});
                        breaks.push_back(std::move(b));
                    }
                for (std::uint32_t id = 0; id < s.count; ++id)
                    if (m.get({scalar_space<T>, id}))
                        if (const auto* o = log_.scalar_origin(s.base + id))
                            break_at(o, reason::none, o->operation, o->where);
                if (!s.compared.empty())
                {
                    broken b;
                    b.why = reason::control_only;
                    b.operation = "a comparison";
                    for (auto id : s.compared)
                        b.starts.push_back({scalar_space<T>, id});
                    late.push_back(std::move(b));
                }
            }
            void through_leaves(marks& m)
            {
                std::vector<key> more;
                for (std::uint32_t id = 0; id < log_.arrays.size(); ++id)
                    if (m.get({id_space::array, id}) && log_.arrays[id].why != nullptr)
                        reads_of(log_.arrays[id].why, more);
                bool fresh = false;
                for (auto const& k : more)
                    fresh = m.set(k) || fresh;
                if (fresh)
                    walk({}, m, false);
            }

        public:
            std::vector<broken> late;  // weaker guesses, tried last

        private:
            tape_core& tape_;
            record_log& log_;
        };

        std::string source_text(source_request const& s)
        {
            if (s.space != id_space::array)
                return "a scalar";
            return "the array of shape " + shape_text(s.values->shape, s.values->rank) +
                   (s.values->made.known() ? " made at " + to_string(s.values->made) : std::string());
        }

        const char* hint_for(reason r)
        {
            switch (r)
            {
            case reason::unconnected:
                return "check that the target really reads it; value_or_zero() or unconnected::zero asks for a zero instead";
            case reason::not_watched:
                return "watch it with tape.watch(x) before its first use, or make it a trainable variable";
            case reason::watched_after_use:
                return "move the watch before the first use";
            case reason::foreign_recording:
                return "compute it on this tape, or keep the tape that recorded it (persistent) and nest the new one inside";
            case reason::escaped:
                return "keep the tracked handle instead of value(x)";
            case reason::non_differentiable:
                return "use a smooth replacement, or straight_through for an estimate";
            case reason::overwritten:
                return "ask for the gradient with respect to a copy taken before the assignment";
            case reason::rule_missing:
                return "add a reverse rule";
            case reason::recorded_while_paused:
                return "compute it while the tape records";
            case reason::detached:
                return "remove stop_gradient where the path should go on";
            case reason::target_not_recorded:
                return "compute the target while the tape records";
            case reason::tape_consumed:
                return "make the tape persistent, or ask for all sources in one call";
            case reason::control_only:
                return "it only steers control flow; write the dependence as arithmetic";
            case reason::not_watched_by_outer:
                return "watch it with the outer tape too";
            default:
                return "";
            }
        }

        void finish(explanation& e, source_request const& s, std::string detail)
        {
            e.hint = hint_for(e.why);
            e.text = std::string("etape: no gradient (") + to_string(e.why) + ") with respect to " + source_text(s);
            if (e.where_target.known())
                e.text += "; the target was computed at " + to_string(e.where_target);
            e.text += ": " + detail;
            if (!e.hint.empty())
                e.text += "; hint: " + e.hint;
        }
    }

    std::unique_ptr<explanation> explain(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s, site where)
    {
        auto e = std::make_unique<explanation>();
        auto& log = t.log();
        if (s.space == id_space::array)
            e->where_source = s.values->made;
        for (std::size_t i = 0; i < n_targets && !e->where_target.known(); ++i)
            if (targets[i].space == id_space::array)
                e->where_target = targets[i].values->made;

        if (t.state() == tape_state::consumed)
        {
            e->why = reason::tape_consumed;
            e->where_break = t.consumed_at;
            finish(*e, s, "the tape opened at " + to_string(t.opened_at) + " was used up by the gradient at " + to_string(t.consumed_at) +
                              "; asked again at " + to_string(where));
            return e;
        }
        if (s.constant)
        {
            e->why = reason::not_watched;
            finish(*e, s, "it is a constant, which no tape tracks");
            return e;
        }

        // The ids that the source may be known by.
        std::vector<key> ids;
        if (s.space == id_space::array)
        {
            if (const auto id = log.find(*s.values); id != record_log::no_id)
                ids.push_back({id_space::array, id});
            if (s.values->source != 0 && log.holds(s.values->source))
                ids.push_back({id_space::array, log.local(s.values->source)});
        }
        else
        {
            const auto id = s.space == id_space::scalar_float ? log.find_scalar<float>(*s.tag) : log.find_scalar<double>(*s.tag);
            if (id != record_log::no_id)
                ids.push_back({s.space, id});
        }
        auto hits = [&](marks const& m)
        {
            // A scalar that is an element of an array counts as the array, and the reverse.
            return std::any_of(ids.begin(), ids.end(), [&](key k) { return m.get(k); });
        };

        search find(t);
        std::vector<key> starts;
        bool recorded = false;
        for (std::size_t i = 0; i < n_targets; ++i)
        {
            auto const& r = targets[i];
            const auto id = r.space == id_space::array ? log.find(*r.values)
                            : r.space == id_space::scalar_float ? log.find_scalar<float>(*r.tag)
                                                                : log.find_scalar<double>(*r.tag);
            if (id != record_log::no_id)
            {
                starts.push_back({r.space, id});
                if (r.space != id_space::array)
                    recorded = true;
                else if (log.arrays[id].node == 0 || t.covers(log.arrays[id].node - 1))
                    recorded = true;
            }
            else
            {
                const origin* o = r.space == id_space::array ? r.values->why : log.scalar_origin(*r.tag);
                if (o != nullptr)
                    find.break_at(o, reason::target_not_recorded, o->operation, o->where);
            }
        }
        marks reached(log);
        find.walk(starts, reached, true);

        // Watched too late, or not at all: the path is there.
        if (hits(reached))
        {
            const watch_entry* w = nullptr;
            for (auto const& x : t.watched)
                for (auto const& k : ids)
                    if (x.space == k.space && x.id == k.id)
                        w = &x;
            e->why = w != nullptr ? reason::watched_after_use : reason::not_watched;
            e->where_break = w != nullptr ? w->where : t.opened_at;
            std::string used;
            std::vector<edge> edges;
            for (std::uint32_t p = 0; p < log.nodes.size() && used.empty(); ++p)
                for (std::size_t k = 0; k < log.nodes[p]->statements() && used.empty(); ++k)
                {
                    edges.clear();
                    log.nodes[p]->edges(k, edges);
                    for (auto const& x : edges)
                        for (auto const& id : ids)
                            if (x.tracked && x.space == id.space && x.id == id.id)
                                used = std::string(log.nodes[p]->name) + " at " + to_string(log.nodes[p]->where);
                }
            finish(*e, s, w != nullptr ? "watched at " + to_string(w->where) + ", used before by " + used
                                       : "the tape opened at " + to_string(t.opened_at) +
                                             " watches only what it is told to; it was first read by " + used);
            return e;
        }

        auto matches = [&](broken const& b)
        {
            marks m(log);
            find.walk(b.starts, m, false);
            return hits(m);
        };
        for (auto* list : {&find.breaks, &find.late})
        {
            std::size_t tried = 0;
            for (auto const& b : *list)
            {
                if (b.why == reason::none || ++tried > 256)
                    continue;
                if (!matches(b))
                    continue;
                e->why = b.why;
                e->operation = b.operation;
                e->where_break = b.where;
                std::string detail;
                const std::string op = *b.operation != '\0' ? std::string(b.operation) : "an operation";
                const std::string at = b.where.known() ? " at " + to_string(b.where) : std::string();
                switch (b.why)
                {
                case reason::non_differentiable:
                    detail = "every path goes through " + op + at + ", which has no derivative";
                    break;
                case reason::control_only:
                    detail = "it is read only by " + op + at + ", which decides but passes no derivative";
                    break;
                case reason::recorded_while_paused:
                    detail = "the path goes through " + op + at + ", computed while the tape was paused" +
                             (t.paused_at.known() ? " (since " + to_string(t.paused_at) + ")" : std::string());
                    break;
                case reason::detached:
                    detail = "the path goes through stop_gradient" + at;
                    break;
                case reason::overwritten:
                    detail = "what the target reads was overwritten" + at + " with untracked values; the history before is not part of it";
                    break;
                case reason::escaped:
                    detail = "its values were taken out of the engine and came back as constants in " + op + at;
                    break;
                case reason::not_watched:
                    detail = "it was read as a constant by " + op + at;
                    break;
                default:
                    detail = "the path goes through " + op + at + ", which this tape did not record";
                    break;
                }
                finish(*e, s, detail);
                return e;
            }
        }

        if (n_targets > 0 && !recorded)
        {
            e->why = reason::target_not_recorded;
            e->where_break = t.closed_at.known() ? t.closed_at : t.paused_at;
            const std::string made = e->where_target.known() ? "the target was produced at " + to_string(e->where_target) : "the target was produced";
            finish(*e, s, made + " outside the recording" +
                              (t.state() == tape_state::closed ? "; the tape was closed at " + to_string(t.closed_at)
                               : t.state() == tape_state::paused ? "; the tape is paused since " + to_string(t.paused_at)
                                                                 : "; the tape was opened at " + to_string(t.opened_at)));
            return e;
        }
        if (s.space == id_space::array && ids.empty())
        {
            auto const& b = *s.values;
            if (b.role == buffer_role::frozen)
            {
                e->why = reason::not_watched;
                finish(*e, s, "it is a frozen variable (trainable = false)");
                return e;
            }
            if (b.role == buffer_role::result)
            {
                const auto* o = search::cause(b.why);
                e->why = o != nullptr ? o->why : reason::foreign_recording;
                e->where_break = o != nullptr ? o->where : b.made;
                finish(*e, s, o != nullptr ? "it was computed by " + std::string(o->operation) + " at " + to_string(o->where) + " without a recording"
                                           : "this handle was produced at " + to_string(b.made) + " on a tape that finished, or on none");
                return e;
            }
        }
        if (s.space != id_space::array && (*s.tag & tag_bits::leaf) == 0 && ids.empty())
        {
            e->why = reason::foreign_recording;
            finish(*e, s, "this number was produced on a tape that finished, or it is a constant");
            return e;
        }
        e->why = reason::unconnected;
        std::string reads;
        for (auto const& k : find.reached_leaves)
            if (reads.size() < 300)
                reads += (reads.empty() ? "" : ", ") + shape_text(log.arrays[k.id].shape, log.arrays[k.id].rank) +
                         (log.arrays[k.id].made.known() ? " of " + to_string(log.arrays[k.id].made) : std::string());
        std::string nearest = "none";
        std::vector<edge> edges;
        for (std::uint32_t p = 0; p < log.nodes.size() && nearest == "none"; ++p)
            for (std::size_t k = 0; k < log.nodes[p]->statements() && nearest == "none"; ++k)
            {
                edges.clear();
                log.nodes[p]->edges(k, edges);
                for (auto const& x : edges)
                    for (auto const& id : ids)
                        if (x.tracked && x.space == id.space && x.id == id.id)
                            nearest = std::string(log.nodes[p]->name) + " at " + to_string(log.nodes[p]->where);
            }
        finish(*e, s, "the target reads " + (reads.empty() ? std::string("no array variable") : "{" + reads + "}") +
                          "; nearest operation that uses the source: " + nearest);
        return e;
    }
}
