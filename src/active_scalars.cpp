// SPDX-License-Identifier: BSL-1.0
// Derivatives of derivatives of scalar statements: replayed from the program and the leaves that each of them noted.
#include <algorithm>

#include <etape/core/error.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/run_node.hpp>
#include <etape/tape/tape_core.hpp>

#include "derived_statement.hpp"
#include "primitive_memory.hpp"
#include "replay.hpp"
#include "row_slopes.hpp"

namespace etape
{
    namespace
    {
        template <class T>
        std::vector<active> leaves_of(record_log& log, typename scalar_replays<T>::entry const& e)
        {
            auto const& r = log.template replays<T>();
            std::vector<active> all;
            for (int j = 0; j < e.program->leaves; ++j)
            {
                const std::size_t at = e.first_leaf + static_cast<std::size_t>(j);
                all.push_back(primitive::of_number(static_cast<double>(r.values[at]), r.ids[at], primitive::is_float<T>));
            }
            return all;
        }

        // A statement of one row, whose derivatives can be statements with partials.
        template <class T>
        struct single_row
        {
            row_slopes<T> const* f = nullptr;  // null: it is none
            row_structure structure;

            explicit single_row(replay_program const& p)
            {
                auto const& root = p.steps[p.size - 1];
                if (root.leaf >= 0 || p.size != root.arity + 1 || p.leaves != root.arity || root.row == row_number::unknown)
                    return;
                for (int j = 0; j < root.arity; ++j)
                    if (p.steps[root.arg[j]].leaf != j)
                        return;
                structure = structure_of(root.row);
                if (auto const& functions = slopes_of<T>(root.row); structure.known && functions.offered)
                    f = &functions;
            }
            bool reads(int j, int i) const
            {
                return (structure.reads[j] >> i & 1u) != 0;
            }
        };

        // The adjoints of a statement's operands.
        template <class T>
        void pull_once(active_sweep& s, single_row<T> const& row, const T* values, const std::uint32_t* ids, active const& g)
        {
            slopes<T> d;
            row.f->pull(values, static_cast<T>(g.number), d);
            for (int j = 0; j < row.f->arity; ++j)
            {
                if (!row.f->active[j] || ids[j] == record_log::no_id)
                    continue;
                derived_statement<T> c;
                c.read(d.slope[j], g.id);
                for (int i = 0; i < row.f->arity; ++i)
                    if (row.reads(j, i))
                        c.read(d.change[j][i], ids[i]);
                s.add(scalar_space<T>, ids[j], c.record(s.log(), d.pulled[j]));
            }
        }
    }
    template <class T>
    void run_node<T>::reverse_active(active_sweep& s) const
    {
        auto const& entries = this->log->template replays<T>().entries;
        std::vector<edge> known;
        const std::uint32_t first = this->first_id;
        // the next entry to look at
        auto at = static_cast<std::size_t>(
            std::lower_bound(entries.begin(), entries.end(), this->end_id, [](auto const& e, std::uint32_t id) { return e.result < id; }) - entries.begin());
        for (std::uint32_t r = this->end_id; r-- > first;)
        {
            while (at != 0 && entries[at - 1].result >= r)
                --at;
            active g;
            if (!s.find(scalar_space<T>, r, g))
                continue;
            if (at == entries.size() || entries[at].result != r)
            {
                known.clear();
                this->edges(r - first, known);
                if (known.empty())
                    continue;  // a leaf
                replay::refuse_unkept("scalar statements");
            }
            s.take(scalar_space<T>, r, g);
            const auto e = entries[at];
            if (s.once() && g.is_number())
                if (const single_row<T> row(*e.program); row.f != nullptr)
                {
                    // copies: statements may be noted meanwhile
                    auto const& noted = this->log->template replays<T>();
                    T values[3];
                    std::uint32_t ids[3];
                    std::copy_n(noted.values.data() + e.first_leaf, row.f->arity, values);
                    std::copy_n(noted.ids.data() + e.first_leaf, row.f->arity, ids);
                    pull_once(s, row, values, ids, g);
                    continue;
                }
            const auto leaves = leaves_of<T>(*this->log, e);
            const auto values = replay::evaluate(*e.program, leaves.data(), replay::values::all);
            const auto adjoints = replay::reverse(*e.program, values, g);
            for (int j = 0; j < e.program->leaves; ++j)
                if (auto const& a = adjoints[static_cast<std::size_t>(j)]; a.present && leaves[static_cast<std::size_t>(j)].tracked())
                    s.add(scalar_space<T>, leaves[static_cast<std::size_t>(j)].id, a.value);
        }
    }

