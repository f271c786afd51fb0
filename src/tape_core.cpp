// SPDX-License-Identifier: BSL-1.0
// The states of a tape and their errors: each names where it happened and where the state began.
#include <etape/tape/tape_core.hpp>

#include <algorithm>

#include "explain_words.hpp"

namespace etape
{
    tape_core::tape_core(bool persistent, bool watch_accessed_variables, site const& where, bool first_order)
        : opened_at(where)
        , log_(&record_log::of_this_thread())
        , entry_(&log_->new_entry())
        , persistent_(persistent)
        , watch_accessed_(watch_accessed_variables)
        , first_order_(first_order)
    {
        runtime::poll_returned();
        entry_->records_itself = records_itself();
        log_->attach(*entry_);
        open_window();
        first_position = log_->position();
        first_array = log_->array_tag(0) + log_->arrays.size();
        note_change(where);
    }

    tape_core::~tape_core()
    {
        take_back();
        if (gate_ != nullptr)
            gate_->release();
        if (runtime::thread.log == log_ && log_->detach(*entry_))
            log_->keep_entry(*entry_);
        else
        {
            // On another thread, or after the log: the log's thread takes the tape out of its list when that next changes.
            entry_->tape_gone.store(true, std::memory_order_release);
            entry_->release();
        }
    }

    void tape_core::open_window()
    {
        log_->close_run();
        windows_.push_back({log_->position(), log_->position()});
        window_open_ = true;
    }
    void tape_core::close_window()
    {
        if (!window_open_)
            return;
        log_->close_run();
        windows_.back().second = log_->position();
        window_open_ = false;
    }

    void tape_core::enter(tape_state state, site const& where)
    {
        entry_->state = state;
        log_->refresh();
        note_change(where);
    }
    void tape_core::note_change(site const& where)
    {
        auto& c = changes_.emplace_back();
        c.stamp = log_->window_stamp;
        c.position = log_->position();
        c.state = state();
        c.where.file = where.file;
        c.where.function = where.function;
        c.where.line = where.line;
    }
    state_change const* tape_core::state_at_stamp(std::uint64_t stamp) const noexcept
    {
        for (std::size_t k = changes_.size(); k-- > 0;)
            if (changes_[k].stamp <= stamp)
                return &changes_[k];
        return nullptr;
    }
    state_change const* tape_core::state_at_position(std::uint32_t position) const noexcept
    {
        for (std::size_t k = changes_.size(); k-- > 0;)
            if (changes_[k].position <= position)
                return &changes_[k];
        return nullptr;
    }

    window_list const& tape_core::windows()
    {
        if (window_open_)
        {
            log_->close_run();
            windows_.back().second = log_->position();
        }
        return windows_;
    }

    bool tape_core::covers(std::uint32_t position) const noexcept
    {
        if (entry_->forgotten) [[unlikely]]
            return false;
        for (std::size_t k = 0; k < windows_.size(); ++k)
        {
            const bool open = window_open_ && k + 1 == windows_.size();
            if (position >= windows_[k].first && (open || position < windows_[k].second))
                return true;
        }
        return false;
    }

    bool tape_core::alone() const noexcept
    {
        auto const& all = log_->tapes();
        if (all.size() == 1) [[likely]]
            return !all.front()->tape_gone.load(std::memory_order_acquire);
        return std::count_if(all.begin(), all.end(), [](tape_entry const* e) { return !e->tape_gone.load(std::memory_order_acquire); }) == 1;
    }

    void tape_core::check_thread(const char* call) const
    {
        if (!owned_here())
            throw thread_error(std::string("etape: ") + call + ": found a tape that was opened" + explaining::at(opened_at) +
                               " on another thread, expected a tape of this thread");
    }

