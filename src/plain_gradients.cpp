// SPDX-License-Identifier: BSL-1.0
// Plain gradients inside another recording.
#include <etape/tape/plain_gradients.hpp>

#include <algorithm>

#include <etape/tape/forward.hpp>

#include "statements.hpp"

namespace etape::runtime
{
    namespace
    {
        using key = std::pair<id_space, std::uint32_t>;

        [[noreturn]] void refuse(plain_gradient const& g, const char* call, std::string const& recorder)
        {
            throw rule_error(std::string("etape: ") + call + ": found a plain gradient, taken at " + to_string(g.where) + " inside " + recorder +
                             ", which depends on the source: what was recorded after it may use it as a constant, and the derivative would lack "
                             "that part; expected gradient(y, x, differentiable) there, which is recorded; or gradient(y, x, detached), or a "
                             "pause of the outer recording, for constants on purpose");
        }

        // What depends on the sources, as far as the tape recorded it.
        class dependents
        {
        public:
            dependents(tape_core& t, source_request const* sources, std::size_t n)
                : reached_(t.view().unmarked())
            {
                for (std::size_t i = 0; i < n; ++i)
                    for (auto id : sources[i].candidates)
                        if (id != record_log::no_id)
                            mark({sources[i].space, id});
                auto const& windows = t.windows();
                for (std::size_t w = 0; w < windows.size(); ++w)
                    for (auto p = windows[w].first; p < windows[w].second; ++p)
                        spread(*t.log().nodes[p]);
            }
            bool has(key k) const
            {
                auto const& r = reached_[static_cast<std::size_t>(k.first)];
                return k.second < r.size() && r[k.second];
            }

        private:
            void mark(key k)
            {
                reached_[static_cast<std::size_t>(k.first)][k.second] = true;
            }
            void spread(node const& n)
            {
                const auto out = n.result();
                const auto statements = n.statements();
                each_statement_in_order(n, [&](std::size_t k, std::vector<edge> const& edges)
                    {
                        if (!std::any_of(edges.begin(), edges.end(), [&](edge const& e)
                                { return e.tracked && (e.paths & 1u) != 0 && has({e.space, e.id}); }))
                            return;
                        if (statements == 1)
                            for (std::uint32_t j = 0; j < out.count; ++j)
                                mark({out.space, out.first + j});
                        else
                            mark({out.space, out.first + static_cast<std::uint32_t>(k)});
                    });
            }

            std::vector<std::vector<bool>> reached_;  // by space
        };

        bool recorded_after(plain_gradient const& g, id_space space, std::uint32_t id)
        {
            const auto k = static_cast<std::size_t>(space);
            return id != record_log::no_id && (k >= g.known.size() || id >= g.known[k]);
        }
    }

    void refuse_plain_gradient(tape_core const& t, site where)
    {
        if (!thread.recording && (thread.log == nullptr || thread.log->forward == nullptr))
            return;
        throw rule_error("etape: gradient at " + to_string(where) + ": found a plain gradient of a tape of another thread (opened at " +
                         to_string(t.opened_at) + ") while this thread records: what it records may use it as a constant, and its derivative "
                         "would lack that part; expected gradient(y, x, detached), or a pause of the recording, for constants on purpose");
    }

    void note_plain_gradient(tape_core& t, target_request const* targets, std::size_t n, site where)
    {
        auto& log = t.log();
        const auto recording = std::count_if(log.tapes().begin(), log.tapes().end(),
                                             [](auto* e) { return e->records() && !e->tape_gone.load(std::memory_order_acquire); });
        if (recording <= (t.records() ? 1 : 0))
            return;
        plain_gradient g{&t, log.window_stamp, where, log.counts(), {}};
        for (std::size_t i = 0; i < n; ++i)
            if (targets[i].id != record_log::no_id)
                g.targets.emplace_back(targets[i].space, targets[i].id);
        {
            const name_lock lock(log.gate());
            log.plain_gradients.push_back(std::move(g));
        }
        for (auto* level = log.forward; level != nullptr; level = level->outer)
            if (active tangent; level->plain_gradient == 0 && level->observer == nullptr)
                for (auto const& [space, id] : log.plain_gradients.back().targets)
                    if (level->find(space, id, tangent))
                        level->plain_gradient = log.plain_gradients.size();
    }

    void check_plain_gradients(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const* sources,
                               std::size_t n_sources, site where)
    {
        auto const& log = t.log();
        auto concerns = [&](plain_gradient const& g)
        {
            if (g.tape == &t)
                return false;
            auto* then = t.state_at_stamp(g.stamp);
            return then != nullptr && then->state == tape_state::recording &&
                   std::any_of(targets, targets + n_targets, [&](auto const& r) { return recorded_after(g, r.space, r.id); });
        };
        if (std::none_of(log.plain_gradients.begin(), log.plain_gradients.end(), concerns))
            return;
        const dependents of_sources(t, sources, n_sources);
        for (auto const& g : log.plain_gradients)
            if (concerns(g) && std::any_of(g.targets.begin(), g.targets.end(), [&](key k) { return of_sources.has(k); }))
                refuse(g, ("gradient at " + to_string(where)).c_str(), "the recording of the tape opened at " + to_string(t.opened_at));
    }

    void check_plain_gradients(record_log const& log, forward_state const& level, id_space space, std::uint32_t result)
    {
        if (level.plain_gradient == 0 || level.plain_gradient > log.plain_gradients.size())
            return;
        auto const& g = log.plain_gradients[level.plain_gradient - 1];
        if (recorded_after(g, space, result))
            refuse(g, "jvp", "its function");
    }
}
