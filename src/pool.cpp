// SPDX-License-Identifier: BSL-1.0
// The slow side of the pool: blocks from the system, huge pages for large ones, return of everything at thread end.
#include <etape/core/pool.hpp>

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

        // Its destructor runs at the end of the thread; constructed by the first fresh block.
        struct pool_owner
        {
            ~pool_owner()
            {
                pool_trim();
            }
        };
    }

    namespace runtime
    {
        ETAPE_COLD void* pool_fresh(std::uint32_t size_class)
        {
            static thread_local pool_owner owner;
            (void)owner;
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
