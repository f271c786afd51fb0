// SPDX-License-Identifier: BSL-1.0
// Functions of xtensor that ask more of elements than tracked numbers can give (NaN by a qualified name, a pointer, double), said for tracked
// expressions with functions that have kernels. The heads of the templates are xtensor's: the more constrained one is taken.
#pragma once
#include <algorithm>
#include <numbers>
#include <vector>

#include <etape/array/for_xtensor.hpp>

namespace xt
{
    // ---- evaluation_strategy::immediate: reductions of tracked expressions stay lazy, or become tensors where the rank is known ----
    template <class F, class E, class X, class O>
        requires(etape::detail::tracked_expression<E>)
    auto reduce_immediate(F&& f, E&& e, X&& axes, O&& options)
    {
        auto lazy = detail::reduce_impl(std::forward<F>(f), std::forward<E>(e), std::forward<X>(axes), evaluation_strategy::lazy_type(), std::forward<O>(options));
        constexpr auto rank = etape::detail::static_rank_v<decltype(lazy)>;
        if constexpr (rank == etape::detail::dynamic_rank || rank == 0)
            return lazy;
        else
            return etape::detail::for_xtensor::evaluated(lazy);
    }

    // ---- functions of tracked numbers: code for arrays and numbers alike calls them by xtensor's names ----
#define ETAPE_OF_NUMBERS(NAME)                                                                                       \
    template <class V>                                                                                               \
        requires(etape::detail::is_tracked_number_v<V>)                                                              \
    auto NAME(V&& v)                                                                                                 \
    {                                                                                                                \
        return etape::NAME(std::forward<V>(v));                                                                      \
    }
    ETAPE_OF_NUMBERS(exp)
    ETAPE_OF_NUMBERS(exp2)
    ETAPE_OF_NUMBERS(expm1)
    ETAPE_OF_NUMBERS(log)
    ETAPE_OF_NUMBERS(log2)
    ETAPE_OF_NUMBERS(log10)
    ETAPE_OF_NUMBERS(log1p)
    ETAPE_OF_NUMBERS(sqrt)
    ETAPE_OF_NUMBERS(cbrt)
    ETAPE_OF_NUMBERS(sin)
    ETAPE_OF_NUMBERS(cos)
    ETAPE_OF_NUMBERS(tan)
    ETAPE_OF_NUMBERS(asin)
    ETAPE_OF_NUMBERS(acos)
    ETAPE_OF_NUMBERS(atan)
    ETAPE_OF_NUMBERS(sinh)
    ETAPE_OF_NUMBERS(cosh)
    ETAPE_OF_NUMBERS(tanh)
    ETAPE_OF_NUMBERS(asinh)
    ETAPE_OF_NUMBERS(acosh)
    ETAPE_OF_NUMBERS(atanh)
    ETAPE_OF_NUMBERS(erf)
    ETAPE_OF_NUMBERS(erfc)
    ETAPE_OF_NUMBERS(tgamma)
    ETAPE_OF_NUMBERS(lgamma)
    ETAPE_OF_NUMBERS(abs)
    ETAPE_OF_NUMBERS(fabs)
    ETAPE_OF_NUMBERS(sign)
    ETAPE_OF_NUMBERS(square)
    ETAPE_OF_NUMBERS(cube)
#undef ETAPE_OF_NUMBERS
#define ETAPE_OF_TWO_NUMBERS(NAME)                                                                                   \
    template <class A, class B>                                                                                      \
        requires((etape::detail::is_tracked_number_v<A> || etape::detail::is_tracked_number_v<B>) &&                 \
                 (etape::detail::is_tracked_number_v<A> || std::is_arithmetic_v<std::remove_cvref_t<A>>) &&          \
                 (etape::detail::is_tracked_number_v<B> || std::is_arithmetic_v<std::remove_cvref_t<B>>))            \
    auto NAME(A&& a, B&& b)                                                                                          \
    {                                                                                                                \
        return etape::NAME(std::forward<A>(a), std::forward<B>(b));                                                  \
    }
    ETAPE_OF_TWO_NUMBERS(pow)
    ETAPE_OF_TWO_NUMBERS(hypot)
    ETAPE_OF_TWO_NUMBERS(atan2)
    ETAPE_OF_TWO_NUMBERS(maximum)
    ETAPE_OF_TWO_NUMBERS(minimum)
    ETAPE_OF_TWO_NUMBERS(fmax)
    ETAPE_OF_TWO_NUMBERS(fmin)
#undef ETAPE_OF_TWO_NUMBERS

