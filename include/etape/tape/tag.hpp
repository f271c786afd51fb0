// SPDX-License-Identifier: BSL-1.0
// Tags: what identifies a value on a thread's recordings.
#pragma once
#include <cstddef>
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
    namespace runtime
    {
        // The tag of a result that reads nothing tracked: that of an operand which an earlier recording computed, so that an
        // explanation can say so; 0, a constant, when there is none.
        inline std::uint64_t untracked_tag(const std::uint64_t* tags, std::size_t n) noexcept
        {
            for (std::size_t i = 0; i < n; ++i)
                if (const auto number = tags[i] & tag_bits::number; number != 0)
                    return number;
            return 0;
        }
    }
}
