// SPDX-License-Identifier: BSL-1.0
// The record log of a thread: the physical sequence of statements. Tapes are windows on it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/core/code_placement.hpp>
#include <etape/core/error.hpp>
#include <etape/core/flat_map.hpp>
#include <etape/tape/arena.hpp>
#include <etape/tape/log_entries.hpp>
#include <etape/tape/node.hpp>
#include <etape/tape/prefetch.hpp>
#include <etape/tape/scalar_stream.hpp>
#include <etape/tape/sweep_gate.hpp>
#include <etape/tape/tape_entry.hpp>
#include <etape/tape/thread_state.hpp>

namespace etape
{
    class tape_core;
    class record_log;
    class forward_state;
    struct replay_program;

    namespace runtime
    {
        ETAPE_COLD record_log& make_log();
    }

    struct sweep_workspace;   // adjoints, kept from one sweep to the next (tape/sweep.hpp)
    struct active_workspace;  // of sweeps that are recorded (tape/active.hpp)
    // One that no sweep uses.
    template <class Workspace>
    Workspace& free_workspace(std::vector<std::unique_ptr<Workspace>>& all)
    {
        for (auto& w : all)
            if (!w->busy)
            {
                w->busy = true;
                return *w;
            }
        all.push_back(std::make_unique<Workspace>());
        all.back()->busy = true;
        return *all.back();
    }

    class record_log
    {
    public:
        record_log();
        ~record_log();
        record_log(record_log const&) = delete;
        record_log& operator=(record_log const&) = delete;

        static record_log& of_this_thread()
        {
            auto* l = runtime::thread.log;
            return l != nullptr ? *l : runtime::make_log();
        }

        // ---- arrays ----
        bool holds(std::uint64_t tag) const noexcept
        {
            return tag - array_base_ < arrays.size() && (forgotten_.empty() || !is_forgotten(local(tag)));
        }
        std::uint32_t local(std::uint64_t tag) const noexcept
        {
            return static_cast<std::uint32_t>(tag - array_base_);
        }
        std::uint64_t array_tag(std::uint32_t id) const noexcept
        {
            return array_base_ + id;
        }
        // Gives the buffer a number on this log; node: its statement's position + 1.
        std::uint32_t add_array(buffer& b, const char* name, site const& where, std::uint32_t node, bool single);
        // Id of a buffer that takes part in a recorded statement, or no_id when it is a constant here.
        static constexpr std::uint32_t no_id = 0xffffffffu;
        std::uint32_t id_of(buffer& b, bool single)
        {
            const auto tag = b.tag.load(std::memory_order_relaxed);
            if (holds(tag))
                return arrays[local(tag)].role == buffer_role::frozen ? no_id : local(tag);
            if (b.role == buffer_role::leaf || b.role == buffer_role::frozen)
                return adopt(b, single);
            if (apart.outer != nullptr) [[unlikely]]
                refuse_outside(b);
            return no_id;
        }
        // Same, without giving a number to a leaf that was never read.
        std::uint32_t find(buffer const& b) const;
        std::uint32_t find_adopted(buffer const& b) const;
        // A frozen leaf gets a number too, so that explanations can name it, but stays a constant until it is watched.
        std::uint32_t adopt(buffer& b, bool single);

