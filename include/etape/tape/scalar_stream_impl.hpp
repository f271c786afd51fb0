// SPDX-License-Identifier: BSL-1.0
// Bodies of scalar_stream, run_of and the recording of statements: compiled into the library for float and double, instantiated where
// another number type is recorded.
#pragma once
#include <algorithm>

#include <etape/core/code_placement.hpp>
#include <etape/rule/lane.hpp>
#include <etape/tape/number_adjoints.hpp>
#include <etape/tape/prefetch.hpp>
#include <etape/tape/run_node.hpp>
#include <etape/tape/scalar_stream.hpp>

namespace etape
{
    namespace runtime
    {
        // partial * adjoint; a lane whose adjoint is zero passes zero, whatever the partial is.
        template <class T>
        ETAPE_ALWAYS_INLINE T passed(T const& partial, T const& g)
        {
            // a number with one truth was asked before
            if constexpr (std::is_same_v<lane::mask_t<T>, bool>)
                return partial * g;
            else
                return lane::select<T>(lane::vanishes(g), T(0), partial * g);
        }

        struct new_leaf_id
        {
            std::uint32_t id = 0, ordinal = 0;
        };
        ETAPE_ALWAYS_INLINE new_leaf_id add_leaf(scalar_stream_base& s, record_log& log)
        {
            if (!s.open())
                log.open_run(s);
            s.check_ids(1);
            log.append(s.leaves, s.count);
            new_leaf_id l{s.count++, tag_bits::one_of_many};
            if (s.leaf_of_ordinal.size() < tag_bits::one_of_many)
            {
                l.ordinal = static_cast<std::uint32_t>(s.leaf_of_ordinal.size());
                log.append(s.leaf_of_ordinal, l.id);
            }
            return l;
        }
        // scalar_stream_base::adopt() where no other thread looks numbers up.
        ETAPE_ALWAYS_INLINE std::uint32_t adopt_alone(scalar_stream_base& s, record_log& log, std::uint64_t number)
        {
            auto& e = s.adopted.find_or_add(number);
            if (e.id == leaf_table::none)
            {
                const auto l = add_leaf(s, log);
                e.id = l.id;
                e.ordinal = l.ordinal;
            }
            return e.id;
        }
    }

    template <class T>
    void scalar_stream<T>::make_room(record_log& log, std::uint32_t n)
    {
        if (!open_)
        {
            open_ = true;
            if (chunks_.empty())
                next_chunk(log, n);
            run_begin_ = {current_, at()};
            run_first_id_ = count;
            run_first_edge_ = edges();
            limit = first_ + chunks_[current_].capacity;
            if (partial == first_)
                chunks_[current_].first_id = count;
        }
        if (full(n))
            next_chunk(log, n);
        check_ids(static_cast<std::uint32_t>(limit - partial));
    }

    template <class T>
    void scalar_stream<T>::next_chunk(record_log& log, std::uint32_t n)
    {
        // From a page to 12 MB: small recordings stay small, long ones ask rarely.
        constexpr std::uint32_t least = 256, most = std::uint32_t{1} << 20;
        if (!chunks_.empty())
        {
            chunks_[current_].used = at();
            edges_before_ += at();
            ++current_;
        }
        while (current_ < chunks_.size() && chunks_[current_].capacity < n)
        {
            chunks_[current_].used = 0;
            chunks_[current_].first_id = count;
            ++current_;
        }
        if (current_ == chunks_.size())
        {
            const auto wanted = chunks_.empty() ? least : std::min(most, 2 * chunks_.back().capacity);
            log.append(chunks_, edge_chunk<T>(std::max(wanted, n)));
        }
        chunks_[current_].first_id = count;
        enter_chunk();
        limit = first_ + chunks_[current_].capacity;
    }

    template <class T>
    void scalar_stream<T>::clear(std::uint64_t next) noexcept
    {
        scalar_stream_base::clear(next);
        current_ = 0;
        edges_before_ = 0;
        open_ = false;
        if (!chunks_.empty())
            enter_chunk();
        limit = partial;
    }

    template <class T>
    void scalar_stream<T>::rewind(stream_mark const& m) noexcept
    {
        forget_after(m.count);
        if (chunks_.empty())
            return;
        current_ = m.edge.chunk;
        edges_before_ = m.edges_before;
        enter_chunk();
        partial += m.edge.at;
        id += m.edge.at;
        limit = partial;
    }

