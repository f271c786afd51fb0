// SPDX-License-Identifier: BSL-1.0
// Statements on arrays: a fused kernel, a full reduction with stored partials, elements read one by one, arrays packed from
// scalars, assignment into a part. None of them is a template over the expression: kernels come as function pointers.
#pragma once
#include <etape/kernel/args.hpp>
#include <etape/kernel/replay.hpp>
#include <etape/tape/sweep.hpp>

namespace etape
{
    // What is constant about an operand of a kernel (after merging).
    struct operand_class
    {
        bool array = false;
        bool active = false;    // an adjoint arrives
        bool needed = false;    // the reverse pass reads its values
        unsigned paths = 0;     // expr::path_kind bits
        const char* cut = "";   // an operation without derivative on the way
    };
    template <class T>
    struct kernel_class
    {
        int operands = 0;
        const operand_class* operand = nullptr;
        bool reads_result = false;
        void (*reverse)(kernel_args::loop<T>&) = nullptr;
        void (*add_rows)(T* to, const T* a, const T* b, std::size_t n) = nullptr;  // to += a + b; null: to += a
        replay_program const* program = nullptr;
    };

    // An operand as the statement keeps it.
    template <class T>
    struct kept_operand
    {
        std::uint32_t id = record_log::no_id;  // array or scalar id; no_id: constant
        bool covers = false;                   // the loop visits every element of the array exactly once
        bool shifted = false;                  // another operand is a part of the same array that begins elsewhere
        std::uint8_t like = 0;                 // the first operand that is the same part as this one
        bool packed = false;                   // data is a copy without the array's gaps: its strides follow those of the array
        std::ptrdiff_t offset = 0;             // of the first element in the array
        const T* data = nullptr;
        T scalar = 0;
        const std::ptrdiff_t* strides = nullptr;
        std::uint64_t tag = 0;  // of a constant that once had a history
        origin* why = nullptr;
        buffer* keep = nullptr;
    };

    template <class T>
    struct kernel_node final : node
    {
        kernel_class<T> const* kernel = nullptr;
        kept_operand<T>* operands = nullptr;
        std::uint32_t out = 0;
        int rank = 0;
        const std::size_t* shape = nullptr;
        const std::ptrdiff_t* seed_strides = nullptr;
        double seed_scale = 1;  // 1/n for a mean
        bool unit = false;
        bool shifted = false;  // some operands are
        bool holds = false;    // references to memory or origins
        buffer* result_values = nullptr;
        std::size_t own = 0;

