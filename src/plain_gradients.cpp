// SPDX-License-Identifier: BSL-1.0
// Plain gradients inside another recording.
#include <etape/tape/plain_gradients.hpp>

#include <algorithm>

#include <etape/tape/forward.hpp>

#include "explain_search.hpp"
#include "statements.hpp"
#include "explain_words.hpp"

namespace etape::runtime
{
    namespace
    {
        using key = std::pair<id_space, std::uint32_t>;
        key target_of(plain_gradient const& g)
        {
            return {g.space, g.id};
        }

        [[noreturn]] void refuse(plain_gradient const& g, const char* call, std::string const& recorder)
        {
            if (g.tape == nullptr)
                throw rule_error(std::string("etape: ") + call + ": found a plain result of map_reduce_gradient at " + to_string(g.where) + " inside " +
                                 recorder + ", of a theta that depends on the source: what was recorded after it may use it as a constant, and the "
                                 "derivative would lack that part; expected map_reduce_gradient outside of that recording, or f(shard, theta) "
                                 "summed in it; or value(theta), or a pause of the recording, for constants on purpose");
            throw rule_error(std::string("etape: ") + call + ": found a plain gradient, taken at " + to_string(g.where) + " inside " + recorder +
                             ", which depends on the source: what was recorded after it may use it as a constant, and the derivative would lack "
                             "that part; expected gradient(y, x, differentiable) there, which is recorded; or gradient(y, x, detached), or a "
                             "pause of the outer recording, for constants on purpose");
        }

        // What depends on the sources, as far as the tape recorded it.
        class dependents
        {
        public:
            dependents(tape_core& t, std::vector<key> const& sources)
                : reached_(t.view().unmarked())
            {
                for (auto const& k : sources)
                    mark(k);
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

        // ---- a tape's own plain gradients ----
        [[noreturn]] void refuse_own(plain_gradient const& g, std::string const& call)
        {
            throw rule_error("etape: " + call + ": found a plain gradient of this tape, taken at " + to_string(g.where) +
                             " while it recorded, which depends on the source, read as a constant by what was recorded after it: the derivative "
                             "would lack that part; expected gradient(y, x, differentiable) there, which is recorded; or gradient(y, x, detached), "
                             "or a pause of the tape, for constants on purpose");
        }
        bool is_gradient(edge const& e)
        {
            if (e.tracked || e.why == nullptr)
                return false;
            const auto* c = explaining::search::cause(e.why);
            return c != nullptr && c->why == reason::detached && c->operation == gradient_operation;
        }

        // What the targets depend on, walked from the end of the recording; and where they read an array that a gradient was returned as.
        class ancestors
        {
        public:
            ancestors(tape_core& t, target_request const* targets, std::size_t n)
                : tape_(t)
                , view_(t.view())
                , reached_(view_)
                , at_(view_.nodes())
                , past_(view_.spaces())
            {
                for (std::size_t i = 0; i < n; ++i)
                    if (targets[i].id != record_log::no_id)
                        mark({targets[i].space, targets[i].id});
            }
            bool has(key k) const
            {
                return reached_.get({k.first, k.second});
            }
            void walk_to(std::uint32_t position)
            {
                for (; at_ > position; --at_)
                    if (tape_.covers(at_ - 1))
                        step(*view_.log().nodes[at_ - 1]);
            }
            bool read_gradients_since(plain_gradient const& g) const
            {
                for (std::size_t s = 0; s < past_.size(); ++s)
                    if (past_[s] > g.known_in(static_cast<id_space>(s)))
                        return true;
                return false;
            }

        private:
            void mark(key k)
            {
                reached_.set({k.first, k.second});
            }
            void step(node const& n)
            {
                const auto out = n.result();
                const auto count = n.statements();
                for (std::size_t k = count; k-- > 0;)
                {
                    const auto first = out.first + static_cast<std::uint32_t>(count == 1 ? 0 : k), last = first + (count == 1 ? out.count : 1);
                    bool any = false;
                    for (auto id = first; id < last && !any; ++id)
                        any = has({out.space, id});
                    if (!any)
                        continue;
                    edges_.clear();
                    n.edges(k, edges_);
                    if (std::any_of(edges_.begin(), edges_.end(), is_gradient))
                        past_[static_cast<std::size_t>(out.space)] = std::max(past_[static_cast<std::size_t>(out.space)], first + 1);
                    for (auto const& e : edges_)
                        if (e.tracked && (e.paths & 1u) != 0)
                            mark({e.space, e.id});
                }
            }
            tape_core& tape_;
            log_view view_;
            explaining::marks reached_;
            std::uint32_t at_;
            std::vector<std::uint32_t> past_;  // one past the latest value computed with a gradient, by id_space
            std::vector<edge> edges_;
        };

        bool same_time(plain_gradient const& a, plain_gradient const& b)
        {
            return a.tape == b.tape && a.stamp == b.stamp && std::equal(a.known, a.known + 3, b.known) && a.known_further == b.known_further;
        }
        bool recorded_after(plain_gradient const& g, id_space space, std::uint32_t id)
        {
            return id != record_log::no_id && id >= g.known_in(space);
        }
    }

