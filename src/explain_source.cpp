// SPDX-License-Identifier: BSL-1.0
// Explanations by the source: constants, frozen and foreign handles, watches that are missing or late, older versions.
#include "explain_writer.hpp"

#include <algorithm>

namespace etape::explaining
{
    bool writer::unwatched_frozen() const
    {
        if (source_.space != id_space::array || source_.values->role != buffer_role::frozen)
            return false;
        return std::none_of(ids_.begin(), ids_.end(), [&](key k) { return tape_.watched().find(k.space, k.id) != nullptr; });
    }

    std::unique_ptr<explanation> writer::constant_source()
    {
        // Known where the sweep reads its values.
        if (auto const* n = asked_of_.reader(source_.values))
            return because(reason::not_watched, n->name, n->where,
                           "it is a constant, which no tape tracks; it was read as such first by " + described(n->name, n->where));
        return because(reason::not_watched, "", {}, "it is a constant, which no tape tracks");
    }

    std::unique_ptr<explanation> writer::foreign_source()
    {
        const std::string reset = tape_.reset_at.known() ? "; this tape was reset" + at(tape_.reset_at) : std::string();
        if (source_.space != id_space::array)
            return (*source_.tag & tag_bits::number) == 0
                ? because(reason::not_watched, "", {}, "it is a constant: nothing tracked was used to compute it")
                : because(reason::foreign_recording, "", {}, "this number was computed on a tape that finished" + reset);
        auto const& b = *source_.values;
        const auto* o = search::cause(b.why);
        if (o != nullptr && o->why != reason::foreign_recording)
            return because(o->why, o->operation, o->where, "it was computed by " + described(o->operation, o->where) + ", where its history ended");
        const std::string of = tape_.reset_at.known() ? ", from what was recorded before this tape was reset" + at(tape_.reset_at)
                                                      : std::string(", from what a tape that finished had recorded");
        return because(reason::foreign_recording, runtime::operation_name(b.operation), b.made,
                       "this handle was produced" + by(b) + (o != nullptr ? of : ", " + before(b)));
    }

    std::unique_ptr<explanation> writer::unwatched(search& find, broken const* b)
    {
        const watch_entry* w = nullptr;
        for (auto const& k : ids_)
            if (auto const* x = tape_.watched().find(k.space, k.id); w == nullptr || (x != nullptr && w < x))
                w = x;  // the last one
        auto used = find.first_use(ids_);
        if (used.empty())
            used = b != nullptr ? described(b->reader, b->read_at) : "the target itself";
        const std::string operation = b != nullptr ? b->reader : "";
        if (w != nullptr)
            return because(reason::watched_after_use, operation, w->where, "watched" + at(w->where) + ", but used before by " + used);
        if (const auto by = watched_elsewhere(); by.known())
            return because(reason::not_watched_by_outer, operation, tape_.opened_at,
                           "the tape" + opened() + " does not watch it; another tape was told to" + at(by) + "; it was read first by " + used);
        if (source_.space == id_space::array && source_.values->role == buffer_role::frozen)
            return because(reason::not_watched, operation, b != nullptr ? b->read_at : site{},
                           "it is a frozen variable (trainable = false), read as a constant first by " + used + "; watch it before that");
        return because(reason::not_watched, operation, tape_.opened_at,
                       "the tape" + opened() + " watches only what it is told to; it was read first by " + used);
    }

    site writer::watched_elsewhere()
    {
        for (auto const& k : ids_)
        {
            if (k.space == id_space::array && log_.arrays[k.id].watched_at.known())
                return log_.arrays[k.id].watched_at;
            for (auto* t : log_.tapes())
                if (auto const* w = t->watched.find(k.space, k.id))
                    return w->where;
        }
        return {};
    }

    std::unique_ptr<explanation> writer::overwritten_source(search const& find)
    {
        for (auto const& v : find.versions(ids_, source_.space == id_space::array ? source_.values->why : nullptr))
            if (find.on_path(v.before))
                return because(reason::overwritten, "assignment", v.where,
                               "the target reads a version of it that was overwritten by " + described("assignment", v.where) +
                                   "; the history before it is not part of what it is now",
                               "copy the variable before it is assigned, and ask for the gradient with respect to the copy");
        return nullptr;
    }
}
