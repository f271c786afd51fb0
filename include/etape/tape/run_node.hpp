// SPDX-License-Identifier: BSL-1.0
// A run of scalar statements: a stretch of the compact stream, one node however long.
#pragma once
#include <etape/tape/sweep.hpp>

namespace etape
{
    template <class T>
    struct run_node final : node
    {
        std::size_t first_arity = 0, last_arity = 0;
        std::size_t first_edge = 0, last_edge = 0;
        std::uint32_t end_id = 0;  // one past the last result
        record_log* log = nullptr;

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        std::size_t statements() const override
        {
            return last_arity - first_arity;
        }
        std::size_t edge_count() const override
        {
            return last_edge - first_edge;
        }
        output result() const override
        {
            const auto n = static_cast<std::uint32_t>(statements());
            return {scalar_space<T>, end_id - n, n};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this) + statements() + edge_count() * (sizeof(T) + sizeof(std::uint32_t));
        }
    };
    extern template struct run_node<double>;
    extern template struct run_node<float>;
}
