// SPDX-License-Identifier: BSL-1.0
// A leaf of an expression at the moment it is recorded: where its numbers are and who it is on the tape.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <etape/core/buffer.hpp>
#include <etape/core/error.hpp>
#include <etape/tape/log.hpp>

namespace etape
{
    template <class T>
    struct source
    {
        const T* data;
        buffer* owner;        // a handle's buffer; null: memory of a plain array, by reference
        buffer_ptr hold;      // temporaries
        std::uint64_t* scalar_tag;  // active scalars
        const std::size_t* shape;
        const std::ptrdiff_t* strides;
        std::uint64_t own_tag;
        std::ptrdiff_t offset;  // of data in the owner's memory
        std::size_t size;
        T scalar;
        int rank;
        bool array;
        bool active;
        bool dense;  // row-major without gaps
        bool whole;  // a handle itself, not a part of it
        std::size_t shape_store[max_rank];
        std::ptrdiff_t stride_store[max_rank];

        source() noexcept
        {
        }

        // Numbers: the other members are not read.
        void set_number(T v) noexcept
        {
            scalar = v;
            owner = nullptr;
            rank = 0;
            array = false;
            active = false;
        }
        void set_scalar(T v, std::uint64_t& tag) noexcept
        {
            scalar = v;
            owner = nullptr;
            scalar_tag = &tag;
            rank = 0;
            array = false;
            active = true;
        }
        // A scalar that lives no longer than the expression: its tag is kept here.
        void set_own_scalar(T v, std::uint64_t tag) noexcept
        {
            own_tag = tag;
            set_scalar(v, own_tag);
        }
        void set_handle(buffer* b, bool is_active) noexcept
        {
            data = b->data<T>();
            scalar = T(0);
            owner = b;
            shape = b->shape;
            strides = b->strides;
            offset = 0;
            size = b->size;
            rank = b->rank;
            array = true;
            active = is_active;
            dense = true;
            whole = true;
        }
        void set_temporary(buffer_ptr b) noexcept
        {
            set_handle(b.get(), false);
            hold = std::move(b);
        }
        // Plain memory; shape and strides are copied into the stores first. Strides of extents 1 do not matter.
        ETAPE_ALWAYS_INLINE void set_memory(const T* p, int r, buffer* part_of, bool is_active, std::ptrdiff_t at) noexcept
        {
            data = p;
            scalar = T(0);
            owner = part_of;
            shape = shape_store;
            strides = stride_store;
            offset = at;
            rank = r;
            array = true;
            active = is_active;
            whole = false;
            size = 1;
            dense = true;
            for (int k = r - 1; k >= 0; --k)
            {
                if (shape_store[k] == 1)
                    stride_store[k] = 0;
                else if (stride_store[k] != static_cast<std::ptrdiff_t>(size))
                    dense = false;
                size *= shape_store[k];
            }
            whole = part_of != nullptr && dense && at == 0 && size == part_of->size;
        }

        // The elements from the first to the last in memory, and where the first one is, relative to data.
        std::size_t span(std::ptrdiff_t& first) const noexcept
        {
            std::ptrdiff_t last = first = 0;
            for (int k = 0; k < rank; ++k)
            {
                const std::ptrdiff_t reach = strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
                (reach < 0 ? first : last) += reach;
            }
            return size == 0 ? 0 : static_cast<std::size_t>(last - first) + 1;
        }
        // A small part of an array that a loop writes part by part: of this the tape keeps a copy. A reference would force the next
        // write to copy the array, in every step of the loop.
        bool copied_by_tape() const noexcept
        {
            return owner != nullptr && owner->written_in_parts && 4 * size <= owner->size;
        }
    };

    template <class T>
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    template <class T>
    inline bool same_source(source<T> const& a, source<T> const& b) noexcept
    {
        if (a.array != b.array || a.active != b.active)
            return false;
        if (!a.array)
        {
            if (a.active)
                return *a.scalar_tag == *b.scalar_tag && (*a.scalar_tag & tag_bits::number) != 0;
            return std::bit_cast<bits<T>>(a.scalar) == std::bit_cast<bits<T>>(b.scalar);
        }
        if (a.data != b.data || a.rank != b.rank || a.owner != b.owner)
            return false;
        if (a.shape == b.shape)
            return true;
        for (int k = 0; k < a.rank; ++k)
            if (a.shape[k] != b.shape[k] || a.strides[k] != b.strides[k])
                return false;
        return true;
    }

    // ---- the loop that an expression over sources runs ----
    struct loop_plan
    {
        int rank = 0;
        std::size_t shape[max_rank];
        bool unit = false;
    };
    // The result's shape by broadcasting; throws shape_error that names the call.
    template <class T>
    int broadcast_shapes(source<T> const* s, int n, const std::size_t* extra, int extra_rank, std::size_t* shape, const char* call);
    // Orders and joins dimensions. strides: n rows of max_rank, right-aligned to the loop shape on entry, loop strides on return.
    void make_plan(loop_plan& p, std::ptrdiff_t (*strides)[max_rank], int n, int key);

    extern template int broadcast_shapes<double>(source<double> const*, int, const std::size_t*, int, std::size_t*, const char*);
    extern template int broadcast_shapes<float>(source<float> const*, int, const std::size_t*, int, std::size_t*, const char*);
}
