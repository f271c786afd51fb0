// SPDX-License-Identifier: BSL-1.0
// What ended between tapes that live: statements that none of these can see are forgotten, so that one tape after the other beside a
// tape that is closed or used up takes no more memory than one.
#include <algorithm>

#include <etape/tape/log.hpp>

namespace etape
{
    void record_log::mark(log_mark& m) const
    {
        m.nodes = position();
        m.arrays = static_cast<std::uint32_t>(arrays.size());
        m.memory = memory.here();
        m.doubles = doubles_.here();
        m.floats = floats_.here();
        m.further.clear();
        for (auto const& s : further_)
            m.further.push_back(s != nullptr ? s->here() : stream_mark{});
    }

    bool record_log::is_forgotten(std::uint32_t array) const noexcept
    {
        for (auto const& [first, last] : forgotten_)
            if (array >= first && array < last)
                return true;
        return false;
    }

    // While nothing records, and before a tape starts: what is behind the last statement of those that may be swept again. True when that is
    // everything.
    bool record_log::forget_unseen()
    {
        log_mark const* last = nullptr;
        std::uint32_t named = 0;
        for (auto const* e : tapes_)
        {
            // One that is silenced; and what is computed in a pause may be read after it, when an explanation tells where it was lost.
            if (e->records() || e->state == tape_state::paused)
                return false;
            if (e->state == tape_state::consumed)
                continue;
            if (last == nullptr || e->end.nodes >= last->nodes)
                last = &e->end;
            named = std::max(named, e->end.arrays);
            for (auto const& w : e->watched)
                if (w.space == id_space::array)
                    named = std::max(named, w.id + 1);
        }
        if (last != nullptr && last->nodes == position())
            return false;
        {
            const name_lock lock(gate_);
            for (auto* e : tapes_)
                if (e->state == tape_state::consumed)
                {
                    e->forgotten = true;
                    e->watched.clear();
                }
        }
        if (last == nullptr)
        {
            stop();
            return true;
        }
        log_mark m = *last;
        m.arrays = named;
        forget_after(m);
        return false;
    }

    void record_log::renew(tape_entry& t)
    {
        if (tapes_.size() == 1)
        {
            detach(t);
            attach(t);
            return;
        }
        t.state = tape_state::consumed;
        refresh();
        if (!runtime::thread.recording && forward == nullptr && forget_unseen())
            each_stream([](auto& s) { s.base = runtime::thread.next_scalar; });
        t.state = tape_state::recording;
        t.forgotten = false;
    }

    namespace
    {
        void add_gap(std::vector<std::pair<std::uint32_t, std::uint32_t>>& gaps, std::uint32_t first, std::uint32_t last)
        {
            while (!gaps.empty() && gaps.back().second >= first)
            {
                first = std::min(first, gaps.back().first);
                gaps.pop_back();
            }
            if (first < last)
                gaps.emplace_back(first, last);
        }
        template <class T>
        void shorten(scalar_replays<T>& replays, std::uint32_t count)
        {
            std::size_t n = replays.entries.size();
            while (n > 0 && replays.entries[n - 1].result >= count)
                --n;
            if (n == replays.entries.size())
                return;
            const auto leaves = replays.entries[n].first_leaf;
            replays.entries.resize(n);
            replays.values.resize(leaves);
            replays.ids.resize(leaves);
        }
    }

    void record_log::forget_after(log_mark const& m)
    {
        // Leaves of other threads, which they keep alive.
        if (std::any_of(adopted_.begin(), adopted_.end(), [&](auto const& a) { return a.second >= m.arrays; }))
        {
            const name_lock lock(gate_);
            flat_map<buffer*, std::uint32_t> kept;
            for (auto const& [b, id] : adopted_)
                if (id < m.arrays)
                    kept.emplace(b, id);
                else
                    buffer_ptr::release(b);
            adopted_ = std::move(kept);
        }
        const no_sweeps wait(gate_);
        for (auto p = nodes.size(); p-- > m.nodes;)
            nodes[p]->~node();
        nodes.resize(m.nodes);
        memory.rewind(m.memory);
        for (auto id = m.arrays; id < arrays.size(); ++id)
            if (auto& a = arrays[id]; a.why != nullptr)
            {
                release_origin(a.why);
                a.why = nullptr;
            }
        add_gap(forgotten_, m.arrays, static_cast<std::uint32_t>(arrays.size()));
        forget_numbers_after(m);
        // A gradient that left as plain numbers: only what was recorded until then may still be differentiated.
        std::erase_if(plain_gradients, [&](plain_gradient const& g) { return g.position > m.nodes; });
        noted_targets.clear();
    }
    void record_log::forget_numbers_after(log_mark const& m)
    {
        const auto of = [&](scalar_stream_base& s, stream_mark const& end)
        {
            add_gap(s.forgotten, end.count, s.count);
            s.rewind(end);
        };
        of(doubles_, m.doubles);
        of(floats_, m.floats);
        for (std::size_t k = 0; k < further_.size(); ++k)
            if (further_[k] != nullptr)
                of(*further_[k], k < m.further.size() ? m.further[k] : stream_mark{});
        shorten(double_replays_, m.doubles.count);
        shorten(float_replays_, m.floats.count);
        // Notes about numbers that no longer say anything; looked through when their number has doubled.
        if (scalar_origins_.size() < 2 * origins_then_ + 64)
            return;
        for (auto it = scalar_origins_.begin(); it != scalar_origins_.end();)
        {
            const auto space = static_cast<id_space>((it->first >> tag_bits::ordinal_shift) & 0xff);
            auto const* s = stream(space);
            const auto number = it->first & tag_bits::number;
            if (s != nullptr && s->holds(number) && s->is_forgotten(s->local(number)))
            {
                release_origin(it->second);
                it = scalar_origins_.erase(it);
            }
            else
                ++it;
        }
        origins_then_ = scalar_origins_.size();
    }
}
