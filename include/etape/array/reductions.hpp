// SPDX-License-Identifier: BSL-1.0
// Reductions by name, evaluated and recorded at the call: over everything (one fused pass: value and partials), or over axes.
#pragma once
#include <algorithm>
#include <concepts>
#include <limits>
#include <tuple>

#include <etape/array/reduce.hpp>
#include <etape/tape/silence.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class E>
    concept reducible = tracked_expression<E>;
    template <class A>
    concept reduced_argument = reducible<std::remove_cvref_t<A>>;

    template <std::size_t N, std::size_t K, class T>
    auto as_result(buffer_ptr b)
    {
        static_assert(K <= N, "etape: a reduction names more axes than its operand has");
        if constexpr (N == K)
            return read_element<T>(*b, 0);
        else
            return tensor<T, N - K>(std::move(b));
    }
    // The same values with the reduced extents of 1 dropped.
    template <class T>
    buffer_ptr squeeze(buffer const& b, unsigned mask)
    {
        std::size_t shape[max_rank];
        int r = 0;
        for (int k = 0; k < b.rank; ++k)
            if ((mask >> k & 1u) == 0)
                shape[r++] = b.shape[k];
        auto out = make_buffer<T>(shape, r);
        std::copy_n(b.template data<T>(), b.size, out->template data<T>());
        return out;
    }
    inline std::size_t extent_of(buffer const& b, unsigned mask)
    {
        std::size_t n = 1;
        for (int k = 0; k < b.rank; ++k)
            if ((mask >> k & 1u) != 0)
                n *= b.shape[k];
        return n;
    }
    template <class E, class I, std::size_t K>
    struct over
    {
        using T = number_t<E>;
        static constexpr std::size_t N = static_rank_v<E>;
        static_assert(N != dynamic_rank, "etape: a reduction over axes needs an operand whose rank is known at compile time");
        static_assert(N > 0, "etape: a reduction over axes needs an array, found a number");
        tensor<T, N> v;
        unsigned mask;
        site where;

        over(const char* call, E const& e, const I (&axes)[K], site s)
            : v(detail::evaluate<T>(e, s))
            , mask(make_mask(call, axes))
            , where(s)
        {
        }
        static unsigned make_mask(const char* call, const I (&axes)[K])
        {
            std::ptrdiff_t a[K];
            for (std::size_t k = 0; k < K; ++k)
                a[k] = static_cast<std::ptrdiff_t>(axes[k]);
            return runtime::axes_mask(call, a, K, N);
        }
        std::size_t n() const
        {
            return extent_of(*v.data_handle(), mask);
        }
        template <class X>
        tensor<T, N> kept(X const& x, const char* name, T scale = T(1)) const
        {
            return tensor<T, N>(sum_over<T>(x, mask, true, scale, name, where));
        }
        template <class X>
        buffer_ptr dropped(X const& x, const char* name, T scale = T(1)) const
        {
            return sum_over<T>(x, mask, false, scale, name, where);
        }
        // Largest elements as a constant; infinities become 0, so that v - shift is never inf - inf.
        constant<T, N> shift(const char* call) const
        {
            auto m = runtime::extremum<T>(1, *v.data_handle(), mask, call);
            for (std::size_t i = 0; i < m->size; ++i)
                if (T& x = m->template data<T>()[i]; std::isinf(x))
                    x = T(0);
            return constant<T, N>(std::move(m));
        }
    };
    template <std::size_t N, std::size_t K, class T>
    auto finish(buffer_ptr b)
    {
        return as_result<N, K, T>(std::move(b));
    }
}

