// SPDX-License-Identifier: BSL-1.0
// Which row of a batch each recorded element depends on: the sparsity that makes the rows of a Jacobian independent.
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/tape_core.hpp>

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

        // Of what the tape recorded since this array: memory and time in that, not in what was recorded before.
        row_pattern(tape_core& tape, std::uint32_t array);

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
        void run();

        // One label for each element; empty: none of them depends on a row.
        labels const& array(std::uint32_t id) const
        {
            static const labels nothing;
            return id < first_[array_space] ? nothing : arrays_[id - first_[array_space]];
        }
        std::int32_t number(id_space space, std::uint32_t id) const
        {
            const auto s = static_cast<int>(space);
            return id < first_[s] ? none : numbers_[s][id - first_[s]];
        }
        labels& set_array(std::uint32_t id)
        {
            auto& l = arrays_[id - first_[array_space]];
            if (l.empty())
                l.assign(log_.arrays[id].size, none);
            return l;
        }
        std::int32_t& set_number(id_space space, std::uint32_t id)
        {
            const auto s = static_cast<int>(space);
            return numbers_[s][id - first_[s]];
        }
        // The first statement that joined rows; null: none did.
        node const* joined() const noexcept
        {
            return joined_;
        }

    private:
        template <class Visit>
        void each_node(Visit const& visit);
        bool has_several(output const& of) const;

        static constexpr int array_space = static_cast<int>(id_space::array);

        tape_core& tape_;
        record_log& log_;
        std::uint32_t first_[3];  // ids that are results of what is looked at begin here
        std::vector<labels> arrays_;
        labels numbers_[3];
        node const* joined_ = nullptr;
    };
}
