// SPDX-License-Identifier: BSL-1.0
// Why there is no gradient: which reason, and the words for it.
#include <etape/tape/differentiate.hpp>

#include "explain_search.hpp"

namespace etape
{
    namespace
    {
        using explaining::broken;
        using explaining::described;
        using explaining::described_result;
        using explaining::key;
        using explaining::search;

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
                return "compute it while this tape records, or start from a new variable with its value";
            case reason::escaped:
                return "keep the tracked handle instead of value(x)";
            case reason::non_differentiable:
                return "use a smooth replacement, or straight_through for an estimate";
            case reason::overwritten:
                return "ask for the gradient with respect to what was assigned, or of a target computed before the assignment";
            case reason::rule_missing:
                return "give the rule a vjp, or ask in forward mode";
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

        std::string at(site const& s)
        {
            return s.known() ? " at " + to_string(s) : std::string();
        }
        std::string array_text(const std::size_t* shape, std::size_t rank, site const& made)
        {
            return "the array of shape " + shape_text(shape, rank) + (made.known() ? " made at " + to_string(made) : std::string());
        }
        std::uint32_t number_of(tape_core& t, id_space space, std::uint64_t& tag)
        {
            if (!t.owned_here())
                return t.view().find_scalar(space, tag);
            // Numbers it, so that notes which know it from before the recording find it.
            return t.log().id_of_scalar(space, tag);
        }

        class writer
        {
        public:
            writer(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s, site asked)
                : tape_(t)
                , log_(t.log())
                , targets_(targets)
                , n_targets_(n_targets)
                , source_(s)
                , asked_(asked)
            {
                if (s.space == id_space::array)
                    e_->where_source = s.values->made;
                for (std::size_t i = 0; i < n_targets && !e_->where_target.known(); ++i)
                    if (targets[i].space == id_space::array)
                        e_->where_target = targets[i].values->made;
            }

            std::unique_ptr<explanation> write()
            {
                if (tape_.state() == tape_state::consumed)
                    return because(reason::tape_consumed, "gradient", tape_.consumed_at,
                                   "the tape" + opened() + " was used up by the gradient" + at(tape_.consumed_at) + "; asked again" + at(asked_));
                if (source_.constant)
                    return constant_source();
                const auto ids = source_keys();
                if (ids.empty() && !unread())
                    return foreign_source();
                search find(tape_, ids);
                const bool recorded = walk(find);
                if (find.reached())
                    return unwatched(find, nullptr);
                if (auto const* b = find.best())
                    return broken_path(find, *b);
                if (unwatched_frozen(ids))
                    return because(reason::not_watched, "", {}, "it is a frozen variable (trainable = false): it is read as a constant");
                if (!recorded)
                    return unrecorded_target(find);
                if (auto e = overwritten_source(find))
                    return e;
                return unconnected(find);
            }

        private:
            std::unique_ptr<explanation> because(reason why, std::string operation, site const& where,
                                                 std::string const& detail,
                                                 const char* hint = nullptr)
            {
                auto& e = *e_;
                e.why = why;
                e.operation = std::move(operation);
                e.where_break = where;
                e.hint = hint != nullptr ? hint : hint_for(why);
                e.text = std::string("etape: no gradient (") + to_string(why) +
                    ") with respect to " +
                    (source_.space != id_space::array
                         ? std::string("a scalar")
                         : array_text(source_.values->shape, source_.values->rank,
                                      source_.values->made));
                if (e.where_target.known())
                    e.text += "; the target was computed at " + to_string(e.where_target);
                e.text += ": " + detail + "; hint: " + e.hint;
                return std::move(e_);
            }
            std::string opened() const
            {
                return tape_.opened_at.known() ? " opened at " + to_string(tape_.opened_at) : std::string();
            }

            template <class Keys>
            bool unwatched_frozen(Keys const& ids) const
            {
                if (source_.space != id_space::array || source_.values->role != buffer_role::frozen)
                    return false;
                for (auto const& w : tape_.watched())
                    for (auto const& [space, id] : ids)
                        if (w.space == space && w.id == id)
                            return false;
                return true;
            }
            std::unique_ptr<explanation> constant_source()
            {
                // Known where the sweep reads its values.
                const auto view = tape_.view();
                std::vector<edge> edges;
                for (std::uint32_t p = 0; p < view.nodes(); ++p)
                {
                    auto const& n = *log_.nodes[p];
                    edges.clear();
                    if (n.statements() == 1)
                        n.edges(0, edges);
                    for (auto const& e : edges)
                        if (!e.tracked && e.values != nullptr && e.values == source_.values)
                            return because(
                                reason::not_watched, n.name, n.where,
                                "it is a constant, which no tape tracks; it was read as such first by " +
                                    described(n.name, n.where));
                }
                return because(reason::not_watched, "", {},
                               "it is a constant, which no tape tracks");
            }