    // ---- sweeps by other threads ----
    void tape_core::offer()
    {
        if (!persistent_)
            return;
        if (gate_ == nullptr)
        {
            gate_ = &log_->shared();
            gate_->retain();
        }
        finished_.emplace(*log_);
        offered_.store(true, std::memory_order_release);
    }
    void tape_core::take_back() noexcept
    {
        if (!offered_.load(std::memory_order_relaxed))
            return;
        const no_sweeps wait(gate_);
        offered_.store(false, std::memory_order_relaxed);
    }
    void tape_core::refuse_thread(const char* call) const
    {
        const bool gone = entry_->log_gone.load(std::memory_order_acquire);
        throw thread_error(std::string("etape: ") + call + ": found a tape that was opened" + explaining::at(opened_at) + " on another thread" +
                           (gone          ? ", which has ended, expected a thread that lives as long as the tape is swept"
                            : persistent_ ? ", where it still records, expected one that was closed there first"
                                          : ", expected a tape of this thread, or a persistent one that was closed there"));
    }
    tape_core::access::access(tape_core& t, const char* call)
    {
        if (t.owned_here())
            return;
        if (!t.offered_.load(std::memory_order_acquire) || !elsewhere_.emplace(*t.gate_).begin(t.offered_))
            t.refuse_thread(call);
    }

    void tape_core::check_records(const char* call, site const& where) const
    {
        if (state() == tape_state::recording)
            return;
        const std::string why = state() == tape_state::paused   ? "paused at " + to_string(paused_at)
                                : state() == tape_state::closed ? "closed at " + to_string(closed_at)
                                                               : "consumed by a sweep at " + to_string(consumed_at);
        throw tape_error(std::string("etape: ") + call + " at " + to_string(where) + ": found a tape that does not record (" + why +
                         "), expected a recording tape" + (opened_at.known() ? "; it was opened" + explaining::at(opened_at) : std::string()));
    }

    void tape_core::pause(site const& where)
    {
        check_thread("stop_recording");
        check_records("stop_recording", where);
        // The end of the pause is in a destructor.
        windows_.make_room(1);
        changes_.make_room(2);
        close_window();
        paused_at = where;
        enter(tape_state::paused, where);
        offer();
    }

    void tape_core::unpause(site const& where)
    {
        if (state() != tape_state::paused)
            return;  // consumed or reset meanwhile
        take_back();
        open_window();
        enter(tape_state::recording, where);
    }

    void tape_core::close(site const& where)
    {
        check_thread("close");
        check_records("close", where);
        close_window();
        log_->mark(entry_->end);
        closed_at = where;
        enter(tape_state::closed, where);
        offer();
    }

    void tape_core::resume(site const& where)
    {
        check_thread("resume");
        if (state() == tape_state::recording)
            throw tape_error("etape: resume at " + to_string(where) + ": found a tape that records already (since " + to_string(opened_at) +
                             "), expected a closed tape");
        if (state() == tape_state::consumed)
            throw tape_error("etape: resume at " + to_string(where) + ": found a tape that a sweep consumed at " + to_string(consumed_at) +
                             ", expected a closed tape; call reset() first, or make the tape persistent");
        if (state() == tape_state::paused)
            throw tape_error("etape: resume at " + to_string(where) + ": found a tape that is paused since " + to_string(paused_at) +
                             ", expected a closed tape; end the scope of stop_recording() instead");
        take_back();
        open_window();
        enter(tape_state::recording, where);
    }

    void tape_core::reset(site const& where)
    {
        check_thread("reset");
        take_back();
        close_window();
        windows_.clear();
        {
            const name_lock lock(log_->gate());
            watched().clear();
        }
        // The old statements that no other tape can see: give their memory back.
        log_->renew(*entry_);
        reset_at = where;
        open_window();
        first_position = log_->position();
        first_array = log_->array_tag(0) + log_->arrays.size();
        changes_.clear();
        enter(tape_state::recording, where);
    }

    void tape_core::consume(site const& where)
    {
        close_window();
        consumed_at = where;
        enter(tape_state::consumed, where);
    }
}
