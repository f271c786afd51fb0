// SPDX-License-Identifier: BSL-1.0
// The slow side of reference counts: several threads, and the end of a buffer.
#include <etape/core/buffer.hpp>

namespace etape
{
    void buffer_ptr::retain_shared(buffer* b) noexcept
    {
        b->refs.fetch_add(1, std::memory_order_relaxed);
    }

    void buffer_ptr::release_last(buffer* b) noexcept
    {
        // The only reference needs no atomic operation: nobody else can see the buffer.
        if (b->refs.load(std::memory_order_acquire) != 1 && b->refs.fetch_sub(1, std::memory_order_acq_rel) != 1)
            return;
        if (b->why != nullptr)
            release_origin(b->why);
        auto* parent = b->parent;
        const auto c = b->size_class;
        b->~buffer();
        pool_release(b, c);
        // Never a chain: make_alias goes to the owner of the memory.
        release(parent);
    }
}