    namespace
    {
        plain_gradient note_of(record_log& log, const tape_core* t, id_space space, std::uint32_t id, site const& where)
        {
            plain_gradient g{t,
                             log.window_stamp,
                             where,
                             {static_cast<std::uint32_t>(log.arrays.size()), log.scalars<double>().count, log.scalars<float>().count},
                             log.position(),
                             space,
                             id,
                             {}};
            for (auto const& s : log.further())
                g.known_further.push_back(s == nullptr ? 0 : s->count);
            return g;
        }
        // The levels of forward mode on which it has a tangent.
        void note_on_levels(record_log const& log, plain_gradient const& g)
        {
            for (auto* level = log.forward; level != nullptr; level = level->outer)
                if (active tangent; level->plain_gradient == 0 && level->observer == nullptr && level->find(g.space, g.id, tangent))
                    level->plain_gradient = log.plain_gradients.size();
        }
    }

    void note_plain_result(id_space space, std::uint32_t id, site const& where)
    {
        auto& log = *thread.log;
        const name_lock lock(log.gate());
        log.plain_gradients.push_back(note_of(log, nullptr, space, id, where));
        note_on_levels(log, log.plain_gradients.back());
    }

    void refuse_plain_gradient(tape_core const& t, site const& where)
    {
        if (!thread.recording && (thread.log == nullptr || thread.log->forward == nullptr))
            return;
        throw rule_error("etape: gradient at " + to_string(where) + ": found a plain gradient of a tape of another thread (opened" +
                         explaining::at(t.opened_at) + ") while this thread records: what it records may use it as a constant, and its derivative "
                         "would lack that part; expected gradient(y, x, detached), or a pause of the recording, for constants on purpose");
    }

    void note_plain_gradient(tape_core& t, target_request const* targets, std::size_t n, site const& where)
    {
        auto& log = t.log();
        const auto recording = std::count_if(log.tapes().begin(), log.tapes().end(),
                                             [](auto* e) { return e->records() && !e->tape_gone.load(std::memory_order_acquire); });
        const bool others = recording > (t.records() ? 1 : 0);
        if (!others && !(t.records() && t.records_itself() && thread.recording))
            return;
        const name_lock lock(log.gate());
        auto& all = log.plain_gradients;
        for (std::size_t i = 0; i < n; ++i)
        {
            if (targets[i].id == record_log::no_id)
                continue;
            auto g = note_of(log, &t, targets[i].space, targets[i].id, where);
            const auto number = static_cast<std::uint64_t>(g.space) << 32 | g.id;
            const auto* known = log.noted_targets.find(number);
            // The same again, with nothing recorded between: one note serves.
            if (known != log.noted_targets.end() && same_time(all[known->second], g))
                continue;
            all.push_back(g);
            if (known != log.noted_targets.end())
                log.noted_targets.begin()[known - log.noted_targets.begin()].second = static_cast<std::uint32_t>(all.size() - 1);
            else
                log.noted_targets.emplace(number, static_cast<std::uint32_t>(all.size() - 1));
            if (others)
                note_on_levels(log, g);
        }
    }

    void check_plain_gradients(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const* sources,
                               std::size_t n_sources, site const& where)
    {
        auto const& all = t.log().plain_gradients;
        const auto after = [&](plain_gradient const& g)
        { return std::any_of(targets, targets + n_targets, [&](auto const& r) { return recorded_after(g, r.space, r.id); }); };
        if (all.empty() || !after(all.front()))
            return;
        std::vector<plain_gradient const*> own, of_others;
        // In the order of time: those from before the tape was opened are passed over at once.
        const auto opened = std::partition_point(all.begin(), all.end(), [&](auto const& g) { return t.state_at_stamp(g.stamp) == nullptr; });
        for (auto at = opened; at != all.end(); ++at)
            if (auto const& g = *at; after(g))
            {
                const auto* then = t.state_at_stamp(g.stamp);
                if (g.tape == &t)
                    own.push_back(&g);
                else if (then != nullptr && then->state == tape_state::recording)
                    of_others.push_back(&g);
            }
        const auto call = [&] { return "gradient" + explaining::at(where); };
        if (!of_others.empty())
        {
            std::vector<key> from;
            for (std::size_t i = 0; i < n_sources; ++i)
                for (auto id : sources[i].candidates)
                    if (id != record_log::no_id)
                        from.emplace_back(sources[i].space, id);
            const dependents of_sources(t, from);
            for (auto const* g : of_others)
                if (of_sources.has(target_of(*g)))
                    refuse(*g, call().c_str(),
                           t.opened_at.known() ? "the recording of the tape opened" + explaining::at(t.opened_at)
                                               : std::string("the function that an outer derivative calls"));
        }
        if (own.empty())
            return;
        ancestors of_targets(t, targets, n_targets);
        of_targets.walk_to(own.front()->position);
        std::erase_if(own, [&](auto const* g) { return !of_targets.read_gradients_since(*g); });
        if (own.empty())
            return;
        // A source is taken for the variable that it began as only if the target does not depend on what it is now.
        of_targets.walk_to(0);
        std::vector<key> from;
        for (std::size_t i = 0; i < n_sources; ++i)
        {
            auto const& c = sources[i].candidates;
            if (const auto id = c[0] != record_log::no_id && of_targets.has({sources[i].space, c[0]}) ? c[0] : c[1]; id != record_log::no_id)
                from.emplace_back(sources[i].space, id);
        }
        const dependents of_sources(t, from);
        for (auto const* g : own)
            if (of_sources.has(target_of(*g)))
                refuse_own(*g, call());
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