            // The numbers that the source may be known by.
            std::vector<key> source_keys()
            {
                std::vector<key> ids;
                if (source_.space == id_space::array)
                {
                    auto& b = *source_.values;
                    if (tape_.owned_here() && (b.role == buffer_role::leaf || b.role == buffer_role::frozen))
                        log_.adopt(b, source_.single);
                    const auto view = tape_.view();
                    if (const auto id = view.find(b); id != record_log::no_id)
                        ids.push_back({id_space::array, id});
                    if (b.source != 0 && view.holds(b.source))
                        ids.push_back({id_space::array, log_.local(b.source)});
                }
                else if (const auto id = number_of(tape_, source_.space, *source_.tag);
                         id != record_log::no_id)
                {
                    ids.push_back({source_.space, id});
                    // and the leaf that it began as
                    const auto view = tape_.view();
                    auto const& s = *view.stream(source_.space);
                    const auto ordinal =
                        view.find_with_ordinal(source_.space, s, *source_.tag).ordinal;
                    if (ordinal != 0 && ordinal < view.ordinals(source_.space, s) &&
                        s.leaf_of_ordinal[ordinal] != id)
                        ids.push_back({source_.space, s.leaf_of_ordinal[ordinal]});
                }
                return ids;
            }

            // A variable that nothing has read: on another thread it gets no number.
            bool unread() const
            {
                if (tape_.owned_here())
                    return false;
                if (source_.space != id_space::array)
                    return (*source_.tag & tag_bits::leaf) != 0;
                return source_.values->role == buffer_role::leaf || source_.values->role == buffer_role::frozen;
            }
            // A handle that this recording does not know.
            std::unique_ptr<explanation> foreign_source()
            {
                const std::string reset = tape_.reset_at.known() ? "; this tape was reset" + at(tape_.reset_at) : std::string();
                if (source_.space != id_space::array)
                    return (*source_.tag & tag_bits::number) == 0
                               ? because(reason::not_watched, "", {}, "it is a constant: nothing tracked was used to compute it")
                               : because(reason::foreign_recording, "", {}, "this number was computed on a tape that finished" + reset);
                auto const& b = *source_.values;
                const auto* o = search::cause(b.why);
                if (o != nullptr && o->why != reason::foreign_recording)
                    return because(o->why, o->operation, o->where,
                                   "it was computed by " + described(o->operation, o->where) +
                                       ", where its history ended");
                const std::string of = tape_.reset_at.known() ? ", from what was recorded before this tape was reset" + at(tape_.reset_at)
                                                              : std::string(", from what a tape that finished had recorded");
                return because(reason::foreign_recording, runtime::operation_name(b.operation), b.made,
                               "this handle was produced" + by(b) + (o != nullptr ? of : ", " + before(b)));
            }
            // " by add at fit.cpp:14", " at fit.cpp:14", ""
            static std::string by(buffer const& b)
            {
                const auto text = described_result(b);
                return text.empty() ? text : (b.operation != 0 ? " by " : " ") + text;
            }
            // Since when the tape sees what is computed.
            std::string window() const
            {
                return tape_.reset_at.known()
                    ? "this tape was reset" + at(tape_.reset_at)
                    : "the tape that was opened" + at(tape_.opened_at);
            }
            // When a handle was produced that this recording does not know.
            std::string before(buffer const& b) const
            {
                if (tape_.owned_here() && !b.owned_here())
                    return "on another thread";
                return (b.tag.load(std::memory_order_relaxed) != 0 && !tape_.reset_at.known()
                            ? "on a tape that finished, before "
                            : "before ") +
                    window();
            }

            // True when a target has a place on the tape.
            bool walk(search& find)
            {
                std::vector<key> starts;
                bool recorded = false;
                for (std::size_t i = 0; i < n_targets_; ++i)
                {
                    auto const& r = targets_[i];
                    const bool array = r.space == id_space::array;
                    const auto id = array ? tape_.view().find(*r.values) : number_of(tape_, r.space, *r.tag);
                    if (id == record_log::no_id)
                    {
                        find.from_lost_target(array ? r.values->why : log_.scalar_origin(r.space, *r.tag));
                        continue;
                    }
                    starts.push_back({r.space, id});
                    recorded = recorded || produced(r.space, id);
                }
                find.from_targets(starts);
                return recorded;
            }
            // By a statement in the tape's windows.
            bool produced(id_space space, std::uint32_t id) const
            {
                const auto nodes = tape_.view().nodes();
                for (std::uint32_t p = 0; p < nodes; ++p)
                {
                    auto const& n = *log_.nodes[p];
                    const auto out = n.result();
                    if (out.space != space || id < out.first || id - out.first >= out.count || !tape_.covers(p))
                        continue;
                    // Among scalar statements, a new number is one that reads nothing.
                    std::vector<edge> edges;
                    n.edges(n.statements() == 1 ? 0 : id - out.first, edges);
                    return !edges.empty();
                }
                return false;
            }

