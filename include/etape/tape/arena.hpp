// SPDX-License-Identifier: BSL-1.0
// Bump allocation in chunks that are kept from one recording to the next.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace etape
{
    class arena
    {
    public:
        void* allocate(std::size_t bytes)
        {
            bytes = (bytes + 15) & ~std::size_t{15};
            if (bytes <= static_cast<std::size_t>(end_ - at_))
            {
                void* p = at_;
                at_ += bytes;
                return p;
            }
            return next_chunk(bytes);
        }
        template <class T>
        T* allocate_array(std::size_t n)
        {
            return static_cast<T*>(allocate(n * sizeof(T)));
        }
        // Forgets everything, keeps the memory.
        void clear() noexcept;
        // Forgets what was allocated after a mark; no clear() in between.
        struct mark
        {
            std::byte* at = nullptr;
            std::byte* end = nullptr;
            std::size_t used_chunks = 0;
        };
        mark here() const noexcept
        {
            return {at_, end_, used_chunks_};
        }
        void rewind(mark const& m) noexcept
        {
            if (m.at == nullptr)
                return clear();
            at_ = m.at;
            end_ = m.end;
            used_chunks_ = m.used_chunks;
        }
        std::size_t capacity() const noexcept;

    private:
        struct chunk
        {
            std::unique_ptr<std::byte[]> memory;
            std::size_t size;
        };
        void* next_chunk(std::size_t bytes);

        std::byte* at_ = nullptr;
        std::byte* end_ = nullptr;
        std::vector<chunk> chunks_;
        std::size_t used_chunks_ = 0;
    };
}
