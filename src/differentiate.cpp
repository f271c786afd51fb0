// SPDX-License-Identifier: BSL-1.0
// One call of gradient(): resolve sources and targets, seed, sweep, collect.
#include <etape/tape/differentiate.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <optional>
#include <tuple>

#include <etape/tape/active.hpp>
#include <etape/tape/plain_gradients.hpp>
#include <etape/tape/sweep.hpp>

#include "differentiate_targets.hpp"
#include "lost_rules.hpp"
#include "unread_sources.hpp"

namespace etape
{
    namespace
    {
        using namespace differentiating;
        // overloaded here for recorded sweeps
        using differentiating::seed;
        using differentiating::seed_targets;

        // May the tape differentiate with respect to this id, and from which position on?
        // Frozen variables only by name, whatever other tapes watch.
        bool watched(tape_core& t, id_space space, std::uint32_t id, bool leaf, bool frozen, std::uint32_t& from)
        {
            from = 0;
            if (auto const* w = t.watched().find(space, id))
            {
                from = t.watches_accessed() ? 0 : w->position;
                return true;
            }
            return !frozen && (t.watches_accessed() || !leaf);
        }

        // A scalar, and the leaf that it began as. There may be thousands: one look at the table of leaves for both.
        ETAPE_ALWAYS_INLINE void resolve_scalar(tape_core& t, log_view const& view, scalar_stream_base const& stream, source_request& s)
        {
            const auto tag = *s.tag;
            const auto [id, ordinal] = view.find_with_ordinal(s.space, stream, tag);
            const auto began = ordinal != 0 && ordinal < view.ordinals(s.space, stream) ? stream.leaf_of_ordinal[ordinal] : record_log::no_id;
            if (id != record_log::no_id && watched(t, s.space, id, (tag & tag_bits::leaf) != 0, false, s.cut[0]))
                s.candidates[0] = id;
            if (began != id && began != record_log::no_id && watched(t, s.space, began, true, false, s.cut[1]))
                s.candidates[1] = began;
        }
        ETAPE_ALWAYS_INLINE void resolve_array(tape_core& t, log_view const& view, source_request& s)
        {
            std::uint32_t found[2] = {view.find(*s.values), record_log::no_id};
            if (s.values->source != 0 && view.holds(s.values->source))
                found[1] = view.log().local(s.values->source);
            for (auto& id : found)
                if (id != record_log::no_id && view.array(id).role == buffer_role::frozen)
                    id = record_log::no_id;
            if (found[1] == found[0])
                found[1] = record_log::no_id;
            for (int k = 0; k < 2; ++k)
                if (found[k] != record_log::no_id)
                {
                    // What was computed from watched variables is a source without being watched itself.
                    const bool leaf = k == 1 || view.array(found[0]).node == 0;
                    if (watched(t, s.space, found[k], leaf, leaf && s.values->role == buffer_role::frozen, s.cut[k]))
                        s.candidates[k] = found[k];
                }
        }
        ETAPE_ALWAYS_INLINE void resolve(tape_core& t, log_view const& view, source_request& s)
        {
            if (s.constant)
                return;
            if (s.space == id_space::array)
                resolve_array(t, view, s);
            else if (auto const* stream = view.stream(s.space))
                resolve_scalar(t, view, *stream, s);
        }

        // ---- plain sweeps ----
        // The adjoint of candidate k as a result; false when nothing connects.
        template <class T>
        bool collect_scalar(sweep& s, source_request& r, std::uint32_t id, std::uint32_t from)
        {
            const T g = s.scalars<T>()[id];
            if (sweep::untouched(g) && !s.reaches(r.space, id, from))
                return false;
            r.scalar = static_cast<double>(g) + 0.0;
            return true;
        }
        template <class T>
        bool collect_array(sweep& s, source_request& r, std::uint32_t id)
        {
            auto& a = s.of(id);
            if (a.kind == adjoint_kind::empty)
                return false;
            r.gradient = s.dense<T>(a, id);
            return true;
        }
        bool collect_further(sweep& s, source_request& r, std::uint32_t id, std::uint32_t from)
        {
            auto const& adjoints = s.further(r.space);
            if (adjoints.vanishes(id) && !s.reaches(r.space, id, from))
                return false;
            adjoints.get(id, *r.number);
            return true;
        }
        bool collect_other(sweep& s, source_request& r, std::uint32_t id, std::uint32_t from)
        {
            if (r.space >= id_space::further)
                return collect_further(s, r, id, from);
            if (r.space == id_space::scalar_float)
                return collect_scalar<float>(s, r, id, from);
            return r.single ? collect_array<float>(s, r, id) : collect_array<double>(s, r, id);
        }
        ETAPE_ALWAYS_INLINE bool collect(sweep& s, source_request& r, int k)
        {
            const auto id = r.candidates[k];
            if (id == record_log::no_id)
                return false;
            return r.space == id_space::scalar_double ? collect_scalar<double>(s, r, id, r.cut[k]) : collect_other(s, r, id, r.cut[k]);
        }
    }