#define ETAPE_FULL_REDUCTION(NAME, REDUCER)                                                                          \
    template <detail::reducible E>                                                                                   \
        requires(!detail::is_fused_v<E>)                                                                             \
    variable<detail::number_t<E>, 0> NAME(E const& e, site const& where = site::current())                           \
    {                                                                                                                \
        return detail::reduce_all<kernel::REDUCER, detail::number_t<E>>(e, where);                                   \
    }                                                                                                                \
    template <detail::reducible E>                                                                                   \
        requires(detail::is_fused_v<E>)                                                                              \
    auto NAME(E const& e)                                                                                            \
    {                                                                                                                \
        return detail::full_reduction<kernel::REDUCER, E>(std::in_place, e);                                         \
    }
// Over all elements. mean, variance and stddev divide by n; extrema share ties evenly; norm_l2 has the subgradient 0 at 0.
ETAPE_FULL_REDUCTION(sum, sum_reducer)
ETAPE_FULL_REDUCTION(mean, mean_reducer)
ETAPE_FULL_REDUCTION(prod, prod_reducer)
ETAPE_FULL_REDUCTION(amax, extremum_reducer<1>)
ETAPE_FULL_REDUCTION(amin, extremum_reducer<-1>)
ETAPE_FULL_REDUCTION(norm_l1, norm_l1_reducer)
ETAPE_FULL_REDUCTION(norm_l2, norm_l2_reducer)
ETAPE_FULL_REDUCTION(norm_sq, norm_sq_reducer)
ETAPE_FULL_REDUCTION(variance, variance_reducer)
ETAPE_FULL_REDUCTION(stddev, stddev_reducer)
#undef ETAPE_FULL_REDUCTION
// log(sum(exp(e))), shifted by the largest element. This and softmax give temporary views up. The others do not: a call without a namespace
// finds xtensor's of the same name, too, and with A&& in both neither would be the better one.
template <detail::reduced_argument A>
    requires(!detail::is_fused_v<std::remove_cvref_t<A>>)
variable<detail::number_t<std::remove_cvref_t<A>>, 0> logsumexp(A&& e, site const& where = site::current())
{
    const detail::last_use<A> ends{e};
    return detail::reduce_all<kernel::logsumexp_reducer, detail::number_t<std::remove_cvref_t<A>>>(e, where);
}
template <detail::reducible E>
    requires(detail::is_fused_v<E>)
auto logsumexp(E const& e)
{
    return detail::full_reduction<kernel::logsumexp_reducer, E>(std::in_place, e);
}

