// SPDX-License-Identifier: BSL-1.0
// The tape: records while it lives; gradient() sweeps it.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <etape/api/target.hpp>
#include <etape/tape/tape_core.hpp>

ETAPE_BEGIN_ARCH
struct tape_statistics
{
    std::size_t statements = 0;
    std::size_t edges = 0;
    std::size_t tape_bytes = 0;    // statements and edges
    std::size_t kept_bytes = 0;    // operand values and partials kept for the sweep
    std::size_t copied_bytes = 0;  // copies of plain arrays, made because the sweep will read them (see borrow)
};

// A variable as the tape saw it first.
struct watched_variable
{
    site made{};
    std::size_t rank = 0;
    std::size_t size = 1;
    std::uint64_t tag = 0;
    id_space space = id_space::array;
    // Is it this variable, or what it was before assignments? Ask while the tape lives.
    template <class V>
    bool is(V const& v) const
    {
        if constexpr (detail::leaf_type<V>::rank == 0)
            return space == space_of<typename V::value_type>() && runtime::is_scalar(space, tag, v.tag());
        else
            return space == id_space::array && runtime::is_array(tag, *v.data_handle());
    }
};

template <class T, std::size_t N>
struct seed_of
{
    constant<T, N> values;
};

namespace detail
{
    template <class S>
    inline constexpr bool tracked_seed_v = []
    {
        if constexpr (is_scalar_variable_v<S>)
            return true;
        else if constexpr (is_expression_v<S>)
            return is_tracked_v<S>;
        else
            return false;
    }();
}

// Options of one call of gradient().
template <class Seed = void, bool Tracked = false>
struct gradient_options
{
    Seed seed;
    unconnected when_unconnected = unconnected::none;
    bool is_detached = false;
};
template <bool Tracked>
struct gradient_options<void, Tracked>
{
    unconnected when_unconnected = unconnected::none;
    bool is_detached = false;
};
// tape.gradient(y, x, seed(w)): the gradient of sum(w * y).
template <class S>
gradient_options<S> seed(S s, unconnected u = unconnected::none)
{
    static_assert(!detail::tracked_seed_v<S>, "etape: a seed is plain numbers: use value(e), or seed(e, differentiable) for a gradient that "
                                              "is recorded");
    return {std::move(s), u};
}
template <class S>
gradient_options<S> seed(S s, detached_t, unconnected u = unconnected::none)
{
    auto o = seed(std::move(s), u);
    o.is_detached = true;
    return o;
}
// The same, recorded; the seed may be tracked.
template <class S>
gradient_options<S, true> seed(S s, differentiable_t, unconnected u = unconnected::none)
{
    return {std::move(s), u};
}

namespace detail
{
    template <class O>
    inline constexpr bool is_options_v = false;
    template <class S, bool Tracked>
    inline constexpr bool is_options_v<gradient_options<S, Tracked>> = true;
    template <>
    inline constexpr bool is_options_v<unconnected> = true;
    template <>
    inline constexpr bool is_options_v<differentiable_t> = true;
    template <>
    inline constexpr bool is_options_v<detached_t> = true;

    template <class S>
    concept source_like = !is_options_v<std::remove_cvref_t<S>> && !std::is_same_v<std::remove_cvref_t<S>, site>;
}

// Records on the thread that opened it; what other threads compute is no part of it. That thread alone watches, pauses, closes,
// resumes and resets it; from another thread these throw thread_error. It may be destroyed on any thread.
//
// Other threads, any number at once, may call gradient() and jacobian() of a persistent tape that does not record (closed, or paused):
// the same bits as on its own thread, in memory of the calling thread; explanations too. On a tape that records, or is not
// persistent, or whose thread has ended, they throw thread_error, and so does gradient(..., differentiable). Meanwhile the tape's
// thread may sweep as well, and record other tapes. What would change the tape itself (reset, resume, the end of a pause, its
// destruction, the end of its thread) waits for the sweeps in progress; a call that begins later finds the new state. Handing the
// tape, its targets and its sources over (the start of a thread, a lock) is up to the caller, as is a custom rule that may run on
// several threads at once. Where the calling thread records by itself, detached must be said (rule_error else).
class tape
{
public:
    // Records until it is closed, consumed by gradient() (unless persistent), or destroyed. With watch_accessed_variables
    // every trainable variable that is read is watched; otherwise only what watch() names.
    explicit tape(bool persistent = false, bool watch_accessed_variables = true, site const& where = site::current())
        : core_(persistent, watch_accessed_variables, where)
    {
    }

    // Differentiate with respect to these from here on. Frozen variables become sources.
    template <class V>
    void watch(V const& v, site const& where = site::current())
    {
        core_.check_thread("watch");
        auto one = [&](auto const& leaf) { watch_one(leaf, where); };
        detail::each_source(v, one);
    }
    // Variables that the tape watches, in the order in which the recording met them.
    std::vector<watched_variable> watched_variables() const
    {
        std::vector<watched_variable> all;
        for (auto const& w : detail::watched_on(core_))
            all.push_back({w.made, w.rank, w.size, w.tag, w.space});
        return all;
    }

