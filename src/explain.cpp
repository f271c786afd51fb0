// SPDX-License-Identifier: BSL-1.0
// Why there is no gradient: the order in which the reasons are looked for, and what is known of source and targets.
#include "explain_writer.hpp"

#include <algorithm>

namespace etape::explaining
{
    namespace
    {
        std::uint32_t number_of(tape_core& t, id_space space, std::uint64_t& tag)
        {
            if (!t.owned_here())
                return t.view().find_scalar(space, tag);
            return t.log().id_of_scalar(space, tag);
        }
        // The numbers that a source may be known by. It gets one, so that notes which know it from before the recording find it.
        known_as numbers_of(tape_core& t, source_request const& s)
        {
            known_as ids;
            auto& log = t.log();
            if (s.space == id_space::array)
            {
                auto& b = *s.values;
                if (t.owned_here() && (b.role == buffer_role::leaf || b.role == buffer_role::frozen))
                    log.adopt(b, s.single);
                const auto view = t.view();
                if (const auto id = view.find(b); id != record_log::no_id)
                    ids.push_back({id_space::array, id});
                if (b.source != 0 && view.holds(b.source))
                    ids.push_back({id_space::array, log.local(b.source)});
            }
            else if (const auto id = number_of(t, s.space, *s.tag); id != record_log::no_id)
            {
                ids.push_back({s.space, id});
                // and the leaf that it began as
                const auto view = t.view();
                auto const& stream = *view.stream(s.space);
                const auto ordinal = view.find_with_ordinal(s.space, stream, *s.tag).ordinal;
                if (ordinal != 0 && ordinal < view.ordinals(s.space, stream) && stream.leaf_of_ordinal[ordinal] != id)
                    ids.push_back({s.space, stream.leaf_of_ordinal[ordinal]});
            }
            return ids;
        }
    }

    inquiry::inquiry(tape_core& t, target_request const* first, std::size_t n, site const& where)
        : tape(t)
        , targets(first)
        , n_targets(n)
        , asked(where)
    {
        for (std::size_t i = 0; i < n_targets && !where_target.known(); ++i)
            if (targets[i].space == id_space::array)
                where_target = targets[i].values->made;
    }

    search& inquiry::find()
    {
        if (find_)
            return *find_;
        find_.emplace(tape);
        std::vector<key> starts;
        for (std::size_t i = 0; i < n_targets; ++i)
        {
            auto const& r = targets[i];
            const bool array = r.space == id_space::array;
            const auto id = array ? tape.view().find(*r.values) : number_of(tape, r.space, *r.tag);
            if (id == record_log::no_id)
            {
                find_->from_lost_target(array ? r.values->why : tape.log().scalar_origin(r.space, *r.tag));
                continue;
            }
            starts.push_back({r.space, id});
            recorded_ = recorded_ || produced(r.space, id);
        }
        find_->from_targets(starts);
        return *find_;
    }
    bool inquiry::recorded()
    {
        find();
        return recorded_;
    }

    bool inquiry::produced(id_space space, std::uint32_t id) const
    {
        const auto nodes = tape.view().nodes();
        for (std::uint32_t p = 0; p < nodes; ++p)
        {
            auto const& n = *tape.log().nodes[p];
            const auto out = n.result();
            if (out.space != space || id < out.first || id - out.first >= out.count || !tape.covers(p))
                continue;
            // Among scalar statements, a new number is one that reads nothing.
            std::vector<edge> edges;
            n.edges(n.statements() == 1 ? 0 : id - out.first, edges);
            return !edges.empty();
        }
        return false;
    }

    std::string const& inquiry::leaves()
    {
        if (leaves_)
            return *leaves_;
        auto& reads = leaves_.emplace();
        std::size_t numbers = 0;
        for (auto const& k : find().leaves)
            if (k.space != id_space::array)
                ++numbers;
            else if (reads.size() < 300)
            {
                auto const& s = tape.log().arrays[k.id];
                reads += (reads.empty() ? "" : ", ") + array_text(s.shape, s.rank, s.made);
            }
        if (numbers != 0)
            reads += (reads.empty() ? "" : ", ") + std::to_string(numbers) + (numbers == 1 ? " scalar" : " scalars");
        return reads;
    }

    node const* inquiry::reader(buffer const* constant)
    {
        if (!readers_)
        {
            readers_.emplace();
            std::vector<edge> edges;
            const auto nodes = tape.view().nodes();
            for (std::uint32_t p = 0; p < nodes; ++p)
            {
                auto const& n = *tape.log().nodes[p];
                edges.clear();
                if (n.statements() == 1)
                    n.edges(0, edges);
                for (auto const& e : edges)
                    if (!e.tracked && e.values != nullptr)
                        readers_->try_emplace(e.values, &n);
            }
        }
        const auto at = readers_->find(constant);
        return at == readers_->end() ? nullptr : at->second;
    }

    writer::writer(inquiry& i, source_request const& s, known_as const& ids)
        : asked_of_(i)
        , tape_(i.tape)
        , log_(i.tape.log())
        , targets_(i.targets)
        , n_targets_(i.n_targets)
        , source_(s)
        , ids_(ids)
    {
        if (s.space == id_space::array)
            e_->where_source = s.values->made;
        e_->where_target = i.where_target;
    }

    std::unique_ptr<explanation> writer::write()
    {
        if (tape_.state() == tape_state::consumed)
            return because(reason::tape_consumed, "gradient", tape_.consumed_at,
                           "the tape" + opened() + " was used up by the gradient" + at(tape_.consumed_at) + "; asked again" + at(asked_of_.asked));
        if (source_.constant)
            return constant_source();
        if (ids_.empty() && !unread())
            return foreign_source();
        auto& find = asked_of_.find();
        if (find.reached(ids_))
            return unwatched(find, nullptr);
        if (auto const* b = find.best(ids_))
            return broken_path(find, *b);
        if (unwatched_frozen())
            return because(reason::not_watched, "", {}, "it is a frozen variable (trainable = false): it is read as a constant");
        if (!asked_of_.recorded())
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

    bool writer::unread() const
    {
        if (tape_.owned_here())
            return false;
        if (source_.space != id_space::array)
            return (*source_.tag & tag_bits::leaf) != 0;
        return source_.values->role == buffer_role::leaf || source_.values->role == buffer_role::frozen;
    }
}

namespace etape
{
    void explain(tape_core& t, target_request const* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources,
                 site const& where)
    {
        const auto open = [](source_request const& s) { return s.missing && s.missing->why == reason::none && !s.zero_anyway; };
        if (std::none_of(sources, sources + n_sources, open))
            return;
        // All of them have their numbers before the walks begin.
        std::vector<explaining::known_as> ids(n_sources);
        if (t.state() != tape_state::consumed)
            for (std::size_t i = 0; i < n_sources; ++i)
                if (open(sources[i]) && !sources[i].constant)
                    ids[i] = explaining::numbers_of(t, sources[i]);
        explaining::inquiry all(t, targets, n_targets, where);
        for (std::size_t i = 0; i < n_sources; ++i)
            if (open(sources[i]))
                sources[i].missing = explaining::writer(all, sources[i], ids[i]).write();
    }
}