    // ---- powers with a fixed exponent ----
    template <std::size_t N, class E>
        requires(etape::detail::tracked_expression<E>)
    auto pow(E&& e)
    {
        static_assert(N > 0, "etape: xt::pow<N>(e) needs N > 0");
        if constexpr (N == 1)
            return +std::forward<E>(e);
        else if constexpr (N == 2)
            return square(std::forward<E>(e));
        else if constexpr (N == 3)
            return cube(std::forward<E>(e));
        else
            return pow(std::forward<E>(e), static_cast<etape::detail::number_t<std::remove_cvref_t<E>>>(N));
    }

    // ---- norms ----
    // Over the axes of a container. By value: of xtensor's own ones two are equally good for a container.
#define ETAPE_NORM_OVER_CONTAINER(NAME, POWERS, ROOT)                                                                \
    template <class E, class I, class A>                                                                             \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, std::vector<I, A> axes)                                                                         \
    {                                                                                                                \
        return ROOT(sum(POWERS(std::forward<E>(e)), std::move(axes)));                                               \
    }                                                                                                                \
    template <class E, class I, std::size_t N>                                                                       \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, std::array<I, N> axes)                                                                          \
    {                                                                                                                \
        return etape::NAME(e, axes, etape::site{});                                                                  \
    }
    ETAPE_NORM_OVER_CONTAINER(norm_l1, abs, )
    ETAPE_NORM_OVER_CONTAINER(norm_sq, square, )
    ETAPE_NORM_OVER_CONTAINER(norm_l2, square, etape::detail::for_xtensor::root_of_sum)
#undef ETAPE_NORM_OVER_CONTAINER

    // The norm with exponent p, over axes if there are any.
    template <class E, class... Where>
        requires(etape::detail::tracked_expression<E>)
    auto root_of_powers(double p, E&& e, Where&&... where)
    {
        using T = etape::detail::number_t<std::remove_cvref_t<E>>;
        return pow(sum(pow(abs(std::forward<E>(e)), T(p)), std::forward<Where>(where)...), T(1 / p));
    }
    // Over everything, over axes in braces, and over those of a container: by value, as above.
#define ETAPE_NORM(NAME, PARAMETER, NORM, ...)                                                                       \
    template <class E, class EVS = etape::detail::for_xtensor::lazily, XTL_REQUIRES(is_xexpression<E>)>              \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e PARAMETER, EVS es = EVS())                                                                       \
    {                                                                                                                \
        using T [[maybe_unused]] = etape::detail::number_t<std::remove_cvref_t<E>>;                                  \
        return NORM(__VA_ARGS__, es);                                                                                \
    }                                                                                                                \
    template <class E, class I, class A>                                                                             \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e PARAMETER, std::vector<I, A> axes)                                                               \
    {                                                                                                                \
        using T [[maybe_unused]] = etape::detail::number_t<std::remove_cvref_t<E>>;                                  \
        return NORM(__VA_ARGS__, std::move(axes));                                                                   \
    }                                                                                                                \
    template <class E, class I, std::size_t N>                                                                       \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e PARAMETER, std::array<I, N> axes)                                                                \
    {                                                                                                                \
        using T [[maybe_unused]] = etape::detail::number_t<std::remove_cvref_t<E>>;                                  \
        return NORM(__VA_ARGS__, std::move(axes));                                                                   \
    }                                                                                                                \
    template <class E, class I, std::size_t N, class EVS = etape::detail::for_xtensor::lazily>                       \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e PARAMETER, const I (&axes)[N], EVS es = EVS())                                                   \
    {                                                                                                                \
        using T [[maybe_unused]] = etape::detail::number_t<std::remove_cvref_t<E>>;                                  \
        return NORM(__VA_ARGS__, axes, es);                                                                          \
    }
