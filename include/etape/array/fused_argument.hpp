// SPDX-License-Identifier: BSL-1.0
// The arguments of a fused function (api/fused.hpp): what xtensor builds expressions on, and what the walk over the finished
// expression finds at its leaves. No tape knows them.
#pragma once
#include <etape/array/lazy.hpp>

namespace etape
{
    // Where an adjoint goes.
    template <class T>
    struct fused_sink
    {
        T adjoint = 0;  // of the numbers at the root
        T pending = 0;  // from passes over arrays
    };
    // An argument of the call: its numbers (dense, row-major), and where its gradient goes.
    template <class T>
    struct fused_slot : fused_sink<T>
    {
        const T* data = nullptr;
        T* gradient = nullptr;
        const std::size_t* shape = nullptr;
        const std::ptrdiff_t* strides = nullptr;
        std::size_t size = 1;
        int rank = 0;
        std::uint64_t tag = 0;  // tells the arguments that are numbers apart
        T value = 0;
        bool written = false;  // the gradient holds numbers
    };
    // A full reduction in the expression, in the order of the walk.
    template <class T>
    struct fused_reduction : fused_sink<T>
    {
        T value = 0;
        T scale = 1;   // the constant that it is multiplied with
        T factor = 1;  // of the partials, beside the scale
        bool known = false;
    };
}

ETAPE_BEGIN_ARCH
template <class T, std::size_t N>
class fused_argument : public detail::leaf_expression<fused_argument<T, N>, variable<T, 0>, N>
{
    using base = detail::leaf_expression<fused_argument, variable<T, 0>, N>;

public:
    using typename base::inner_shape_type;
    using typename base::strides_type;
    using typename base::value_type;
    using backstrides_type = strides_type;
    using inner_backstrides_type = strides_type;

    ETAPE_ALWAYS_INLINE explicit fused_argument(fused_slot<T>& s) noexcept
        : slot_(&s)
    {
    }
    ETAPE_ALWAYS_INLINE fused_argument(fused_argument const& o) noexcept
        : base()
        , slot_(o.slot_)
    {
    }
    fused_argument& operator=(fused_argument const&) = delete;

    const strides_type& strides() const noexcept
    {
        return *reinterpret_cast<const strides_type*>(slot_->strides);
    }

    // For the engine.
    const inner_shape_type& extents() const noexcept
    {
        if constexpr (N == 0)
        {
            static constexpr inner_shape_type none{};
            return none;
        }
        else
            return *reinterpret_cast<const inner_shape_type*>(slot_->shape);
    }
    // An element would have to be recorded.
    template <class Index>
    value_type element_at(Index, std::size_t) const
    {
        static_assert(sizeof(Index) != 0 && detail::evaluable<fused_argument>::value);
        return {};
    }
    fused_slot<T>& slot() const noexcept
    {
        return *slot_;
    }

private:
    fused_slot<T>* slot_;
};

namespace detail
{
    template <class T, std::size_t N>
    struct lowering<fused_argument<T, N>>
    {
        using tree = std::conditional_t<N == 0, expr::scalar_leaf<true>, expr::array_leaf<true>>;
        template <class S>
        static void collect(fused_argument<T, N> const& a, S& s)
        {
            if constexpr (N == 0)
                s.take_number(a.slot());
            else
                s.take_argument(a.slot());
        }
    };

    // A part of an argument: as for handles (array/view.hpp), but in memory without an owner.
    template <class T, std::size_t N>
    struct affine<fused_argument<T, N>>
    {
        static constexpr bool value = N > 0;
        template <class>
        static part resolve(fused_argument<T, N> const& a)
        {
            part p;
            p.rank = static_cast<int>(N);
            std::copy_n(a.shape().begin(), N, p.shape);
            std::copy_n(a.strides().begin(), N, p.strides);
            return p;
        }
    };
    template <class T, std::size_t N>
    fused_slot<T>& argument_slot(fused_argument<T, N> const& a) noexcept
    {
        return a.slot();
    }
    template <class View>
    auto& argument_slot(View const& v) noexcept
    {
        return argument_slot(v.expression());
    }
}
ETAPE_END_ARCH
