// SPDX-License-Identifier: BSL-1.0
// A tape without its interface: windows on the record log, what is watched, and its state.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <etape/tape/log_view.hpp>

namespace etape
{
    // When a tape changed its state, for explanations: a value that was computed outside its windows tells why.
    struct state_change
    {
        std::uint64_t stamp = 0;     // record_log::window_stamp from here on
        std::uint32_t position = 0;  // of the log
        tape_state state = tape_state::recording;
        site where{};
    };

    class tape_core
    {
    public:
        // first_order: its sweeps are never recorded by itself
        tape_core(bool persistent, bool watch_accessed_variables, site const& where, bool first_order = false);
        ~tape_core();
        tape_core(tape_core const&) = delete;
        tape_core& operator=(tape_core const&) = delete;

        void pause(site const& where);
        void unpause(site const& where);
        void close(site const& where);
        void resume(site const& where);
        void reset(site const& where);
        // The end of a sweep of a tape that is not persistent.
        void consume(site const& where);

        record_log& log() const noexcept
        {
            return *log_;
        }
        tape_state state() const noexcept
        {
            return entry_->state;
        }
        bool persistent() const noexcept
        {
            return persistent_;
        }
        // May its sweeps be recorded by itself?
        bool records_itself() const noexcept
        {
            return persistent_ && !first_order_;
        }
        bool first_order() const noexcept
        {
            return first_order_;
        }
        bool watches_accessed() const noexcept
        {
            return watch_accessed_;
        }
        bool records() const noexcept
        {
            return entry_->records();
        }
        // Is the statement at this position in a window?
        bool covers(std::uint32_t position) const noexcept;
        // Up to now; an open window ends at the log's present end.
        window_list const& windows();
        // True when no other living tape sees these windows.
        bool alone() const noexcept;
        // record_log::followers of what this tape computes.
        int followers(bool outside) const noexcept
        {
            return log_->followers(*entry_, outside);
        }
        // This thread recorded it (and is not in a recording apart).
        bool owned_here() const noexcept
        {
            return runtime::thread.log == log_ && !entry_->log_gone.load(std::memory_order_acquire);
        }
        void check_thread(const char* call) const;
        // The log as far as this thread may look.
        log_view view() const noexcept
        {
            return owned_here() ? log_view(*log_) : log_view(*log_, *finished_);
        }

        // The change that was in force then; null: before the tape opened (or was reset).
        state_change const* state_at_stamp(std::uint64_t stamp) const noexcept;
        state_change const* state_at_position(std::uint32_t position) const noexcept;

        watch_list& watched() const noexcept
        {
            return entry_->watched;
        }

        // While it lives this thread may sweep: its own tapes, and persistent ones of other threads that have finished. Throws
        // thread_error for others.
        class access
        {
        public:
            access(tape_core& t, const char* call);

        private:
            std::optional<sweep_elsewhere> elsewhere_;
        };

        site opened_at, closed_at, consumed_at, paused_at, reset_at;
        std::uint32_t first_position = 0;
        std::uint64_t first_array = 0;  // ids at the start: what existed before
    
    private:
        void open_window();
        void close_window();
        void check_records(const char* call, site const& where) const;
        // A persistent tape that does not record can be swept by other threads, until it is taken back.
        void offer();
        void take_back() noexcept;
        [[noreturn]] void refuse_thread(const char* call) const;
        // The new state: tells the log, and notes when.
        void enter(tape_state state, site const& where);
        void note_change(site const& where);

        record_log* log_;
        tape_entry* entry_;
        window_list windows_;
        small_vector<state_change, 4> changes_;
        bool window_open_ = false;
        bool persistent_;
        bool watch_accessed_;
        bool first_order_;
        std::atomic<bool> offered_{false};
        sweep_gate* gate_ = nullptr;  // of the log; set before the tape is first offered
        std::optional<log_extent> finished_;
    };
}

namespace etape::runtime
{
    // A variable that a tape watches.
    struct watched_info
    {
        site made{};
        std::size_t rank = 0, size = 1;
        std::uint64_t tag = 0;
        id_space space = id_space::array;
    };
    // Is this value, or the leaf that it began as, the one with that number?
    bool is_array(std::uint64_t number, buffer const& b);
    bool is_scalar(id_space space, std::uint64_t number, std::uint64_t tag);
    std::vector<watched_info> watched_on(tape_core const& t);
    log_statistics statistics_of(tape_core const& t);
    void watch_array(tape_core& t, buffer_ptr const& b, bool single, site const& where);
    // The space has a stream on the tape's log.
    void watch_scalar(tape_core& t, id_space space, std::uint64_t& tag, site const& where);
}
