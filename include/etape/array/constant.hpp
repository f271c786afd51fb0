// SPDX-License-Identifier: BSL-1.0
// A shared, immutable, untracked array: values and gradients are handed out as this. Copying it copies a pointer.
#pragma once
#include <etape/array/handle.hpp>

namespace xt
{
    template <class T, std::size_t N>
    struct xcontainer_inner_types<etape::constant<T, N>>
    {
        using storage_type = xbuffer_adaptor<const T*, no_ownership, std::allocator<T>>;
        using reference = const T&;
        using const_reference = const T&;
        using size_type = std::size_t;
        using shape_type = std::array<std::size_t, N>;
        using strides_type = get_strides_t<shape_type>;
        using backstrides_type = get_strides_t<shape_type>;
        using inner_shape_type = shape_type;
        using inner_strides_type = strides_type;
        using inner_backstrides_type = backstrides_type;
        using temporary_type = xtensor<T, N>;
        static constexpr layout_type layout = layout_type::row_major;
    };
    template <class T, std::size_t N>
    struct xiterable_inner_types<etape::constant<T, N>> : xcontainer_iterable_types<etape::constant<T, N>>
    {
    };
}

ETAPE_BEGIN_ARCH
// Row-major, rank N. Read it as any xtensor expression; `data()` is contiguous. The bytes are shared with the engine: a
// constant never changes, and what a variable holds is copied on write while a constant looks at it.
template <class T, std::size_t N>
class constant : public xt::xstrided_container<constant<T, N>>, public xt::xsharable_expression<constant<T, N>>
{
public:
    using base_type = xt::xstrided_container<constant<T, N>>;
    using storage_type = typename base_type::storage_type;
    using expression_tag = xt::xtensor_expression_tag;
    using temporary_type = xt::xtensor<T, N>;
    static constexpr std::size_t rank = N;

    constant() = default;
    // A copy of a plain expression's values.
    template <class E>
        requires(!std::is_same_v<std::remove_cvref_t<E>, constant> && xt::is_xexpression<std::remove_cvref_t<E>>::value)
    constant(E&& e, site const& where = site::current())
        : constant(detail::evaluate<T>(e, where))
    {
    }
    explicit constant(buffer_ptr b)
        : base_type(shape_of(*b), strides_of(*b))
        , data_(std::move(b))
        , storage_(data_->template data<T>(), data_->size)
    {
    }

    buffer_ptr const& data_handle() const noexcept
    {
        return data_;
    }

private:
    static std::array<std::size_t, N> shape_of(buffer const& b)
    {
        detail::check_rank("constant", b.rank, N);
        std::array<std::size_t, N> s{};
        std::copy_n(b.shape, N, s.begin());
        return s;
    }
    static std::array<std::ptrdiff_t, N> strides_of(buffer const& b)
    {
        std::array<std::ptrdiff_t, N> s{};
        std::copy_n(b.strides, N, s.begin());
        return s;
    }

    const storage_type& storage_impl() const noexcept
    {
        return storage_;
    }
    storage_type& storage_impl() noexcept
    {
        return storage_;
    }
    friend class xt::xcontainer<constant<T, N>>;

    buffer_ptr data_;
    storage_type storage_{nullptr, 0};
};

namespace detail
{
    template <class T, std::size_t N>
    class constant_leaf : public leaf_expression<constant_leaf<T, N>, T, N>
    {
        using base = leaf_expression<constant_leaf, T, N>;

    public:
        using typename base::inner_shape_type;

        ETAPE_ALWAYS_INLINE constant_leaf(constant<T, N> const& c) noexcept
            : data_(c.data_handle())
        {
        }

        // For the engine.
        buffer_ptr const& data_handle() const noexcept
        {
            return data_;
        }
        const inner_shape_type& extents() const noexcept
        {
            static constexpr inner_shape_type none{};
            return data_ ? reinterpret_cast<const inner_shape_type&>(data_->shape) : none;
        }
        T element_at(const std::ptrdiff_t* at, std::size_t n) const
        {
            return data_->template data<T>()[base::offset_of(at, n, data_->strides)];
        }

    private:
        buffer_ptr data_;
    };
}
ETAPE_END_ARCH