            // The path is there, but the tape did not watch, or not yet.
            std::unique_ptr<explanation> unwatched(search const& find, broken const* b)
            {
                const watch_entry* w = nullptr;
                for (auto const& x : tape_.watched())
                    for (auto const& k : source_keys())
                        if (x.space == k.space && x.id == k.id)
                            w = &x;
                auto used = find.first_use();
                if (used.empty())
                    used = b != nullptr ? described(b->reader, b->read_at) : "the target itself";
                const std::string operation = b != nullptr ? b->reader : "";
                if (w != nullptr)
                    return because(reason::watched_after_use, operation, w->where,
                                   "watched" + at(w->where) + ", but used before by " + used);
                if (const auto by = watched_elsewhere(); by.known())
                    return because(reason::not_watched_by_outer, operation, tape_.opened_at,
                                   "the tape" + opened() + " does not watch it; another tape was told to" + at(by) + "; it was read first by " + used);
                if (source_.space == id_space::array && source_.values->role == buffer_role::frozen)
                    return because(reason::not_watched, operation, b != nullptr ? b->read_at : site{},
                                   "it is a frozen variable (trainable = false), read as a constant first by " + used + "; watch it before that");
                return because(reason::not_watched, operation, tape_.opened_at,
                               "the tape" + opened() + " watches only what it is told to; it was read first by " + used);
            }

            // Where another tape was told to watch the source.
            site watched_elsewhere()
            {
                for (auto const& k : source_keys())
                {
                    if (k.space == id_space::array && log_.arrays[k.id].watched_at.known())
                        return log_.arrays[k.id].watched_at;
                    for (auto* t : log_.tapes())
                        for (auto const& w : t->watched)
                            if (w.space == k.space && w.id == k.id)
                                return w.where;
                }
                return {};
            }

            std::unique_ptr<explanation> broken_path(search const& find, broken const& b)
            {
                const auto op = described(b.operation, b.where);
                const std::string reader = *b.reader != '\0' && (b.read_at.known() || *b.operation == '\0')
                                               ? ", read by " + described(b.reader, b.read_at)
                                               : std::string();
                switch (b.why)
                {
                case reason::not_watched:
                    return unwatched(find, &b);
                case reason::non_differentiable:
                    return because(b.why, b.operation, b.where, "every path goes through " + op + ", which has no derivative");
                case reason::control_only:
                    return because(b.why, b.operation, b.where, "it is read only by " + op + ", which decides but passes no derivative");
                case reason::rule_missing:
                    return because(b.why, b.operation, b.where,
                                   "the path goes through the rule " + op + ", where it was registered with a jvp and without a vjp");
                case reason::detached:
                    return because(b.why, b.operation, b.where, "the path was cut by " + op + reader);
                case reason::escaped:
                    return because(b.why, b.operation, b.where,
                                   "its values were taken out of the engine by " + op + " and came back as constants" + reader);
                case reason::overwritten:
                    return because(b.why, b.operation, b.where,
                                   "what the target reads was overwritten by " + op + " with untracked values; the history before is not part of it");
                case reason::recorded_while_paused:
                    return unrecorded(b, op);
                case reason::foreign_recording:
                    if (*b.operation != '\0')
                        return because(b.why, b.operation, b.where,
                                       "the path goes through " + op + ", recorded before this tape was opened" + at(tape_.opened_at));
                    [[fallthrough]];
                default:
                    return because(b.why, b.operation, b.where.known() ? b.where : b.read_at,
                                   "the path goes through a value that this tape does not know" + reader);
                }
            }
            // Computed while the tape was paused, closed or not open.
            std::unique_ptr<explanation> unrecorded(broken const& b, std::string const& op)
            {
                const auto* s = b.state;
                if (s == nullptr)
                    return because(reason::foreign_recording, b.operation, b.where,
                                   "the path goes through " + op + ", computed before this tape was opened" + at(tape_.opened_at));
                if (s->state != tape_state::closed)
                    return because(reason::recorded_while_paused, b.operation, b.where,
                                   "the path goes through " + op + ", computed while the tape was paused" + at(s->where));
                return because(*b.reader == '\0' ? reason::target_not_recorded : reason::recorded_while_paused, b.operation, s->where,
                               std::string(*b.reader == '\0' ? "the target was" : "the path goes through a value that was") + " computed by " + op +
                                   ", after the tape was closed" + at(s->where));
            }

