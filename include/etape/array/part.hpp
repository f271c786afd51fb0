// SPDX-License-Identifier: BSL-1.0
// A part of an array's memory: offset and strides on a row-major buffer. Every view that is an affine map of indices is one.
#pragma once
#include <cstddef>

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
        part whole_array(buffer* b);
        part whole_array(buffer_ptr b);

        // Slices applied to the dimensions of a part, one after the other.
        class slicer
        {
        public:
            explicit slicer(part&& from) noexcept;
            void index(std::ptrdiff_t i);
            void range(std::ptrdiff_t first, std::size_t n, std::ptrdiff_t step);
            void all();
            void new_axis();
            part finish();  // what no slice names stays

        private:
            void open_axis();
            void check_axis() const;

            part from_;
            part to_;
            int axis_ = 0;
        };

        // Strides over the row-major sequence of the part's elements, as xt::strided_view has them over an expression. False
        // when the result is not affine on the memory: xt::reshape_view of a transposed array, for example.
        bool restride(part& p, const std::size_t* shape, const std::ptrdiff_t* strides, int rank, std::ptrdiff_t offset);
        void broadcast_part(part& p, const std::size_t* shape, int rank);
    }
}
