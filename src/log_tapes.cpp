// SPDX-License-Identifier: BSL-1.0
// The tapes of a record log: whether something records, and what ends with the last of them.
#include <algorithm>

#include <etape/tape/forward.hpp>
#include <etape/tape/log.hpp>

namespace etape
{
    tape_entry& record_log::new_entry()
    {
        return spare_ ? *spare_.release() : *new tape_entry;
    }
    void record_log::keep_entry(tape_entry& t) noexcept
    {
        t.watched.clear();
        t.state = tape_state::recording;
        t.forgotten = false;
        spare_.reset(&t);
    }
    // Tapes that ended on other threads.
    void record_log::leave_gone() noexcept
    {
        const auto gone = [](tape_entry const* e) { return e->tape_gone.load(std::memory_order_acquire); };
        if (tapes_.empty() || (tapes_.size() == 1 && !gone(tapes_.front()))) [[likely]]
            return;
        bool any = false;
        for (auto const* e : tapes_)
            any = any || gone(e);
        if (!any) [[likely]]
            return;
        const name_lock lock(gate_);
        std::erase_if(tapes_,
                      [&](tape_entry* e)
                      {
                          const bool gone_now = gone(e);
                          if (gone_now)
                              e->release();
                          return gone_now;
                      });
    }
    void record_log::stop() noexcept
    {
        clear();
        auto& thread = runtime::thread;
        thread.recording = thread.paused = thread.higher_order = thread.by_operator = thread.by_assignment = false;
        ++window_stamp;
    }
    void record_log::attach(tape_entry& t)
    {
        bool first = tapes_.empty();
        if (!first)
        {
            leave_gone();
            first = tapes_.empty();
            if (first)
                stop();
            else if (!runtime::thread.recording && forward == nullptr)
                first = forget_unseen();
        }
        // Numbers that run out: a thread that goes on for hours takes another slot.
        constexpr auto counters = (std::uint64_t{1} << tag_bits::slot_shift) - 1;
        if (first && std::max(runtime::thread.next_scalar & counters, array_base_ & counters) > counters / 4 * 3) [[unlikely]]
            renew_slot();
        {
            const name_lock lock(gate_);
            tapes_.push_back(&t);
        }
        if (!first)
            return refresh();
        each_stream([](auto& s) { s.base = runtime::thread.next_scalar; });
        auto& thread = runtime::thread;
        thread.recording = t.records();
        thread.higher_order = t.records() && t.records_itself;
        thread.by_operator = thread.higher_order || forward != nullptr;
        thread.by_assignment = thread.recording && !thread.by_operator;
        ++window_stamp;
    }
    bool record_log::detach(tape_entry& t) noexcept
    {
        const auto at = std::find(tapes_.begin(), tapes_.end(), &t);
        if (at == tapes_.end())
            return false;
        {
            const name_lock lock(gate_);
            tapes_.erase(at);
        }
        leave_gone();
        if (tapes_.empty())
            stop();
        else
            refresh();
        return true;
    }
    int record_log::followers(tape_entry const& of, bool outside) const noexcept
    {
        for (auto const* l = forward; l != nullptr; l = l->outer)
            if (l->observer != nullptr)
                return 2;
        int n = of.records_itself ? 2 : 0;
        for (auto const* e : tapes_)
        {
            if (e == &of)
            {
                if (outside)
                    break;
                continue;
            }
            if (e->records() && !e->tape_gone.load(std::memory_order_acquire))
                n += e->records_itself ? 2 : 1;
        }
        return std::min(n, 2);
    }
    void record_log::take_numbers() noexcept
    {
        close_run();  // whose results have numbers one after the other
        const auto next = runtime::thread.next_scalar;
        each_stream([&](auto& s)
            {
                if (s.base + s.count < next)
                    s.count += static_cast<std::uint32_t>(std::min<std::uint64_t>(next - s.base - s.count, no_id - s.count));
            });
    }
    void record_log::refresh() noexcept
    {
        close_run();
        leave_gone();
        bool any = false, later = false, higher = false;
        for (auto* t : tapes_)
        {
            higher = higher || (t->records() && (any || t->records_itself));
            any = any || t->records();
            later = later || (t->state != tape_state::consumed && !t->records());
        }
        auto& thread = runtime::thread;
        const bool counted = thread.recording || thread.paused, counts = any || later;
        if (counted && !counts)
            leave_numbers();
        if (!counted && counts)
            take_numbers();
        thread.recording = any;
        thread.paused = !any && later;
        thread.higher_order = higher;
        thread.by_operator = thread.paused || higher || forward != nullptr;
        thread.by_assignment = any && !thread.by_operator;
        ++window_stamp;
    }
}
