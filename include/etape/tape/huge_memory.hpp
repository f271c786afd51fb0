// SPDX-License-Identifier: BSL-1.0
// Raw memory for long streams: aligned to huge pages, and on them where the system offers them.
#pragma once
#include <cstddef>
#include <utility>

namespace etape
{
    class huge_memory
    {
    public:
        huge_memory() = default;
        // Not initialised. alignment: a power of two.
        huge_memory(std::size_t bytes, std::size_t alignment);
        huge_memory(huge_memory&& o) noexcept
            : data_(std::exchange(o.data_, nullptr))
            , alignment_(o.alignment_)
        {
        }
        huge_memory& operator=(huge_memory&& o) noexcept
        {
            std::swap(data_, o.data_);
            std::swap(alignment_, o.alignment_);
            return *this;
        }
        ~huge_memory();
        void* data() const noexcept
        {
            return data_;
        }

    private:
        void* data_ = nullptr;
        std::size_t alignment_ = 0;
    };
}