        // ---- scalars ----
        // The stream of a further number type is made when it is first asked for.
        template <class T>
        scalar_stream<T>& scalars() noexcept(is_compiled_number_v<T>)
        {
            if constexpr (std::is_same_v<T, double>)
                return doubles_;
            else if constexpr (std::is_same_v<T, float>)
                return floats_;
            else
            {
                const auto k = static_cast<std::size_t>(space_of<T>()) - static_cast<std::size_t>(id_space::further);
                if (k >= further_.size() || further_[k] == nullptr) [[unlikely]]
                    add_stream(k, std::make_unique<scalar_stream<T>>());
                return static_cast<scalar_stream<T>&>(*further_[k]);
            }
        }
        template <class T>
        scalar_stream<T> const& scalars() const noexcept(is_compiled_number_v<T>)
        {
            return const_cast<record_log*>(this)->scalars<T>();
        }
        // The stream whose numbers count in this space; null: none yet (or the space of arrays).
        scalar_stream_base* stream(id_space space) noexcept
        {
            if (space < id_space::further)
                return space == id_space::scalar_double ? static_cast<scalar_stream_base*>(&doubles_)
                       : space == id_space::scalar_float ? static_cast<scalar_stream_base*>(&floats_)
                                                         : nullptr;
            const auto k = static_cast<std::size_t>(space) - static_cast<std::size_t>(id_space::further);
            return k < further_.size() ? further_[k].get() : nullptr;
        }
        scalar_stream_base const* stream(id_space space) const noexcept
        {
            return const_cast<record_log*>(this)->stream(space);
        }
        // Of further number types, by their spaces; null where this log has none.
        std::vector<std::unique_ptr<scalar_stream_base>> const& further() const noexcept
        {
            return further_;
        }
        // Id of a scalar, or no_id for a constant; a leaf from before the recording gets a number here. Its own tag stays as
        // it is: other threads may read the same leaf.
        template <class T>
        ETAPE_ALWAYS_INLINE std::uint32_t id_of_scalar(std::uint64_t tag)
        {
            auto& s = scalars<T>();
            if (s.holds(tag)) [[likely]]
                return s.local(tag);
            return id_from_before(space_of<T>(), s, tag);
        }
        std::uint32_t id_of_scalar(id_space space, std::uint64_t tag)
        {
            auto* s = stream(space);
            return s == nullptr ? no_id : s->holds(tag) ? s->local(tag) : id_from_before(space, *s, tag);
        }
        template <class T>
        std::uint32_t find_scalar(std::uint64_t tag) const
        {
            return known_id<T>(tag);
        }
        std::uint32_t find_scalar(id_space space, std::uint64_t tag) const noexcept
        {
            auto const* s = stream(space);
            return s == nullptr ? no_id : s->find(tag);
        }
        template <class T>
        scalar_replays<T>& replays() noexcept
        {
            static_assert(is_compiled_number_v<T>);
            if constexpr (sizeof(T) == sizeof(float))
                return float_replays_;
            else
                return double_replays_;
        }
        // One statement with n edges; returns the tag of the result.
        template <class T>
        ETAPE_NOINLINE std::uint64_t push_statement(const T* partials, const std::uint32_t* ids, int n);
        template <class T>
        ETAPE_NOINLINE std::uint64_t new_leaf();
        // A consecutive range of scalar ids (elements of an array); returns the tag of the first.
        template <class T>
        std::uint64_t reserve_scalars(std::uint32_t n);
        // Id of a scalar that this recording has read before, or no_id.
        template <class T>
        ETAPE_ALWAYS_INLINE std::uint32_t known_id(std::uint64_t tag) const
        {
            auto const& s = scalars<T>();
            const auto number = tag & tag_bits::number;
            const auto id = number - s.base;
            if (id < s.count) [[likely]]
                return static_cast<std::uint32_t>(id);
            return s.adopted.find_id(number);
        }
        // One statement whose reads are given by tags; constants among them are left out. Returns the tag of the result (0 when
        // nothing tracked was read) with the leaf ordinal of the version that it replaces.
        template <class T, std::size_t N>
        ETAPE_ALWAYS_INLINE std::uint64_t record(const T (&partials)[N], const std::uint64_t (&tags)[N], std::uint64_t replaced)
        {
            // Spelled out for each read, so that the expression stays in registers.
            return [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
                auto& s = scalars<T>();
                const std::uint64_t base = s.base;
                const std::uint64_t from_base[] = {tags[I] - base...};
                std::uint32_t id[] = {static_cast<std::uint32_t>(from_base[I])...};
                // Nearly always all are values of this recording: one test. Of the others, leaves that were read before are found.
                bool known = true;
                if (((from_base[I] | ...) & s.not_here) != 0) [[unlikely]]
                    ((known = s.adopted.find_at_home(tags[I] & tag_bits::number, (from_base[I] & s.not_here) != 0, id[I]) && known), ...);
                if (!known || s.full(N)) [[unlikely]]
                {
                    const T p[] = {partials[I]...};
                    const std::uint64_t t[] = {runtime::not_before(tags[I])...};
                    return with_ordinal_of<T>(record_some<T>(p, t, N), replaced);
                }
                T* const p = s.partial;
                std::uint32_t* const k = s.id;
                runtime::prefetch_to_write(p, partial_prefetch);
                runtime::prefetch_to_write(k, id_prefetch);
                ((p[I] = partials[I]), ...);
                ((k[I] = I == 0 ? id[I] | first_edge : id[I]), ...);
                s.partial = p + N;
                s.id = k + N;
                const std::uint64_t tag = base + s.count++;
                if (((replaced - base) & (s.not_here | tag_bits::leaf)) == 0) [[likely]]
                    return tag | (replaced & tag_bits::ordinal);
                return with_ordinal_of<T>(tag, replaced);
            }(std::make_index_sequence<N>{});
        }
        // The same for any number of reads; reads leaves for the first time and makes room.
        template <class T>
        ETAPE_NOINLINE std::uint64_t record_some(const T* partials, const std::uint64_t* tags, std::uint32_t n);
        template <class T>
        std::uint64_t ordinal_of(std::uint64_t tag)
        {
            auto& s = scalars<T>();
            const auto own = s.ordinal_of(tag);
            return own == 0 && (tag & tag_bits::leaf) != 0 && s.holds(tag) ? s.name_leaf(*this, s.local(tag)) : own;
        }
        // The tag of a new version: the leaf that the variable began as stays known, gradient() falls back to it.
        template <class T>
        std::uint64_t with_ordinal_of(std::uint64_t tag, std::uint64_t replaced)
        {
            const auto own = replaced <= tag_bits::number ? 0 : ordinal_of<T>(replaced);
            return own != 0 ? (tag & ~tag_bits::ordinal) | own : tag;
        }
        // A plain number was assigned over a recorded value.
        template <class T>
        void note_overwritten(std::uint64_t fresh, std::uint64_t old)
        {
            auto& s = scalars<T>();
            if (s.holds(old) && s.holds(fresh))
                append(s.overwritten, std::pair{s.local(fresh), s.local(old)});
        }
        template <class T>
        void note_compared(std::uint64_t tag)
        {
            const auto id = id_of_scalar<T>(tag);
            auto& c = scalars<T>().compared;
            if (id == no_id || (!c.empty() && c.back() == id) || c.size() >= compared_limit)
                return;
            append(c, id);
        }
        // Notes of comparisons only serve explanations: a loop that compares for ever must not grow the tape.
        static constexpr std::size_t compared_limit = 4096;