    // ---- sweeps whose operations are recorded ----
    namespace
    {
        template <class T>
        void seed(active_sweep& s, target_request const& r)
        {
            constexpr bool single = sizeof(T) == sizeof(float);
            if (r.space == id_space::array)
                return s.add(r.space, r.id, r.seed ? primitive::of(r.seed, single) : primitive::constant(1, single));
            auto g = primitive::constant(r.scalar_seed, single);
            if (auto tag = r.seed_tag; tag != 0 && runtime::thread.recording)
                g.id = s.log().id_of_scalar<T>(tag);
            s.add(r.space, r.id, g);
        }
        void seed_targets(active_sweep& s, target_request const* targets, std::size_t n)
        {
            for (auto const* r = targets; r != targets + n; ++r)
                if (r->id != record_log::no_id)
                    is_single(*r) ? seed<float>(s, *r) : seed<double>(s, *r);
        }
        bool collect(active_sweep& s, source_request& r, int k)
        {
            active g;
            const auto id = r.candidates[k];
            if (id == record_log::no_id || !s.find(r.space, id, g))
                return false;
            if (r.space == id_space::array)
            {
                auto const& slot = s.log().arrays[id];
                std::size_t shape[max_rank];
                const int rank = slot.rank;
                std::copy_n(slot.shape, rank, shape);
                r.gradient = primitive::reshape(g, shape, rank).values;
                return true;
            }
            r.scalar = g.number;
            r.scalar_tag = !g.tracked() ? 0 : g.single ? s.log().scalars<float>().base + g.id : s.log().scalars<double>().base + g.id;
            return true;
        }
        // The identity of a result, or no_id.
        std::uint32_t identity(active_sweep& s, source_request const& r)
        {
            if (r.space == id_space::array)
                return r.gradient ? s.log().find(*r.gradient) : record_log::no_id;
            return r.scalar_tag == 0 ? record_log::no_id : s.log().find_scalar(r.space, r.scalar_tag);
        }
        void give_values_of_their_own(sweep&, source_request*, std::size_t)
        {
        }
        void give_values_of_their_own(active_sweep& s, source_request* sources, std::size_t n)
        {
            for (auto* r = sources; r != sources + n; ++r)
                if (const auto id = r->missing ? record_log::no_id : identity(s, *r); id != record_log::no_id)
                    s.note_result(r->space, id);
            for (auto* r = sources; r != sources + n; ++r)
            {
                const auto id = r->missing ? record_log::no_id : identity(s, *r);
                if (id == record_log::no_id || !s.is_shared(r->space, id))
                    continue;
                if (r->space == id_space::array)
                    r->gradient = primitive::apply(row_number::pos, primitive::of(r->gradient, r->single)).values;
                else
                {
                    const bool single = r->space == id_space::scalar_float;
                    const auto own = primitive::apply(row_number::pos, primitive::of_number(r->scalar, id, single));
                    r->scalar_tag = (single ? s.log().scalars<float>().base : s.log().scalars<double>().base) + own.id;
                }
            }
        }
        void want(sweep& s, source_request const& r, std::uint32_t id)
        {
            if (r.space == id_space::array)
                s.want(id);
        }
        void want(active_sweep& s, source_request const& r, std::uint32_t id)
        {
            s.want(r.space, id);
        }
    }

    buffer_ptr zeros_like(buffer const& b, bool single)
    {
        auto z = single ? make_buffer_like<float>(b) : make_buffer_like<double>(b);
        std::fill_n(z->data<char>(), z->bytes, char{0});
        z->role = buffer_role::plain;
        return z;
    }

