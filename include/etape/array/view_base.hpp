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
    class tracked_part : public xt::xexpression<D>, public xt::xconst_iterable<D>, public xt::xconst_accessible<D>
    {
    public:
        using expression_tag = xt::xtensor_expression_tag;
        using value_type = variable<T, 0>;
        using reference = value_type;
        using const_reference = value_type;
        using pointer = const value_type*;
        using const_pointer = const value_type*;
        using size_type = std::size_t;
        using difference_type = std::ptrdiff_t;
        using iterable_base = xt::xconst_iterable<D>;
        using accessible_base = xt::xconst_accessible<D>;
        using inner_shape_type = std::array<std::size_t, R>;
        using shape_type = inner_shape_type;
        using strides_type = std::array<std::ptrdiff_t, R>;
        using inner_strides_type = strides_type;
        using stepper = typename iterable_base::stepper;
        using const_stepper = typename iterable_base::const_stepper;
        using bool_load_type = xt::bool_load_type<value_type>;
        using temporary_type = xt::xtensor<value_type, R>;
        static constexpr xt::layout_type static_layout = xt::layout_type::dynamic;
        static constexpr bool contiguous_layout = false;
        static constexpr std::size_t rank = R;

        using accessible_base::shape;
        const inner_shape_type& shape() const noexcept
        {
            return shape_;
        }
        xt::layout_type layout() const noexcept
        {
            return static_layout;
        }
        bool is_contiguous() const noexcept
        {
            return false;
        }
        template <class... A>
        value_type operator()(A... index) const
        {
            const std::ptrdiff_t at[] = {static_cast<std::ptrdiff_t>(index)..., 0};
            return read_element<T>(*data_, place(at, sizeof...(A)));
        }
        template <class... A>
        value_type unchecked(A... index) const
        {
            return (*this)(index...);
        }
        template <class It>
        value_type element(It first, It last) const
        {
            std::ptrdiff_t at[max_rank];
            std::size_t n = 0;
            for (; first != last && n < max_rank; ++first)
                at[n++] = static_cast<std::ptrdiff_t>(*first);
            return read_element<T>(*data_, place(at, n));
        }
        template <class S>
        bool broadcast_shape(S& s, bool = false) const
        {
            return xt::broadcast_shape(shape_, s);
        }
        template <class S>
        bool has_linear_assign(S const&) const noexcept
        {
            return false;
        }
        template <class S>
        const_stepper stepper_begin(S const& s) const noexcept
        {
            return const_stepper(static_cast<const D*>(this), s.size() - R);
        }
        template <class S>
        const_stepper stepper_end(S const& s, xt::layout_type) const noexcept
        {
            return const_stepper(static_cast<const D*>(this), s.size() - R, true);
        }

        // For the engine: where it is, on the version of the array that it reads.
        part where() const
        {
            return where_on(*data_);
        }
        part where_on(buffer& b) const
        {
            part p;
            p.owner = &b;
            p.rank = static_cast<int>(R);
            p.offset = offset_;
            std::copy_n(shape_.begin(), R, p.shape);
            std::copy_n(strides_.begin(), R, p.strides);
            return p;
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

    private:
        // xtensor's rules: missing indices on the left are 0, surplus ones on the left are dropped.
        std::ptrdiff_t place(const std::ptrdiff_t* at, std::size_t n) const noexcept
        {
            std::ptrdiff_t sum = offset_;
            const std::size_t used = std::min(n, R);
            for (std::size_t k = 0; k < used; ++k)
                sum += at[n - used + k] * strides_[R - used + k];
            return sum;
        }
    };
}
ETAPE_END_ARCH
