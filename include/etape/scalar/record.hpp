// SPDX-License-Identifier: BSL-1.0
// One rule applied to scalars: the value always; while a tape records, one statement with the partials.
#pragma once
#include <etape/kernel/replay.hpp>
#include <etape/rule/row.hpp>
#include <etape/scalar/variable.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // The result of an operation that leaves no history: a new leaf, with a note of why when a tape is near.
    template <class T>
    ETAPE_COLD variable<T, 0> untracked_result(T v, reason why, const char* operation, std::initializer_list<std::uint64_t> reads)
    {
        auto& log = record_log::of_this_thread();
        const auto tag = log.template new_leaf<T>();
        auto* o = new origin;
        o->why = why;
        o->operation = operation;
        for (auto r : reads)
            o->reads.push_back({scalar_space<T>, r & tag_bits::number});
        log.note_scalar(tag, o);
        return {with_tag{}, v, tag};
    }

    template <class Rule, class T, std::size_t... J>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_scalar(std::index_sequence<J...>, std::array<T, sizeof...(J)> const& a,
                                                    std::array<std::uint64_t*, sizeof...(J)> const& tags)
    {
        constexpr int arity = static_cast<int>(sizeof...(J));
        constexpr bool smooth = (Rule::active[J] || ...);
        if (!runtime::thread.recording)
        {
            const T v = Rule::value(a[J]...);
            if (runtime::thread.paused)
            {
                static constexpr const char* name = Rule::name;
                if constexpr (arity == 1)
                    return untracked_result(v, reason::recorded_while_paused, name, {*tags[0]});
                else if constexpr (arity == 2)
                    return untracked_result(v, reason::recorded_while_paused, name,
                                            {tags[0] ? *tags[0] : 0, tags[1] ? *tags[1] : 0});
                else
                    return untracked_result(v, reason::recorded_while_paused, name,
                                            {tags[0] ? *tags[0] : 0, tags[1] ? *tags[1] : 0, tags[2] ? *tags[2] : 0});
            }
            return variable<T, 0>(with_tag{}, v, number_scalar() | tag_bits::leaf);
        }
        auto& log = *runtime::thread.log;
        const std::uint32_t id[] = {
            (tags[J] != nullptr ? log.template id_of_scalar<T>(*tags[J]) : record_log::no_id)...};
        if constexpr (!smooth)
        {
            const T v = Rule::value(a[J]...);
            bool any = false;
            for (auto i : id)
                any = any || i != record_log::no_id;
            if (!any)
                return variable<T, 0>(with_tag{}, v, 0);
            return untracked_result(v, reason::non_differentiable, Rule::name, {(tags[J] != nullptr ? *tags[J] : 0)...});
        }
        else
        {
            T aux{};
            const T v = Rule::value_aux(aux, a[J]...);
            T partials[arity];
            std::uint32_t ids[arity];
            int n = 0;
            auto one = [&]<int K>() __attribute__((always_inline)) {
                if constexpr (Rule::active[K])
                    if (id[K] != record_log::no_id)
                    {
                        partials[n] = Rule::template pull<K>(T(1), v, aux, a[J]...);
                        ids[n++] = id[K];
                    }
            };
            (one.template operator()<static_cast<int>(J)>(), ...);
            if (n == 0)
                return variable<T, 0>(with_tag{}, v, 0);
            const auto tag = log.template push_statement<T>(partials, ids, n);
            if (runtime::thread.higher_order) [[unlikely]]
                runtime::note_statement<T>(log, log.template scalars<T>().local(tag), kernel::replay_of_row<Rule>::value, a.data(), id);
            else if (log.forward != nullptr) [[unlikely]]
            {
                auto& f = *log.forward;
                if (f.observer != nullptr)
                    f.template sample<T>([&](T h) { return Rule::value(T(a[J] + h * f.template scalar<T>(id[J]))...); });
                f.template set_scalar<T>(log.template scalars<T>().local(tag),
                                         Rule::push(v, aux, a[J]..., f.template scalar<T>(id[J])...), Rule::name);
            }
            return variable<T, 0>(with_tag{}, v, tag);
        }
    }

    template <class Rule, class T>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_unary(variable<T, 0> const& a)
    {
        return apply_scalar<Rule, T>(std::index_sequence<0>{}, {a.value()}, {&a.tag_for_recording()});
    }
    template <class Rule, class T>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_binary(variable<T, 0> const& a, variable<T, 0> const& b)
    {
        return apply_scalar<Rule, T>(std::index_sequence<0, 1>{}, {a.value(), b.value()},
                                     {&a.tag_for_recording(), &b.tag_for_recording()});
    }
    template <class Rule, class T>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_binary(variable<T, 0> const& a, T b)
    {
        return apply_scalar<Rule, T>(std::index_sequence<0, 1>{}, {a.value(), b}, {&a.tag_for_recording(), nullptr});
    }
    template <class Rule, class T>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_binary(T a, variable<T, 0> const& b)
    {
        return apply_scalar<Rule, T>(std::index_sequence<0, 1>{}, {a, b.value()}, {nullptr, &b.tag_for_recording()});
    }
    template <class Rule, class T>
    ETAPE_ALWAYS_INLINE variable<T, 0> apply_ternary(variable<T, 0> const& a, variable<T, 0> const& b, variable<T, 0> const& c)
    {
        return apply_scalar<Rule, T>(std::index_sequence<0, 1, 2>{}, {a.value(), b.value(), c.value()},
                                     {&a.tag_for_recording(), &b.tag_for_recording(), &c.tag_for_recording()});
    }
    // A plain number among the arguments of a ternary function: a constant.
    template <class T, class S>
    ETAPE_ALWAYS_INLINE variable<T, 0> as_scalar(S const& s)
    {
        if constexpr (std::is_arithmetic_v<S>)
            return variable<T, 0>(with_tag{}, static_cast<T>(s), 0);
        else
            return s;
    }
}

template <class T>
template <class U>
    requires(!std::is_same_v<U, T>)
variable<T, 0>::variable(variable<U, 0> const& o)
    : value_(static_cast<T>(o.value()))
    , tag_(0)
{
    if (!runtime::thread.recording)
    {
        tag_ = detail::new_scalar_leaf<T>();
        return;
    }
    auto& log = *runtime::thread.log;
    if (const auto id = log.template id_of_scalar<U>(o.tag_for_recording()); id != record_log::no_id)
        tag_ = runtime::record_conversion<U, T>(log, id);
}
ETAPE_END_ARCH
