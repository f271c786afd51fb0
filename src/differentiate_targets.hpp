// SPDX-License-Identifier: BSL-1.0
// The targets of one call of gradient(): their numbers, their seeds, and what becomes of the tape when a rule throws.
#pragma once
#include <algorithm>

#include <etape/core/error.hpp>
#include <etape/tape/differentiate.hpp>
#include <etape/tape/sweep.hpp>

namespace etape::differentiating
{
    // A target may be a variable that nothing has read yet, and its own source: it gets a number, on the tape's own thread.
    template <bool Here>
    std::uint32_t number(tape_core& t, log_view const& view, target_request& r)
    {
        if constexpr (!Here)
            return r.space == id_space::array ? view.find(*r.values) : view.find_scalar(r.space, *r.tag);
        auto& log = t.log();
        if (r.space == id_space::array)
        {
            log.id_of(*r.values, r.single);
            return log.find(*r.values);
        }
        return log.id_of_scalar(r.space, *r.tag);
    }

    inline void check_seed(target_request const& r)
    {
        if (r.space != id_space::array || !r.seed)
            return;
        auto const& v = *r.values;
        if (r.seed->rank != v.rank || !std::equal(v.shape, v.shape + v.rank, r.seed->shape))
            throw_shape_error("gradient: seed", "shape " + shape_text(r.seed->shape, r.seed->rank),
                              "the target's shape " + shape_text(v.shape, v.rank));
    }

    template <class T>
    void seed(sweep& s, target_request const& r)
    {
        if (r.space != id_space::array)
            return s.add_scalar<T>(r.id, static_cast<T>(r.scalar_seed));
        if (!r.seed)
            return s.contribute_constant<T>(r.id, 1);
        s.contribute<T>(r.id, r.seed, 1);
    }
    inline bool is_single(target_request const& r)
    {
        return r.space == id_space::array ? r.single : r.space == id_space::scalar_float;
    }
    inline void seed_targets(sweep& s, target_request const* targets, std::size_t n)
    {
        for (auto const* r = targets; r != targets + n; ++r)
        {
            if (r->id == record_log::no_id)
                continue;
            s.mark_target(r->space, r->id);
            if (r->space >= id_space::further)
                s.further(r->space).add(r->id, r->number_seed.get());
            else if (is_single(*r))
                seed<float>(s, *r);
            else
                seed<double>(s, *r);
        }
    }

    // A rule by the user may throw. What the sweep has taken out of the statements by then is gone.
    template <class Sweep>
    ETAPE_ALWAYS_INLINE void consumed_if_it_throws(tape_core& t, site const& where, Sweep&& sweep_now)
    {
        try
        {
            sweep_now();
        }
        catch (...)
        {
            if (!t.persistent())
                t.consume(where);
            throw;
        }
    }
}