    namespace
    {
        // Sources that are watched from some position on are collected when the sweep reaches it: the latest first.
        struct late_source
        {
            std::uint32_t cut;
            std::size_t source;
            int candidate;
        };
        ETAPE_NOINLINE void sort_late(late_source* first, late_source* last)
        {
            std::sort(first, last, [](late_source const& a, late_source const& b)
                { return std::tuple(b.cut, a.source, a.candidate) < std::tuple(a.cut, b.source, b.candidate); });
        }

        // From the targets' seeds to the sources; false when a source was not reached.
        template <class Sweep>
        bool sweep_to_sources(Sweep& s, window_list const& windows, target_request* targets, std::size_t n_targets, source_request* sources,
                              std::size_t n_sources)
        {
            std::size_t n_late = 0;
            for (std::size_t i = 0; i < n_sources; ++i)
                for (int k = 0; k < 2; ++k)
                    if (auto& r = sources[i]; r.candidates[k] != record_log::no_id)
                    {
                        want(s, r, r.candidates[k]);
                        n_late += r.cut[k] != 0 ? 1 : 0;
                    }
            late_source few[8];
            std::vector<late_source> more(n_late > std::size(few) ? n_late : 0);
            auto* const late = more.empty() ? few : more.data();
            auto* end = late;
            for (std::size_t i = 0; i < n_sources && n_late != 0; ++i)
                for (int k = 0; k < 2; ++k)
                    if (auto const& r = sources[i]; r.candidates[k] != record_log::no_id && r.cut[k] != 0)
                        *end++ = {r.cut[k], i, k};
            if (n_late > 1)
                sort_late(late, end);
            seed_targets(s, targets, n_targets);
            auto* next = late;
            const auto harvest = [&](std::uint32_t reached)
            {
                for (; next != end && next->cut >= reached; ++next)
                    if (auto& r = sources[next->source]; !(next->candidate == 1 && r.connected[0]))
                    {
                        r.harvested[next->candidate] = true;
                        r.connected[next->candidate] = collect(s, r, next->candidate);
                    }
            };
            for (std::size_t w = windows.size(); w-- > 0;)
                for (std::uint32_t to = windows[w].second; to > windows[w].first;)
                {
                    harvest(to);
                    const auto from = next == end ? windows[w].first : std::max(windows[w].first, next->cut);
                    s.run(from, to);
                    to = from;
                }
            bool complete = true;
            for (std::size_t i = 0; i < n_sources; ++i)
            {
                auto& r = sources[i];
                bool found = false;
                for (int k = 0; k < 2 && !found; ++k)
                    found = r.harvested[k] ? r.connected[k] : collect(s, r, k);
                if (!found)
                {
                    r.missing = std::make_unique<explanation>();
                    complete = false;
                }
            }
            give_values_of_their_own(s, sources, n_sources);
            return complete;
        }

        // Sources that have a gradient, which would lack what a rule without a vjp did not pass on.
        ETAPE_COLD void refuse_partial(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets,
                                       source_request const* sources, std::size_t n_sources, site const& where)
        {
            std::optional<lost_rules> lost;  // from a position on, which most sources have in common
            std::uint32_t from = 0;
            for (std::size_t i = 0; i < n_sources; ++i)
                for (int k = 0; k < 2; ++k)
                    if (auto const& r = sources[i]; !r.missing && r.candidates[k] != record_log::no_id)
                    {
                        if (!lost || from != r.cut[k])
                            lost.emplace(view, windows, targets, n_targets, from = r.cut[k]);
                        if (lost->on_a_path(r.space, r.candidates[k]))
                            lost->refuse(i, where);
                    }
        }

        // Targets and sources get their numbers; after that nothing is added to the recording.
        template <bool Here>
        window_list const& resolve_all(tape_core& t, log_view const& view, target_request* targets, std::size_t n_targets, source_request* sources,
                                       std::size_t n_sources, site const& where)
        {
            const name_lock lock(Here ? nullptr : t.log().gate());
            for (std::size_t i = 0; i < n_targets; ++i)
                targets[i].id = number<Here>(t, view, targets[i]);
            auto const& windows = t.windows();
            for (std::size_t i = 0; i < n_sources; ++i)
                resolve(t, view, sources[i]);
            if (!t.log().plain_gradients.empty())
                runtime::check_plain_gradients(t, targets, n_targets, sources, n_sources, where);
            return windows;
        }

