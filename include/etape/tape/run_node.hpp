// SPDX-License-Identifier: BSL-1.0
// A run of scalar statements: a stretch of the compact stream, one node however long.
#pragma once
#include <etape/tape/sweep.hpp>

namespace etape
{
    template <class T>
    struct run_of : node
    {
        edge_position begin, end;
        std::uint32_t first_id = 0, end_id = 0;  // results
        std::uint32_t end_leaf = 0;              // results without edges up to the end of the run
        std::size_t edge_total = 0;
        record_log* log = nullptr;

        void reverse(sweep& s) const override;
        std::size_t statements() const override
        {
            return end_id - first_id;
        }
        std::size_t edge_count() const override
        {
            return edge_total;
        }
        output result() const override
        {
            return {space_of<T>(), first_id, end_id - first_id};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this) + edge_total * (sizeof(T) + sizeof(std::uint32_t));
        }

    private:
        template <bool Restoring>
        void reverse_edges(sweep& s) const;
    };
    template <class T>
    struct run_node final : run_of<T>
    {
        void reverse_active(active_sweep& s) const override;
        bool has_dual() const override
        {
            return true;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
    };
    // Of a further number type. Only values of this type reach it and are reached from it, so it has no part in what concerns
    // arrays and built-in numbers: sweeps that are recorded, forward mode, Hessian products, rows of a batch.
    template <class T>
    struct further_run_node final : run_of<T>
    {
        void reverse_active(active_sweep&) const override
        {
        }
        void forward_active(forward_state&) const override
        {
        }
        bool has_dual() const override
        {
            return true;
        }
        void spread_rows(row_pattern&) const override
        {
        }
    };
    extern template struct run_of<double>;
    extern template struct run_of<float>;
}