// Over the axes of a braced list, `mean(x, {0})`; negative axes count from the end. The rank falls by their number.
template <detail::reducible E, class I, std::size_t K>
auto sum(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    constexpr auto N = detail::static_rank_v<E>;
    const auto mask = detail::over<E, I, K>::make_mask("sum", axes);
    return detail::finish<N, K, T>(detail::sum_over<T>(e, mask, false, T(1), "sum", where));
}
template <detail::reducible E, class I, std::size_t K>
auto mean(E const& e, const I (&axes)[K], site const& where = site::current())
{
    const detail::over<E, I, K> o("mean", e, axes, where);
    using T = detail::number_t<E>;
    return detail::finish<o.N, K, T>(o.dropped(o.v, "mean", T(1) / static_cast<T>(o.n())));
}
template <detail::reducible E, class I, std::size_t K>
auto prod(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    constexpr auto N = detail::static_rank_v<E>;
    const auto mask = detail::over<E, I, K>::make_mask("prod", axes);
    return detail::finish<N, K, T>(detail::prod_over<T>(e, mask, false, where));
}
template <detail::reducible E, class I, std::size_t K>
auto amax(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    constexpr auto N = detail::static_rank_v<E>;
    const auto mask = detail::over<E, I, K>::make_mask("amax", axes);
    return detail::finish<N, K, T>(detail::extremum_over<1, T>(e, mask, false, where));
}
template <detail::reducible E, class I, std::size_t K>
auto amin(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    constexpr auto N = detail::static_rank_v<E>;
    const auto mask = detail::over<E, I, K>::make_mask("amin", axes);
    return detail::finish<N, K, T>(detail::extremum_over<-1, T>(e, mask, false, where));
}
template <detail::reducible E, class I, std::size_t K>
auto norm_l1(E const& e, const I (&axes)[K], site const& where = site::current())
{
    const detail::over<E, I, K> o("norm_l1", e, axes, where);
    return detail::finish<o.N, K, detail::number_t<E>>(o.dropped(xt::abs(o.v), "norm_l1"));
}
template <detail::reducible E, class I, std::size_t K>
auto norm_sq(E const& e, const I (&axes)[K], site const& where = site::current())
{
    const detail::over<E, I, K> o("norm_sq", e, axes, where);
    return detail::finish<o.N, K, detail::number_t<E>>(o.dropped(xt::square(o.v), "norm_sq"));
}
template <detail::reducible E, class I, std::size_t K>
auto norm_l2(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    const detail::over<E, I, K> o("norm_l2", e, axes, where);
    const auto s = o.kept(xt::square(o.v), "norm_l2");
    // The branch at 0 passes nothing: the subgradient 0. NaN takes the other one.
    return detail::finish<o.N, K, T>(o.dropped(xt::where(s <= T(0), T(0), xt::sqrt(s)), "norm_l2"));
}
template <detail::reducible E, class I, std::size_t K>
auto variance(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    const detail::over<E, I, K> o("variance", e, axes, where);
    const T scale = T(1) / static_cast<T>(o.n());
    const auto m = o.kept(o.v, "mean", scale);
    return detail::finish<o.N, K, T>(o.dropped(xt::square(o.v - m), "variance", scale));
}
template <detail::reducible E, class I, std::size_t K>
auto stddev(E const& e, const I (&axes)[K], site const& where = site::current())
{
    using T = detail::number_t<E>;
    const detail::over<E, I, K> o("stddev", e, axes, where);
    const T scale = T(1) / static_cast<T>(o.n());
    const auto m = o.kept(o.v, "mean", scale);
    const auto s = o.kept(xt::square(o.v - m), "variance", scale);
    return detail::finish<o.N, K, T>(o.dropped(xt::where(s <= T(0), T(0), xt::sqrt(s)), "stddev"));
}
template <detail::reduced_argument A, class I, std::size_t K>
auto logsumexp(A&& e, const I (&axes)[K], site const& where = site::current())
{
    using E = std::remove_cvref_t<A>;
    const detail::last_use<A> ends{e};
    using T = detail::number_t<E>;
    const detail::over<E, I, K> o("logsumexp", e, axes, where);
    const auto m = o.shift("logsumexp");
    const auto s = o.kept(xt::exp(o.v - m), "logsumexp");
    // All -inf: the branch at 0 passes nothing, as in the reduction over everything.
    return detail::finish<o.N, K, T>(o.dropped(xt::where(s <= T(0), -std::numeric_limits<T>::infinity(), xt::log(s)) + m, "logsumexp"));
}
// exp(e) normalised to sum 1 along the axes, shifted by the largest element.
template <detail::reduced_argument A, class I, std::size_t K>
auto softmax(A&& e, const I (&axes)[K], site const& where = site::current())
{
    using E = std::remove_cvref_t<A>;
    const detail::last_use<A> ends{e};
    using T = detail::number_t<E>;
    const detail::over<E, I, K> o("softmax", e, axes, where);
    const auto m = o.shift("softmax");
    const tensor<T, o.N> p(xt::exp(o.v - m), where);
    const auto s = o.kept(p, "softmax");
    return tensor<T, o.N>(p / s, where);
}
// Over all elements.
template <detail::reduced_argument A>
auto softmax(A&& e, site const& where = site::current())
{
    using E = std::remove_cvref_t<A>;
    std::ptrdiff_t axes[detail::static_rank_v<E>];
    for (std::size_t k = 0; k < detail::static_rank_v<E>; ++k)
        axes[k] = static_cast<std::ptrdiff_t>(k);
    return etape::softmax(std::forward<A>(e), axes, where);
}

