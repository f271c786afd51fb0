// SPDX-License-Identifier: BSL-1.0
// A map from numbers or pointers to small values that allocates nothing when it is filled again after clear().
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace etape
{
    // Entries in order of insertion; a few are searched one by one, more through an open-addressing table of their positions.
    template <class Key, class Value>
    class flat_map
    {
    public:
        using entry = std::pair<Key, Value>;
        using iterator = entry*;
        using const_iterator = const entry*;

        bool empty() const noexcept
        {
            return entries_.empty();
        }
        std::size_t size() const noexcept
        {
            return entries_.size();
        }
        // In constant time; memory is kept.
        void clear() noexcept
        {
            entries_.clear();
            slots_.clear();
        }
        iterator begin() noexcept
        {
            return entries_.data();
        }
        iterator end() noexcept
        {
            return entries_.data() + entries_.size();
        }
        const_iterator begin() const noexcept
        {
            return entries_.data();
        }
        const_iterator end() const noexcept
        {
            return entries_.data() + entries_.size();
        }
        const_iterator find(Key key) const noexcept
        {
            if (slots_.empty())
            {
                for (auto const& e : entries_)
                    if (e.first == key)
                        return &e;
                return end();
            }
            const auto position = slots_[slot_of(key)];
            return position == 0 ? end() : begin() + (position - 1);
        }
        // The key must be new.
        void emplace(Key key, Value value)
        {
            entries_.emplace_back(key, value);
            if (2 * entries_.size() > slots_.size() && entries_.size() > searched_one_by_one)
                rebuild();
            else if (!slots_.empty())
                slots_[slot_of(key)] = static_cast<std::uint32_t>(entries_.size());
        }

    private:
        static constexpr std::size_t searched_one_by_one = 8;

        // Where the key is, or the free slot for it. Slots hold positions from 1; at least half of them are free.
        std::size_t slot_of(Key key) const noexcept
        {
            std::uint64_t bits;
            if constexpr (std::is_pointer_v<Key>)
                bits = reinterpret_cast<std::uintptr_t>(key);
            else
                bits = key;
            // Fibonacci hashing: the high bits of the product depend on all bits of the key.
            const auto shift = 64 - std::countr_zero(slots_.size());
            auto at = static_cast<std::size_t>((bits * 0x9e3779b97f4a7c15u) >> shift);
            while (slots_[at] != 0 && entries_[slots_[at] - 1].first != key)
                at = (at + 1) & (slots_.size() - 1);
            return at;
        }
        void rebuild()
        {
            slots_.assign(std::bit_ceil(4 * entries_.size()), 0);
            for (std::size_t i = 0; i < entries_.size(); ++i)
                slots_[slot_of(entries_[i].first)] = static_cast<std::uint32_t>(i + 1);
        }

        std::vector<entry> entries_;
        std::vector<std::uint32_t> slots_;
    };
}
