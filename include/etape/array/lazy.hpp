// SPDX-License-Identifier: BSL-1.0
// xt::sum(e), xt::mean(e), ... of a tracked expression over all its elements: a lazy number that knows its reduction, so that
// it becomes one fused pass. Over axes, sums, products and extrema are xtensor's own reducers, lowered; norms and variances ours.
#pragma once
#include <etape/array/reductions.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // An xtensor expression of rank 0. Evaluating it records one statement; holds its operand as xtensor would.
    template <class Reducer, class CT>
    class full_reduction;
}
ETAPE_END_ARCH

namespace xt
{
    template <class R, class CT>
    struct xiterable_inner_types<etape::detail::full_reduction<R, CT>>
        : etape::detail::handle_iterable<etape::detail::full_reduction<R, CT>, 0>
    {
    };
    template <class R, class CT>
    struct xcontainer_inner_types<etape::detail::full_reduction<R, CT>>
        : etape::detail::handle_inner<typename std::decay_t<CT>::value_type>
    {
    };
}

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class Reducer, class CT>
    class full_reduction : public leaf_expression<full_reduction<Reducer, CT>, typename std::decay_t<CT>::value_type, 0>
    {
        using base = leaf_expression<full_reduction, typename std::decay_t<CT>::value_type, 0>;

    public:
        using typename base::inner_shape_type;
        using typename base::value_type;
        static constexpr xt::layout_type static_layout = xt::layout_type::any;
        static constexpr bool contiguous_layout = true;

        template <class E>
        ETAPE_ALWAYS_INLINE explicit full_reduction(std::in_place_t, E&& e)
            : operand_(std::forward<E>(e))
        {
        }

        std::decay_t<CT> const& expression() const noexcept
        {
            return operand_;
        }

        operator value_type() const
        {
            return element_at(nullptr, 0);
        }

        // For the engine.
        const inner_shape_type& extents() const noexcept
        {
            static constexpr inner_shape_type none{};
            return none;
        }
        // The number: evaluated, and recorded, each time that it is asked for.
        value_type element_at(const std::ptrdiff_t*, std::size_t) const
        {
            return evaluate_number<typename value_type::value_type>(*this, site{});
        }

    private:
        CT operand_;
    };

    template <class T, class R, class CT>
    struct evaluation<T, full_reduction<R, CT>>
    {
        static variable<T, 0> number(full_reduction<R, CT> const& r, site const& where)
        {
            return reduce_all<R, T>(r.expression(), where);
        }
        static buffer_ptr array(full_reduction<R, CT> const& r, site const& where)
        {
            return number_as_array<T>(number(r, where), where);
        }
    };
    // Inside an expression: a statement of its own, and a number.
    template <class R, class CT>
    struct lowering<full_reduction<R, CT>>
    {
        using tree = expr::scalar_leaf<true>;
        template <class S>
        static void collect(full_reduction<R, CT> const& r, S& s)
        {
            if constexpr (requires { typename S::fused; })
                return s.template take_reduction<R>(r.expression(), typename S::fused(1));
            else
            {
                const auto v = evaluation<typename statement_number<S>::type, full_reduction<R, CT>>::number(r, site{});
                s.next().set_own_scalar(v.value(), v.tag());
            }
        }
    };

    // c * sum(e) with a plain number c: the constant enters the pass, so that no array of partials is scaled afterwards.
    template <class R, class S, class CT>
    struct scaled_reduction
    {
        using tree = expr::scalar_leaf<true>;
        template <class St>
        static void collect_scaled(S c, full_reduction<R, CT> const& r, St& s)
        {
            using T = typename statement_number<St>::type;
            if constexpr (requires { typename St::fused; })
                return s.template take_reduction<R>(r.expression(), static_cast<T>(c));
            else
            {
                const auto v = reduce_all<R, T>(r.expression(), site{}, static_cast<T>(c));
                s.next().set_own_scalar(v.value(), v.tag());
            }
        }
    };
    template <class CS, class R, class CT>
        requires std::is_arithmetic_v<CS>
    struct lowering<xt::xfunction<xt::detail::multiplies, number_leaf<CS>, full_reduction<R, CT>>>
        : scaled_reduction<R, CS, CT>
    {
        template <class E, class St>
        static void collect(E const& e, St& s)
        {
            lowering::collect_scaled(std::get<0>(e.arguments()).expression(), std::get<1>(e.arguments()), s);
        }
    };
    template <class CS, class R, class CT>
        requires std::is_arithmetic_v<CS>
    struct lowering<xt::xfunction<xt::detail::multiplies, full_reduction<R, CT>, number_leaf<CS>>>
        : scaled_reduction<R, CS, CT>
    {
        template <class E, class St>
        static void collect(E const& e, St& s)
        {
            lowering::collect_scaled(std::get<1>(e.arguments()).expression(), std::get<0>(e.arguments()), s);
        }
    };

    template <class EVS>
    inline constexpr bool plain_lazy_v = std::is_same_v<std::decay_t<EVS>, std::tuple<xt::evaluation_strategy::lazy_type>>;
}
ETAPE_END_ARCH