    template <class T>
    void scalar_stream<T>::finish_run(record_log& log)
    {
        open_ = false;
        limit = partial;
        if (count == run_first_id_)
            return;
        using run = std::conditional_t<is_compiled_number_v<T>, run_node<T>, further_run_node<T>>;
        auto* n = new (log.memory.allocate(sizeof(run))) run;
        n->name = "scalar statements";
        n->begin = run_begin_;
        n->end = {current_, at()};
        n->first_id = run_first_id_;
        n->end_id = count;
        n->edge_total = edges() - run_first_edge_;
        n->end_leaf = static_cast<std::uint32_t>(leaves.size());
        n->log = &log;
        log.append(log.nodes, n);
    }

    template <class T>
    std::unique_ptr<number_adjoints> scalar_stream<T>::make_adjoints() const
    {
        return std::make_unique<adjoints_of<T>>();
    }

    // ---- recording ----
    template <class T>
    std::uint64_t record_log::push_statement(const T* partials, const std::uint32_t* ids, int n)
    {
        auto& s = scalars<T>();
        const auto edges = static_cast<std::uint32_t>(n);
        if (s.full(edges) || !s.open())
            open_run(s, edges);
        std::copy_n(partials, edges, s.partial);
        std::copy_n(ids, edges, s.id);
        *s.id |= first_edge;
        s.partial += edges;
        s.id += edges;
        return s.base + s.count++;
    }

    template <class T>
    std::uint64_t record_log::record_some(const T* partials, const std::uint64_t* tags, std::uint32_t n)
    {
        auto& s = scalars<T>();
        if (s.full(n))
            open_run(s, n);
        T* const p = s.partial;
        std::uint32_t* const k = s.id;
        std::uint32_t edges = 0;
        const bool plain = apart.outer == nullptr && gate_ == nullptr;
        for (std::uint32_t i = 0; i < n; ++i)
        {
            const auto number = tags[i] & tag_bits::number;
            std::uint32_t id = static_cast<std::uint32_t>(number - s.base);
            if (number - s.base >= s.count)
            {
                // In an open run a new leaf leaves the write position where it is.
                if (plain && (tags[i] & tag_bits::leaf) != 0)
                    id = runtime::adopt_alone(s, *this, number);
                else if (id = known_id<T>(tags[i]); id == no_id)
                    id = id_from_before(space_of<T>(), s, tags[i]);
                if (id == no_id)
                    continue;
            }
            p[edges] = partials[i];
            k[edges++] = id;
        }
        if (edges == 0)
            return runtime::untracked_tag(s.base, tags, n);
        k[0] |= first_edge;
        s.partial += edges;
        s.id += edges;
        return s.base + s.count++;
    }

    template <class T>
    std::uint64_t record_log::new_leaf()
    {
        return scalars<T>().new_leaf(*this);
    }