            // None of the statements of this tape produced a target: what is known of the first one.
            std::unique_ptr<explanation> unrecorded_target(search const& find)
            {
                const std::string missing =
                    "no operation that this tape recorded produced the target; the tape was opened" +
                    at(tape_.opened_at);
                const auto none = [&](std::string const& text)
                { return because(reason::target_not_recorded, "", tape_.opened_at, text); };
                if (n_targets_ == 0)
                    return none(missing);
                auto const& r = targets_[0];
                if (r.space != id_space::array)
                    return number_target(r, missing);
                auto const& b = *r.values;
                if (const auto id = tape_.view().find(b); id != record_log::no_id)
                    if (auto const& s = log_.arrays[id]; s.node != 0)
                        return none("the target was produced by " + described(s.name, s.made) +
                                    ", " + outside(s.node - 1));
                if (b.stamp != 0 && tape_.state_at_stamp(stamp_of(b)) != nullptr)
                    return because(reason::unconnected, runtime::operation_name(b.operation), b.made,
                                   "the target was produced" + by(b) + " from constants alone" +
                                       constants(find));
                if (b.role == buffer_role::result || b.operation != 0)
                    return none("the target was produced" + by(b) + ", " + before(b));
                return none("the target is a variable" +
                            (b.made.known() ? " made" + at(b.made) : std::string()) + "; " +
                            missing);
            }
            // The buffer has the low half of it.
            std::uint64_t stamp_of(buffer const& b) const
            {
                const auto now = log_.window_stamp;
                return now - static_cast<std::uint32_t>(static_cast<std::uint32_t>(now) - b.stamp);
            }
            // Where a statement of the log lies that is in no window of this tape.
            std::string outside(std::uint32_t position) const
            {
                const auto* s =
                    position < tape_.first_position ? nullptr : tape_.state_at_position(position);
                if (s == nullptr)
                    return "before the tape that was opened" + at(tape_.opened_at);
                return s->state == tape_state::closed ? "after the tape was closed" + at(s->where)
                                                      : "while the tape was paused" + at(s->where);
            }
            // A scalar from before the recording has a number below those of the recording.
            std::unique_ptr<explanation> number_target(target_request const& r, std::string const& missing)
            {
                const auto* s = tape_.view().stream(r.space);
                const auto number = *r.tag & tag_bits::number;
                if (number == 0)
                    return because(reason::target_not_recorded, "", tape_.opened_at,
                                   "the target is a constant: it was computed before " + window() + ", or from nothing that is tracked");
                std::string text = missing;
                if (s != nullptr && number < s->base && number >> tag_bits::slot_shift == s->base >> tag_bits::slot_shift)
                    text = "the target is a number that was computed " +
                           std::string((*r.tag & tag_bits::leaf) != 0 ? "" : "on a tape that finished (or from such numbers alone) ") +
                           "before " + window();
                return because(reason::target_not_recorded, "", tape_.opened_at, text);
            }

            // The target reads what the source was before an assignment.
            std::unique_ptr<explanation> overwritten_source(search const& find)
            {
                for (auto const& v : find.versions(
                         source_keys(),
                         source_.space == id_space::array ? source_.values->why : nullptr))
                    if (find.on_path(v.before))
                        return because(
                            reason::overwritten, "assignment", v.where,
                            "the target reads a version of it that was overwritten by " +
                                described("assignment", v.where) +
                                "; the history before it is not part of what it is now",
                            "copy the variable before it is assigned, and ask for the gradient with respect to the copy");
                return nullptr;
            }

            std::string constants(search const& find) const
            {
                std::string text;
                for (auto const& s : find.strangers)
                    text += (text.empty() ? "" : ", ") + s;
                return text.empty() ? text
                                    : "; as constants it reads {" + text +
                        "}, computed where the tape that was opened" + at(tape_.opened_at) +
                        " does not see what they depend on";
            }

            std::unique_ptr<explanation> unconnected(search const& find)
            {
                std::string reads;
                std::size_t numbers = 0;
                for (auto const& k : find.leaves)
                    if (k.space != id_space::array)
                        ++numbers;
                    else if (reads.size() < 300)
                    {
                        auto const& s = log_.arrays[k.id];
                        reads += (reads.empty() ? "" : ", ") + array_text(s.shape, s.rank, s.made);
                    }
                if (numbers != 0)
                    reads += (reads.empty() ? "" : ", ") + std::to_string(numbers) + (numbers == 1 ? " scalar" : " scalars");
                const auto used = find.first_use();
                return because(reason::unconnected, "", {},
                               "the target reads {" + reads + "}" + constants(find) +
                                   "; nearest operation that uses the source: " +
                                   (used.empty() ? "none" : used));
            }

            tape_core& tape_;
            record_log& log_;
            target_request const* targets_;
            std::size_t n_targets_;
            source_request const& source_;
            site asked_;
            std::unique_ptr<explanation> e_ = std::make_unique<explanation>();
        };
    }

    std::unique_ptr<explanation> explain(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s, site const& where)
    {
        return writer(t, targets, n_targets, s, where).write();
    }
}
