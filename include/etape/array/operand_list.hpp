// SPDX-License-Identifier: BSL-1.0
// The operands of a statement without the types of its expression and its kernel: what the tape keeps of them is decided here, compiled
// once for all statements.
#pragma once
#include <etape/array/source.hpp>
#include <etape/kernel/args.hpp>
#include <etape/tape/array_nodes.hpp>

namespace etape
{
    inline constexpr std::ptrdiff_t unit_stride[1] = {1};

    template <class T>
    struct operand_list
    {
        // as the expression has them
        source<T> const* sources;
        const std::uint32_t* ids;  // on the log
        int leaves;
        const std::ptrdiff_t* const* strides;  // and, last, of the result
        loop_plan const* plan;
        std::size_t elements;
        // after merging: the first leaf behind each, and what the kernel does with it
        const int* first;
        operand_class const* facts;
        int count;

        std::size_t leaf(int operand) const noexcept
        {
            return static_cast<std::size_t>(first[operand]);
        }
        // Does the loop visit every element of the leaf's array exactly once? Another part of the same array among the leaves would lose its
        // contribution if this one were stored.
        bool covers(std::size_t leaf) const noexcept
        {
            auto const& s = sources[leaf];
            if (!s.whole || s.size != elements)
                return false;
            for (std::size_t i = 0; i < static_cast<std::size_t>(leaves); ++i)
                if (i != leaf && sources[i].array && ids[i] == ids[leaf] &&
                    !same_source(sources[i], s))
                    return false;
            return true;
        }
    };

    namespace runtime
    {
        // What the reverse pass of a kernel needs: loop, strides and operands, the latter with the values that it reads (all of them when a
        // derivative of the derivative may be asked for).
        template <class T>
        void keep_kernel(record_log& log, operand_list<T> const& list, kernel_node<T>& n);
        // The same of a reduction, for the derivative of its derivative.
        template <class T>
        void keep_reduction(record_log& log, operand_list<T> const& list, kept_reduction<T>& k);
        // Memory for the slopes of a full reduction with respect to an array, of which the loop reads all or a part, as the kernel's operand gets it.
        template <class T>
        buffer_ptr make_partials(source<T> const& s, std::size_t elements,
                                 kernel_args::operand<T>& to);
        // The slopes of a full reduction: those with respect to numbers are in ops, those to arrays in partials (null: `scale` everywhere).
        template <class T>
        stored_partial<T>* store_partials(record_log& log, operand_list<T> const& list,
                                          kernel_args::operand<T> const* ops, buffer_ptr* partials,
                                          T scale);

#define ETAPE_OPERAND_LIST(EXTERN, T)                                                              \
    EXTERN template void keep_kernel<T>(record_log&, operand_list<T> const&, kernel_node<T>&);     \
    EXTERN template void keep_reduction<T>(record_log&, operand_list<T> const&,                    \
                                           kept_reduction<T>&);                                    \
    EXTERN template buffer_ptr make_partials<T>(source<T> const&, std::size_t,                     \
                                                kernel_args::operand<T>&);                         \
    EXTERN template stored_partial<T>* store_partials<T>(                                          \
        record_log&, operand_list<T> const&, kernel_args::operand<T> const*, buffer_ptr*, T);
        ETAPE_OPERAND_LIST(extern, double)
        ETAPE_OPERAND_LIST(extern, float)
    }
}