    // ---- the run in a sweep ----
    template <class T>
    void run_of<T>::reverse(sweep& s) const
    {
        if (s.restores())
            reverse_edges<true>(s);
        else
            reverse_edges<false>(s);
    }
    // Restoring: adjoints become neutral again as they are passed.
    template <class T>
    template <bool Restoring>
    void run_of<T>::reverse_edges(sweep& s) const
    {
        auto& stream = log->template scalars<T>();
        T* const adj = s.template scalars<T>();
        std::uint32_t result = end_id;
        std::size_t leaf = end_leaf;
        std::uint32_t written = record_log::no_id;
        T latest(0);  // written's adjoint
        std::uint32_t held = record_log::no_id;
        T sum(0);  // held's adjoint
        for (std::uint32_t c = end.chunk + 1; c-- > begin.chunk;)
        {
            auto& chunk = stream.chunk(c);
            const std::uint32_t stop = c == end.chunk ? end.at : chunk.used;
            const T* partial = chunk.partials() + stop;
            const std::uint32_t* id = chunk.ids() + stop;
            // Short recordings are in the cache, and what is before them may be another thread's.
            const bool far = stop >= 2048;
            const std::uint32_t lowest = c == begin.chunk ? first_id : std::max(first_id, chunk.first_id);
            while (result > lowest)
            {
                // Down to the next result without edges nothing but the edges tells statements apart.
                const bool meets_leaf = leaf > 0 && stream.leaves[leaf - 1] >= lowest;
                const std::uint32_t low = meets_leaf ? stream.leaves[leaf - 1] + 1 : lowest;
                while (result != low)
                {
                    // In a chain (y = y * c + ...) the adjoint was written a moment ago: from the register, it need not wait for memory.
                    const T g = --result == written ? latest : adj[result];
                    if (!lane::all(lane::vanishes(g))) [[likely]]
                    {
                        if constexpr (Restoring)
                            adj[result] = T(-0.0);
                        if (far)
                        {
                            runtime::prefetch_to_read(partial, 4096);
                            runtime::prefetch_to_read(id, 2048);
                        }
                        const auto last = [&]() __attribute__((always_inline)) {
                            const std::uint32_t e = *--id;
                            written = e & ~first_edge;
                            latest = adj[written] + runtime::passed(*--partial, g);
                            adj[written] = latest;
                            return (e & first_edge) != 0;
                        };
                        // So is the factor of a row (y[j] += c * x[j]), which every statement of it reads in the middle: its sum stays
                        // in a register as long as statements of three reads follow each other and none of their other edges wrote it.
                        // `before` is what the statement before this one wrote last: no_id if its adjoint was zero.
                        const auto middle = [&](std::uint32_t before) __attribute__((always_inline)) {
                            const std::uint32_t e = *--id;
                            const T* const factor = runtime::not_before(--partial);
                            const bool same = e == held && before != record_log::no_id && e != before && e != written;
                            const T sofar = same ? sum : adj[e];
                            sum = sofar + runtime::passed(*factor, g);
                            held = e;
                            adj[e] = sum;
                        };
                        // A branch of its own for each of the first edges: nearly always it goes one way. One branch for all needs its
                        // history to tell the last turn, which fails where the code happens to lie badly (7 ns instead of 2.5).
                        const std::uint32_t before = written;
                        if (last())
                            held = record_log::no_id;
                        else if ((id[-1] & first_edge) != 0)
                        {
                            last();
                            held = record_log::no_id;
                        }
                        else
                        {
                            middle(before);
                            if (!last())
                            {
                                held = record_log::no_id;
                                while (!last() && !last() && !last() && !last())
                                {
                                }
                            }
                        }
                    }
                    else
                    {
                        // An adjoint that arrived and is zero: what it reaches is connected, also through an infinite or NaN slope.
                        // (Of a further number type zeros leave no trace: there the structure tells, see sweep::untouched.)
                        const bool arrived = !sweep::untouched(g);
                        written = record_log::no_id;
                        if constexpr (Restoring)
                            adj[result] = T(-0.0);
                        std::uint32_t e;
                        do
                        {
                            e = *--id;
                            --partial;
                            if (arrived)
                                adj[e & ~first_edge] += T(0);
                        } while ((e & first_edge) == 0);
                    }
                }
                if (meets_leaf)
                {
                    --result;
                    --leaf;
                }
            }
        }
    }

    template <class T>
    void run_of<T>::edges(std::size_t k, std::vector<edge>& to) const
    {
        auto& stream = log->template scalars<T>();
        // Callers walk statements from the last to the first: remember where the previous one began.
        static thread_local struct
        {
            const void* of = nullptr;
            std::uint64_t base = 0;
            std::size_t statement = 0, leaf = 0;
            edge_position position;
        } last;
        if (last.of != this || last.base != stream.base || last.statement < k + 1)
            last = {this, stream.base, statements(), end_leaf, end};
        std::uint32_t first = 0, past = 0;
        while (last.statement > k)
        {
            --last.statement;
            first = past = 0;
            if (last.leaf > 0 && stream.leaves[last.leaf - 1] == first_id + last.statement)
            {
                --last.leaf;
                continue;
            }
            auto& [c, at] = last.position;
            while (at == 0)
                at = stream.chunk(--c).used;
            past = first = at;
            const auto* ids = stream.chunk(c).ids();
            while ((ids[--first] & first_edge) == 0)
            {
            }
            at = first;
        }
        for (; first != past; ++first)
        {
            edge x;
            x.space = space_of<T>();
            x.id = stream.chunk(last.position.chunk).ids()[first] & ~first_edge;
            to.push_back(x);
        }
    }
}