        // ---- statements ----
        template <class Node, class... A>
        Node& add_node(A&&... a)
        {
            close_run();
            auto* n = new (memory.allocate(sizeof(Node))) Node(std::forward<A>(a)...);
            append(nodes, n);
            return *n;
        }
        // Appends to one of the log's tables. Other threads may sweep what is finished: a table that must move waits for them.
        template <class E, class V>
        void append(std::vector<E>& table, V&& v)
        {
            room_for(table, 1);
            table.push_back(std::forward<V>(v));
        }
        template <class E>
        void room_for(std::vector<E>& table, std::size_t n)
        {
            if (table.capacity() - table.size() < n) [[unlikely]]
                grow(table, n);
        }
        std::uint32_t position() const noexcept
        {
            return static_cast<std::uint32_t>(nodes.size());
        }
        // Opens a run of the stream, with room for n edges.
        ETAPE_COLD void open_run(scalar_stream_base& s, std::uint32_t n = 0)
        {
            if (open_run_ != &s)
            {
                close_run();
                open_run_ = &s;
            }
            s.make_room(*this, n);
        }
        // Ends the open run of scalar statements, so that the next statement starts a node.
        void close_run()
        {
            if (open_run_ != nullptr)
                finish_run();
        }

        // ---- tapes ----
        // Made for the first persistent tape that finishes: sweeps by other threads.
        sweep_gate& shared();
        sweep_gate* gate() const noexcept
        {
            return gate_;
        }
        // An entry for a tape that starts here.
        tape_entry& new_entry();
        void attach(tape_entry& t);
        // False: it is not one of this log's tapes.
        bool detach(tape_entry& t) noexcept;
        // Of a tape that was detached.
        void keep_entry(tape_entry& t) noexcept;
        void refresh() noexcept;  // after a tape started, paused, resumed or ended
        // Numbers of scalars come from the log while a tape records or may record again, else from the thread's counter: each goes on where the
        // other stopped.
        void leave_numbers() noexcept
        {
            runtime::thread.next_scalar = next_number();
        }
        void take_numbers() noexcept;
        // A tape starts again: as if it ended, and another took its place among the tapes.
        void renew(tape_entry& t);
        // The end of what is recorded; no run of scalar statements is open.
        void mark(log_mark& m) const;
        // Have statements been forgotten while others were kept?
        bool has_gaps() const noexcept
        {
            return !forgotten_.empty();
        }
        // Also those that were destroyed on another thread, until refresh.
        std::vector<tape_entry*> const& tapes() const noexcept
        {
            return tapes_;
        }
        // How many tapes and levels of forward mode may differentiate what `of` computes while it differentiates: 0, 1, or 2 for any more
        // (one whose own sweeps may be recorded is more than one). outside: only those that began before it.
        int followers(tape_entry const& of, bool outside) const noexcept;
        // Position from which element ranges may be reused: the start of the youngest window.
        std::uint64_t window_stamp = 1;

        // Why an untracked scalar has no history.
        void note_scalar(id_space space, std::uint64_t tag, origin* o);
        const origin* scalar_origin(id_space space, std::uint64_t tag) const;

