// SPDX-License-Identifier: BSL-1.0
// A part of an array's memory: offset and strides on a row-major buffer. Every view that is an affine map of indices is one.
#pragma once
#include <algorithm>
#include <cstddef>
#include <utility>

#include <etape/core/buffer.hpp>

namespace etape
{
    struct part
    {
        buffer_ptr hold;          // of an array that was evaluated for this view
        buffer* owner = nullptr;  // whose memory it is
        int rank = 0;
        std::ptrdiff_t offset = 0;
        std::size_t shape[max_rank];
        std::ptrdiff_t strides[max_rank];

        part() noexcept
        {
        }
        // Only the dimensions that there are.
        ETAPE_ALWAYS_INLINE part(part&& o) noexcept
            : hold(std::move(o.hold))
            , owner(o.owner)
            , rank(o.rank)
            , offset(o.offset)
        {
            for (int k = 0; k < rank; ++k)
            {
                shape[k] = o.shape[k];
                strides[k] = o.strides[k];
            }
        }
        ETAPE_ALWAYS_INLINE part& operator=(part&& o) noexcept
        {
            hold = std::move(o.hold);
            owner = o.owner;
            rank = o.rank;
            offset = o.offset;
            for (int k = 0; k < rank; ++k)
            {
                shape[k] = o.shape[k];
                strides[k] = o.strides[k];
            }
            return *this;
        }

        std::size_t size() const noexcept
        {
            std::size_t n = 1;
            for (int k = 0; k < rank; ++k)
                n *= shape[k];
            return n;
        }
    };

    namespace runtime
    {
        // Can two parts have an element in common, of which the second begins `distance` elements behind the first? Certain when false: of parts that
        // lie between each other (columns, every second row) it is known from their strides.
        bool parts_meet(std::ptrdiff_t distance, int rank, const std::size_t* shape, const std::ptrdiff_t* strides, int second_rank,
                        const std::size_t* second_shape, const std::ptrdiff_t* second_strides) noexcept;

        // Of an array whose type says the rank: slices of it are then unrolled, and a part of rank 1 stays in registers (a tenth of a
        // recorded stencil).
        template <int Rank>
        ETAPE_ALWAYS_INLINE part whole_array_of_rank(buffer* b) noexcept
        {
            part p;
            p.owner = b;
            p.rank = Rank;
            for (int k = 0; k < Rank; ++k)
            {
                p.shape[k] = b->shape[k];
                p.strides[k] = b->strides[k];
            }
            return p;
        }
        ETAPE_ALWAYS_INLINE part whole_array(buffer* b)
        {
            part p;
            p.owner = b;
            p.rank = b->rank;
            for (int k = 0; k < p.rank; ++k)
            {
                p.shape[k] = b->shape[k];
                p.strides[k] = b->strides[k];
            }
            return p;
        }
        part whole_array(buffer_ptr b);

        [[noreturn]] ETAPE_COLD void refuse_rank();
        [[noreturn]] ETAPE_COLD void refuse_slices(int rank);
        [[noreturn]] ETAPE_COLD void refuse_index(std::ptrdiff_t i, int axis, std::size_t extent);
        [[noreturn]] ETAPE_COLD void refuse_range(std::ptrdiff_t first, std::ptrdiff_t last, int axis, std::size_t extent);

        // Slices applied to the dimensions of a part, one after the other. Inline: which slices there are is known at compile time,
        // and a loop over the rows of an array makes one view a row. `from` outlives it.
        class slicer
        {
        public:
            ETAPE_ALWAYS_INLINE explicit slicer(part& from) noexcept
                : from_(from)
            {
                to_.offset = from.offset;
            }
            ETAPE_ALWAYS_INLINE void index(std::ptrdiff_t i)
            {
                check_axis();
                if (i < 0 || static_cast<std::size_t>(i) >= from_.shape[axis_]) [[unlikely]]
                    refuse_index(i, axis_, from_.shape[axis_]);
                to_.offset += i * from_.strides[axis_++];
            }
            ETAPE_ALWAYS_INLINE void range(std::ptrdiff_t first, std::size_t n, std::ptrdiff_t step)
            {
                check_axis();
                const auto extent = static_cast<std::ptrdiff_t>(from_.shape[axis_]);
                const auto last = first + (static_cast<std::ptrdiff_t>(n) - 1) * step;
                if (n != 0 && (std::min(first, last) < 0 || std::max(first, last) >= extent)) [[unlikely]]
                    refuse_range(first, last, axis_, from_.shape[axis_]);
                if (n != 0)
                    to_.offset += first * from_.strides[axis_];
                add_axis(n, n > 1 ? step * from_.strides[axis_] : 0);
                ++axis_;
            }
            ETAPE_ALWAYS_INLINE void all()
            {
                check_axis();
                add_axis(from_.shape[axis_], from_.strides[axis_]);
                ++axis_;
            }
            ETAPE_ALWAYS_INLINE void new_axis()
            {
                add_axis(1, 0);
            }
            // What no slice names stays.
            ETAPE_ALWAYS_INLINE part finish()
            {
                while (axis_ < from_.rank)
                    all();
                to_.owner = from_.owner;
                to_.hold = std::move(from_.hold);
                if (to_.size() == 0)
                    to_.offset = 0;
                return std::move(to_);
            }

        private:
            ETAPE_ALWAYS_INLINE void add_axis(std::size_t n, std::ptrdiff_t stride)
            {
                if (to_.rank == max_rank) [[unlikely]]
                    refuse_rank();
                to_.shape[to_.rank] = n;
                to_.strides[to_.rank++] = stride;
            }
            ETAPE_ALWAYS_INLINE void check_axis() const
            {
                if (axis_ >= from_.rank) [[unlikely]]
                    refuse_slices(from_.rank);
            }

            part& from_;
            part to_;
            int axis_ = 0;
        };

        // Strides over the row-major sequence of the part's elements, as xt::strided_view has them over an expression. False
        // when the result is not affine on the memory: xt::reshape_view of a transposed array, for example.
        bool restride(part& p, const std::size_t* shape, const std::ptrdiff_t* strides, int rank, std::ptrdiff_t offset);
        void broadcast_part(part& p, const std::size_t* shape, int rank);
    }
}
