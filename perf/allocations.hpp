// SPDX-License-Identifier: BSL-1.0
// Counts every allocation of the program. Include it in one translation unit only: it replaces the allocator's entry points.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

#include <etape/core/pool.hpp>

namespace perf
{
    // Calls of malloc and its kin (with another C library than glibc: of operator new) by this thread.
    inline constinit thread_local std::size_t allocation_count = 0;

    struct allocations
    {
        std::size_t calls = 0;         // of the C library's or C++'s allocator
        std::size_t fresh_blocks = 0;  // that etape's pool had to ask the system for
    };
    // What happens during one call of f.
    template <class F>
    allocations count_allocations(F&& f)
    {
        const auto calls = allocation_count;
        const auto blocks = etape::pool_stats().fresh_blocks;
        f();
        return {allocation_count - calls, etape::pool_stats().fresh_blocks - blocks};
    }
}

#ifdef __GLIBC__
extern "C"
{
    void* __libc_malloc(std::size_t);
    void* __libc_calloc(std::size_t, std::size_t);
    void* __libc_realloc(void*, std::size_t);
    void* __libc_memalign(std::size_t, std::size_t);

    void* malloc(std::size_t bytes)
    {
        ++perf::allocation_count;
        return __libc_malloc(bytes);
    }
    void* calloc(std::size_t n, std::size_t bytes)
    {
        ++perf::allocation_count;
        return __libc_calloc(n, bytes);
    }
    void* realloc(void* old, std::size_t bytes)
    {
        ++perf::allocation_count;
        return __libc_realloc(old, bytes);
    }
    void* aligned_alloc(std::size_t alignment, std::size_t bytes)
    {
        ++perf::allocation_count;
        return __libc_memalign(alignment, bytes);
    }
    void* memalign(std::size_t alignment, std::size_t bytes)
    {
        ++perf::allocation_count;
        return __libc_memalign(alignment, bytes);
    }
    int posix_memalign(void** out, std::size_t alignment, std::size_t bytes)
    {
        ++perf::allocation_count;
        *out = __libc_memalign(alignment, bytes);
        return *out != nullptr ? 0 : 12;  // ENOMEM
    }
}
#else
void* operator new(std::size_t bytes)
{
    ++perf::allocation_count;
    if (void* p = std::malloc(bytes != 0 ? bytes : 1))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept
{
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}
#endif
