// SPDX-License-Identifier: BSL-1.0
// Chunks grow by doubling up to a limit, so that small recordings stay small.
#include <etape/tape/arena.hpp>

#include <algorithm>

namespace etape
{
    void arena::clear() noexcept
    {
        used_chunks_ = chunks_.empty() ? 0 : 1;
        at_ = chunks_.empty() ? nullptr : chunks_.front().memory.get();
        end_ = chunks_.empty() ? nullptr : at_ + chunks_.front().size;
    }

    std::size_t arena::capacity() const noexcept
    {
        std::size_t n = 0;
        for (auto const& c : chunks_)
            n += c.size;
        return n;
    }

    void* arena::next_chunk(std::size_t bytes)
    {
        // A kept chunk that is too small for this request is passed over for the rest of this recording.
        while (used_chunks_ < chunks_.size() && chunks_[used_chunks_].size < bytes)
            ++used_chunks_;
        if (used_chunks_ == chunks_.size())
        {
            constexpr std::size_t least = std::size_t{1} << 14, most = std::size_t{1} << 22;
            const std::size_t wanted = std::clamp(capacity(), least, most);
            const std::size_t size = std::max(wanted, bytes);
            chunks_.push_back({std::unique_ptr<std::byte[]>(new std::byte[size]), size});
        }
        auto& c = chunks_[used_chunks_++];
        at_ = c.memory.get() + bytes;
        end_ = c.memory.get() + c.size;
        return c.memory.get();
    }
}
