// SPDX-License-Identifier: BSL-1.0
// The end of a buffer; names of what computes them.
#include <etape/core/buffer.hpp>

#include <array>
#include <cstring>
#include <mutex>

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

    namespace
    {
        // Never destroyed: read for explanations at any time. Numbers are given out when programs and shared libraries start.
        constinit std::mutex names_mutex;
        constinit std::array<std::atomic<const char*>, 4096> names{};
    }
    std::uint16_t operation_number(const char* name)
    {
        if (*name == '\0')
            return 0;
        const std::lock_guard lock(names_mutex);
        for (std::size_t i = 1; i < names.size(); ++i)
        {
            const char* known = names[i].load(std::memory_order_relaxed);
            if (known == nullptr)
                names[i].store(name, std::memory_order_release);
            if (known == nullptr || std::strcmp(known, name) == 0)
                return static_cast<std::uint16_t>(i);
        }
        return 0;
    }
    const char* operation_name(std::uint16_t number) noexcept
    {
        const char* name = number < names.size() ? names[number].load(std::memory_order_acquire) : nullptr;
        return name != nullptr ? name : "";
    }
}