        // On another thread the results are that thread's own, whatever memory of the tape they came from.
        template <class T>
        buffer_ptr own(buffer_ptr g)
        {
            if (g->owned_here())
                return g;
            auto copy = make_buffer_like<T>(*g);
            std::copy_n(g->template data<T>(), g->size, copy->template data<T>());
            copy->role = g->role;
            return copy;
        }

        // Here: on the tape's own thread, which pays nothing for what others may do.
        template <bool Here>
        void run_differentiate(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources,
                               site const& where, bool recorded, bool keep)
        {
            for (std::size_t i = 0; i < n_targets; ++i)
                check_seed(targets[i]);
            bool missing = t.state() == tape_state::consumed;
            if (!missing)
            {
                const auto view = Here ? log_view(t.log()) : t.view();
                auto const& windows = resolve_all<Here>(t, view, targets, n_targets, sources, n_sources, where);
                const auto sweep_with = [&](auto&& s)
                {
                    missing = !sweep_to_sources(s, windows, targets, n_targets, sources, n_sources);
                    if (missing)
                        settle_unread(view, windows, targets, n_targets, sources, n_sources);
                    if (s.lost()) [[unlikely]]
                        refuse_partial(view, windows, targets, n_targets, sources, n_sources, where);
                };
                consumed_if_it_throws(t, where, [&]
                {
                    if (recorded)
                        sweep_with(active_sweep(t.log(), t.followers(false) < 2));
                    else
                    {
                        sweep s(view, !keep && !t.persistent() && t.alone());
                        s.set_windows(&windows);
                        sweep_with(s);
                    }
                });
            }
            if (missing)
            {
                const name_lock lock(Here ? nullptr : t.log().gate());
                if (t.state() == tape_state::consumed)
                    for (std::size_t i = 0; i < n_sources; ++i)
                        sources[i].missing = std::make_unique<explanation>();
                explain(t, targets, n_targets, sources, n_sources, where);
            }
            if (!keep && !t.persistent() && t.state() != tape_state::consumed)
                t.consume(where);
        }
    }

    namespace
    {
        // Gradients are constants to a tape that still records: should they come back into its statements, a gradient that is missing
        // because of it says so.
        void note_constants(tape_core& t, source_request* sources, std::size_t n_sources, site const& where, bool detached)
        {
            for (std::size_t i = 0; i < n_sources; ++i)
                if (auto& r = sources[i]; r.gradient)
                {
                    r.gradient = r.single ? make_alias<float>(*r.gradient) : make_alias<double>(*r.gradient);
                    auto* o = new origin;
                    o->why = reason::detached;
                    o->operation = detached ? "detached gradient" : runtime::gradient_operation;
                    o->where = where;
                    for (auto id : r.candidates)
                        if (id != record_log::no_id)
                            o->reads.push_back({id_space::array, t.log().array_tag(id)});
                    r.gradient->why = o;
                }
        }

        ETAPE_COLD void differentiate_elsewhere(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources,
                                                std::size_t n_sources, site const& where, bool keep, bool detached)
        {
            const tape_core::access access(t, "gradient");
            if (!detached)
                runtime::refuse_plain_gradient(t, where);
            run_differentiate<false>(t, targets, n_targets, sources, n_sources, where, false, keep);
            for (std::size_t i = 0; i < n_sources; ++i)
                if (auto& g = sources[i].gradient)
                    g = sources[i].single ? own<float>(std::move(g)) : own<double>(std::move(g));
            if (runtime::thread.recording)
                note_constants(t, sources, n_sources, where, detached);
        }
    }

    void differentiate(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources, site const& where,
                       bool keep, bool detached)
    {
        if (!t.owned_here()) [[unlikely]]
            return differentiate_elsewhere(t, targets, n_targets, sources, n_sources, where, keep, detached);
        run_differentiate<true>(t, targets, n_targets, sources, n_sources, where, false, keep);
        if (!detached && !keep && !t.first_order() && (t.records() || !t.alone()))
            runtime::note_plain_gradient(t, targets, n_targets, where);
        if (runtime::thread.recording)
            note_constants(t, sources, n_sources, where, detached);
    }

    void differentiate_recorded(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources,
                                site const& where)
    {
        t.check_thread("gradient (differentiable)");
        run_differentiate<true>(t, targets, n_targets, sources, n_sources, where, true, false);
    }
}
