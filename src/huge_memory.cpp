// SPDX-License-Identifier: BSL-1.0
// A page fault costs as much as recording a hundred statements: long streams ask for huge pages.
#include <etape/tape/huge_memory.hpp>

#include <algorithm>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace etape
{
    huge_memory::huge_memory(std::size_t bytes, std::size_t alignment)
        : alignment_(std::max<std::size_t>(alignment, 64))
    {
        constexpr std::size_t huge = std::size_t{1} << 21;
        const bool large = bytes >= huge;
        if (large)
            alignment_ = huge;
        data_ = ::operator new(bytes, std::align_val_t{alignment_});
#ifdef __linux__
        if (large)
            ::madvise(data_, bytes, MADV_HUGEPAGE);  // an offer: nothing depends on it
#endif
    }
    huge_memory::~huge_memory()
    {
        if (data_ != nullptr)
            ::operator delete(data_, std::align_val_t{alignment_});
    }
}
