// SPDX-License-Identifier: BSL-1.0
// The slow side of the pool: blocks from the system, huge pages for large ones, return of everything at thread end.
#include <etape/core/pool.hpp>
#include <etape/core/shared_count.hpp>

#include <cstdlib>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace etape
{
    namespace
    {
        constexpr std::size_t huge_page = std::size_t{2} << 20;

        // Its destructor runs at the end of the thread; constructed when the first block comes back.
        struct pool_owner
        {
            pool_owner() noexcept
            {
                runtime::pool.owned = true;
            }
            ~pool_owner()
            {
                runtime::pool.owned = false;
                pool_trim();
            }
        };
    }

    namespace runtime
    {
        ETAPE_COLD void* pool_fresh(std::uint32_t size_class)
        {
            poll_returned();
            if (auto* b = pool.heads[size_class])
            {
                pool.heads[size_class] = b->next;
                return b;
            }
            const std::size_t wanted = class_bytes(size_class);
            const bool large = wanted >= 2 * huge_page;
            const std::size_t alignment = large ? huge_page : 64;
            const std::size_t bytes = (wanted + alignment - 1) / alignment * alignment;
            void* p = std::aligned_alloc(alignment, bytes);
            if (p == nullptr)
            {
                --pool.stats.live_blocks;
                throw std::bad_alloc();
            }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
            // Page faults cost more than a sweep over fresh memory; advice only, so a refusal is no error.
            if (large)
                (void)madvise(p, bytes, MADV_HUGEPAGE);
#endif
            ++pool.stats.fresh_blocks;
            pool.stats.fresh_bytes += bytes;
            return p;
        }

        ETAPE_COLD void pool_release_unowned(void* block, std::uint32_t size_class) noexcept
        {
            static thread_local pool_owner owner;
            if (!pool.owned)  // the owner is gone already: other objects of the thread end after it
                return std::free(block);
            auto* b = static_cast<free_block*>(block);
            b->next = pool.heads[size_class];
            pool.heads[size_class] = b;
            (void)owner;
        }
    }

    void pool_trim() noexcept
    {
        for (auto& head : runtime::pool.heads)
        {
            while (head != nullptr)
            {
                auto* next = head->next;
                std::free(head);
                head = next;
            }
        }
    }
}
