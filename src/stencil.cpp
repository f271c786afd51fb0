// SPDX-License-Identifier: BSL-1.0
// The reverse pass of a kernel several of whose operands are parts of one array.
#include <etape/tape/array_nodes.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace etape
{
    namespace
    {
        constexpr std::size_t most_operands = 16;
        constexpr std::size_t block = 128;  // elements; all scratch rows together stay in the first-level cache

        // The rows of a loop, one after the other: everything that moves with them.
        template <class T>
        class row_walk
        {
        public:
            row_walk(kernel_args::loop<T> const& l, int operands)
                : shape_(l.shape)
                , seed_strides_(l.seed_strides)
                , result_strides_(l.result_strides)
                , operands_(operands)
                , inner_(l.rank - 1)
                , seed(l.seed)
                , result(l.result)
                , left(l.shape[inner_] == 0 ? 0 : 1)
            {
                for (int j = 0; j < operands; ++j)
                {
                    const auto k = static_cast<std::size_t>(j);
                    strides_[k] = l.operands[j].strides;
                    data[k] = l.operands[j].data;
                    adjoint[k] = l.operands[j].adjoint;
                }
                for (int k = 0; k < inner_; ++k)
                {
                    left *= shape_[k];
                    index_[static_cast<std::size_t>(k)] = 0;
                }
            }
            void next()
            {
                --left;
                for (int k = inner_ - 1; k >= 0; --k)
                {
                    const bool wrap = ++index_[static_cast<std::size_t>(k)] == shape_[k];
                    const std::ptrdiff_t by = wrap ? 1 - static_cast<std::ptrdiff_t>(shape_[k]) : 1;
                    for (std::size_t j = 0; j < static_cast<std::size_t>(operands_); ++j)
                        if (strides_[j] != nullptr)
                        {
                            move(data[j], by * strides_[j][k]);
                            move(adjoint[j], by * strides_[j][k]);
                        }
                    if (seed_strides_ != nullptr)
                        move(seed, by * seed_strides_[k]);
                    if (result_strides_ != nullptr)
                        move(result, by * result_strides_[k]);
                    if (!wrap)
                        return;
                    index_[static_cast<std::size_t>(k)] = 0;
                }
            }
            template <class P>
            static void move(P*& p, std::ptrdiff_t by)
            {
                if (p != nullptr)
                    p += by;
            }

        private:
            // Without values beyond the operands and dimensions that there are.
            const std::size_t* shape_;
            const std::ptrdiff_t *seed_strides_, *result_strides_;
            int operands_, inner_;
            std::array<std::size_t, max_rank> index_;
            std::array<const std::ptrdiff_t*, most_operands> strides_;

        public:
            std::array<const T*, most_operands> data;  // at the start of the row
            std::array<T*, most_operands> adjoint;
            const T *seed, *result;
            std::size_t left;  // rows
        };

        // One pass over an array's adjoints: one or two rows of scratch memory are added to them.
        template <class T>
        struct addition
        {
            int operand;
            T* to;  // the operand's adjoints at the start of the loop
            const T *first, *second;
        };
    }

    // The parts may overlap, shifted against each other (a stencil): storing to one and then loading from the other would wait for
    // the store each time. So the contributions of a block go to memory of their own and are added from there. They are added, since
    // no part of an array that is read with another one covers it.
    template <class T>
    bool kernel_node<T>::reverse_apart(kernel_args::loop<T> const& whole) const
    {
        const int n = kernel->operands, inner = whole.rank - 1;
        auto* const ops = whole.operands;
        if (!whole.unit || inner < 0 || n > static_cast<int>(most_operands))
            return false;
        alignas(64) std::array<T, most_operands * block> scratch;
        std::array<addition<T>, most_operands> additions;
        std::size_t passes = 0;
        const std::size_t row = whole.shape[inner];
        const bool one_block = inner == 0 && row <= block;
        std::optional<row_walk<T>> walk;
        if (!one_block)
            walk.emplace(whole, n);
        T* next = scratch.data();
        for (int j = 0; j < n; ++j)
        {
            if (!operands[j].shifted || ops[j].adjoint == nullptr)
                continue;
            addition<T>* same = nullptr;
            if (operands[j].like != j)
                for (std::size_t k = 0; k < passes; ++k)
                    if (additions[k].second == nullptr && operands[additions[k].operand].like == operands[j].like)
                        same = &additions[k];
            if (same != nullptr)
                same->second = next;
            else
                additions[passes++] = {j, ops[j].adjoint, next, nullptr};
            ops[j].adjoint = next;
            ops[j].add = false;
            next += block;
        }
        auto l = whole;
        if (one_block)
        {
            kernel->reverse(l);
            for (std::size_t k = 0; k < passes; ++k)
                kernel->add_rows(additions[k].to, additions[k].first, additions[k].second, row);
            return true;
        }

        auto& rows = *walk;
        const std::ptrdiff_t seed_step = whole.seed_strides != nullptr ? whole.seed_strides[inner] : 0, result_step = 1;
        std::size_t length = 0;
        l.rank = 1;  // one block of a row
        l.shape = &length;
        l.seed_strides = &seed_step;
        l.result_strides = &result_step;
        for (int j = 0; j < n; ++j)
            if (ops[j].strides != nullptr)
                ops[j].strides += inner;
        for (; rows.left > 0; rows.next())
            for (std::size_t first = 0; first < row; first += length)
            {
                length = std::min(block, row - first);
                const auto shift = static_cast<std::ptrdiff_t>(first);
                rows.move(l.seed = rows.seed, shift * seed_step);
                rows.move(l.result = rows.result, shift);
                for (int j = 0; j < n; ++j)
                    if (ops[j].strides != nullptr)
                    {
                        rows.move(ops[j].data = rows.data[static_cast<std::size_t>(j)], shift);
                        if (!operands[j].shifted)
                            rows.move(ops[j].adjoint = rows.adjoint[static_cast<std::size_t>(j)], shift);
                    }
                kernel->reverse(l);
                for (std::size_t k = 0; k < passes; ++k)
                {
                    auto const& a = additions[k];
                    kernel->add_rows(rows.adjoint[static_cast<std::size_t>(a.operand)] + first, a.first, a.second, length);
                }
            }
        return true;
    }

    template bool kernel_node<double>::reverse_apart(kernel_args::loop<double> const&) const;
    template bool kernel_node<float>::reverse_apart(kernel_args::loop<float> const&) const;
}
