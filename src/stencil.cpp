// SPDX-License-Identifier: BSL-1.0
// The reverse pass of a kernel several of whose operands are parts of one array.
#include <etape/tape/array_nodes.hpp>

#include <algorithm>
#include <array>

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
                std::copy_n(l.operands, operands, at.begin());
                for (int k = 0; k < inner_; ++k)
                    left *= shape_[k];
            }
            void next()
            {
                --left;
                for (int k = inner_ - 1; k >= 0; --k)
                {
                    const bool wrap = ++index_[k] == shape_[k];
                    const std::ptrdiff_t by = wrap ? 1 - static_cast<std::ptrdiff_t>(shape_[k]) : 1;
                    for (int j = 0; j < operands_; ++j)
                        if (auto& o = at[static_cast<std::size_t>(j)]; o.strides != nullptr)
                        {
                            move(o.data, by * o.strides[k]);
                            move(o.adjoint, by * o.strides[k]);
                        }
                    if (seed_strides_ != nullptr)
                        move(seed, by * seed_strides_[k]);
                    if (result_strides_ != nullptr)
                        move(result, by * result_strides_[k]);
                    if (!wrap)
                        return;
                    index_[k] = 0;
                }
            }
            template <class P>
            static void move(P*& p, std::ptrdiff_t by)
            {
                if (p != nullptr)
                    p += by;
            }

        private:
            const std::size_t* shape_;
            const std::ptrdiff_t *seed_strides_, *result_strides_;
            int operands_, inner_;
            std::size_t index_[max_rank] = {};

        public:
            std::array<kernel_args::operand<T>, most_operands> at;  // at the start of the row
            const T *seed, *result;
            std::size_t left;  // rows
        };
    }

    // The parts may overlap, shifted against each other (a stencil): storing to one and then loading from the other would wait for
    // the store each time. So the contributions of a block go to memory of their own and are added from there.
    template <class T>
    bool kernel_node<T>::reverse_apart(kernel_args::loop<T> const& whole) const
    {
        const int n = kernel->operands, inner = whole.rank - 1;
        auto* const ops = whole.operands;
        if (!whole.unit || inner < 0 || n > static_cast<int>(most_operands))
            return false;
        std::array<int, most_operands> shared;
        std::size_t shares = 0;
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i)
                if (ops[i].adjoint != ops[j].adjoint && ops[i].adjoint != nullptr && ops[j].adjoint != nullptr && operands[i].id == operands[j].id)
                {
                    shared[shares++] = j;
                    break;
                }
        if (shares == 0)
            return false;

        row_walk<T> rows(whole, n);
        const std::size_t row = whole.shape[inner];
        const std::ptrdiff_t seed_step = whole.seed_strides != nullptr ? whole.seed_strides[inner] : 0, result_step = 1;
        std::size_t length = 0;
        auto l = whole;  // one block of a row
        l.rank = 1;
        l.shape = &length;
        l.seed_strides = &seed_step;
        l.result_strides = &result_step;
        for (int j = 0; j < n; ++j)
            if (ops[j].strides != nullptr)
                ops[j].strides += inner;
        alignas(64) std::array<T, most_operands * block> scratch;
        for (; rows.left > 0; rows.next())
            for (std::size_t first = 0; first < row; first += length)
            {
                length = std::min(block, row - first);
                const auto shift = static_cast<std::ptrdiff_t>(first);
                rows.move(l.seed = rows.seed, shift * seed_step);
                rows.move(l.result = rows.result, shift);
                for (int j = 0; j < n; ++j)
                    if (auto const& from = rows.at[static_cast<std::size_t>(j)]; from.strides != nullptr)
                    {
                        rows.move(ops[j].data = from.data, shift);
                        rows.move(ops[j].adjoint = from.adjoint, shift);
                    }
                for (std::size_t k = 0; k < shares; ++k)
                {
                    ops[shared[k]].adjoint = scratch.data() + k * block;
                    ops[shared[k]].add = false;
                }
                kernel->reverse(l);
                for (std::size_t k = 0; k < shares; ++k)
                {
                    auto const& whole_row = rows.at[static_cast<std::size_t>(shared[k])];
                    T* const to = whole_row.adjoint + first;
                    const T* const parts = scratch.data() + k * block;
                    if (whole_row.add)
                        for (std::size_t i = 0; i < length; ++i)
                            to[i] += parts[i];
                    else
                        std::copy_n(parts, length, to);
                }
            }
        return true;
    }

    template bool kernel_node<double>::reverse_apart(kernel_args::loop<double> const&) const;
    template bool kernel_node<float>::reverse_apart(kernel_args::loop<float> const&) const;
}
