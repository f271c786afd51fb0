// SPDX-License-Identifier: BSL-1.0
// Recompute instead of record.
#pragma once
#include <utility>

#include <etape/api/detail/recompute.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class F, class Arguments>
    struct checkpoint_node final : external_node
    {
        F f;
        Arguments arguments;
        result_digests first;

        template <class Y>
        checkpoint_node(F g, Arguments a, Y const& y)
            : f(std::move(g))
            , arguments(std::move(a))
        {
            take_digests(y, first);
        }
        void pull(external_adjoint const* of_results, external_adjoint* of_inputs) const override
        {
            pull_apart("checkpoint", f, arguments, first, of_results, of_inputs);
        }
        void push(external_adjoint const*, external_adjoint*) const override
        {
        }
        void reverse_active(active_sweep& s) const override
        {
            node::reverse_active(s);
        }
    };
    template <class... X>
    std::vector<external_value> inputs_of(std::tuple<X...> const& arguments, bool& tracked)
    {
        std::vector<external_value> in;
        tracked = false;
        each_leaf(arguments, [&](auto const& leaf)
            {
                in.push_back(as_input(leaf));
                tracked = tracked || in.back().id != record_log::no_id;
            });
        return in;
    }
}

// f(x...), of which the tape keeps the arguments only: the sweep runs f again. Checkpoints nest. Arguments and results: arrays,
// numbers, tuples and vectors of them; tracked values that f reads must be arguments (a captured one is a rule_error), and what else it
// reads must be the same in the sweep (other results there are a rule_error). Costs one more evaluation of f; memory for the recording of
// f while it runs, first and in the sweep. In forward mode and where derivatives of derivatives may be asked for, f is recorded as if it
// stood alone.
template <class F, class... X>
auto checkpoint(F f, X&&... xs)
{
    const std::tuple<decltype(detail::held(std::as_const(xs), site{}))...> arguments{detail::held(std::as_const(xs), site{})...};
    (detail::give_up<X>(xs), ...);
    static constexpr external_rule rule{"checkpoint", site{}, true, true};
    using result = decltype(detail::held_result(std::apply(f, arguments), site{}));
    bool tracked = false;
    const auto in = detail::inputs_of(arguments, tracked);
    if (!tracked || runtime::thread.higher_order || runtime::thread.log->forward != nullptr)
        return result(detail::held(std::apply(f, arguments), site{}));
    const result y = detail::values_apart("checkpoint", f, arguments);
    auto& log = *runtime::thread.log;
    auto& n = log.template add_node<detail::checkpoint_node<F, std::remove_const_t<decltype(arguments)>>>(std::move(f), arguments, y);
    return detail::number_results(log, n, rule, in, y);
}
ETAPE_END_ARCH
