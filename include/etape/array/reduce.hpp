// SPDX-License-Identifier: BSL-1.0
// Reductions: xtensor's lazy reducers lowered, and our own functions over all or some axes.
#pragma once
#include <initializer_list>
#include <vector>

#include <etape/array/view_target.hpp>

namespace etape::runtime
{
    // Plain computations over the axes of a mask; the result keeps reduced extents as 1.
    template <class T>
    buffer_ptr extremum(int sign, buffer const& v, unsigned mask, const char* call);
    template <class T>
    buffer_ptr count_ties(buffer const& v, buffer const& best, unsigned mask);
    template <class T>
    buffer_ptr product(buffer const& v, unsigned mask);
    // The product of all other elements along the axes, for each element.
    template <class T>
    buffer_ptr products_of_others(buffer const& v, unsigned mask);
    // The same as recorded operations, when a derivative of the derivative may be asked for; null otherwise.
    buffer_ptr recorded_product(buffer_ptr const& v, bool single, unsigned mask, bool keep_dims);
    // Axes (negative: from the end) as bits; throws shape_error for one out of range or named twice.
    unsigned axes_mask(const char* call, const std::ptrdiff_t* axes, std::size_t n, std::size_t rank);
}

ETAPE_BEGIN_ARCH
namespace detail
{
    // ---- one statement from an expression ----
    template <class Reducer, class T, class E>
    variable<T, 0> reduce_all(E const& e, site const& where, T scale = T(1))
    {
        static_assert(evaluable<E>::value);
        using tree = typename lowering<E>::tree;
        statement<T, tree> s;
        lowering<E>::collect(e, s);
        return s.template reduce<Reducer>(where, scale);
    }
    template <class T, class E>
    buffer_ptr sum_over(E const& e, unsigned mask, bool keep_dims, T scale, const char* name, site const& where)
    {
        static_assert(evaluable<E>::value);
        // The stored result is the sum, not the elements: an identity at the root keeps the reverse pass from reading it as them.
        using tree = expr::op<rule::pos, typename lowering<E>::tree>;
        statement<T, tree> s;
        lowering<E>::collect(e, s);
        return s.array(name, where, mask, keep_dims, scale);
    }

    // ---- xtensor's reducers ----
    enum class reduction_kind
    {
        other,
        sum,
        prod,
        amax,
        amin
    };
    template <class F>
    inline constexpr reduction_kind reduction_of = reduction_kind::other;
    template <>
    inline constexpr reduction_kind reduction_of<xt::detail::plus> = reduction_kind::sum;
    template <>
    inline constexpr reduction_kind reduction_of<xt::detail::multiplies> = reduction_kind::prod;
    template <>
    inline constexpr reduction_kind reduction_of<xt::math::maximum<void>> = reduction_kind::amax;
    template <>
    inline constexpr reduction_kind reduction_of<xt::math::minimum<void>> = reduction_kind::amin;

    // The axes of a reducer are private to it; rebuilt over a shape whose extents tell the axes apart, it shows them.
    template <class Reducer>
    unsigned reduced_axes(Reducer const& r)
    {
        const std::size_t rank = r.expression().dimension();
        check_dimensions(rank);
        std::vector<std::size_t> extents(rank);
        for (std::size_t k = 0; k < rank; ++k)
            extents[k] = k + 2;
        auto probe = r.build_reducer(xt::broadcast(0.0, extents));
        unsigned mask = (1u << rank) - 1u;
        for (auto extent : probe.shape())
            if (extent >= 2)
                mask &= ~(1u << (extent - 2));
        return mask;
    }

    // Largest or smallest over axes: the value, and the statement sum(where(v == m, v, 0) / ties) whose derivative shares
    // the gradient evenly among ties.
    template <int Sign, class T, class E>
    buffer_ptr extremum_over(E const& e, unsigned mask, bool keep_dims, site const& where);
    template <class T, class E>
    buffer_ptr prod_over(E const& e, unsigned mask, bool keep_dims, site const& where);

    // One with an initial value (xt::initial) goes element by element.
    template <class F, class CT, class X, class O>
    inline constexpr bool lowered_reducer_v =
        is_tracked_v<xt::xreducer<F, CT, X, O>> && !O::has_initial_value &&
        reduction_of<typename xt::xreducer<F, CT, X, O>::reduce_functor_type> != reduction_kind::other;

    template <class T, class R>
    struct reducer_evaluation
    {
        using expression = typename R::xexpression_type;
        static constexpr auto kind = reduction_of<typename R::reduce_functor_type>;
        static constexpr bool keeps = std::is_same_v<typename std::remove_cvref_t<decltype(std::declval<R>().options())>::keep_dims, std::true_type>;