    namespace runtime
    {
        namespace
        {
            // The tangent of a statement on a level that at most one tape or level follows; false: take the recorded operations.
            template <class T>
            bool push_once(record_log& log, forward_state& level, single_row<T> const& row, std::uint32_t result, const T* values,
                           const std::uint32_t* ids)
            {
                // What recordings inside can ask for they can differentiate by a sweep that is recorded for this level.
                const int followers = level.core->followers(level.hidden);
                if (followers > 1 || (followers == 1 && !level.hidden))
                    return false;
                active t[3];
                T direction[3] = {};
                bool any = false;
                for (int j = 0; j < row.f->arity; ++j)
                    if (row.f->active[j] && ids[j] != record_log::no_id && level.find(scalar_space<T>, ids[j], t[j]))
                    {
                        direction[j] = static_cast<T>(t[j].number);
                        any = true;
                    }
                if (!any)
                    return true;
                const T tangent = row.f->push(values, direction);
                derived_statement<T> statement;
                if (followers == 1)
                {
                    slopes<T> d;
                    row.f->pull(values, T(1), d);
                    for (int j = 0; j < row.f->arity; ++j)
                        statement.read(d.slope[j], t[j].id);
                    for (int i = 0; i < row.f->arity; ++i)
                    {
                        T change(0);
                        bool reads = false;
                        for (int j = 0; j < row.f->arity; ++j)
                            if (row.reads(j, i) && (direction[j] != T(0) || t[j].tracked()))
                            {
                                reads = true;
                                if (direction[j] != T(0))
                                    change += direction[j] * d.change[j][i];
                            }
                        if (reads)
                            statement.read(change, ids[i]);
                    }
                }
                level.set(scalar_space<T>, result, statement.record(log, tangent));
                return true;
            }
        }

        namespace
        {
            // A scalar statement as push_levels sees it.
            template <class T>
            struct scalar_statement final : node
            {
                typename scalar_replays<T>::entry entry;
                single_row<T> row;
                const T* read_values;
                const std::uint32_t* read_ids;

                scalar_statement(single_row<T> const& r, const T* values, const std::uint32_t* ids)
                    : row(r)
                    , read_values(values)
                    , read_ids(ids)
                {
                }
                void reverse(sweep&) const override
                {
                }
                void forward_active(forward_state& level) const override
                {
                    auto& log = *thread.log;
                    if (row.f != nullptr && level.core != nullptr && push_once(log, level, row, entry.result, read_values, read_ids))
                        return;
                    const auto leaves = leaves_of<T>(log, entry);
                    std::vector<active> t(leaves.size(), primitive::constant(0, primitive::is_float<T>));
                    std::vector<bool> moves(leaves.size(), false);
                    bool any = false;
                    for (std::size_t j = 0; j < leaves.size(); ++j)
                        if (leaves[j].tracked() && level.find(scalar_space<T>, leaves[j].id, t[j]))
                            moves[j] = any = true;
                    if (!any)
                        return;
                    const auto values = replay::evaluate(*entry.program, leaves.data(), replay::values::all);
                    level.set(scalar_space<T>, entry.result, replay::forward(*entry.program, values, t.data(), moves));
                }
                std::size_t edge_count() const override
                {
                    return 0;
                }
                output result() const override
                {
                    return {scalar_space<T>, entry.result, 1};
                }
                void edges(std::size_t, std::vector<edge>&) const override
                {
                }
                std::size_t own_bytes() const override
                {
                    return 0;
                }
            };
        }

        template <class T>
        void note_statement(record_log& log, std::uint32_t result, replay_program const& program, const T* values, const std::uint32_t* ids)
        {
            auto& r = log.template replays<T>();
            r.entries.push_back({result, &program, r.values.size()});
            for (int j = 0; j < program.leaves; ++j)
            {
                r.values.push_back(values[j]);
                r.ids.push_back(ids[j]);
            }
            if (log.forward == nullptr)
                return;
            scalar_statement<T> s(single_row<T>(program), values, ids);
            s.entry = r.entries.back();
            s.name = program.name;
            push_levels(log, s);
        }
        template void note_statement<double>(record_log&, std::uint32_t, replay_program const&, const double*, const std::uint32_t*);
        template void note_statement<float>(record_log&, std::uint32_t, replay_program const&, const float*, const std::uint32_t*);
    }

    template void run_node<double>::reverse_active(active_sweep&) const;
    template void run_node<float>::reverse_active(active_sweep&) const;
}
