// SPDX-License-Identifier: BSL-1.0
// Views of tracked arrays and of constants enter a kernel as a part of the array's memory: no copy, and the adjoint goes to the
// array itself. A view of an expression evaluates it first; a view that gathers (xt::keep, xt::drop) goes element by element.
#pragma once
#include <tuple>

#include <etape/array/evaluation.hpp>
#include <etape/array/part.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Is E an affine map on the memory of a handle? Then `resolve<T>(e)` is that part.
    template <class E>
    struct affine
    {
        static constexpr bool value = false;
    };
    template <class E>
    inline constexpr bool is_affine_v = affine<std::remove_cvref_t<E>>::value;

    template <class E>
    inline constexpr bool is_handle_v = false;
    template <class T, std::size_t N>
    inline constexpr bool is_handle_v<variable<T, N>> = N > 0;
    template <class T, std::size_t N>
    inline constexpr bool is_handle_v<tensor<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool is_handle_v<constant<T, N>> = true;
    template <class E>
        requires is_handle_v<E>
    struct affine<E>
    {
        static constexpr bool value = true;
        template <class T>
        ETAPE_ALWAYS_INLINE static part resolve(E const& e)
        {
            return runtime::whole_array_of_rank<static_cast<int>(static_rank_v<E>)>(e.data_handle().get());
        }
    };

    // What a view looks at: a part of a handle, or an expression that is evaluated now.
    template <class T, class E>
    part resolve(E const& e)
    {
        if constexpr (is_affine_v<E>)
            return affine<E>::template resolve<T>(e);
        else
            return runtime::whole_array(evaluate<T>(e, site{}));
    }
    // Whose part a view in a fused function is (array/fused_argument.hpp)
    template <class View>
    auto& argument_slot(View const& v) noexcept;
    // Plain arrays stay by reference, as xtensor has them.
    template <class CT>
    inline constexpr bool views_affinely_v = is_affine_v<CT> || contains_tracked_v<std::remove_cvref_t<CT>>;

    // ---- xt::view ----
    enum class slice_kind
    {
        other,
        index,
        all,
        range,
        new_axis
    };
    template <class S>
    inline constexpr slice_kind slice_kind_of = std::is_integral_v<S> ? slice_kind::index : slice_kind::other;
    template <class I>
    inline constexpr slice_kind slice_kind_of<xt::xall<I>> = slice_kind::all;
    template <class I>
    inline constexpr slice_kind slice_kind_of<xt::xrange<I>> = slice_kind::range;
    template <class I>
    inline constexpr slice_kind slice_kind_of<xt::xstepped_range<I>> = slice_kind::range;
    template <class I>
    inline constexpr slice_kind slice_kind_of<xt::xnewaxis<I>> = slice_kind::new_axis;

    template <class S>
    ETAPE_ALWAYS_INLINE void take_slice(runtime::slicer& to, S const& s)
    {
        constexpr auto kind = slice_kind_of<S>;
        if constexpr (kind == slice_kind::index)
            to.index(static_cast<std::ptrdiff_t>(s));
        else if constexpr (kind == slice_kind::all)
            to.all();
        else if constexpr (kind == slice_kind::new_axis)
            to.new_axis();
        else
            to.range(static_cast<std::ptrdiff_t>(s(0)), static_cast<std::size_t>(s.size()), static_cast<std::ptrdiff_t>(s.step_size()));
    }
    template <class CT, class... S>
        requires(views_affinely_v<CT> && ((slice_kind_of<std::remove_cvref_t<S>> != slice_kind::other) && ...))
    struct affine<xt::xview<CT, S...>>
    {
        static constexpr bool value = true;
        template <class T>
        static part resolve(xt::xview<CT, S...> const& e)
        {
            part from = detail::resolve<T>(e.expression());
            runtime::slicer to(from);
            std::apply([&](auto const&... s) { (take_slice(to, s), ...); }, e.slices());
            return to.finish();
        }
    };

    // ---- xt::strided_view and what is made of it ----
    template <class FST>
    inline constexpr bool row_major_storage_v = false;
    template <class CT>
    inline constexpr bool row_major_storage_v<xt::detail::flat_adaptor_getter<CT, xt::layout_type::row_major>> = true;

    // Strides over the row-major sequence of an expression without memory of its own (for xtensor).
    template <class CT, class S, xt::layout_type L, class FST>
        requires(views_affinely_v<CT> && row_major_storage_v<FST>)
    struct affine<xt::xstrided_view<CT, S, L, FST>>
    {
        static constexpr bool value = true;
        template <class T>
        static part resolve(xt::xstrided_view<CT, S, L, FST> const& e)
        {
            check_dimensions(e.shape().size());
            const int r = static_cast<int>(e.shape().size());
            std::size_t shape[max_rank];
            std::ptrdiff_t strides[max_rank];
            std::copy(e.shape().begin(), e.shape().end(), shape);
            std::copy(e.strides().begin(), e.strides().end(), strides);
            const auto offset = static_cast<std::ptrdiff_t>(e.data_offset());
            part p = detail::resolve<T>(e.expression());
            if (!runtime::restride(p, shape, strides, r, offset))
            {
                if constexpr (is_fused_v<std::remove_cvref_t<CT>>)
                    throw rule_error("etape: fused(): found a reshaped view of a view with gaps, whose elements would have to be copied, "
                                     "expected views that stay in place: leave fused() out");
                else
                {
                    // The elements in a row, then the view of them.
                    p = runtime::whole_array(dense_copy<T>(e.expression()));
                    runtime::restride(p, shape, strides, r, offset);
                }
            }
            return p;
        }

    private:
        template <class T, class E>
        static buffer_ptr dense_copy(E const& e)
        {
            if constexpr (is_tracked_v<E>)
                return evaluate<T>(e, site{});
            else
                return evaluate_plain<T>(e);
        }
    };
    // Strides over the memory of a constant.
    template <class CT, class S, xt::layout_type L, class FST>
        requires(is_affine_v<CT> && !is_tracked_v<CT> && has_plain_memory_v<xt::xstrided_view<CT, S, L, FST>>)
    struct affine<xt::xstrided_view<CT, S, L, FST>>
    {
        static constexpr bool value = true;
        template <class T>
        static part resolve(xt::xstrided_view<CT, S, L, FST> const& e)
        {
            part p = detail::resolve<T>(e.expression());
            check_dimensions(e.shape().size());
            p.rank = static_cast<int>(e.shape().size());
            std::copy(e.shape().begin(), e.shape().end(), p.shape);
            std::copy(e.strides().begin(), e.strides().end(), p.strides);
            p.offset = p.size() == 0 ? 0 : static_cast<std::ptrdiff_t>(e.data_offset());
            return p;
        }
    };

    // ---- xt::broadcast below a view ----
    template <class CT, class X>
        requires(is_affine_v<CT>)
    struct affine<xt::xbroadcast<CT, X>>
    {
        static constexpr bool value = true;
        template <class T>
        static part resolve(xt::xbroadcast<CT, X> const& e)
        {
            check_dimensions(e.shape().size());
            std::size_t shape[max_rank];
            std::copy(e.shape().begin(), e.shape().end(), shape);
            part p = detail::resolve<T>(e.expression());
            runtime::broadcast_part(p, shape, static_cast<int>(e.shape().size()));
            return p;
        }
    };

    // ---- as a leaf ----
    template <class T>
    void set_part(source<T>& to, part&& p, bool active)
    {
        std::copy_n(p.shape, p.rank, to.shape_store);
        std::copy_n(p.strides, p.rank, to.stride_store);
        to.set_memory(p.owner->data<T>() + p.offset, p.rank, p.owner, active, p.offset);
        to.hold = std::move(p.hold);
    }
    template <class E>
    struct affine_lowering
    {
        using tree = expr::array_leaf<is_tracked_v<E>>;
        template <class S>
        static void collect(E const& e, S& s)
        {
            using T = typename statement_number<S>::type;
            if constexpr (is_fused_v<E>)
                s.take_part(argument_slot(e), affine<E>::template resolve<T>(e));
            else if constexpr (std::is_same_v<number_t<E>, T>)
            {
                part p = affine<E>::template resolve<T>(e);
                set_part(s.next(), std::move(p), is_tracked_v<E>);
            }
            else
            {
                static_assert(!is_tracked_v<E>, "etape: an expression mixes variables of float and of double: convert one of them");
                s.next().set_temporary(evaluate_plain<T>(e));
            }
        }
    };
    template <class CT, class... S>
        requires(affine<xt::xview<CT, S...>>::value)
    struct lowering<xt::xview<CT, S...>> : affine_lowering<xt::xview<CT, S...>>
    {
    };
    template <class CT, class S, xt::layout_type L, class FST>
        requires(affine<xt::xstrided_view<CT, S, L, FST>>::value)
    struct lowering<xt::xstrided_view<CT, S, L, FST>> : affine_lowering<xt::xstrided_view<CT, S, L, FST>>
    {
    };
}
ETAPE_END_ARCH
