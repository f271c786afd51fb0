// SPDX-License-Identifier: BSL-1.0
// A function recorded apart, swept at once, and forgotten: values, or adjoints of its arguments.
#pragma once
#include <cmath>
#include <string>
#include <vector>

#include <etape/api/custom_rule.hpp>
#include <etape/api/tape.hpp>
#include <etape/tape/call.hpp>
#include <etape/tape/isolation.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // The same values as leaves of the recording in progress.
    template <class X>
    auto as_arguments(record_log& log, X const& x)
    {
        return with_leaves(x, [&]<class L>(L const& leaf)
            {
                using T = typename leaf_type<L>::number;
                if constexpr (is_tensor_v<L>)
                {
                    auto b = make_alias<T>(*leaf.data_handle());
                    b->role = buffer_role::result;
                    log.add_array(*b, "argument", leaf.data_handle()->made, 0, sizeof(T) == sizeof(float));
                    return L(std::move(b));
                }
                else
                    return L(with_tag{}, leaf.value(), log.template new_leaf<T>());
            });
    }

    template <class L>
    runtime::result_digest digest_of(L const& leaf)
    {
        if constexpr (is_tensor_v<L>)
            return runtime::digest_of(*leaf.data_handle(), sizeof(typename leaf_type<L>::number) == sizeof(float));
        else
            return {1, static_cast<double>(leaf.value()), std::abs(static_cast<double>(leaf.value()))};
    }
    using result_digests = std::vector<runtime::result_digest>;
    template <class Y>
    void take_digests(Y const& y, result_digests& to)
    {
        to.clear();
        each_leaf(y, [&](auto const& leaf) { to.push_back(digest_of(leaf)); });
    }
    template <class Y>
    void expect_digests(const char* call, Y const& y, result_digests const& first)
    {
        std::size_t k = 0;
        bool same = count_leaves(y) == first.size();
        each_leaf(y, [&]<class L>(L const& leaf)
            {
                same = same && digest_of(leaf).same(first[k], sizeof(typename leaf_type<L>::number) == sizeof(float));
                ++k;
            });
        if (!same)
            throw rule_error(std::string("etape: ") + call +
                             ": found a function that gave other results when the sweep ran it again than at first, expected the same: what it reads "
                             "by reference may not change before the sweep (capture by value), and random numbers are drawn outside of it");
    }

    // f's values. Recorded apart and forgotten, so that what f reads from outside is seen. Throws rule_error if it does.
    template <class F, class... X>
    auto values_apart(const char* call, F const& f, std::tuple<X...> const& arguments)
    {
        const runtime::isolation apart(call);
        tape t;
        auto y = held_result(std::apply(f, as_arguments(apart.log(), arguments)), site{});
        apart.check_captured();
        return y;
    }
    // The adjoints of the arguments' leaves, from those of the results' leaves. Throws rule_error if the results are not what they were.
    template <class F, class... X>
    void pull_apart(const char* call, F const& f, std::tuple<X...> const& arguments, result_digests const& first, external_adjoint const* of_results,
                    external_adjoint* of_arguments)
    {
        const runtime::isolation apart(call);
        tape t;
        const auto own = as_arguments(apart.log(), arguments);
        const auto y = held(std::apply(f, own), site{});
        expect_digests(call, y, first);
        std::vector<target_request> targets;
        targets.reserve(count_leaves(y));
        each_leaf(y, [&]<class L>(L const& leaf)
            {
                using T = typename leaf_type<L>::number;
                auto& r = targets.emplace_back();
                r.single = sizeof(T) == sizeof(float);
                if constexpr (is_tensor_v<L>)
                {
                    r.values = leaf.data_handle().get();
                    r.seed = of_results->array;
                }
                else
                {
                    r.space = scalar_space<T>;
                    r.tag = &leaf.tag_for_recording();
                    r.scalar_seed = of_results->array ? static_cast<double>(*of_results->array->template data<T>()) : of_results->number;
                }
                ++of_results;
            });
        std::vector<source_request> sources;
        sources.reserve(count_leaves(own));
        each_leaf(own, [&](auto const& leaf) { request_source(sources.emplace_back(), leaf); });
        differentiate(t.core(), targets.data(), targets.size(), sources.data(), sources.size(), site{});
        for (auto& s : sources)
        {
            if (s.missing)
                runtime::zero_or_throw(*s.missing);
            of_arguments->given = !s.missing;
            of_arguments->array = std::move(s.gradient);
            of_arguments->number = s.scalar;
            ++of_arguments;
        }
    }
}
ETAPE_END_ARCH
