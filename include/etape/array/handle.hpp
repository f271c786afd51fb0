// SPDX-License-Identifier: BSL-1.0
// What xtensor sees of a tracked array: shape, strides and elements that are active scalars. One counted pointer.
#pragma once
#include <algorithm>
#include <string>

#include <etape/array/fwd.hpp>
#include <etape/array/pack.hpp>
#include <etape/core/buffer.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // How an expression becomes a buffer; defined with the lowering (array/lower.hpp).
    template <class T, class E>
    buffer_ptr evaluate(E const& e, site where);
    template <class T, class E>
    variable<T, 0> evaluate_number(E const& e, site where);

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
        const auto first = runtime::element_range<T>(log, id, b);
        return variable<T, 0>(with_tag{}, v, log.template scalars<T>().base + first + static_cast<std::uint64_t>(offset));
    }

    // xtensor's view of a tracked handle.
    template <class D, class T, std::size_t N>
    class tracked_handle : public xt::xexpression<D>,
                           public xt::xconst_iterable<D>,
                           public xt::xconst_accessible<D>
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
        using inner_shape_type = std::array<std::size_t, N>;
        using shape_type = inner_shape_type;
        using strides_type = std::array<std::ptrdiff_t, N>;
        using inner_strides_type = strides_type;
        using backstrides_type = strides_type;
        using inner_backstrides_type = strides_type;
        using stepper = typename iterable_base::stepper;
        using const_stepper = typename iterable_base::const_stepper;
        using bool_load_type = xt::bool_load_type<value_type>;
        using temporary_type = xt::xtensor<value_type, N>;
        static constexpr xt::layout_type static_layout = xt::layout_type::row_major;
        static constexpr bool contiguous_layout = false;
        static constexpr std::size_t rank = N;

        using accessible_base::shape;
        const inner_shape_type& shape() const noexcept
        {
            return reinterpret_cast<const inner_shape_type&>(data_->shape);
        }
        const strides_type& strides() const noexcept
        {
            return reinterpret_cast<const strides_type&>(data_->strides);
        }
        const strides_type& backstrides() const noexcept
        {
            static thread_local strides_type back;
            for (std::size_t k = 0; k < N; ++k)
                back[k] = data_->strides[k] * static_cast<std::ptrdiff_t>(data_->shape[k] - 1);
            return back;
        }
        xt::layout_type layout() const noexcept
        {
            return static_layout;
        }
        bool is_contiguous() const noexcept
        {
            return true;
        }

        // Elements are active scalars: reading one while a tape records costs no statement of its own.
        template <class... A>
        value_type operator()(A... index) const
        {
            const std::ptrdiff_t at[] = {static_cast<std::ptrdiff_t>(index)..., 0};
            return read_element<T>(*data_, offset(at, sizeof...(A)));
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
            return read_element<T>(*data_, offset(at, n));
        }

        template <class S>
        bool broadcast_shape(S& s, bool = false) const
        {
            return xt::broadcast_shape(shape(), s);
        }
        template <class S>
        bool has_linear_assign(S const&) const noexcept
        {
            return false;
        }
        template <class S>
        const_stepper stepper_begin(S const& s) const noexcept
        {
            return const_stepper(static_cast<const D*>(this), s.size() - N);
        }
        template <class S>
        const_stepper stepper_end(S const& s, xt::layout_type) const noexcept
        {
            return const_stepper(static_cast<const D*>(this), s.size() - N, true);
        }

        // For the engine.
        buffer_ptr const& data_handle() const noexcept
        {
            return data_;
        }

    protected:
        tracked_handle() = default;
        // Spelled out, so that copying an expression is inlined.
        ETAPE_ALWAYS_INLINE tracked_handle(tracked_handle const& o) noexcept
            : xt::xexpression<D>()
            , xt::xconst_iterable<D>()
            , xt::xconst_accessible<D>()
            , data_(o.data_)
        {
        }
        ETAPE_ALWAYS_INLINE tracked_handle(tracked_handle&& o) noexcept
            : data_(std::move(o.data_))
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

    private:
        // xtensor's rules: missing indices on the left are 0, surplus ones on the left are dropped.
        std::ptrdiff_t offset(const std::ptrdiff_t* at, std::size_t n) const noexcept
        {
            std::ptrdiff_t sum = 0;
            const std::size_t used = std::min(n, N);
            for (std::size_t k = 0; k < used; ++k)
                sum += at[n - used + k] * data_->strides[N - used + k];
            return sum;
        }
    };
}
ETAPE_END_ARCH
