// SPDX-License-Identifier: BSL-1.0
// Why there is no gradient: the order in which the reasons are looked for, and what is known of source and targets.
#include "explain_writer.hpp"

namespace etape::explaining
{
    namespace
    {
        std::uint32_t number_of(tape_core& t, id_space space, std::uint64_t& tag)
        {
            if (!t.owned_here())
                return t.view().find_scalar(space, tag);
            // Numbers it, so that notes which know it from before the recording find it.
            return t.log().id_of_scalar(space, tag);
        }
    }

    writer::writer(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s, site asked)
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

    std::unique_ptr<explanation> writer::write()
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
        if (began_as_one_of_many())
            return because(reason::overwritten, "", {},
                           "the target does not depend on what it is now; it was updated, and what it was before is known of the first " +
                               std::to_string(tag_bits::one_of_many - 1) + " numbers that a tape reads");
        return unconnected(find);
    }

    bool writer::began_as_one_of_many() const
    {
        if (source_.space == id_space::array || (*source_.tag & tag_bits::leaf) != 0)
            return false;
        const auto view = tape_.view();
        auto const* s = view.stream(source_.space);
        return s != nullptr && view.find_with_ordinal(source_.space, *s, *source_.tag).ordinal == tag_bits::one_of_many;
    }

    std::unique_ptr<explanation> writer::because(reason why, std::string operation, site const& where, std::string const& detail, const char* hint)
    {
        auto& e = *e_;
        e.why = why;
        e.operation = std::move(operation);
        e.where_break = where;
        e.hint = hint != nullptr ? hint : hint_for(why);
        e.text = std::string("etape: no gradient (") + to_string(why) + ") with respect to " +
            (source_.space != id_space::array ? std::string("a scalar")
                                              : array_text(source_.values->shape, source_.values->rank, source_.values->made));
        if (e.where_target.known())
            e.text += "; the target was computed at " + to_string(e.where_target);
        e.text += ": " + detail + "; hint: " + e.hint;
        return std::move(e_);
    }

    std::vector<key> writer::source_keys()
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
        else if (const auto id = number_of(tape_, source_.space, *source_.tag); id != record_log::no_id)
        {
            ids.push_back({source_.space, id});
            // and the leaf that it began as
            const auto view = tape_.view();
            auto const& s = *view.stream(source_.space);
            const auto ordinal = view.find_with_ordinal(source_.space, s, *source_.tag).ordinal;
            if (ordinal != 0 && ordinal < view.ordinals(source_.space, s) && s.leaf_of_ordinal[ordinal] != id)
                ids.push_back({source_.space, s.leaf_of_ordinal[ordinal]});
        }
        return ids;
    }

    bool writer::unread() const
    {
        if (tape_.owned_here())
            return false;
        if (source_.space != id_space::array)
            return (*source_.tag & tag_bits::leaf) != 0;
        return source_.values->role == buffer_role::leaf || source_.values->role == buffer_role::frozen;
    }

    bool writer::walk(search& find)
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

    bool writer::produced(id_space space, std::uint32_t id) const
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
}

namespace etape
{
    std::unique_ptr<explanation> explain(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s,
                                         site const& where)
    {
        return explaining::writer(t, targets, n_targets, s, where).write();
    }
}