#define ETAPE_AND_POWER , double p
    ETAPE_NORM(norm_linf, , amax, abs(std::forward<E>(e)))
    ETAPE_NORM(norm_lp_to_p, ETAPE_AND_POWER, sum, where(not_equal(e, T(0)), pow(abs(e), T(p)), T(0)))
    ETAPE_NORM(norm_lp, ETAPE_AND_POWER, root_of_powers, p, std::forward<E>(e))
    ETAPE_NORM(norm_l0, , norm_l0, etape::detail::for_xtensor::values_of(std::forward<E>(e)))
#undef ETAPE_AND_POWER
#undef ETAPE_NORM

    // ---- orders: of the values ----
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto argsort(E const& e, std::ptrdiff_t axis = -1)
    {
        return argsort(etape::detail::for_xtensor::values_of(e), axis);
    }

    // ---- sums along an axis: of an expression that is evaluated once ----
#define ETAPE_CUMULATIVE(NAME)                                                                                       \
    template <class T = void, class E>                                                                               \
        requires(etape::detail::tracked_expression<E> && etape::detail::is_lazy_v<std::decay_t<E>>)                  \
    auto NAME(E&& e, std::ptrdiff_t axis)                                                                            \
    {                                                                                                                \
        const etape::detail::last_use<E> ends{e};                                                                    \
        return NAME(etape::detail::for_xtensor::evaluated(e), axis);                                                              \
    }                                                                                                                \
    template <class T = void, class E>                                                                               \
        requires(etape::detail::tracked_expression<E> && etape::detail::is_lazy_v<std::decay_t<E>>)                  \
    auto NAME(E&& e)                                                                                                 \
    {                                                                                                                \
        const etape::detail::last_use<E> ends{e};                                                                    \
        return NAME(etape::detail::for_xtensor::evaluated(e));                                                                    \
    }
    ETAPE_CUMULATIVE(cumsum)
    ETAPE_CUMULATIVE(cumprod)
#undef ETAPE_CUMULATIVE
#define ETAPE_NAN_CUMULATIVE(NAME, SUM, INSTEAD)                                                                     \
    template <class T = void, class E>                                                                               \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e, std::ptrdiff_t axis)                                                                            \
    {                                                                                                                \
        return SUM(where(not_equal(e, e), etape::detail::number_t<std::remove_cvref_t<E>>(INSTEAD), e), axis);       \
    }                                                                                                                \
    template <class T = void, class E>                                                                               \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e)                                                                                                 \
    {                                                                                                                \
        return SUM(where(not_equal(e, e), etape::detail::number_t<std::remove_cvref_t<E>>(INSTEAD), e));             \
    }
    ETAPE_NAN_CUMULATIVE(nancumsum, cumsum, 0)
    ETAPE_NAN_CUMULATIVE(nancumprod, cumprod, 1)
#undef ETAPE_NAN_CUMULATIVE

    // ---- integrals along an axis, by the rule of the trapezium: numbers of vectors, else tensors ----
    // Also of plain arrays xtensor 0.24's own gives 0 (in C++20 with g++).
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto trapz(E const& y, double dx = 1, std::ptrdiff_t axis = -1)
    {
        using T = etape::detail::number_t<E>;
        return etape::detail::for_xtensor::trapezia(y, axis, [&](std::size_t) { return T(dx); });
    }
    template <class E, class X>
        requires(etape::detail::for_xtensor::some_tracked<E, X> && etape::detail::is_expression_v<X>)
    auto trapz(E const& y, X const& x, std::ptrdiff_t axis = -1)
    {
        return etape::detail::for_xtensor::trapezia(y, axis,
                                       [&](std::size_t n)
                                       {
                                           if (x.dimension() != 1 || x.shape()[0] != n)
                                               etape::throw_shape_error("trapz", std::to_string(x.shape()[0]) + " points", std::to_string(n) + ", one for each value");
                                           return view(view(x, range(1, n)) - view(x, range(0, n - 1)), newaxis(), all(), newaxis());
                                       });
    }

    // ---- repetitions: tensors ----
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto repeat(E&& e, const std::vector<std::size_t>& repeats, std::size_t axis)
    {
        constexpr auto N = etape::detail::static_rank_v<std::remove_cvref_t<E>>;
        static_assert(N != etape::detail::dynamic_rank && N > 0, "etape: repeat needs an array whose rank is known at compile time");
        etape::detail::check_axis("repeat", axis, N);
        std::array<std::size_t, N> shape;
        std::copy(e.shape().begin(), e.shape().end(), shape.begin());
        if (repeats.size() != shape[axis])
            etape::throw_shape_error("repeat", std::to_string(repeats.size()) + " numbers of repetitions",
                                     std::to_string(shape[axis]) + ", one for each index of the axis");
        std::size_t outer = 1, inner = 1, total = 0;
        for (std::size_t k = 0; k < N; ++k)
            (k < axis ? outer : inner) *= k == axis ? 1 : shape[k];
        std::vector<std::size_t> positions;
        for (std::size_t i = 0; i < outer; ++i)
            for (std::size_t j = 0; j < repeats.size(); ++j)
                for (std::size_t r = 0; r < repeats[j]; ++r)
                    for (std::size_t k = 0; k < inner; ++k)
                        positions.push_back((i * repeats.size() + j) * inner + k);
        for (const std::size_t r : repeats)
            total += r;
        shape[axis] = total;
        return etape::detail::for_xtensor::gathered(e, positions, shape);
    }
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto repeat(E&& e, std::vector<std::size_t>&& repeats, std::size_t axis)
    {
        return repeat(std::forward<E>(e), static_cast<std::vector<std::size_t> const&>(repeats), axis);
    }
    template <class E>
        requires(etape::detail::tracked_expression<E>)
    auto repeat(E&& e, std::size_t repeats, std::size_t axis)
    {
        etape::detail::check_axis("repeat", axis, e.shape().size());
        const std::vector<std::size_t> each(e.shape()[axis], repeats);
        return repeat(std::forward<E>(e), each, axis);
    }

    // ---- angles ----
