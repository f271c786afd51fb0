// SPDX-License-Identifier: BSL-1.0
// Derivatives of derivatives of scalar statements: replayed from the program and the leaves that each of them noted.
#include <algorithm>

#include <etape/core/error.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/run_node.hpp>

#include "primitive_memory.hpp"
#include "replay.hpp"

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
    }
    template <class T>
    void run_node<T>::reverse_active(active_sweep& s) const
    {
        auto const& entries = this->log->template replays<T>().entries;
        std::vector<edge> known;
        const std::uint32_t first = this->first_id;
        for (std::uint32_t r = this->end_id; r-- > first;)
        {
            active g;
            if (!s.find(scalar_space<T>, r, g))
                continue;
            const auto it = std::lower_bound(entries.begin(), entries.end(), r, [](auto const& e, std::uint32_t id) { return e.result < id; });
            if (it == entries.end() || it->result != r)
            {
                known.clear();
                this->edges(r - first, known);
                if (known.empty())
                    continue;  // a leaf
                throw rule_error("etape: derivative of a derivative: found scalar statements that were recorded before the outer tape was "
                                 "opened, or that read an expression kept in `auto` from before the inner one, expected an outer tape that is opened "
                                 "first, and variable<T> for what is kept");
            }
            s.take(scalar_space<T>, r, g);
            const auto e = *it;
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
            // A scalar statement as push_levels sees it.
            template <class T>
            struct scalar_statement final : node
            {
                typename scalar_replays<T>::entry entry;
                void reverse(sweep&) const override
                {
                }
                void forward_active(forward_state& level) const override
                {
                    auto& log = *thread.log;
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
            r.values.insert(r.values.end(), values, values + program.leaves);
            r.ids.insert(r.ids.end(), ids, ids + program.leaves);
            if (log.forward == nullptr)
                return;
            scalar_statement<T> s;
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
