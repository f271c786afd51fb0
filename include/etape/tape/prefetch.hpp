// SPDX-License-Identifier: BSL-1.0
// Long recordings and their sweeps wait for memory, and the prefetchers of the hardware stop at the ends of pages: hints for what is
// needed some hundred edges later. The address need not exist.
#pragma once
#include <cstdint>

#include <etape/core/config.hpp>

namespace etape::runtime
{
    // For the caller's own memory, also where that is past the last address that it writes to: what another thread writes to would be taken
    // from it.
    ETAPE_ALWAYS_INLINE void prefetch_to_write([[maybe_unused]] void* p, [[maybe_unused]] std::uintptr_t bytes_after) noexcept
    {
#if defined(__GNUC__) || defined(__clang__)
        __builtin_prefetch(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(p) + bytes_after), 1);
#endif
    }
    ETAPE_ALWAYS_INLINE void prefetch_to_read([[maybe_unused]] const void* p, [[maybe_unused]] std::uintptr_t bytes_before) noexcept
    {
#if defined(__GNUC__) || defined(__clang__)
        __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) - bytes_before));
#endif
    }
}
