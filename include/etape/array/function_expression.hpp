// SPDX-License-Identifier: BSL-1.0
// xtensor's node of an expression, for nodes with tracked operands. xtensor's own carries a cached shape and a shared pointer, which
// are moved along at every level of an expression: 40 ns for five operators, most of it loads that wait for narrower stores. This
// one is its operands and its functor; what xtensor asks beyond that is answered when it asks.
#pragma once
#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include <etape/array/xtensor_compat.hpp>
#include <etape/scalar/variable.hpp>

namespace xt
{
    template <class F, class... CT>
        requires(etape::is_scalar_variable_v<typename std::decay_t<CT>::value_type> || ...)
    class xfunction<F, CT...> : public xexpression<xfunction<F, CT...>>,
                                public xconst_iterable<xfunction<F, CT...>>,
                                public xconst_accessible<xfunction<F, CT...>>
    {
    public:
        using self_type = xfunction;
        using accessible_base = xconst_accessible<self_type>;
        using iterable_base = xconst_iterable<self_type>;
        using expression_tag = xexpression_tag_t<CT...>;
        using only_scalar = all_xscalar<CT...>;
        using functor_type = std::remove_reference_t<F>;
        using tuple_type = std::tuple<CT...>;
        using inner_types = xcontainer_inner_types<self_type>;
        using value_type = typename inner_types::value_type;
        using reference = typename inner_types::reference;
        using const_reference = typename inner_types::const_reference;
        using pointer = value_type*;
        using const_pointer = const value_type*;
        using size_type = typename inner_types::size_type;
        using difference_type = common_difference_type_t<std::decay_t<CT>...>;
        using bool_load_type = xt::bool_load_type<value_type>;
        using inner_shape_type = typename iterable_base::inner_shape_type;
        using shape_type = inner_shape_type;
        using temporary_type = typename detail::xtype_for_shape<shape_type>::template type<value_type, XTENSOR_DEFAULT_LAYOUT>;
        using stepper = typename iterable_base::stepper;
        using const_stepper = typename iterable_base::const_stepper;
        static constexpr layout_type static_layout = compute_layout(std::decay_t<CT>::static_layout...);
        static constexpr bool contiguous_layout = static_layout != layout_type::dynamic;

        template <class Functor, class... Operand>
            requires(sizeof...(Operand) == sizeof...(CT))
        ETAPE_ALWAYS_INLINE xfunction(Functor&& f, Operand&&... e) noexcept
            : m_e(std::forward<Operand>(e)...)
            , m_f(std::forward<Functor>(f))
        {
        }
        // Without the shape: a load that waits for it would cost more than to find it again.
        ETAPE_ALWAYS_INLINE xfunction(xfunction const& o)
            : m_e(o.m_e)
            , m_f(o.m_f)
        {
        }
        ETAPE_ALWAYS_INLINE xfunction(xfunction&& o) noexcept
            : m_e(std::move(o.m_e))
            , m_f(std::move(o.m_f))
        {
        }
        xfunction& operator=(xfunction const&) = default;
        xfunction& operator=(xfunction&&) = default;
        ~xfunction() = default;

        size_type dimension() const noexcept
        {
            size_type n = 0;
            for_each_operand([&n](auto const& e) { n = std::max<size_type>(n, e.dimension()); });
            return n;
        }
        using accessible_base::shape;
        inner_shape_type const& shape() const
        {
            // A shape that is fixed at compile time has no numbers in it.
            if constexpr (!std::is_empty_v<inner_shape_type>)
                if (!known_)
                {
                    shape_ = uninitialized_shape<inner_shape_type>(dimension());
                    broadcast_shape(shape_);
                    known_ = true;
                }
            return shape_;
        }
        layout_type layout() const noexcept
        {
            return std::apply([](auto const&... e) { return compute_layout(e.layout()...); }, m_e);
        }
        bool is_contiguous() const noexcept
        {
            return layout() != layout_type::dynamic && std::apply([](auto const&... e) { return (e.is_contiguous() && ...); }, m_e);
        }
        template <class S>
        bool broadcast_shape(S& to, bool = false) const
        {
            bool trivial = true;
            for_each_operand([&](auto const& e) { trivial = e.broadcast_shape(to) && trivial; });
            return trivial;
        }
        template <class S>
        bool has_linear_assign(S const&) const noexcept
        {
            return false;
        }

        template <class... Index>
        const_reference operator()(Index... index) const
        {
            return std::apply([&](auto const&... e) -> const_reference { return m_f(e(static_cast<size_type>(index)...)...); }, m_e);
        }
        template <class... Index>
        const_reference unchecked(Index... index) const
        {
            return std::apply([&](auto const&... e) -> const_reference { return m_f(e.unchecked(static_cast<size_type>(index)...)...); }, m_e);
        }
        template <class It>
        const_reference element(It first, It last) const
        {
            return std::apply([&](auto const&... e) -> const_reference { return m_f(e.element(first, last)...); }, m_e);
        }
        operator value_type() const
            requires(only_scalar::value)
        {
            return (*this)();
        }

        // By these names xtensor's sorts and means walk in the order of rows.
        auto linear_begin() const
        {
            return this->template begin<layout_type::row_major>();
        }
        auto linear_end() const
        {
            return this->template end<layout_type::row_major>();
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
            return std::apply([&](auto const&... e) { return const_stepper(this, e.stepper_begin(s)...); }, m_e);
        }
        template <class S>
        const_stepper stepper_end(S const& s, layout_type l) const noexcept
        {
            return std::apply([&](auto const&... e) { return const_stepper(this, e.stepper_end(s, l)...); }, m_e);
        }

        tuple_type const& arguments() const noexcept
        {
            return m_e;
        }
        functor_type const& functor() const noexcept
        {
            return m_f;
        }

    private:
        template <class Visit>
        void for_each_operand(Visit&& visit) const
        {
            std::apply([&](auto const&... e) { (visit(e), ...); }, m_e);
        }

        // By these names xtensor's stepper finds them.
        tuple_type m_e;
        functor_type m_f;
        mutable inner_shape_type shape_;
        mutable bool known_ = false;

        friend class xfunction_stepper<F, CT...>;
    };
}