// The same of plain arrays and expressions of them: numbers, or constants over the axes that are left.
namespace detail
{
    template <class E>
    concept plain_operand = plain_expression<E> && is_compiled_number_v<typename E::value_type> && !is_fused_v<E>;

    template <class T, std::size_t N>
    auto plain_result(tensor<T, N> const& r)
    {
        return constant<T, N>(r.data_handle());
    }
    template <class T>
    T plain_result(variable<T, 0> const& r)
    {
        return r.value();
    }
    template <class E>
    auto plain_handle(E const& e)
    {
        static_assert(static_rank_v<E> != dynamic_rank, "etape: a reduction over axes needs an operand whose rank is known at compile time");
        using T = typename E::value_type;
        return tensor<T, static_rank_v<E>>(evaluate_plain<T>(e));
    }
}
#define ETAPE_PLAIN_REDUCTION(NAME, REDUCER)                                                                         \
    template <detail::plain_operand E>                                                                               \
    auto NAME(E const& e)                                                                                            \
    {                                                                                                                \
        const runtime::silence quiet;                                                                                \
        return detail::reduce_all<kernel::REDUCER, typename E::value_type>(e, site{}).value();                       \
    }                                                                                                                \
    template <detail::plain_operand E, class I, std::size_t K>                                                       \
    auto NAME(E const& e, const I (&axes)[K])                                                                        \
    {                                                                                                                \
        const runtime::silence quiet;                                                                                \
        return detail::plain_result(etape::NAME(detail::plain_handle(e), axes, site{}));                             \
    }                                                                                                                \
    template <detail::plain_operand E, std::integral I>                                                              \
    auto NAME(E const& e, I axis)                                                                                    \
    {                                                                                                                \
        return etape::NAME(e, {axis});                                                                               \
    }
ETAPE_PLAIN_REDUCTION(sum, sum_reducer)
ETAPE_PLAIN_REDUCTION(mean, mean_reducer)
ETAPE_PLAIN_REDUCTION(prod, prod_reducer)
ETAPE_PLAIN_REDUCTION(amax, extremum_reducer<1>)
ETAPE_PLAIN_REDUCTION(amin, extremum_reducer<-1>)
ETAPE_PLAIN_REDUCTION(norm_l1, norm_l1_reducer)
ETAPE_PLAIN_REDUCTION(norm_l2, norm_l2_reducer)
ETAPE_PLAIN_REDUCTION(norm_sq, norm_sq_reducer)
ETAPE_PLAIN_REDUCTION(variance, variance_reducer)
ETAPE_PLAIN_REDUCTION(stddev, stddev_reducer)
ETAPE_PLAIN_REDUCTION(logsumexp, logsumexp_reducer)
#undef ETAPE_PLAIN_REDUCTION
template <detail::plain_operand E>
auto softmax(E const& e)
{
    const runtime::silence quiet;
    return detail::plain_result(etape::softmax(detail::plain_handle(e), site{}));
}
template <detail::plain_operand E, class I, std::size_t K>
auto softmax(E const& e, const I (&axes)[K])
{
    const runtime::silence quiet;
    return detail::plain_result(etape::softmax(detail::plain_handle(e), axes, site{}));
}
template <detail::plain_operand E, std::integral I>
auto softmax(E const& e, I axis)
{
    return etape::softmax(e, {axis});
}

// The same over the axes of a std::array, or over one axis: `mean(x, 0)`.
namespace detail
{
    template <class A>
    concept axes_object = std::integral<typename A::value_type> && requires(A const& a) { a.begin(), a.end(), a.size(); };
    template <class A>
    inline constexpr bool has_fixed_size_v = requires { std::tuple_size<A>::value; };