    // Nothing is recorded for this tape while the result lives.
    class [[nodiscard]] pause
    {
    public:
        pause(pause const&) = delete;
        pause& operator=(pause const&) = delete;
        ~pause()
        {
            core_.unpause(where_);
        }

    private:
        friend class tape;
        pause(tape_core& core, site const& where)
            : core_(core)
            , where_(where)
        {
            core_.pause(where);
        }
        tape_core& core_;
        site where_;
    };
    pause stop_recording(site const& where = site::current())
    {
        return pause(core_, where);
    }
    void close(site const& where = site::current())
    {
        core_.close(where);
    }
    // A closed tape records again, after what it has.
    void resume(site const& where = site::current())
    {
        core_.resume(where);
    }
    // Forgets records and watches, and records on.
    void reset(site const& where = site::current())
    {
        core_.reset(where);
    }
    bool recording() const noexcept
    {
        return core_.records();
    }

    // d target / d source: one source, or several (a std::tuple of results). Targets: a tracked scalar, array or expression,
    // or a std::tuple, array or vector of them; without seed the gradient of the sum of all their elements. Costs one sweep.
    template <class Target, detail::source_like S>
    auto gradient(Target const& target, S const& source, site const& where = site::current())
    {
        return run(target, gradient_options<>{}, source, where);
    }
    template <class Target, detail::source_like S>
    auto gradient(Target const& target, S const& source, unconnected u, site const& where = site::current())
    {
        return run(target, gradient_options<>{u, false}, source, where);
    }
    template <class Target, detail::source_like S, class Seed, bool Tracked>
    auto gradient(Target const& target, S const& source, gradient_options<Seed, Tracked> const& o, site const& where = site::current())
    {
        return run(target, o, source, where);
    }
    // The gradients are tracked, and what computes them is recorded by every tape that records now: by an outer one, or by this
    // one while it records. Costs several passes over memory instead of one.
    template <class Target, detail::source_like S>
    auto gradient(Target const& target, S const& source, differentiable_t, site const& where = site::current())
    {
        return run(target, gradient_options<void, true>{}, source, where);
    }
    // Plain numbers, and constants to an outer recording on purpose.
    template <class Target, detail::source_like S>
    auto gradient(Target const& target, S const& source, detached_t, site const& where = site::current())
    {
        return run(target, options(detached), source, where);
    }
    template <class Target, detail::source_like A, detail::source_like B>
    auto gradient(Target const& target, A const& a, B const& b, site const& where = site::current())
    {
        return run(target, gradient_options<>{}, std::tuple<A const&, B const&>(a, b), where);
    }
    template <class Target, detail::source_like A, detail::source_like B, class O>
        requires detail::is_options_v<O>
    auto gradient(Target const& target, A const& a, B const& b, O const& o, site const& where = site::current())
    {
        return run(target, options(o), std::tuple<A const&, B const&>(a, b), where);
    }
    template <class Target, detail::source_like A, detail::source_like B, detail::source_like C>
    auto gradient(Target const& target, A const& a, B const& b, C const& c, site const& where = site::current())
    {
        return run(target, gradient_options<>{}, std::tuple<A const&, B const&, C const&>(a, b, c), where);
    }
    template <class Target, detail::source_like A, detail::source_like B, detail::source_like C, detail::source_like D>
    auto gradient(Target const& target, A const& a, B const& b, C const& c, D const& d, site const& where = site::current())
    {
        return run(target, gradient_options<>{}, std::tuple<A const&, B const&, C const&, D const&>(a, b, c, d), where);
    }
    template <class Target, detail::source_like A, detail::source_like B, detail::source_like C, detail::source_like D, detail::source_like E>
    auto gradient(Target const& target, A const& a, B const& b, C const& c, D const& d, E const& e, site const& where = site::current())
    {
        return run(target, gradient_options<>{}, std::tuple<A const&, B const&, C const&, D const&, E const&>(a, b, c, d, e), where);
    }
    // More than five: the place of the call is not known (a tuple of sources keeps it).
    template <class Target, detail::source_like A, detail::source_like B, detail::source_like C, detail::source_like D, detail::source_like... E>
        requires(sizeof...(E) > 1)
    auto gradient(Target const& target, A const& a, B const& b, C const& c, D const& d, E const&... e)
    {
        return run(target, gradient_options<>{},
                   std::tuple<A const&, B const&, C const&, D const&, E const&...>(a, b, c, d, e...), site{});
    }

    // d target / d source, shape target + source, in the structure of the sources (api/tape_jacobian.hpp). Costs a sweep for each element of
    // the target.
    template <class Target, detail::source_like S>
    auto jacobian(Target const& target, S const& source, site const& where = site::current())
    {
        return run_jacobian(target, source, false, where);
    }
    // Constants to an outer recording on purpose.
    template <class Target, detail::source_like S>
    auto jacobian(Target const& target, S const& source, detached_t, site const& where = site::current())
    {
        return run_jacobian(target, source, true, where);
    }

