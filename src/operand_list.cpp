// SPDX-License-Identifier: BSL-1.0
// What the tape keeps of the operands of a statement.
#include <etape/array/operand_list.hpp>

#include <algorithm>

#include <etape/array/history.hpp>

#include "packed_part.hpp"

namespace etape::runtime
{
    namespace
    {
        template <class T>
        const std::size_t* keep_shape(record_log& log, operand_list<T> const& list)
        {
            const auto rank = static_cast<std::size_t>(std::max(list.plan->rank, 1));
            auto* shape = log.memory.template allocate_array<std::size_t>(rank);
            for (std::size_t k = 0; k < rank; ++k)
                shape[k] = list.plan->shape[k];
            return shape;
        }
        template <class T>
        const std::ptrdiff_t* keep_strides(record_log& log, operand_list<T> const& list,
                                           std::size_t leaf)
        {
            if (list.strides[list.leaves] == unit_stride)
                return unit_stride;
            auto* to = log.memory.template allocate_array<std::ptrdiff_t>(
                static_cast<std::size_t>(std::max(list.plan->rank, 1)));
            for (int k = 0; k < list.plan->rank; ++k)
                to[k] = list.strides[leaf][k];
            return to;
        }

        // Operand j among the parts of its array that come before it.
        template <class T>
        void place(operand_list<T> const& list, kept_operand<T>* operands, int j)
        {
            auto& k = operands[j];
            k.like = static_cast<std::uint8_t>(j);
            if (j >= 256)
                return;
            for (int i = 0; i < j; ++i)
            {
                auto& other = operands[i];
                if (other.id != k.id || !list.facts[i].array || !list.facts[i].active)
                    continue;
                if (other.offset != k.offset)
                    other.shifted = k.shifted = true;
                else if (k.like == j &&
                         same_source(list.sources[list.leaf(i)], list.sources[list.leaf(j)]))
                    k.like = static_cast<std::uint8_t>(i);
            }
        }

        // Copies the operand's elements, with what lies between them where that is little; the number of bytes.
        template <class T>
        std::size_t copy_part(record_log& log, operand_list<T> const& list, source<T> const& s, kept_operand<T>& k)
        {
            std::ptrdiff_t first = 0;
            const std::size_t span = s.span(first);
            if (span <= 2 * s.size)
            {
                auto* copy = log.memory.template allocate_array<T>(span);
                std::copy_n(s.data + first, span, copy);
                k.data = copy - first;
                return span * sizeof(T);
            }
            auto const& plan = *list.plan;
            const auto rank = static_cast<std::size_t>(plan.rank);
            auto* strides = log.memory.template allocate_array<std::ptrdiff_t>(2 * rank);
            std::copy_n(k.strides, rank, strides);
            k.strides = strides;
            k.packed = true;
            const std::size_t n = packed_part::strides(plan.rank, plan.shape, strides, strides + rank);
            auto* copy = log.memory.template allocate_array<T>(n);
            packed_part::each(plan.rank, plan.shape, strides, strides + rank, [&](std::ptrdiff_t in_array, std::ptrdiff_t in_copy) { copy[in_copy] = s.data[in_array]; });
            k.data = copy;
            return n * sizeof(T) + rank * sizeof(std::ptrdiff_t);
        }