        static buffer_ptr array(R const& r, site const& where)
        {
            const unsigned mask = reduced_axes(r);
            auto const& e = r.expression();
            if constexpr (kind == reduction_kind::sum)
                return sum_over<T>(e, mask, keeps, T(1), "sum", where);
            else if constexpr (kind == reduction_kind::prod)
                return prod_over<T>(e, mask, keeps, where);
            else
                return extremum_over<kind == reduction_kind::amax ? 1 : -1, T>(e, mask, keeps, where);
        }
        static variable<T, 0> number(R const& r, site const& where)
        {
            if (r.dimension() != 0)
                check_rank("conversion to a number", static_cast<int>(r.dimension()), 0);
            auto const& e = r.expression();
            if constexpr (kind == reduction_kind::sum)
                return reduce_all<kernel::sum_reducer, T>(e, where);
            else if constexpr (kind == reduction_kind::prod)
                return reduce_all<kernel::prod_reducer, T>(e, where);
            else if constexpr (kind == reduction_kind::amax)
                return reduce_all<kernel::extremum_reducer<1>, T>(e, where);
            else
                return reduce_all<kernel::extremum_reducer<-1>, T>(e, where);
        }
    };
    template <class T, class F, class CT, class X, class O>
        requires lowered_reducer_v<F, CT, X, O>
    struct evaluation<T, xt::xreducer<F, CT, X, O>> : reducer_evaluation<T, xt::xreducer<F, CT, X, O>>
    {
    };

    // Inside an expression a reduction is a statement of its own, and a leaf.
    template <class F, class CT, class X, class O>
        requires lowered_reducer_v<F, CT, X, O>
    struct lowering<xt::xreducer<F, CT, X, O>>
    {
        using reducer = xt::xreducer<F, CT, X, O>;
        static constexpr bool scalar = static_rank_v<reducer> == 0;
        using tree = std::conditional_t<scalar, expr::scalar_leaf<true>, expr::array_leaf<true>>;
        template <class S>
        static void collect(reducer const& r, S& s)
        {
            using T = typename statement_number<S>::type;
            auto& to = s.next();
            if constexpr (scalar)
            {
                const auto v = evaluation<T, reducer>::number(r, site{});
                to.set_own_scalar(v.value(), v.tag());
            }
            else
            {
                auto b = evaluation<T, reducer>::array(r, site{});
                to.set_handle(b.get(), true);
                to.hold = std::move(b);
            }
        }
    };

    // ---- composites over axes ----
    template <int Sign, class T, class E>
    buffer_ptr extremum_over(E const& e, unsigned mask, bool keep_dims, site const& where)
    {
        const char* name = Sign > 0 ? "amax" : "amin";
        auto v = evaluate<T>(e, where);
        auto m = runtime::extremum<T>(Sign, *v, mask, name);
        auto ties = runtime::count_ties<T>(*v, *m, mask);
        // The elements that are the extremum share; where some are NaN, these.
        using is_best = expr::op<rule::equal_to, expr::array_leaf<true>, expr::array_leaf<false>>;
        using is_nan = expr::op<rule::not_equal_to, expr::array_leaf<true>, expr::array_leaf<true>>;
        using share = expr::op<rule::div, expr::array_leaf<true>, expr::array_leaf<false>>;
        using tree = expr::op<rule::where, expr::op<rule::logical_or, is_best, is_nan>, share, expr::scalar_leaf<false>>;
        statement<T, tree> s;
        s.stand_in = true;
        s.next().set_handle(v.get(), true);
        s.next().set_handle(m.get(), false);
        s.next().set_handle(v.get(), true);
        s.next().set_handle(v.get(), true);
        s.next().set_handle(v.get(), true);
        s.next().set_handle(ties.get(), false);
        s.next().set_number(T(0));
        auto out = s.array(name, where, mask, keep_dims);
        std::copy_n(m->template data<T>(), m->size, out->template data<T>());
        return out;
    }
    template <class T, class E>
    buffer_ptr prod_over(E const& e, unsigned mask, bool keep_dims, site const& where)
    {
        auto v = evaluate<T>(e, where);
        if (runtime::thread.higher_order) [[unlikely]]
            if (auto p = runtime::recorded_product(v, sizeof(T) == sizeof(float), mask, keep_dims))
                return p;
        // d prod / d v_i is the product of the others: the value is sum(stop(that) * v) / n up to rounding, so it is set.
        auto others = runtime::products_of_others<T>(*v, mask);
        using tree = expr::op<rule::mul, expr::array_leaf<true>, expr::array_leaf<false>>;
        statement<T, tree> s;
        s.stand_in = true;
        s.next().set_handle(v.get(), true);
        s.next().set_handle(others.get(), false);
        auto out = s.array("prod", where, mask, keep_dims);
        auto value = runtime::product<T>(*v, mask);
        std::copy_n(value->template data<T>(), value->size, out->template data<T>());
        return out;
    }
}
ETAPE_END_ARCH
