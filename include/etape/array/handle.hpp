// SPDX-License-Identifier: BSL-1.0
// What xtensor sees of a tracked array: shape, strides and elements that are active scalars. One counted pointer.
#pragma once
#include <etape/array/number_leaf.hpp>
#include <etape/array/pack.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // How an expression becomes a buffer; array/evaluation.hpp.
    template <class T, class E>
    buffer_ptr evaluate(E const& e, site const& where);
    template <class T, class E>
    variable<T, 0> evaluate_number(E const& e, site const& where);

    using runtime::check_dimensions;
    using runtime::check_rank;

    // An element of a tracked array as an active scalar.
    template <class T>
    variable<T, 0> read_element(buffer& b, std::ptrdiff_t offset)
    {
        const T v = b.data<T>()[offset];
        if (!runtime::thread.recording)
            return runtime::thread.paused ? variable<T, 0>(with_tag{}, v, runtime::lost_element<T>(*runtime::thread.log, b)) : variable<T, 0>(v);
        auto& log = *runtime::thread.log;
        const auto id = log.id_of(b, sizeof(T) == sizeof(float));
        if (id == record_log::no_id)
            return variable<T, 0>(with_tag{}, v, 0);
        const auto number = runtime::element_id<T>(log, id, b, static_cast<std::size_t>(offset));
        return variable<T, 0>(with_tag{}, v, log.template scalars<T>().base + number);
    }

    // xtensor's view of a tracked handle.
    template <class D, class T, std::size_t N>
    class tracked_handle : public leaf_expression<D, variable<T, 0>, N>
    {
        using base = leaf_expression<D, variable<T, 0>, N>;

    public:
        using typename base::inner_shape_type;
        using typename base::strides_type;
        using backstrides_type = strides_type;
        using inner_backstrides_type = strides_type;
        using temporary_type = xt::xtensor<variable<T, 0>, N>;

        // Of a handle that was moved from, shape and strides are 0; every other use but assignment to it is a shape_error.
        const strides_type& strides() const noexcept
        {
            static constexpr strides_type none{};
            return data_ ? reinterpret_cast<const strides_type&>(data_->strides) : none;
        }
        const strides_type& backstrides() const noexcept
        {
            static thread_local strides_type back;
            for (std::size_t k = 0; k < N; ++k)
                back[k] = strides()[k] * static_cast<std::ptrdiff_t>(extents()[k] - 1);
            return back;
        }

        // For the engine.
        const inner_shape_type& extents() const noexcept
        {
            static constexpr inner_shape_type none{};
            return data_ ? reinterpret_cast<const inner_shape_type&>(data_->shape) : none;
        }
        // Elements are active scalars: reading one while a tape records costs no statement of its own.
        variable<T, 0> element_at(const std::ptrdiff_t* at, std::size_t n) const
        {
            auto& b = *data_handle();
            return read_element<T>(b, base::offset_of(at, n, b.strides));
        }
        // Whoever needs the buffer asks here, and so refuses a handle that was moved from.
        buffer_ptr const& data_handle() const
        {
            if (!data_) [[unlikely]]
                runtime::refuse_moved_from();
            return data_;
        }
        // Where nothing may be thrown; null of a handle that was moved from.
        buffer_ptr const& data_or_null() const noexcept
        {
            return data_;
        }

    protected:
        tracked_handle() = default;
        // Spelled out, so that copying an expression is inlined.
        ETAPE_ALWAYS_INLINE tracked_handle(tracked_handle const& o) noexcept
            : base()
            , data_(o.data_)
        {
        }
        ETAPE_ALWAYS_INLINE tracked_handle(tracked_handle&& o) noexcept
            : base()
            , data_(std::move(o.data_))
        {
        }
        tracked_handle& operator=(tracked_handle const&) = default;
        tracked_handle& operator=(tracked_handle&&) noexcept = default;
        ~tracked_handle() = default;
        explicit tracked_handle(buffer_ptr b) noexcept
            : data_(std::move(b))
        {
        }

        buffer_ptr data_;
    };
}
ETAPE_END_ARCH
