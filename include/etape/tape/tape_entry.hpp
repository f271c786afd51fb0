// SPDX-License-Identifier: BSL-1.0
// What the record log and a tape know of each other.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/core/site.hpp>
#include <etape/tape/log_entries.hpp>
#include <etape/tape/origin.hpp>

namespace etape
{
    enum class tape_state : std::uint8_t
    {
        recording,
        paused,
        closed,    // may be resumed
        consumed,  // a sweep used it up
    };

    struct watch_entry
    {
        id_space space = id_space::array;
        std::uint32_t id = 0;
        std::uint32_t position = 0;
        site where{};
        buffer_ptr values;  // arrays: keeps the identity alive
    };

    // What a log knows of a tape. Both hold it, because either may end first, and the tape on any thread.
    struct tape_entry
    {
        // Of the log's thread.
        tape_state state = tape_state::recording;
        bool records_itself = false;
        std::vector<watch_entry> watched;
        log_mark end;            // of its statements, while it is paused or closed
        bool forgotten = false;  // used up, and its statements are gone
        std::atomic<bool> tape_gone{false};
        std::atomic<bool> log_gone{false};

        bool records() const noexcept
        {
            return state == tape_state::recording;
        }
        // One of the two lets go.
        void release() noexcept
        {
            if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
                delete this;
        }

    private:
        std::atomic<int> holders_{2};
    };
}
