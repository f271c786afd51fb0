// SPDX-License-Identifier: BSL-1.0
// Pooled memory: blocks of a few size classes on a free list per thread, so that a warm engine neither allocates nor faults pages.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <etape/core/config.hpp>

namespace etape
{
    struct pool_statistics
    {
        std::size_t fresh_blocks = 0;  // blocks that had to come from the system
        std::size_t fresh_bytes = 0;
        std::size_t live_blocks = 0;   // handed out and not yet returned (by this thread)
    };

    namespace runtime
    {
        struct free_block
        {
            free_block* next;
        };
        constexpr std::size_t size_classes = 4 * 48;

        struct pool_state
        {
            std::array<free_block*, size_classes> heads{};
            pool_statistics stats{};
            bool owned = false;  // blocks that come back are given to the system at the end of the thread
        };
        inline constinit thread_local pool_state pool{};

        // Four classes per power of two, the smallest 512 bytes: at most 25 % of a block is unused.
        constexpr std::uint32_t class_of(std::size_t bytes) noexcept
        {
            if (bytes <= 512)
                return 0;
            const unsigned top = static_cast<unsigned>(std::bit_width(bytes - 1)) - 1;  // 2^top < bytes <= 2^(top+1)
            const std::size_t quarter = (bytes - 1) >> (top - 2) & 3;
            return static_cast<std::uint32_t>(4 * (top - 9) + quarter + 1);
        }
        constexpr std::size_t class_bytes(std::uint32_t c) noexcept
        {
            if (c == 0)
                return 512;
            const unsigned top = 9 + (c - 1) / 4;
            return (std::size_t{1} << top) + (std::size_t{1} << (top - 2)) * ((c - 1) % 4 + 1);
        }

        void* pool_fresh(std::uint32_t size_class);
        // Of a thread that has released no block yet (it takes the list over), or that is about to end (the block is freed).
        void pool_release_unowned(void* block, std::uint32_t size_class) noexcept;
    }

    // 64-byte aligned block of a size class. Throws std::bad_alloc.
    ETAPE_ALWAYS_INLINE void* pool_allocate(std::uint32_t size_class)
    {
        auto& p = runtime::pool;
        ++p.stats.live_blocks;
        if (auto* b = p.heads[size_class])
        {
            p.heads[size_class] = b->next;
            return b;
        }
        return runtime::pool_fresh(size_class);
    }
    ETAPE_ALWAYS_INLINE void pool_release(void* block, std::uint32_t size_class) noexcept
    {
        auto& p = runtime::pool;
        --p.stats.live_blocks;
        if (!p.owned) [[unlikely]]
            return runtime::pool_release_unowned(block, size_class);
        auto* b = static_cast<runtime::free_block*>(block);
        b->next = p.heads[size_class];
        p.heads[size_class] = b;
    }

    inline pool_statistics pool_stats() noexcept
    {
        return runtime::pool.stats;
    }
    // Returns the free blocks of this thread to the system.
    void pool_trim() noexcept;
}
