// SPDX-License-Identifier: BSL-1.0
// What the record log and a tape know of each other.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/core/config.hpp>
#include <etape/core/flat_map.hpp>
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

    // What a tape watches by name, in that order. A few are searched one by one; only more than those get a table of their places.
    class watch_list
    {
    public:
        bool empty() const noexcept
        {
            return entries_.empty();
        }
        auto begin() const noexcept
        {
            return entries_.begin();
        }
        auto end() const noexcept
        {
            return entries_.end();
        }
        // Null: it is not watched.
        watch_entry const* find(id_space space, std::uint32_t id) const noexcept
        {
            if (entries_.size() > searched_one_by_one) [[unlikely]]
                return find_place(space, id);
            for (auto const& w : entries_)
                if (w.space == space && w.id == id)
                    return &w;
            return nullptr;
        }
        // It must be new.
        void push_back(watch_entry&& w)
        {
            entries_.push_back(std::move(w));
            if (entries_.size() > searched_one_by_one) [[unlikely]]
                note_places();
        }
        void clear() noexcept
        {
            entries_.clear();
            if (!places_.empty())
                places_.clear();
        }

    private:
        static constexpr std::size_t searched_one_by_one = 8;
        static std::uint64_t key(id_space space, std::uint32_t id) noexcept
        {
            return static_cast<std::uint64_t>(space) << 32 | id;
        }
        ETAPE_NOINLINE watch_entry const* find_place(id_space space, std::uint32_t id) const noexcept
        {
            const auto at = places_.find(key(space, id));
            return at == places_.end() ? nullptr : &entries_[at->second];
        }
        ETAPE_NOINLINE void note_places()
        {
            for (auto k = places_.size(); k < entries_.size(); ++k)
                places_.emplace(key(entries_[k].space, entries_[k].id), static_cast<std::uint32_t>(k));
        }

        std::vector<watch_entry> entries_;
        flat_map<std::uint64_t, std::uint32_t> places_;
    };

    // What a log knows of a tape. Both hold it, because either may end first, and the tape on any thread.
    struct tape_entry
    {
        // Of the log's thread.
        tape_state state = tape_state::recording;
        bool records_itself = false;
        watch_list watched;
        log_mark end;            // of its statements, while it is closed
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