    template <class A>
    struct axes_list
    {
        typename A::value_type axes[std::tuple_size_v<A>];
        explicit axes_list(A const& from)
        {
            std::copy(from.begin(), from.end(), axes);
        }
    };
}
#define ETAPE_REDUCTION_OVER_OBJECT(NAME, CONCEPT, ARGUMENT)                                                         \
    template <detail::CONCEPT E, detail::axes_object A>                                                              \
    auto NAME(ARGUMENT e, A const& axes, site const& where = site::current())                                        \
    {                                                                                                                \
        static_assert(detail::has_fixed_size_v<A>,                                                                   \
                      "etape: the number of axes decides the rank of a reduction: name them in braces or in a std::array"); \
        if constexpr (detail::has_fixed_size_v<A>)                                                                   \
            return etape::NAME(static_cast<ARGUMENT>(e), detail::axes_list<A>(axes).axes, where);                    \
    }                                                                                                                \
    template <detail::CONCEPT E, std::integral I>                                                                    \
    auto NAME(ARGUMENT e, I axis, site const& where = site::current())                                               \
    {                                                                                                                \
        return etape::NAME(static_cast<ARGUMENT>(e), {axis}, where);                                                 \
    }
ETAPE_REDUCTION_OVER_OBJECT(sum, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(mean, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(prod, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(amax, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(amin, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(norm_l1, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(norm_l2, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(norm_sq, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(variance, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(stddev, reducible, E const&)
ETAPE_REDUCTION_OVER_OBJECT(logsumexp, reduced_argument, E&&)
ETAPE_REDUCTION_OVER_OBJECT(softmax, reduced_argument, E&&)
#undef ETAPE_REDUCTION_OVER_OBJECT

// The same with the reduced axes as extents 1 (xt::keep_dims): the rank stays, and the result broadcasts against the operand.
namespace detail
{
    using keep_dims_option = std::remove_cv_t<decltype(xt::keep_dims)>;

    template <class E, class I, std::size_t K, class R>
    auto with_dims_kept(const char* call, E const& e, const I (&axes)[K], R const& reduced, site const& where)
    {
        constexpr auto N = static_rank_v<E>;
        const auto mask = over<E, I, K>::make_mask(call, axes);
        std::array<std::size_t, N> shape;
        for (std::size_t k = 0; k < N; ++k)
            shape[k] = (mask >> k & 1u) != 0 ? 1 : e.shape()[k];
        if constexpr (K == N)
            return tensor<number_t<E>, N>(xt::broadcast(reduced, shape), where);
        else
            return tensor<number_t<E>, N>(xt::reshape_view(reduced, shape), where);
    }
}
#define ETAPE_REDUCTION_KEEPING_DIMS(NAME)                                                                           \
    template <detail::reducible E, class I, std::size_t K>                                                           \
    auto NAME(E const& e, const I (&axes)[K], detail::keep_dims_option, site const& where = site::current())         \
    {                                                                                                                \
        return detail::with_dims_kept(#NAME, e, axes, etape::NAME(e, axes, where), where);                           \
    }                                                                                                                \
    template <detail::reducible E, std::integral I>                                                                  \
    auto NAME(E const& e, I axis, detail::keep_dims_option keep, site const& where = site::current())                \
    {                                                                                                                \
        return etape::NAME(e, {axis}, keep, where);                                                                  \
    }
ETAPE_REDUCTION_KEEPING_DIMS(sum)
ETAPE_REDUCTION_KEEPING_DIMS(mean)
ETAPE_REDUCTION_KEEPING_DIMS(prod)
ETAPE_REDUCTION_KEEPING_DIMS(amax)
ETAPE_REDUCTION_KEEPING_DIMS(amin)
ETAPE_REDUCTION_KEEPING_DIMS(norm_l1)
ETAPE_REDUCTION_KEEPING_DIMS(norm_l2)
ETAPE_REDUCTION_KEEPING_DIMS(norm_sq)
ETAPE_REDUCTION_KEEPING_DIMS(variance)
ETAPE_REDUCTION_KEEPING_DIMS(stddev)
ETAPE_REDUCTION_KEEPING_DIMS(logsumexp)
#undef ETAPE_REDUCTION_KEEPING_DIMS
ETAPE_END_ARCH