    tape_statistics statistics() const
    {
        const auto s = detail::statistics_of(core_);
        return {s.statements, s.edges, s.tape_bytes, s.kept_bytes, s.copied_bytes};
    }
    // For the engine.
    tape_core& core() noexcept
    {
        return core_;
    }

private:
    static gradient_options<> options(unconnected u)
    {
        return {u, false};
    }
    static gradient_options<> options(detached_t)
    {
        return {unconnected::none, true};
    }
    static gradient_options<void, true> options(differentiable_t)
    {
        return {};
    }
    template <class S, bool Tracked>
    static gradient_options<S, Tracked> const& options(gradient_options<S, Tracked> const& o)
    {
        return o;
    }
    template <class S, bool Tracked>
    static std::bool_constant<Tracked> tracks(gradient_options<S, Tracked> const&);

    template <class V>
    void watch_one(V const& v, site const& where)
    {
        using leaf = detail::leaf_type<V>;
        static_assert(!leaf::is_constant, "etape: a constant cannot be watched: make a variable of it");
        if constexpr (leaf::rank == 0)
            detail::watch_scalar(core_, detail::space_on_log<typename leaf::number>(), v.tag_for_recording(), where);
        else
            detail::watch_array(core_, v.data_handle(), sizeof(typename leaf::number) == sizeof(float), where);
    }

    // Requests, without the heap in the common case; only as many as asked for are constructed.
    template <class R>
    class few
    {
    public:
        explicit few(std::size_t n)
            : n_(n)
        {
            if (n > inline_room)
                large_.resize(n);
            else
                std::uninitialized_value_construct_n(reinterpret_cast<R*>(room_), n);
        }
        ~few()
        {
            if (n_ <= inline_room)
                std::destroy_n(get(), n_);
        }
        few(few const&) = delete;
        few& operator=(few const&) = delete;
        R* get() noexcept
        {
            return n_ > inline_room ? large_.data() : std::launder(reinterpret_cast<R*>(room_));
        }

    private:
        static constexpr std::size_t inline_room = 4;
        std::size_t n_;
        alignas(R) std::byte room_[inline_room * sizeof(R)];
        std::vector<R> large_;
    };

    template <class Target, class Options, class S>
    auto run(Target const& target, Options const& o, S const& sources, site const& where)
    {
        std::size_t n_targets = 0;
        auto count_target = [&](auto const&) { ++n_targets; };
        detail::each_target(target, count_target);
        detail::count_sources count_source{"gradient", where};
        detail::each_source_of(sources, count_source);
        const auto n_sources = count_source.n;
        few<target_request> target_room(n_targets);
        constexpr bool is_tracked = decltype(tracks(o))::value;
        using number = typename detail::scalars_of<S>::type;
        constexpr bool only_scalars = !is_tracked && !std::is_void_v<number>;
        few<std::conditional_t<only_scalars, scalar_request, source_request>> source_room(n_sources);
        auto* t = target_room.get();
        auto* s = source_room.get();
        // Lazily given targets are evaluated, and so recorded, now.
        auto evaluated = detail::evaluate_targets(target, where);
        std::size_t i = 0;
        auto fill_target = [&](auto const& x) { detail::request_target(t[i++], x); };
        detail::each_target(evaluated, fill_target);
        if constexpr (requires { o.seed; })
            detail::set_seeds(t, n_targets, evaluated, o.seed);
        const bool zero = o.when_unconnected == unconnected::zero;
        i = 0;
        auto fill_source = [&](auto const& x)
        {
            if constexpr (!only_scalars)
                s[i].zero_anyway = zero;
            detail::request_source(s[i++], x);
        };
        detail::each_source_of(sources, fill_source);
        if constexpr (is_tracked)
            differentiate_recorded(core_, t, n_targets, s, n_sources, where);
        else if constexpr (only_scalars)
            differentiate<number>(core_, t, n_targets, s, n_sources, where, o.is_detached, zero);
        else
            differentiate(core_, t, n_targets, s, n_sources, where, false, o.is_detached);
        if (zero)
            for (std::size_t k = 0; k < n_sources; ++k)
                if (s[k].missing)
                {
                    s[k].missing.reset();
                    if constexpr (only_scalars)
                        s[k].value = 0;
                    else
                    {
                        s[k].scalar = 0;
                        if (s[k].space == id_space::array)
                            s[k].gradient = zeros_like(*s[k].values, s[k].single);
                    }
                }
        i = 0;
        auto next = [&](auto const& x) { return detail::take_result<is_tracked>(s[i++], x); };
        return detail::results_of(sources, next);
    }

    // api/tape_jacobian.hpp
    template <class Target, class S>
    auto run_jacobian(Target const& target, S const& source, bool is_detached, site const& where);

    tape_core core_;
};
ETAPE_END_ARCH
