// SPDX-License-Identifier: BSL-1.0
// What xtensor sees of a part of a tracked array: like a handle, with strides of its own.
#pragma once
#include <etape/array/handle.hpp>
#include <etape/array/part.hpp>
#include <etape/array/source.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class D, class T, std::size_t R>
    class tracked_part : public leaf_expression<D, variable<T, 0>, R>
    {
        using base = leaf_expression<D, variable<T, 0>, R>;

    public:
        using typename base::inner_shape_type;
        using typename base::strides_type;
        using temporary_type = xt::xtensor<variable<T, 0>, R>;
        static constexpr xt::layout_type static_layout = xt::layout_type::dynamic;

        // For the engine.
        const inner_shape_type& extents() const noexcept
        {
            return shape_;
        }
        variable<T, 0> element_at(const std::ptrdiff_t* at, std::size_t n) const
        {
            return read_element<T>(*data_, offset_ + base::offset_of(at, n, strides_.data()));
        }
        // Where it is, on the version of the array that it reads.
        ETAPE_ALWAYS_INLINE part where() const
        {
            return where_on(*data_);
        }
        ETAPE_ALWAYS_INLINE part where_on(buffer& b) const
        {
            part p;
            p.owner = &b;
            p.rank = static_cast<int>(R);
            p.offset = offset_;
            std::copy_n(shape_.begin(), R, p.shape);
            std::copy_n(strides_.begin(), R, p.strides);
            return p;
        }

        bool reads(buffer const* b) const noexcept
        {
            return data_.get() == b;
        }

        ETAPE_ALWAYS_INLINE void set_source(source<T>& to) const
        {
            for (std::size_t k = 0; k < R; ++k)
            {
                to.shape_store[k] = shape_[k];
                to.stride_store[k] = strides_[k];
            }
            to.set_memory(data_->template data<T>() + offset_, static_cast<int>(R), data_.get(), true, offset_);
        }

    protected:
        explicit tracked_part(part&& p)
            : data_(p.hold ? std::move(p.hold) : buffer_ptr::share(p.owner))
            , offset_(p.offset)
        {
            check_rank("view", p.rank, R);
            std::copy_n(p.shape, R, shape_.begin());
            std::copy_n(p.strides, R, strides_.begin());
        }
        tracked_part(tracked_part const&) = default;
        tracked_part(tracked_part&&) = default;
        tracked_part& operator=(tracked_part const&) = default;
        ~tracked_part() = default;

        buffer_ptr data_;
        std::ptrdiff_t offset_ = 0;
        inner_shape_type shape_;
        strides_type strides_;
    };
}
ETAPE_END_ARCH
