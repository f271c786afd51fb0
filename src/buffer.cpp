// SPDX-License-Identifier: BSL-1.0
// The end of a buffer.
#include <etape/core/buffer.hpp>

namespace etape::runtime
{
    void end(shared_count* c) noexcept
    {
        auto* b = static_cast<buffer*>(c);
        if (b->why != nullptr)
            release_origin(b->why);
        auto* parent = b->parent;
        const auto size_class = b->size_class;
        b->~buffer();
        pool_release(b, size_class);
        // Never a chain: make_alias goes to the owner of the memory.
        buffer_ptr::release(parent);
    }
}
