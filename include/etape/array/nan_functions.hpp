// SPDX-License-Identifier: BSL-1.0
// NaN and infinities in tracked arrays: conditions, which have no derivative, and reductions that leave NaN out.
#pragma once
#include <limits>

#include <etape/array/for_xtensor.hpp>

namespace xt
{
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto isnan(E&& e)
    {
        return not_equal(e, e);
    }
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto isinf(E&& e)
    {
        using T = etape::detail::number_t<std::remove_cvref_t<E>>;
        return greater(abs(std::forward<E>(e)), (std::numeric_limits<T>::max)());
    }
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto isfinite(E&& e)
    {
        using T = etape::detail::number_t<std::remove_cvref_t<E>>;
        return less_equal(abs(std::forward<E>(e)), (std::numeric_limits<T>::max)());
    }
    template <class A, class B>
        requires(etape::detail::for_xtensor::some_tracked<A, B>)
    auto isclose(A&& a, B&& b, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false)
    {
        return isclose(etape::detail::for_xtensor::values_of(std::forward<A>(a)), etape::detail::for_xtensor::values_of(std::forward<B>(b)), rtol, atol, equal_nan);
    }
    template <class A, class B>
        requires(etape::detail::for_xtensor::some_tracked<A, B>)
    auto allclose(A&& a, B&& b, double rtol = 1e-05, double atol = 1e-08)
    {
        return allclose(etape::detail::for_xtensor::values_of(std::forward<A>(a)), etape::detail::for_xtensor::values_of(std::forward<B>(b)), rtol, atol);
    }
    // Where a number stands for NaN or an infinity, nothing passes.
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto nan_to_num(E&& e)
    {
        using T = etape::detail::number_t<std::remove_cvref_t<E>>;
        return where(isnan(e), T(0), clip(e, std::numeric_limits<T>::lowest(), (std::numeric_limits<T>::max)()));
    }
#define ETAPE_NAN_REDUCTION(NAME, REDUCTION, INSTEAD)                                                                \
    template <class T = void, class E, class X, class EVS = etape::detail::for_xtensor::lazily,                                     \
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>, ETAPE_XTENSOR_STD::negation<xtl::is_integral<std::decay_t<X>>>)> \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, X&& axes, EVS es = EVS())                                                                       \
    {                                                                                                                \
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;                                                   \
        return REDUCTION(where(isnan(e), V(INSTEAD), e), std::forward<X>(axes), es);                                 \
    }                                                                                                                \
    template <class T = void, class E, class X, class EVS = etape::detail::for_xtensor::lazily,                                     \
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>, xtl::is_integral<std::decay_t<X>>)>   \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, X axis, EVS es = EVS())                                                                         \
    {                                                                                                                \
        return NAME(std::forward<E>(e), {axis}, es);                                                                 \
    }                                                                                                                \
    template <class T = void, class E, class EVS = etape::detail::for_xtensor::lazily, XTL_REQUIRES(is_reducer_options<EVS>)>       \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, EVS es = EVS())                                                                                 \
    {                                                                                                                \
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;                                                   \
        return REDUCTION(where(isnan(e), V(INSTEAD), e), es);                                                        \
    }                                                                                                                \
    template <class T = void, class E, class I, std::size_t N, class EVS = etape::detail::for_xtensor::lazily>                      \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, const I (&axes)[N], EVS es = EVS())                                                             \
    {                                                                                                                \
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;                                                   \
        return REDUCTION(where(isnan(e), V(INSTEAD), e), axes, es);                                                  \
    }
    ETAPE_NAN_REDUCTION(nansum, sum, 0)
    ETAPE_NAN_REDUCTION(nanprod, prod, 1)
    ETAPE_NAN_REDUCTION(nanmax, amax, -std::numeric_limits<V>::infinity())
    ETAPE_NAN_REDUCTION(nanmin, amin, std::numeric_limits<V>::infinity())
