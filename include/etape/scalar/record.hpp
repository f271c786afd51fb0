// SPDX-License-Identifier: BSL-1.0
// One rule applied to scalars: the value always; while a tape records, one statement with the partials.
#pragma once
#include <vector>

#include <etape/kernel/replay.hpp>
#include <etape/rule/row.hpp>
#include <etape/scalar/expression.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/scalar_stream_impl.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // The result of an operation that leaves no history: a new leaf, with a note of why when a tape is near.
    template <class T>
    ETAPE_COLD variable<T, 0> untracked_result(T const& v, reason why, const char* operation, std::initializer_list<std::uint64_t> reads)
    {
        auto& log = record_log::of_this_thread();
        const auto tag = log.template new_leaf<T>();
        auto* o = new origin;
        o->why = why;
        o->operation = operation;
        for (auto r : reads)
            o->reads.push_back({space_of<T>(), r & tag_bits::number});
        log.note_scalar(space_of<T>(), tag, o);
        return {with_tag{}, v, tag};
    }

    // One rule as a statement of its own: what happens to every operator while a jvp is in progress or a tape is paused.
    // tags: 0 for a plain number.
    template <class Rule, class T, std::size_t... J>
    variable<T, 0> apply_scalar(std::index_sequence<J...>, std::array<T, sizeof...(J)> const& a,
                                std::array<std::uint64_t, sizeof...(J)> const& tags)
    {
        constexpr int arity = static_cast<int>(sizeof...(J));
        constexpr bool smooth = (Rule::active[J] || ...);
        if (!runtime::thread.recording)
        {
            const T v = Rule::value(a[J]...);
            if (runtime::thread.paused)
                return untracked_result(v, reason::recorded_while_paused, Rule::name, {tags[J]...});
            return variable<T, 0>(with_tag{}, v, number_scalar() | tag_bits::leaf);
        }
        auto& log = *runtime::thread.log;
        const std::uint32_t id[] = {log.template id_of_scalar<T>(tags[J])...};
        if constexpr (!smooth)
        {
            const T v = Rule::value(a[J]...);
            if (((id[J] == record_log::no_id) && ...))
                return variable<T, 0>(with_tag{}, v,
                                      runtime::untracked_tag(log.template scalars<T>().base, tags.data(), tags.size()));
            return untracked_result(v, reason::non_differentiable, Rule::name, {tags[J]...});
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
                return variable<T, 0>(with_tag{}, v,
                                      runtime::untracked_tag(log.template scalars<T>().base, tags.data(), tags.size()));
            const auto tag = log.template push_statement<T>(partials, ids, n);
            // What follows is for values that depend on arrays or built-in numbers.
            if constexpr (is_compiled_number_v<T>)
            {
                if (runtime::thread.higher_order) [[unlikely]]
                    runtime::note_statement<T>(log, log.template scalars<T>().local(tag), kernel::replay_of_row<Rule>::value, a.data(), id);
                else if (log.forward != nullptr) [[unlikely]]
                {
                    auto& f = *log.forward;
                    if (f.observer != nullptr)
                    {
                        (f.observer->moves(static_cast<double>(std::abs(a[J]))), ...);
                        f.template sample<T>([&](T h) { return Rule::value(T(a[J] + h * f.template scalar<T>(id[J]))...); });
                    }
                    f.template set_scalar<T>(log.template scalars<T>().local(tag),
                                             Rule::push(v, aux, a[J]..., f.template scalar<T>(id[J])...), Rule::name);
                }
            }
            return variable<T, 0>(with_tag{}, v, tag);
        }
    }
    // Operators record for themselves (or note what is lost) instead of leaving it to the assignment. Values of further number types
    // have no part in derivatives of derivatives, nor in forward mode.
    template <class T>
    ETAPE_ALWAYS_INLINE bool records_by_operator(thread_state const& thread)
    {
        if constexpr (is_compiled_number_v<T>)
            return thread.by_operator;
        else
            return thread.paused;
    }
    // The usual case of a recording: operators compute, the assignment makes one statement.
    template <class T>
    ETAPE_ALWAYS_INLINE bool records_by_assignment(thread_state const& thread)
    {
        if constexpr (is_compiled_number_v<T>)
            return thread.by_assignment;
        else
            return thread.recording;
    }
    template <class A>
    ETAPE_ALWAYS_INLINE std::uint64_t tag_of(A const& a)
    {
        if constexpr (is_scalar_variable_v<A>)
            return a.tag();
        else
            return 0;
    }
    template <class Rule, class T, class... A>
    ETAPE_COLD variable<T, 0> apply_eagerly(A const&... a)
    {
        return apply_scalar<Rule, T>(std::index_sequence_for<A...>{}, {number_in<T>(a)...}, {tag_of(a)...});
    }

    // One rule on active scalars and plain numbers: the value and the partials, at the place of the operator.
    template <class Rule, class... A>
    ETAPE_ALWAYS_INLINE scalar_result_t<Rule, A...> apply_rule(A const&... a)
    {
        using info = scalar_result<Rule, A...>;
        using result = typename info::type;
        using T = typename info::number;
        static_assert(same_number_v<T, A...>, "etape: an expression mixes variables of float and of double: convert one of them");
        if constexpr (!rule::has_number<Rule, T>)
        {
            static_assert(dependent_false<T>, "etape: this function has no rule for the number type of the variable: it is computed with the "
                                              "digits of a double");
            return result(T(0));
        }
        else if constexpr (info::reads == 0)
            return apply_eagerly<Rule, T>(settled(a)...);
        else if constexpr (!info::fits)
            return apply_rule<Rule>(settled(a)...);
        else
        {
            auto& thread = runtime::thread;
            const bool recorded = records_by_assignment<T>(thread);
            if (!recorded) [[unlikely]]
            {
                if (records_by_operator<T>(thread))
                {
                    // Copies: the operands must not have an address, else they would leave their registers on the fast path, too.
                    const auto v = apply_eagerly<Rule, T>(settled(A(a))...);
                    return result(with_tag{}, v.value(), v.tag());
                }
                // Slopes that cost something are for recordings.
                if constexpr (Rule::cost > 10)
                    return result(Rule::value(number_in<T>(a)...));
            }
            result r{typename result::raw{}};
            [&]<std::size_t... K>(std::index_sequence<K...>) __attribute__((always_inline)) {
                T aux{};
                r.value_ = Rule::value_aux(aux, number_in<T>(a)...);
                (append<Rule, K, reads_before<Rule, A...>(K)>(r, recorded, aux, a, number_in<T>(a)...), ...);
            }(std::index_sequence_for<A...>{});
            return r;
        }
    }

    // Statements that the fast path leaves alone.
    template <class T>
    ETAPE_COLD std::uint64_t recorded_slowly(const T* partials, const std::uint64_t* tags, std::size_t n)
    {
        // An operator has recorded the value already.
        std::size_t live = 0;
        for (std::size_t i = 1; i < n; ++i)
            live += tags[i] != 0;
        if (live == 0 && lane::all(lane::eq(partials[0], T(1))))
            return tags[0];
        auto& log = *runtime::thread.log;
        if (!runtime::thread.recording)
        {
            const auto tag = log.template new_leaf<T>();
            auto* o = new origin;
            o->why = reason::recorded_while_paused;
            o->operation = "assignment";
            for (std::size_t i = 0; i < n; ++i)
                if (tags[i] != 0)
                    o->reads.push_back({space_of<T>(), tags[i] & tag_bits::number});
            log.note_scalar(space_of<T>(), tag, o);
            return tag;
        }
        // It was written before operators recorded for themselves.
        std::vector<T> kept;
        std::vector<std::uint32_t> ids;
        [[maybe_unused]] T tangent(0);
        for (std::size_t i = 0; i < n; ++i)
            if (const auto id = log.template id_of_scalar<T>(tags[i]); id != record_log::no_id)
            {
                kept.push_back(partials[i]);
                ids.push_back(id);
                if constexpr (is_compiled_number_v<T>)
                    if (log.forward != nullptr)
                        tangent = tangent + partials[i] * log.forward->template scalar<T>(id);
            }
        if (ids.empty())
            return runtime::untracked_tag(log.template scalars<T>().base, tags, n);
        const auto tag =
            log.template push_statement<T>(kept.data(), ids.data(), static_cast<int>(ids.size()));
        if constexpr (is_compiled_number_v<T>)
            if (log.forward != nullptr)
                log.forward->template set_scalar<T>(log.template scalars<T>().local(tag), tangent);
        return tag;
    }
    template <class T, std::size_t N>
    ETAPE_ALWAYS_INLINE std::uint64_t recorded(scalar_expression<T, N> const& e, std::uint64_t replaced)
    {
        auto const& thread = runtime::thread;
        if (!records_by_assignment<T>(thread)) [[unlikely]]
        {
            if (!records_by_operator<T>(thread))
                return new_version<T>(number_scalar() | tag_bits::leaf, replaced);
            const auto copy = e;
            return new_version<T>(recorded_slowly<T>(copy.partials_, copy.tags_, N), replaced);
        }
        return thread.log->template record<T>(e.partials_, e.tags_, replaced);
    }

    // A comparison reads its operands without a derivative.
    template <class V>
    ETAPE_ALWAYS_INLINE void note_comparison(V const& v)
    {
        if (runtime::thread.recording)
        {
            auto& log = *runtime::thread.log;
            if constexpr (is_scalar_expression_v<V>)
                for (auto tag : v.tags_)
                    log.template note_compared<typename V::value_type>(tag);
            else if constexpr (is_scalar_variable_v<V>)
                log.template note_compared<typename V::value_type>(v.tag());
        }
    }
}

namespace detail
{
    template <class T, class U>
    T in_precision(U const& v)
    {
        if constexpr (is_compiled_number_v<T> && is_compiled_number_v<U>)
            return static_cast<T>(v);
        else
        {
            static_assert(dependent_false<T>, "etape: variables convert between float and double only: use value(x) for the plain number");
            return T(0);
        }
    }
}
template <class T>
template <class U>
    requires(!std::is_same_v<U, T>)
variable<T, 0>::variable(variable<U, 0> const& o)
    : value_(detail::in_precision<T>(o.value()))
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
    else
        tag_ = o.tag_for_recording() & tag_bits::number;  // of another recording, which an explanation can tell
}
ETAPE_END_ARCH
