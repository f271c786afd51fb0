// SPDX-License-Identifier: BSL-1.0
// Where the leaves from before a recording are on it: a table that numbers drawn one after the other fill without collisions.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <etape/core/config.hpp>

namespace etape
{
    class leaf_table
    {
    public:
        static constexpr std::uint64_t free = ~std::uint64_t{0};
        struct entry
        {
            std::uint64_t number = free;
            std::uint32_t id = none;      // on this recording
            std::uint32_t ordinal = 0;
        };

        static constexpr std::uint32_t none = 0xffffffffu;

        bool empty() const noexcept
        {
            return used_.empty();
        }
        // The id, or none.
        ETAPE_ALWAYS_INLINE std::uint32_t find_id(std::uint64_t number) const noexcept
        {
            auto const& e = slots_[home(number)];
            return e.number == number ? e.id : e.number == free ? none : search(number).id;
        }
        // The id of a number that is found at the first look, if it is wanted. False: a longer search would tell.
        ETAPE_ALWAYS_INLINE bool find_at_home(std::uint64_t number, bool wanted, std::uint32_t& id) const noexcept
        {
            if (!wanted)
                return true;
            auto const& e = slots_[home(number)];
            id = e.id;
            return e.number == number;
        }
        // The entry; its id is none when there is none.
        ETAPE_ALWAYS_INLINE entry const& find(std::uint64_t number) const noexcept
        {
            auto const& e = slots_[home(number)];
            return e.number == number || e.number == free ? e : search(number);
        }
        // The entry of the number; when there is none, a new one that the caller fills (its id is none). Valid until the next call.
        entry& find_or_add(std::uint64_t number)
        {
            if (2 * used_.size() >= mask_)
                rebuild();
            auto at = home(number);
            while (slots_[at].number != free)
            {
                if (slots_[at].number == number)
                    return slots_[at];
                at = (at + 1) & mask_;
            }
            slots_[at].number = number;
            used_.push_back(static_cast<std::uint32_t>(at));
            return slots_[at];
        }
        std::vector<std::uint32_t> ids() const
        {
            std::vector<std::uint32_t> all;
            for (auto at : used_)
                all.push_back(slots_[at].id);
            return all;
        }
        // In the time of the entries; memory is kept.
        void clear() noexcept
        {
            for (auto at : used_)
                slots_[at] = entry{};
            used_.clear();
        }

    private:
        // Numbers of one thread follow each other, those of another thread start somewhere else.
        std::size_t home(std::uint64_t number) const noexcept
        {
            return static_cast<std::size_t>(number + (number >> 38) * 0x9e3779b97f4a7c15u) & mask_;
        }
        ETAPE_COLD entry const& search(std::uint64_t number) const noexcept
        {
            auto at = home(number);
            while (slots_[at].number != free && slots_[at].number != number)
                at = (at + 1) & mask_;
            return slots_[at];
        }
        void rebuild()
        {
            std::vector<entry> old;
            old.reserve(used_.size());
            for (auto at : used_)
                old.push_back(slots_[at]);
            slots_.assign(std::max<std::size_t>(64, std::bit_ceil(4 * (old.size() + 1))), entry{});
            mask_ = slots_.size() - 1;
            used_.clear();
            for (auto const& e : old)
                find_or_add(e.number) = e;
        }

        std::vector<entry> slots_ = std::vector<entry>(1);
        std::size_t mask_ = 0;  // of their indices
        std::vector<std::uint32_t> used_;
    };
}