#undef ETAPE_NAN_REDUCTION
    template <class T = void, class E, class EVS = etape::detail::for_xtensor::lazily, XTL_REQUIRES(is_reducer_options<EVS>)>
        requires(etape::detail::tracked_expression<E>)
    auto nanmean(E&& e, EVS es = EVS())
    {
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;
        return sum(where(isnan(e), V(0), e), es) / sum(where(isnan(e), V(0), V(1)), es);
    }
    template <class T = void, class E, class I, std::size_t N, class EVS = etape::detail::for_xtensor::lazily>
        requires(etape::detail::tracked_expression<E>)
    auto nanmean(E&& e, const I (&axes)[N], EVS es = EVS())
    {
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;
        return sum(where(isnan(e), V(0), e), axes, es) / sum(where(isnan(e), V(0), V(1)), axes, es);
    }
    template <class T = void, class E, class X, class EVS = etape::detail::for_xtensor::lazily,
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>)>
        requires(etape::detail::tracked_expression<E>)
    auto nanmean(E&& e, X&& axes, EVS es = EVS())
    {
        using V = etape::detail::number_t<std::remove_cvref_t<E>>;
        // By value: a reducer refers to axes that have a name.
        return sum(where(isnan(e), V(0), e), std::decay_t<X>(axes), es) / sum(where(isnan(e), V(0), V(1)), std::decay_t<X>(axes), es);
    }
}

// Behind the functions that it calls by xtensor's names.
ETAPE_BEGIN_ARCH
namespace detail::for_xtensor
{
    template <class E, class A, std::size_t K>
    auto variance_without_nan(E const& e, const A (&axes)[K])
    {
        using T = number_t<E>;
        const auto v = evaluated(e);
        constexpr auto N = static_rank_v<decltype(v)>;
        const xt::xtensor<T, N> counted = xt::where(xt::isnan(values_of(v)), T(0), T(1));
        const xt::xtensor<T, N> counts = xt::sum(counted, axes, xt::keep_dims);
        const tensor<T, N> mean(etape::sum(xt::where(xt::isnan(v), T(0), v), axes, xt::keep_dims) / counts);
        if constexpr (K == N)
            return evaluated_or_number(xt::nanmean(xt::square(v - mean)));
        else
            return evaluated(xt::nanmean(xt::square(v - mean), axes));
    }
}
ETAPE_END_ARCH

namespace xt
{
    template <class T = void, class E, class EVS = etape::detail::for_xtensor::lazily, XTL_REQUIRES(is_reducer_options<EVS>)>
        requires(etape::detail::tracked_expression<E>)
    auto nanvar(E&& e, EVS es = EVS())
    {
        return nanmean(square(e - nanmean(e)), es);
    }
    template <class T = void, class E, class A, std::size_t N, class EVS = etape::detail::for_xtensor::lazily>
        requires(etape::detail::tracked_expression<E>)
    auto nanvar(E&& e, const A (&axes)[N], EVS = EVS())
    {
        return etape::detail::for_xtensor::variance_without_nan(e, axes);
    }
    template <class T = void, class E, class X, class EVS = etape::detail::for_xtensor::lazily,
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>)>
        requires(etape::detail::tracked_expression<E>)
    auto nanvar(E&& e, X&& axes, EVS = EVS())
    {
        static_assert(etape::detail::axes_object<std::remove_cvref_t<X>> && etape::detail::has_fixed_size_v<std::remove_cvref_t<X>>,
                      "etape: the axes of nanvar and nanstd are named in braces or in a std::array");
        return etape::detail::for_xtensor::variance_without_nan(e, etape::detail::axes_list<std::remove_cvref_t<X>>(axes).axes);
    }
    template <class T = void, class E, class A, std::size_t N, class EVS = etape::detail::for_xtensor::lazily>
        requires(etape::detail::tracked_expression<E>)
    auto nanstd(E&& e, const A (&axes)[N], EVS es = EVS())
    {
        return etape::detail::for_xtensor::root_of_sum(nanvar(e, axes, es));
    }
    template <class T = void, class E, class X, class EVS = etape::detail::for_xtensor::lazily,
              XTL_REQUIRES(ETAPE_XTENSOR_STD::negation<is_reducer_options<X>>)>
        requires(etape::detail::tracked_expression<E>)
    auto nanstd(E&& e, X&& axes, EVS es = EVS())
    {
        return etape::detail::for_xtensor::root_of_sum(nanvar(e, std::forward<X>(axes), es));
    }
}
