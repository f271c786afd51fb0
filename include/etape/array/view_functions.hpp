// SPDX-License-Identifier: BSL-1.0
// xtensor's functions that rearrange, for tracked expressions: xtensor's own ones ask for strides or pointers that an expression
// does not have, or are generators that would go element by element.
#pragma once
#include <etape/array/functors.hpp>
#include <etape/array/view.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Shape, and strides over the row-major sequence of the elements.
    template <class Shape>
    struct arrangement
    {
        Shape shape;
        xt::get_strides_t<Shape> strides;
        std::size_t offset = 0;
    };
    template <class E>
    auto arrangement_of(E const& e)
    {
        using shape_type = xt::xindex_type_t<typename E::shape_type>;
        arrangement<shape_type> a;
        const auto n = e.shape().size();
        xt::resize_container(a.shape, n);
        xt::resize_container(a.strides, n);
        std::ptrdiff_t step = 1;
        for (std::size_t k = n; k-- > 0;)
        {
            a.shape[k] = e.shape()[k];
            a.strides[k] = step;
            step *= static_cast<std::ptrdiff_t>(a.shape[k]);
        }
        return a;
    }
    template <class E, class Shape>
    auto arranged(E&& e, arrangement<Shape>&& a)
    {
        using closure = xt::xclosure_t<E>;
        using getter = xt::detail::flat_adaptor_getter<closure, xt::layout_type::row_major>;
        return xt::xstrided_view<closure, Shape, xt::layout_type::dynamic, getter>(std::forward<E>(e), std::move(a.shape),
                                                                                   std::move(a.strides), a.offset,
                                                                                   xt::layout_type::dynamic);
    }
    inline void check_axis(const char* call, std::size_t axis, std::size_t rank)
    {
        if (axis >= rank)
            throw_shape_error(call, "axis " + std::to_string(axis), "an axis below " + std::to_string(rank));
    }
    template <class E, class P>
    auto permuted(E&& e, P const& permutation, std::size_t n)
    {
        const auto from = arrangement_of(e);
        auto to = from;
        if (n != from.shape.size())
            throw_shape_error("transpose", "a permutation of " + std::to_string(n) + " axes", std::to_string(from.shape.size()));
        unsigned seen = 0;
        for (std::size_t k = 0; k < n; ++k)
        {
            const auto axis = static_cast<std::size_t>(permutation[k]);
            check_axis("transpose", axis, n);
            if ((seen >> axis & 1u) != 0)
                throw_shape_error("transpose", "axis " + std::to_string(axis) + " twice", "each axis once");
            seen |= 1u << axis;
            to.shape[k] = from.shape[axis];
            to.strides[k] = from.strides[axis];
        }
        return arranged(std::forward<E>(e), std::move(to));
    }
    template <class Shape>
    void turn_round(arrangement<Shape>& a, std::size_t axis)
    {
        if (a.shape[axis] != 0)
            a.offset += static_cast<std::size_t>(a.strides[axis]) * (a.shape[axis] - 1);
        a.strides[axis] = -a.strides[axis];
    }
}
ETAPE_END_ARCH

namespace xt
{
    template <class E, class S, class Tag = check_policy::none>
        requires(etape::detail::tracked_expression<E>)
    auto transpose(E&& e, S&& permutation, Tag = Tag())
    {
        return etape::detail::permuted(std::forward<E>(e), permutation, static_cast<std::size_t>(permutation.size()));
    }
    template <class E, class I, std::size_t N, class Tag = check_policy::none>
        requires(etape::detail::tracked_expression<E>)
    auto transpose(E&& e, const I (&permutation)[N], Tag = Tag())
    {
        return etape::detail::permuted(std::forward<E>(e), permutation, N);
    }

    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto flip(E&& e, std::size_t axis)
    {
        auto a = etape::detail::arrangement_of(e);
        etape::detail::check_axis("flip", axis, a.shape.size());
        etape::detail::turn_round(a, axis);
        return etape::detail::arranged(std::forward<E>(e), std::move(a));
    }
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto flip(E&& e)
    {
        auto a = etape::detail::arrangement_of(e);
        for (std::size_t k = 0; k < a.shape.size(); ++k)
            etape::detail::turn_round(a, k);
        return etape::detail::arranged(std::forward<E>(e), std::move(a));
    }

    template <layout_type L = XTENSOR_DEFAULT_TRAVERSAL, class E>
        requires(etape::detail::tracked_expression<E>)
    auto ravel(E&& e)
    {
        const std::array<std::size_t, 1> n{e.size()};
        return reshape_view<L>(std::forward<E>(e), n);
    }
    template <layout_type L = XTENSOR_DEFAULT_TRAVERSAL, class E>
        requires(etape::detail::tracked_expression<E>)
    auto flatten(E&& e)
    {
        return ravel<L>(std::forward<E>(e));
    }

    // Elements (i, i + offset) along two axes; the diagonal is the last dimension of the result.
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto diagonal(E&& e, int offset = 0, std::size_t axis_1 = 0, std::size_t axis_2 = 1)
    {
        const auto from = etape::detail::arrangement_of(e);
        const auto rank = from.shape.size();
        etape::detail::check_axis("diagonal", axis_1, rank);
        etape::detail::check_axis("diagonal", axis_2, rank);
        if (axis_1 == axis_2)
            etape::throw_shape_error("diagonal", "the same axis twice", "two axes");
        using shape_type = typename detail::diagonal_shape_type<typename std::decay_t<E>::shape_type>::type;
        etape::detail::arrangement<shape_type> to;
        resize_container(to.shape, rank - 1);
        resize_container(to.strides, rank - 1);
        std::size_t at = 0;
        for (std::size_t k = 0; k < rank; ++k)
            if (k != axis_1 && k != axis_2)
            {
                to.shape[at] = from.shape[k];
                to.strides[at++] = from.strides[k];
            }
        const auto rows = static_cast<std::ptrdiff_t>(from.shape[axis_1]) + std::min(offset, 0);
        const auto columns = static_cast<std::ptrdiff_t>(from.shape[axis_2]) - std::max(offset, 0);
        to.shape[at] = static_cast<std::size_t>(std::max<std::ptrdiff_t>(std::min(rows, columns), 0));
        to.strides[at] = from.strides[axis_1] + from.strides[axis_2];
        to.offset = static_cast<std::size_t>(offset < 0 ? -offset * from.strides[axis_1] : offset * from.strides[axis_2]);
        return etape::detail::arranged(std::forward<E>(e), std::move(to));
    }
}
