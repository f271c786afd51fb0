// SPDX-License-Identifier: BSL-1.0
// Tags: what identifies a value on a thread's recordings.
#pragma once
#include <cstdint>

namespace etape
{
    // A tag is [leaf flag 1][leaf ordinal 15][thread slot 10][counter 38]; the lower 48 bits never repeat.
    namespace tag_bits
    {
        constexpr std::uint64_t number = (std::uint64_t{1} << 48) - 1;
        constexpr int slot_shift = 38;
        constexpr std::uint64_t ordinal = std::uint64_t{0x7fff} << 48;
        constexpr int ordinal_shift = 48;
        constexpr std::uint64_t leaf = std::uint64_t{1} << 63;
    }
}
