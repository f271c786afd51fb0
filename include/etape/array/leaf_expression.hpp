// SPDX-License-Identifier: BSL-1.0
// What xtensor asks of a leaf of an expression.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

#include <etape/array/fwd.hpp>
#include <etape/core/buffer.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Of D: extents(), a std::array, and element_at(index, n), the element at n indices.
    template <class D, class Element, std::size_t N>
    class leaf_expression : public xt::xexpression<D>, public xt::xconst_iterable<D>, public xt::xconst_accessible<D>
    {
    public:
        using expression_tag = xt::xtensor_expression_tag;
        using value_type = Element;
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
        using stepper = typename iterable_base::stepper;
        using const_stepper = typename iterable_base::const_stepper;
        using bool_load_type = xt::bool_load_type<value_type>;
        static constexpr xt::layout_type static_layout = xt::layout_type::row_major;
        static constexpr bool contiguous_layout = false;
        static constexpr std::size_t rank = N;

        using accessible_base::shape;
        const inner_shape_type& shape() const noexcept
        {
            return self().extents();
        }
        xt::layout_type layout() const noexcept
        {
            return D::static_layout;
        }
        bool is_contiguous() const noexcept
        {
            return D::static_layout != xt::layout_type::dynamic;
        }
        template <class... A>
        value_type operator()(A... index) const
        {
            const std::ptrdiff_t at[] = {static_cast<std::ptrdiff_t>(index)..., 0};
            return self().element_at(at, sizeof...(A));
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
            return self().element_at(at, n);
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
        // By these names xtensor's sorts and means walk in the order of rows.
        auto linear_begin() const
        {
            return this->template begin<xt::layout_type::row_major>();
        }
        auto linear_end() const
        {
            return this->template end<xt::layout_type::row_major>();
        }
        auto linear_cbegin() const
        {
            return linear_begin();
        }
        auto linear_cend() const
        {
            return linear_end();
        }

        template <class S>
        const_stepper stepper_begin(S const& s) const noexcept
        {
            return const_stepper(&self(), s.size() - N);
        }
        template <class S>
        const_stepper stepper_end(S const& s, xt::layout_type l) const noexcept
        {
            return const_stepper(&self(), s.size() - N, true, l);
        }

    protected:
        // Spelled out, so that copying an expression is inlined.
        ETAPE_ALWAYS_INLINE leaf_expression() noexcept
        {
        }
        ETAPE_ALWAYS_INLINE leaf_expression(leaf_expression const&) noexcept
            : xt::xexpression<D>()
            , xt::xconst_iterable<D>()
            , xt::xconst_accessible<D>()
        {
        }
        leaf_expression& operator=(leaf_expression const&) = default;
        ~leaf_expression() = default;

        // xtensor's rules: missing indices on the left are 0, surplus ones on the left are dropped.
        static std::ptrdiff_t offset_of(const std::ptrdiff_t* at, std::size_t n, const std::ptrdiff_t* strides) noexcept
        {
            std::ptrdiff_t sum = 0;
            const std::size_t used = std::min(n, N);
            for (std::size_t k = 0; k < used; ++k)
                sum += at[n - used + k] * strides[N - used + k];
            return sum;
        }

    private:
        ETAPE_ALWAYS_INLINE D const& self() const noexcept
        {
            return static_cast<D const&>(*this);
        }
    };
}
ETAPE_END_ARCH
