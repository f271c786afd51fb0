// SPDX-License-Identifier: BSL-1.0
// Watching, and statistics of a tape.
#include <etape/tape/tape_core.hpp>

#include <algorithm>
#include <iterator>
#include <string>

#include <etape/core/error.hpp>

#include "explain_words.hpp"

namespace etape::runtime
{
    namespace
    {
        // A tape that is used up records no more: numbers that it gave would be given out again, to other values.
        void refuse_consumed(tape_core const& t, site const& where)
        {
            if (t.state() == tape_state::consumed) [[unlikely]]
                throw tape_error("etape: watch at " + to_string(where) + ": found a tape that a sweep consumed at " + to_string(t.consumed_at) +
                                 ", expected one that records or may record again; call reset() first, or make the tape persistent" +
                                 (t.opened_at.known() ? "; it was opened" + explaining::at(t.opened_at) : std::string()));
        }
    }

    void watch_array(tape_core& t, buffer_ptr const& b, bool single, site const& where)
    {
        refuse_consumed(t, where);
        auto& log = t.log();
        log.close_run();
        auto id = log.find(*b);
        if (id == record_log::no_id)
        {
            log.adopt(*b, single);
            id = log.find(*b);
        }
        if (id == record_log::no_id)
            id = log.add_array(*b, "watched array", b->made, 0, single);
        auto& slot = log.arrays[id];
        const name_lock lock(log.gate());
        if (slot.node == 0)
            slot.role = buffer_role::leaf;
        if (t.watched().find(id_space::array, id) != nullptr)
            return;
        slot.watched_at = where;
        t.watched().push_back({id_space::array, id, log.position(), where, b});
    }

    void watch_scalar(tape_core& t, id_space space, std::uint64_t& tag, site const& where)
    {
        refuse_consumed(t, where);
        auto& log = t.log();
        if ((tag & tag_bits::leaf) == 0 && log.find_scalar(space, tag) == record_log::no_id)
            tag = log.stream(space)->new_leaf(log);
        const auto id = log.id_of_scalar(space, tag);
        log.close_run();
        if (t.watched().find(space, id) != nullptr)
            return;
        const name_lock lock(log.gate());
        t.watched().push_back({space, id, log.position(), where, buffer_ptr()});
    }

    bool is_array(std::uint64_t number, buffer const& b)
    {
        const auto* log = thread.log;
        if (log == nullptr)
            return false;
        const auto id = log->find(b);
        return (id != record_log::no_id && log->array_tag(id) == number) || (b.source == number && log->holds(number));
    }
    bool is_scalar(id_space space, std::uint64_t number, std::uint64_t tag)
    {
        const auto* log = thread.log;
        if (log == nullptr || log->stream(space) == nullptr)
            return false;
        auto const& s = *log->stream(space);
        if (const auto id = s.find(tag); id != record_log::no_id && s.base + id == number)
            return true;
        const auto ordinal = static_cast<std::size_t>(s.ordinal_of(tag) >> tag_bits::ordinal_shift);
        return ordinal != 0 && ordinal < s.leaf_of_ordinal.size() && s.base + s.leaf_of_ordinal[ordinal] == number;
    }

    std::vector<watched_info> watched_on(tape_core const& t)
    {
        t.check_thread("watched_variables");
        std::vector<watched_info> all;
        auto& log = t.log();
        if (!t.watches_accessed())
        {
            for (auto const& w : t.watched())
            {
                if (w.space == id_space::array)
                {
                    auto const& s = log.arrays[w.id];
                    all.push_back({s.made, s.rank, s.size, log.array_tag(w.id)});
                }
                else
                    all.push_back({site{}, 0, 1, log.stream(w.space)->base + w.id, w.space});
            }
            return all;
        }
        // Everything that a statement of the tape read and none produced, each once, in the order of the numbers; and what was watched by name.
        log.close_run();
        const auto view = t.view();
        auto read = view.unmarked();
        std::vector<edge> edges;
        for (std::uint32_t p = 0; p < log.nodes.size(); ++p)
        {
            if (!t.covers(p))
                continue;
            // From the last to the first, as a run of numbers hands them out in linear time.
            for (std::size_t k = log.nodes[p]->statements(); k-- > 0;)
            {
                edges.clear();
                log.nodes[p]->edges(k, edges);
                for (auto const& e : edges)
                    if (e.tracked)
                        read[static_cast<std::size_t>(e.space)][e.id] = true;
            }
        }
        // Of what was read, the values without a statement are the variables.
        std::vector<std::vector<std::uint32_t>> found(view.spaces());
        auto const& arrays_read = read[static_cast<std::size_t>(id_space::array)];
        for (std::uint32_t id = 0; id < arrays_read.size(); ++id)
            if (arrays_read[id] && log.arrays[id].node == 0)
                found[static_cast<std::size_t>(id_space::array)].push_back(id);
        for (std::size_t k = 0; k < found.size(); ++k)
            if (auto const* s = view.stream(static_cast<id_space>(k)))
                std::copy_if(s->leaves.begin(), s->leaves.end(), std::back_inserter(found[k]), [&](std::uint32_t id) { return read[k][id]; });
        for (auto const& w : t.watched())
            found[static_cast<std::size_t>(w.space)].push_back(w.id);
        for (std::size_t k = 0; k < found.size(); ++k)
        {
            const auto space = static_cast<id_space>(k);
            std::sort(found[k].begin(), found[k].end());
            found[k].erase(std::unique(found[k].begin(), found[k].end()), found[k].end());
            for (auto id : found[k])
                if (space == id_space::array)
                    all.push_back({log.arrays[id].made, log.arrays[id].rank, log.arrays[id].size, log.array_tag(id)});
                else
                    all.push_back({site{}, 0, 1, log.stream(space)->base + id, space});
        }
        return all;
    }

    log_statistics statistics_of(tape_core const& t)
    {
        kept_memory kept;
        t.check_thread("statistics");
        log_statistics s;
        auto& log = t.log();
        log.close_run();
        for (std::uint32_t p = 0; p < log.nodes.size(); ++p)
            if (t.covers(p))
            {
                auto const& n = *log.nodes[p];
                s.statements += n.statements();
                s.edges += n.edge_count();
                s.tape_bytes += n.own_bytes();
                n.list_kept(kept);
            }
        s.kept_bytes = kept.bytes();
        s.copied_bytes = log.copied_bytes;
        return s;
    }
}
