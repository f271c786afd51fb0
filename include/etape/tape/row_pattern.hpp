// SPDX-License-Identifier: BSL-1.0
// Which row of a batch each recorded element depends on: the sparsity that makes the rows of a Jacobian independent.
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/log.hpp>

namespace etape
{
    class row_pattern
    {
    public:
        // Of an element: a row (0, 1, ...), or
        static constexpr std::int32_t none = -1;   // no row
        static constexpr std::int32_t unknown = -2;  // perhaps several: a statement that does not tell
        static constexpr std::int32_t several = -3;
        using labels = std::vector<std::int32_t>;

        explicit row_pattern(record_log& log);

        static std::int32_t join(std::int32_t a, std::int32_t b) noexcept
        {
            if (a == b || b == none)
                return a;
            if (a == none)
                return b;
            return a == unknown || b == unknown ? (a == several || b == several ? several : unknown) : several;
        }
        record_log& log() const noexcept
        {
            return log_;
        }
        // Row k of an array with `rows` rows of equal size depends on row k.
        void begin(std::uint32_t array, std::size_t rows);
        void run(std::uint32_t from, std::uint32_t to);

        // One label for each element; empty: none of them depends on a row.
        labels const& array(std::uint32_t id) const
        {
            return arrays_[id];
        }
        std::int32_t number(id_space space, std::uint32_t id) const
        {
            return numbers_[static_cast<int>(space)][id];
        }
        labels& set_array(std::uint32_t id)
        {
            auto& l = arrays_[id];
            if (l.empty())
                l.assign(log_.arrays[id].size, none);
            return l;
        }
        std::int32_t& set_number(id_space space, std::uint32_t id)
        {
            return numbers_[static_cast<int>(space)][id];
        }
        // The first statement that joined rows; null: none did.
        node const* joined() const noexcept
        {
            return joined_;
        }

    private:
        bool has_several(output const& of) const;

        record_log& log_;
        std::vector<labels> arrays_;
        labels numbers_[3];
        node const* joined_ = nullptr;
    };
}
