// SPDX-License-Identifier: BSL-1.0
// How xtensor walks over the elements of tracked expressions, and of views of these: by indices. xtensor's own stepper puts its end past
// the last index of every dimension, from where reverse iterators read memory behind the array.
#pragma once
#include <algorithm>
#include <cstddef>

#include <etape/array/xtensor_compat.hpp>
#include <etape/scalar/variable.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class T, std::size_t N>
    class constant_leaf;
    template <class V>
    class number_leaf;
    // Leaves of tracked expressions whose elements are plain numbers.
    template <class E>
    inline constexpr bool is_plain_leaf_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_plain_leaf_v<constant_leaf<T, N>> = true;
    template <class V>
    inline constexpr bool is_plain_leaf_v<number_leaf<V>> = true;
}
ETAPE_END_ARCH

namespace xt
{
    template <class E>
        requires(etape::detail::is_plain_leaf_v<E> || etape::is_scalar_variable_v<typename E::value_type>)
    class xindexed_stepper<E, true>
    {
    public:
        using xexpression_type = const E;
        using value_type = typename E::value_type;
        using reference = typename E::const_reference;
        using pointer = typename E::const_pointer;
        using size_type = typename E::size_type;
        using difference_type = typename E::difference_type;
        using shape_type = typename E::shape_type;
        using index_type = xindex_type_t<shape_type>;

        xindexed_stepper() = default;
        // offset: how many dimensions the walk has in front of those of e
        xindexed_stepper(const E* e, size_type offset, bool end = false, layout_type l = layout_type::any) noexcept
            : e_(e)
            , index_(xtl::make_sequence<index_type>(e->shape().size(), 0))
            , offset_(offset)
        {
            if (end)
                to_end(l);
        }

        reference operator*() const
        {
            return e_->element(index_.cbegin(), index_.cend());
        }

        void step(size_type dim, size_type n = 1)
        {
            if (dim >= offset_)
                index_[dim - offset_] += n;
        }
        void step_back(size_type dim, size_type n = 1)
        {
            if (past_ && n != 0)
            {
                past_ = false;
                --n;
            }
            if (dim >= offset_)
                index_[dim - offset_] -= n;
        }
        void reset(size_type dim)
        {
            if (dim >= offset_)
                index_[dim - offset_] = 0;
        }
        void reset_back(size_type dim)
        {
            if (dim >= offset_)
                index_[dim - offset_] = static_cast<size_type>(e_->shape()[dim - offset_]) - 1;
        }
        void to_begin()
        {
            past_ = false;
            std::fill(index_.begin(), index_.end(), size_type(0));
        }
        // One step, in the dimension that the walk runs through first, behind the last element. Where xtensor does not say which
        // dimension that is, it is the one of the first step back.
        void to_end(layout_type l)
        {
            const size_type n = index_.size();
            for (size_type k = 0; k < n; ++k)
                index_[k] = static_cast<size_type>(e_->shape()[k]) - 1;
            past_ = l != layout_type::row_major && l != layout_type::column_major;
            if (n == 0)
                past_ = false;
            else if (l == layout_type::row_major)
                ++index_[n - 1];
            else if (l == layout_type::column_major && offset_ == 0)
                ++index_[0];
        }

    private:
        const E* e_ = nullptr;
        index_type index_{};
        size_type offset_ = 0;
        bool past_ = false;
    };
}