#define ETAPE_ANGLE(NAME, FACTOR)                                                                                    \
    template <class E>                                                                                               \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto NAME(E&& e)                                                                                                 \
    {                                                                                                                \
        using T = etape::detail::number_t<std::remove_cvref_t<E>>;                                                   \
        return std::forward<E>(e) * T(FACTOR);                                                                       \
    }
    ETAPE_ANGLE(deg2rad, std::numbers::pi / 180)
    ETAPE_ANGLE(radians, std::numbers::pi / 180)
    ETAPE_ANGLE(rad2deg, 180 / std::numbers::pi)
    ETAPE_ANGLE(degrees, 180 / std::numbers::pi)
#undef ETAPE_ANGLE

    // ---- what loses its values in xtensor 0.24, or has no place to write to ----
    enum class pad_mode;
    template <class E, class S = typename std::decay_t<E>::size_type, class V = typename std::decay_t<E>::value_type>
        requires(etape::detail::tracked_expression<E>)
    auto pad(E&&, const std::vector<std::vector<S>>&, pad_mode = pad_mode{}, V = V())
    {
        static_assert(etape::detail::dependent_false<E>, "etape: pad of a tracked array: assign to a view of a variable of zeros, or use xt::concatenate");
    }
#define ETAPE_REFUSE_TILE(...)                                                                                       \
        requires(etape::detail::tracked_expression<E>)                                                               \
    auto tile(E&&, __VA_ARGS__)                                                                                      \
    {                                                                                                                \
        static_assert(etape::detail::dependent_false<E>, "etape: tile of a tracked array: use xt::concatenate or xt::repeat"); \
    }
    template <class E, class S = typename std::decay_t<E>::size_type>
    ETAPE_REFUSE_TILE(std::initializer_list<S>)
    template <class E, class C, XTL_REQUIRES(xtl::negation<xtl::is_integral<C>>)>
    ETAPE_REFUSE_TILE(const C&)
    template <class E, class S = typename std::decay_t<E>::size_type, XTL_REQUIRES(xtl::is_integral<S>)>
    ETAPE_REFUSE_TILE(S)
#undef ETAPE_REFUSE_TILE
    template <class A, class M>
        requires(etape::detail::tracked_expression<A>)
    auto masked_view(A&&, M&&)
    {
        static_assert(etape::detail::dependent_false<A>, "etape: masked_view of a tracked array: use xt::where(mask, x, y), or a sum of xt::where(mask, x, 0.0)");
    }
    template <class A, class M>
        requires(etape::detail::tracked_expression<A>)
    auto filtration(A&&, M&&)
    {
        static_assert(etape::detail::dependent_false<A>, "etape: filtration of a tracked array: assign x = xt::where(condition, x + 1.0, x) instead");
    }
}
