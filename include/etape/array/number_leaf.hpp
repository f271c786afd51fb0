// SPDX-License-Identifier: BSL-1.0
// A number, plain or active, in a tracked expression: nothing but its value.
#pragma once
#include <etape/array/leaf_expression.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class V>
    class number_leaf : public leaf_expression<number_leaf<V>, V, 0>
    {
        using base = leaf_expression<number_leaf, V, 0>;

    public:
        using typename base::inner_shape_type;
        static constexpr xt::layout_type static_layout = xt::layout_type::any;
        static constexpr bool contiguous_layout = true;

        ETAPE_ALWAYS_INLINE number_leaf(V const& v) noexcept
            : value_(v)
        {
        }
        template <class CT>
        ETAPE_ALWAYS_INLINE number_leaf(xt::xscalar<CT> const& e) noexcept
            : value_(e.expression())
        {
        }
        ETAPE_ALWAYS_INLINE number_leaf(number_leaf const& o) noexcept
            : base()
            , value_(o.value_)
        {
        }
        number_leaf& operator=(number_leaf const&) = default;
        ~number_leaf() = default;

        V const& expression() const noexcept
        {
            return value_;
        }

        // For the engine.
        inner_shape_type const& extents() const noexcept
        {
            static constexpr inner_shape_type none{};
            return none;
        }
        V element_at(const std::ptrdiff_t*, std::size_t) const noexcept
        {
            return value_;
        }

    private:
        V value_;
    };
}
ETAPE_END_ARCH
