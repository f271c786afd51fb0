// SPDX-License-Identifier: BSL-1.0
// A time loop of known length that keeps a given number of states and recomputes the others in the sweep.
#pragma once
#include <string>

#include <etape/api/checkpoint.hpp>
#include <etape/tape/revolve.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Step k of the loop as a function of the state and the other arguments.
    template <class Step>
    struct step_at
    {
        Step const* step;
        std::size_t k;
        template <class State, class... X>
        auto operator()(State const& state, X const&... x) const
        {
            return (*step)(state, k, x...);
        }
    };

    template <class Step, class State, class... X>
    struct revolve_node final : external_node
    {
        Step step;
        std::tuple<X...> parameters;
        revolve_schedule schedule;
        mutable std::vector<State> snapshots;
        State last;  // before the last step
        result_digests end;  // of the state after it

        revolve_node(Step s, std::tuple<X...> p, revolve_schedule r, std::vector<State> kept, State l, State const& now)
            : step(std::move(s))
            , parameters(std::move(p))
            , schedule(std::move(r))
            , snapshots(std::move(kept))
            , last(std::move(l))
        {
            take_digests(now, end);
        }

        void list_kept(kept_memory& to) const override
        {
            external_node::list_kept(to);
            const auto add = [&]<class L>(L const& leaf)
            {
                if constexpr (is_tensor_v<L>)
                    to.add(leaf.data_handle().get());
                else
                    to.add_bytes(sizeof(L));
            };
            each_leaf(last, add);
            for (auto const& s : snapshots)
                each_leaf(s, add);
        }

        // Values only: nothing is recorded.
        static State advance(Step const& step, State state, std::size_t from, std::size_t to, std::tuple<X...> const& parameters)
        {
            runtime::silence quiet;
            for (std::size_t k = from; k < to; ++k)
                state = held_result(std::apply([&](auto const&... p) { return step(state, k, p...); }, parameters), site{});
            return state;
        }
        void pull(external_adjoint const* of_results, external_adjoint* of_inputs) const override
        {
            auto todo = schedule;
            // A tape that may be swept again keeps the states of the loop, besides those of the sweep.
            auto kept = consuming_ ? std::move(snapshots) : snapshots;
            const auto states = count_leaves(last), all = n_inputs_;
            std::vector<external_adjoint> seeds(of_results, of_results + n_results_), found(all);
            auto after = end;  // of the state after the step in hand
            const auto reverse_step = [&](std::size_t k, State const& before)
            {
                for (auto& a : found)
                    a = {};
                pull_apart("revolve", step_at<Step>{&step, k}, std::tuple_cat(std::make_tuple(before), parameters), after, seeds.data(), found.data());
                take_digests(before, after);
                for (std::size_t j = 0; j < states; ++j)
                    seeds[j] = found[j].given ? std::move(found[j]) : nothing(inputs_[j]);
                for (std::size_t j = states; j < all; ++j)
                    if (found[j].given)
                        accumulate(of_inputs[j], found[j], inputs_[j]);
            };
            reverse_step(last_step, last);
            for (;;)
            {
                const auto a = todo.next();
                if (a.what == revolve_schedule::action::done)
                    break;
                auto state = advance(step, kept.back(), a.from, a.to, parameters);
                if (a.what == revolve_schedule::action::store)
                {
                    kept.push_back(std::move(state));
                    continue;
                }
                if (a.drop)
                    kept.pop_back();
                reverse_step(a.to, state);
            }
            for (std::size_t j = 0; j < states; ++j)
            {
                of_inputs[j] = std::move(seeds[j]);
                of_inputs[j].given = true;
            }
        }
        void push(external_adjoint const*, external_adjoint*) const override
        {
        }
        void reverse_active(active_sweep& s) const override
        {
            node::reverse_active(s);
        }

        std::size_t last_step = 0;

    private:
        static external_adjoint nothing(external_value const& v)
        {
            external_adjoint a;
            if (v.array != nullptr)
                a.array = zeros_like(*v.array, v.single);
            return a;
        }
        static void accumulate(external_adjoint& to, external_adjoint& a, external_value const& v)
        {
            to.number += a.number;
            if (v.array != nullptr)
            {
                if (!to.given)
                    to.array = zeros_like(*v.array, v.single);
                const auto add = [&]<class T>(T* p)
                {
                    for (std::size_t i = 0; i < to.array->size; ++i)
                        p[i] += a.array->template data<T>()[i];
                };
                v.single ? add(to.array->template data<float>()) : add(to.array->template data<double>());
            }
            to.given = true;
        }
    };
}

// state = step(state, k, x...) for k = 0 .. steps - 1, from `initial`, recorded as one statement that keeps at most `snapshots`
// states (the initial one among them, and besides them the one before the last step) and one step's recording. The sweep runs
// the fewest steps again that this allows: fewest_advances(steps, snapshots) in all, those of the loop itself included, and
// each step once to record it. step returns a state of the same structure, types and shapes: arrays, numbers, tuples and vectors
// of them; tracked values that it reads must be among x (a captured one is a rule_error), and what else it reads must be the same in the
// sweep (another state there is a rule_error). Throws error for 0 snapshots. In
// forward mode and where derivatives of derivatives may be asked for, the loop is recorded step by step.
template <class Step, class State, class... X>
auto revolve(Step step, State const& initial, std::size_t steps, std::size_t snapshots, X const&... xs)
{
    if (snapshots == 0)
        throw error("etape: revolve: found 0 snapshots, expected at least 1, for the initial state");
    const auto held_initial = detail::held(initial, site{});
    const std::tuple<decltype(detail::held(xs, site{}))...> parameters{detail::held(xs, site{})...};
    using state = std::remove_const_t<decltype(held_initial)>;
    using returned = decltype(detail::held_result(std::apply([&](auto const&... p) { return step(held_initial, std::size_t{0}, p...); }, parameters), site{}));
    static_assert(std::is_same_v<state, returned>, "etape: revolve() needs a step that returns a state of the type that it is given");
    bool tracked = false;
    const auto in = detail::inputs_of(std::tuple_cat(std::make_tuple(held_initial), parameters), tracked);
    state now = held_initial;
    if (steps == 0)
        return now;
    if (!tracked || runtime::thread.higher_order || runtime::thread.log->forward != nullptr)
    {
        for (std::size_t k = 0; k < steps; ++k)
            now = detail::held(std::apply([&](auto const&... p) { return step(now, k, p...); }, parameters), site{});
        return now;
    }
    const auto one = [&](std::size_t k)
    {
        now = detail::values_apart("revolve", detail::step_at<Step>{&step, k}, std::tuple_cat(std::make_tuple(now), parameters));
    };
    revolve_schedule schedule(steps, snapshots);
    std::vector<state> kept{held_initial};
    for (auto a = schedule.next();; a = schedule.next())
    {
        for (auto k = a.from; k < a.to; ++k)
            one(k);
        if (a.what == revolve_schedule::action::record)
        {
            if (a.drop)
                kept.pop_back();
            break;
        }
        kept.push_back(now);
    }
    const state last = now;
    one(steps - 1);
    static constexpr external_rule rule{"revolve", site{}, true, true};
    auto& log = *runtime::thread.log;
    return [&]<class... P>(std::tuple<P...> const& p)
    {
        auto& n = log.template add_node<detail::revolve_node<Step, state, P...>>(std::move(step), p, std::move(schedule), std::move(kept), last, now);
        n.last_step = steps - 1;
        return detail::number_results(log, n, rule, in, now);
    }(parameters);
}
ETAPE_END_ARCH
