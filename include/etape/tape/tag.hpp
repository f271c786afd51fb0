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
        constexpr std::uint64_t counter = (std::uint64_t{1} << slot_shift) - 1;
        constexpr std::uint64_t ordinal = std::uint64_t{0x7fff} << 48;
        constexpr int ordinal_shift = 48;
        // The ordinal of all leaves that found no other left.
        constexpr std::uint32_t one_of_many = 0x7fff;
        constexpr std::uint64_t leaf = std::uint64_t{1} << 63;
    }
    namespace runtime
    {
        // The tag of a result that reads nothing tracked on a log whose scalars start at base: that of an operand which an earlier recording
        // of the same thread computed, so that an explanation can say so; 0, a constant, when there is none. A number of another thread may be
        // tracked there still, and the result is not that value: one that no thread gives.
        inline std::uint64_t untracked_tag(std::uint64_t base, const std::uint64_t* tags, std::size_t n) noexcept
        {
            bool foreign = false;
            for (std::size_t i = 0; i < n; ++i)
                if (const auto number = tags[i] & tag_bits::number; number != 0)
                {
                    if ((number ^ base) >> tag_bits::slot_shift == 0)
                        return number;
                    foreign = true;
                }
            if (foreign)
                return base | tag_bits::counter;
            return 0;
        }
    }
}