// Overloads of xtensor's functions with the same heads, constrained to tracked operands: preferred for these, invisible to others.
namespace xt
{
#define ETAPE_LAZY_REDUCTION(NAME, REDUCER)                                                                          \
    template <class T = void, class E, class EVS = DEFAULT_STRATEGY_REDUCERS, XTL_REQUIRES(is_reducer_options<EVS>)> \
        requires(etape::detail::tracked_expression<E> && std::is_void_v<T> && etape::detail::plain_lazy_v<EVS>)      \
    ETAPE_ALWAYS_INLINE auto NAME(E&& e, EVS = EVS())                                                                \
    {                                                                                                                \
        return etape::detail::full_reduction<etape::kernel::REDUCER, const_xclosure_t<E>>(std::in_place,             \
                                                                                          std::forward<E>(e));       \
    }
    ETAPE_LAZY_REDUCTION(sum, sum_reducer)
    ETAPE_LAZY_REDUCTION(mean, mean_reducer)
    ETAPE_LAZY_REDUCTION(prod, prod_reducer)
    ETAPE_LAZY_REDUCTION(amax, extremum_reducer<1>)
    ETAPE_LAZY_REDUCTION(amin, extremum_reducer<-1>)
    ETAPE_LAZY_REDUCTION(variance, variance_reducer)
    ETAPE_LAZY_REDUCTION(stddev, stddev_reducer)
#undef ETAPE_LAZY_REDUCTION
#define ETAPE_LAZY_NORM(NAME, REDUCER)                                                                               \
    template <class E, class EVS = DEFAULT_STRATEGY_REDUCERS, XTL_REQUIRES(is_xexpression<E>)>                       \
        requires(etape::detail::tracked_expression<E> && etape::detail::plain_lazy_v<EVS>)                           \
    ETAPE_ALWAYS_INLINE auto NAME(E&& e, EVS = EVS()) noexcept                                                       \
    {                                                                                                                \
        return etape::detail::full_reduction<etape::kernel::REDUCER, const_xclosure_t<E>>(std::in_place,             \
                                                                                          std::forward<E>(e));       \
    }
    ETAPE_LAZY_NORM(norm_l1, norm_l1_reducer)
    ETAPE_LAZY_NORM(norm_l2, norm_l2_reducer)
    ETAPE_LAZY_NORM(norm_sq, norm_sq_reducer)
#undef ETAPE_LAZY_NORM

    // Over a braced list of axes: xtensor's own ones are written for plain numbers and do not compile here.
#define ETAPE_REDUCTION_OVER_AXES(NAME, ...)                                                                         \
    template <__VA_ARGS__>                                                                                           \
        requires(etape::detail::tracked_expression<E> && etape::detail::plain_lazy_v<EVS>)                           \
    auto NAME(E&& e, const A (&axes)[N], EVS = EVS())                                                                \
    {                                                                                                                \
        return etape::NAME(e, axes, etape::site{});                                                                  \
    }
    ETAPE_REDUCTION_OVER_AXES(norm_l1, class E, class A, std::size_t N, class EVS = DEFAULT_STRATEGY_REDUCERS)
    ETAPE_REDUCTION_OVER_AXES(norm_l2, class E, class A, std::size_t N, class EVS = DEFAULT_STRATEGY_REDUCERS)
    ETAPE_REDUCTION_OVER_AXES(norm_sq, class E, class A, std::size_t N, class EVS = DEFAULT_STRATEGY_REDUCERS)
    ETAPE_REDUCTION_OVER_AXES(stddev, class T = void, class E, class A, std::size_t N, class EVS = DEFAULT_STRATEGY_REDUCERS)
    ETAPE_REDUCTION_OVER_AXES(variance, class T = void, class E, class A, std::size_t N, class EVS = DEFAULT_STRATEGY_REDUCERS,
                              XTL_REQUIRES(is_reducer_options<EVS>))
#undef ETAPE_REDUCTION_OVER_AXES
    // Over a std::array of axes. For norms: array/xtensor_functions.hpp.
#define ETAPE_REDUCTION_OVER_OBJECT(NAME, ...)                                                                       \
    template <__VA_ARGS__>                                                                                           \
        requires(etape::detail::tracked_expression<E> && etape::detail::axes_object<std::remove_cvref_t<X>> &&       \
                 etape::detail::plain_lazy_v<EVS>)                                                                   \
    auto NAME(E&& e, X&& axes, EVS = EVS())                                                                          \
    {                                                                                                                \
        return etape::NAME(e, axes, etape::site{});                                                                  \
    }
    ETAPE_REDUCTION_OVER_OBJECT(stddev, class T = void, class E, class X, class EVS = DEFAULT_STRATEGY_REDUCERS,
                                XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>))
    ETAPE_REDUCTION_OVER_OBJECT(variance, class T = void, class E, class X, class EVS = DEFAULT_STRATEGY_REDUCERS,
                                XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>, ETAPE_XTENSOR_STD::negation<xtl::is_integral<std::decay_t<X>>>,
                                             is_reducer_options<EVS>))
#undef ETAPE_REDUCTION_OVER_OBJECT
}