        // Adds to `own` what is copied into the log. copies: the result is the operand itself, or a part of it, whose derivatives of any order
        // need no values.
        template <class T>
        kept_operand<T>* keep_operands(record_log& log, operand_list<T> const& list, bool copies, std::size_t& own)
        {
            auto* operands = log.memory.template allocate_array<kept_operand<T>>(
                static_cast<std::size_t>(list.count));
            const bool higher = runtime::thread.higher_order;
            for (int j = 0; j < list.count; ++j)
            {
                auto const& facts = list.facts[j];
                const auto leaf = list.leaf(j);
                auto const& s = list.sources[leaf];
                auto& k = *new (operands + j) kept_operand<T>;
                k.id = list.ids[leaf];
                k.scalar = s.scalar;
                if (facts.array)
                {
                    k.strides = keep_strides(log, list, leaf);
                    k.offset = s.owner != nullptr ? s.offset : 0;
                    k.covers = k.id != record_log::no_id && list.covers(leaf);
                    const bool all = higher && !(copies && k.id != record_log::no_id);
                    const bool copied = facts.needed && !higher && s.copied_by_tape();
                    if (copied)
                        own += copy_part(log, list, s, k);
                    // Of a constant explanations want to know the array.
                    if ((facts.needed || all) && !(copied && k.id != record_log::no_id))
                    {
                        if (!copied)
                            k.data = s.data;
                        buffer_ptr::retain(s.owner);
                        k.keep = s.owner;
                    }
                }
                if (k.id == record_log::no_id)
                {
                    if (s.array || s.active)
                        note_constant(s, k.tag, k.why);
                }
                else if (facts.array && facts.active)
                    place(list, operands, j);
            }
            return operands;
        }
    }

    template <class T>
    void keep_kernel(record_log& log, operand_list<T> const& list, kernel_node<T>& n)
    {
        n.rank = list.plan->rank;
        n.shape = keep_shape(log, list);
        n.seed_strides = keep_strides(log, list, static_cast<std::size_t>(list.leaves));
        n.operands = keep_operands(log, list, n.kernel->program->size == 1, n.own);
        for (int j = 0; j < list.count; ++j)
        {
            auto const& k = n.operands[j];
            n.shifted = n.shifted || k.shifted;
            n.holds = n.holds || k.keep != nullptr || k.why != nullptr;
        }
        n.own += sizeof(n) +
            static_cast<std::size_t>(list.count) *
                (sizeof(kept_operand<T>) + sizeof(std::ptrdiff_t));
    }

    template <class T>
    void keep_reduction(record_log& log, operand_list<T> const& list, kept_reduction<T>& k)
    {
        std::size_t copied = 0;  // none: all of it is kept for the derivative of the derivative
        k.operands = keep_operands(log, list, false, copied);
        k.rank = list.plan->rank;
        k.shape = keep_shape(log, list);
    }

    template <class T>
    buffer_ptr make_partials(source<T> const& s, std::size_t elements, kernel_args::operand<T>& to)
    {
        auto p = make_buffer_like<T>(*s.owner);
        // one operand, one buffer of partials: only its own mapping matters
        const bool once = s.whole && s.size == elements;
        if (!once)
            std::fill_n(p->template data<T>(), p->size, T(0));
        to.adjoint = p->template data<T>() + s.offset;
        to.add = !once;
        return p;
    }

    template <class T>
    stored_partial<T>* store_partials(record_log& log, operand_list<T> const& list,
                                      kernel_args::operand<T> const* ops, buffer_ptr* partials,
                                      T scale)
    {
        auto* all = log.memory.template allocate_array<stored_partial<T>>(
            static_cast<std::size_t>(list.count));
        for (int j = 0; j < list.count; ++j)
        {
            auto const& facts = list.facts[j];
            const auto leaf = list.leaf(j);
            auto& p = *new (all + j) stored_partial<T>;
            p.id = list.ids[leaf];
            p.array = facts.array;
            p.paths = facts.paths;
            p.cut = facts.cut;
            if (p.id == record_log::no_id)
            {
                if (auto const& s = list.sources[leaf]; s.array || s.active)
                    note_constant(s, p.tag, p.why);
            }
            else if (!facts.array)
                p.scalar = static_cast<double>(ops[j].scalar_adjoint);
            else if (partials[j])
                p.values = partials[j].detach();
            else
                p.scalar = static_cast<double>(scale);
        }
        return all;
    }

    ETAPE_OPERAND_LIST(, double)
    ETAPE_OPERAND_LIST(, float)
}
