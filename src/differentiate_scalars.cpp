// SPDX-License-Identifier: BSL-1.0
// gradient() with respect to scalars, of which there may be thousands.
#include <etape/tape/differentiate.hpp>

#include <etape/tape/plain_gradients.hpp>
#include <etape/tape/sweep.hpp>

#include "differentiate_targets.hpp"
#include "lost_rules.hpp"

namespace etape
{
    namespace
    {
        // Every scalar is a source from the beginning of the tape, and the sweep is all there is to do.
        bool plain_case(tape_core& t)
        {
            return t.owned_here() && t.state() != tape_state::consumed && t.watches_accessed() && t.watched().empty() &&
                   t.log().plain_gradients.empty();
        }

        source_request in_full(scalar_request& s, bool single, bool zero_anyway)
        {
            source_request r;
            r.zero_anyway = zero_anyway;
            r.space = single ? id_space::scalar_float : id_space::scalar_double;
            r.single = single;
            r.tag = &s.tag;
            return r;
        }
        ETAPE_COLD void differentiate_in_full(tape_core& t, target_request* targets, std::size_t n_targets, scalar_request* sources,
                                              std::size_t n_sources, bool single, site const& where, bool detached, bool zero_anyway)
        {
            std::vector<source_request> full;
            full.reserve(n_sources);
            for (std::size_t i = 0; i < n_sources; ++i)
                full.push_back(in_full(sources[i], single, zero_anyway));
            differentiate(t, targets, n_targets, full.data(), n_sources, where, false, detached);
            for (std::size_t i = 0; i < n_sources; ++i)
            {
                sources[i].value = full[i].scalar;
                sources[i].missing = std::move(full[i].missing);
            }
        }

        ETAPE_COLD void explain_missing(tape_core& t, target_request const* targets, std::size_t n_targets, scalar_request* sources,
                                        std::size_t n_sources, bool single, site const& where)
        {
            std::vector<source_request> full;
            std::vector<scalar_request*> of;
            for (auto* s = sources; s != sources + n_sources; ++s)
                if (s->missing)
                {
                    full.push_back(in_full(*s, single, false));
                    full.back().missing = std::move(s->missing);
                    of.push_back(s);
                }
            explain(t, targets, n_targets, full.data(), full.size(), where);
            for (std::size_t i = 0; i < full.size(); ++i)
                of[i]->missing = std::move(full[i].missing);
        }

        // The value, and the leaf that it began as.
        ETAPE_ALWAYS_INLINE void resolve(scalar_stream_base const& stream, scalar_request& r)
        {
            const auto [id, ordinal] = stream.find_with_ordinal(r.tag);
            r.candidates[0] = id;
            if (ordinal != 0 && ordinal < stream.leaf_of_ordinal.size())
                if (const auto began = stream.leaf_of_ordinal[ordinal]; began != id)
                    r.candidates[1] = began;
        }
        template <class T>
        bool collect(sweep& s, scalar_request& r)
        {
            for (auto id : r.candidates)
            {
                if (id == record_log::no_id)
                    continue;
                const T g = s.scalars<T>()[id];
                if (sweep::untouched(g) && !s.reaches(scalar_space<T>, id))
                    continue;
                r.value = static_cast<double>(g) + 0.0;
                return true;
            }
            return false;
        }
    }

    namespace
    {
        // Sources that have a gradient, which would lack what a rule without a vjp did not pass on.
        template <class T>
        ETAPE_COLD void refuse_partial(log_view const& view, window_list const& windows, target_request const* targets, std::size_t n_targets,
                                       scalar_request const* sources, std::size_t n_sources, site const& where)
        {
            const differentiating::lost_rules lost(view, windows, targets, n_targets);
            for (std::size_t i = 0; i < n_sources; ++i)
                for (auto id : sources[i].candidates)
                    if (!sources[i].missing && id != record_log::no_id && lost.on_a_path(scalar_space<T>, id))
                        lost.refuse(i, where);
        }
    }

    template <class T>
    void differentiate(tape_core& t, target_request* targets, std::size_t n_targets, scalar_request* sources, std::size_t n_sources, site const& where,
                       bool detached, bool zero_anyway)
    {
        using namespace differentiating;
        constexpr bool single = sizeof(T) == sizeof(float);
        if (!plain_case(t))
            return differentiate_in_full(t, targets, n_targets, sources, n_sources, single, where, detached, zero_anyway);
        for (std::size_t i = 0; i < n_targets; ++i)
            check_seed(targets[i]);
        const log_view view(t.log());
        for (std::size_t i = 0; i < n_targets; ++i)
            targets[i].id = number<true>(t, view, targets[i]);
        auto const& windows = t.windows();
        auto const& stream = t.log().scalars<T>();
        std::uint64_t all = tag_bits::leaf;
        for (std::size_t i = 0; i < n_sources; ++i)
        {
            resolve(stream, sources[i]);
            all &= sources[i].tag;
        }
        bool complete = true;
        consumed_if_it_throws(t, where, [&]
        {
            sweep s(view, !t.persistent() && t.alone());
            s.set_windows(&windows);
            if (all != 0)
                s.leaves_only<T>(windows);
            seed_targets(s, targets, n_targets);
            s.run(windows);
            for (std::size_t i = 0; i < n_sources; ++i)
                if (!collect<T>(s, sources[i]))
                {
                    sources[i].missing = std::make_unique<explanation>();
                    complete = false;
                }
            s.restore<T>();
            if (s.lost()) [[unlikely]]
                refuse_partial<T>(view, windows, targets, n_targets, sources, n_sources, where);
        });
        if (!complete && !zero_anyway)
            explain_missing(t, targets, n_targets, sources, n_sources, single, where);
        if (!t.persistent())
            t.consume(where);
        if (!detached && !t.first_order() && (t.records() || !t.alone()))
            runtime::note_plain_gradient(t, targets, n_targets, where);
    }
    template void differentiate<double>(tape_core&, target_request*, std::size_t, scalar_request*, std::size_t, site const&, bool, bool);
    template void differentiate<float>(tape_core&, target_request*, std::size_t, scalar_request*, std::size_t, site const&, bool, bool);
}