        ~kernel_node() override;
        void reverse(sweep& s) const override;
        // The reverse kernel: seed (null: ones) with strides along the loop, times factor, into the operands' adjoints.
        void pull(sweep& s, const T* seed, const std::ptrdiff_t* strides, double factor) const;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        bool has_dual() const override
        {
            return true;
        }
        bool moves_numbers() const override
        {
            return kernel->program->size == 1;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
        void spread_rows(row_pattern& r) const override;
        std::size_t edge_count() const override;
        output result() const override
        {
            return {id_space::array, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        void list_kept(kept_memory& to) const override;
        std::size_t own_bytes() const override
        {
            return own;
        }

    private:
        // For operands that are parts of one array, shifted against each other: false when the loop is not one of rows.
        bool reverse_apart(kernel_args::loop<T> const& whole) const;
        // The kernel where values of some operands are kept packed.
        void pull_packed(kernel_args::loop<T>& l) const;
    };

    // d result / d operand, up to a factor: what a full reduction leaves behind.
    template <class T>
    struct stored_partial
    {
        std::uint32_t id = record_log::no_id;
        bool array = true;
        buffer* values = nullptr;  // arrays; null: the same number everywhere
        double scalar = 0;
        std::uint64_t tag = 0;
        origin* why = nullptr;
        unsigned paths = 1;
        const char* cut = "";
    };
    // The operands as well, when a derivative of this derivative may be asked for.
    template <class T>
    struct kept_reduction
    {
        reducer_kind kind = reducer_kind::sum;
        kernel_class<T> const* kernel = nullptr;
        kept_operand<T>* operands = nullptr;
        int rank = 0;
        const std::size_t* shape = nullptr;
        T scale = 1;
        T value = 0;
    };
    template <class T>
    struct reduction_node final : node
    {
        kept_reduction<T>* kept = nullptr;
        stored_partial<T>* partials = nullptr;
        int count = 0;
        double factor = 1;
        std::uint32_t out = 0;  // a scalar

        ~reduction_node() override;
        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        bool has_dual() const override
        {
            return kept != nullptr && kept->kind != reducer_kind::prod;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
        void spread_rows(row_pattern& r) const override;
        std::size_t edge_count() const override;
        output result() const override
        {
            return {scalar_space<T>, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        void list_kept(kept_memory& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this) + static_cast<std::size_t>(count) * sizeof(stored_partial<T>);
        }
    };

    // Elements of an array as scalars, all of them or one: the adjoints of the range are the array's.
    template <class T>
    struct elements_node final : node
    {
        std::uint32_t array = 0;
        std::uint32_t first = 0;   // scalar id
        std::uint32_t count = 0;
        std::uint32_t offset = 0;  // of the first in the array
        bool whole = true;
        std::uint32_t before = 0;  // position + 1 of the last node of one element of the same array; 0: none

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        bool has_dual() const override
        {
            return true;
        }
        bool moves_numbers() const override
        {
            return true;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
        void spread_rows(row_pattern& r) const override;
        std::size_t edge_count() const override
        {
            return 1;
        }
        output result() const override
        {
            return {scalar_space<T>, first, count};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this);
        }
    };

    // An array made of scalars; no_id where an element is a constant.
    template <class T>
    struct pack_node final : node
    {
        std::uint32_t out = 0;
        std::uint32_t count = 0;
        const std::uint32_t* ids = nullptr;

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        bool has_dual() const override
        {
            return true;
        }
        bool moves_numbers() const override
        {
            return true;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
        void spread_rows(row_pattern& r) const override;
        std::size_t edge_count() const override
        {
            return count;
        }
        output result() const override
        {
            return {id_space::array, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this) + count * sizeof(std::uint32_t);
        }
    };

    // A new version of an array: a part (a strided window) replaced by another array's values, or by constants.
    template <class T>
    struct assign_node final : node
    {
        std::uint32_t before = record_log::no_id;  // the version without the change
        std::uint32_t value = record_log::no_id;   // what was assigned (shape of the window), or a constant
        std::uint64_t tag = 0;                     // of a constant that once had a history
        origin* why = nullptr;
        std::uint32_t out = 0;
        int rank = 0;
        bool in_place = false;  // the version before is gone: nobody asks for its tangent any more
        const std::size_t* shape = nullptr;
        const std::ptrdiff_t* strides = nullptr;
        std::ptrdiff_t offset = 0;

        ~assign_node() override
        {
            release_origin(why);
        }
        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        bool has_dual() const override
        {
            return true;
        }
        bool moves_numbers() const override
        {
            return true;
        }
        void forward_dual(dual_sweep& s) const override;
        void reverse_dual(dual_sweep& s) const override;
        std::size_t edge_count() const override
        {
            return (before != record_log::no_id ? 1u : 0u) + (value != record_log::no_id ? 1u : 0u);
        }
        output result() const override
        {
            return {id_space::array, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this) + static_cast<std::size_t>(rank) * 16;
        }
    };

    // The same with the values computed in place: a part replaced by, or increased by, the result of a kernel.
    template <class T>
    struct update_node final : node
    {
        kernel_node<T> kernel;  // its result is the part: loop strides on the whole array
        std::uint32_t before = record_log::no_id;
        std::uint32_t out = 0;
        std::ptrdiff_t offset = 0;
        bool replaces = true;    // the old values of the part do not survive
        bool reads_old = false;  // the kernel reads the version before

        void reverse(sweep& s) const override;
        std::size_t edge_count() const override
        {
            return kernel.edge_count() + (before != record_log::no_id ? 1u : 0u);
        }
        output result() const override
        {
            return {id_space::array, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        void list_kept(kept_memory& to) const override
        {
            kernel.list_kept(to);
        }
        std::size_t own_bytes() const override
        {
            return sizeof(*this) - sizeof(kernel) + kernel.own_bytes();
        }
    };

    // A number that becomes one element broadcast over nothing: an array of rank N from a scalar of rank 0, or a change of type.
    template <class From, class To>
    struct convert_node final : node
    {
        bool arrays = true;
        std::uint32_t in = 0;
        std::uint32_t out = 0;

        void reverse(sweep& s) const override;
        void reverse_active(active_sweep& s) const override;
        void forward_active(forward_state& level) const override;
        std::size_t edge_count() const override
        {
            return 1;
        }
        output result() const override
        {
            return {arrays ? id_space::array : scalar_space<To>, out, 1};
        }
        void edges(std::size_t k, std::vector<edge>& to) const override;
        std::size_t own_bytes() const override
        {
            return sizeof(*this);
        }
    };

    extern template struct kernel_node<double>;
    extern template struct kernel_node<float>;
    extern template struct reduction_node<double>;
    extern template struct reduction_node<float>;
    extern template struct elements_node<double>;
    extern template struct elements_node<float>;
    extern template struct pack_node<double>;
    extern template struct pack_node<float>;
    extern template struct assign_node<double>;
    extern template struct assign_node<float>;
    extern template struct update_node<double>;
    extern template struct update_node<float>;
    extern template struct convert_node<double, float>;
    extern template struct convert_node<float, double>;
}