        std::vector<node*> nodes;
        std::vector<array_slot> arrays;
        arena memory;
        std::size_t copied_bytes = 0;
        // Of a recording apart (tape/isolation.hpp): the log outside, whose values must not be read here.
        struct isolated
        {
            record_log* outer = nullptr;
            const char* call = "";
        };
        isolated apart;
        // Variables were read that were made before it.
        bool read_outside() const noexcept;

        std::vector<plain_gradient> plain_gradients;  // in the order of time
        flat_map<std::uint64_t, std::uint32_t> noted_targets;  // by space and id: the last of these
        forward_state* forward = nullptr;  // the innermost level of forward mode in progress
        // Sweeps may nest (a custom rule that differentiates), hence several.
        std::vector<std::unique_ptr<sweep_workspace>> workspaces;
        std::vector<std::unique_ptr<active_workspace>> active_workspaces;

    private:
        friend class tape_core;
        void finish_run();
        void clear() noexcept;
        bool forget_unseen();
        void forget_after(log_mark const& m);
        void forget_numbers_after(log_mark const& m);
        ETAPE_NOINLINE bool is_forgotten(std::uint32_t array) const noexcept;
        void refuse_outside(buffer const& b) const;
        void refuse_outside(id_space space, std::uint64_t tag) const;
        ETAPE_NOINLINE std::uint32_t id_from_before(id_space space, scalar_stream_base& s, std::uint64_t tag);
        void add_stream(std::size_t k, std::unique_ptr<scalar_stream_base> s);
        // f(stream) for each of them.
        template <class F>
        void each_stream(F&& f)
        {
            f(doubles_);
            f(floats_);
            for (auto& s : further_)
                if (s != nullptr)
                    f(*s);
        }
        template <class E>
        ETAPE_COLD void grow(std::vector<E>& table, std::size_t n)
        {
            const no_sweeps wait(gate_);
            table.reserve(2 * table.capacity() + n);
        }
        // The first number that no stream has given.
        std::uint64_t next_number() noexcept;

        std::uint64_t array_base_ = 0;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> forgotten_;  // arrays whose statements are gone, ascending
        std::size_t origins_then_ = 0;                                    // scalar_origins_ when they were last looked through
        scalar_stream<double> doubles_;
        scalar_stream<float> floats_;
        std::vector<std::unique_ptr<scalar_stream_base>> further_;
        scalar_replays<double> double_replays_;
        scalar_replays<float> float_replays_;
        scalar_stream_base* open_run_ = nullptr;
        void leave_gone() noexcept;
        void stop() noexcept;
        void begin_slot(std::uint32_t slot);
        void end_slot();
        ETAPE_COLD void renew_slot();
        std::vector<tape_entry*> tapes_;
        std::unique_ptr<tape_entry> spare_;  // of the last tape: the next one takes it
        flat_map<buffer*, std::uint32_t> adopted_;  // leaves read while several threads run
        std::unordered_map<std::uint64_t, origin*> scalar_origins_;  // by space and number
        std::uint32_t slot_ = 0;
        sweep_gate* gate_ = nullptr;
    };

    namespace runtime
    {
        // A scalar statement that was just recorded, for derivatives of derivatives: call it while thread.higher_order. The leaves
        // in the order of the program, constants with no_id.
        template <class T>
        void note_statement(record_log& log, std::uint32_t result, replay_program const& program, const T* values, const std::uint32_t* ids);
        extern template void note_statement<double>(record_log&, std::uint32_t, replay_program const&, const double*, const std::uint32_t*);
        extern template void note_statement<float>(record_log&, std::uint32_t, replay_program const&, const float*, const std::uint32_t*);
    }

    // A fresh number for a scalar that is made while nothing records.
    ETAPE_COLD std::uint64_t number_first_scalar();
    ETAPE_ALWAYS_INLINE std::uint64_t number_scalar()
    {
        if (runtime::thread.next_scalar == 0) [[unlikely]]
            return number_first_scalar();
        return runtime::thread.next_scalar++;
    }

    extern template std::uint64_t record_log::push_statement<double>(const double*, const std::uint32_t*, int);
    extern template std::uint64_t record_log::push_statement<float>(const float*, const std::uint32_t*, int);
    extern template std::uint64_t record_log::record_some<double>(const double*, const std::uint64_t*, std::uint32_t);
    extern template std::uint64_t record_log::record_some<float>(const float*, const std::uint64_t*, std::uint32_t);
    extern template std::uint64_t record_log::new_leaf<double>();
    extern template std::uint64_t record_log::new_leaf<float>();
}
