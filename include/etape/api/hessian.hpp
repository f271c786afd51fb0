// SPDX-License-Identifier: BSL-1.0
// Second derivatives as functions: hessian, hvp.
#pragma once
#include <etape/api/jacobian.hpp>

ETAPE_BEGIN_ARCH
// hessian(f)(x): the second derivatives of a number, shape x.shape + x.shape, of one argument that is a number or an array. f and its
// gradient are recorded once, then swept once for each entry of x.
template <class F>
auto hessian(F f)
{
    return jacrev(grad(std::move(f)));
}

namespace detail
{
    template <class F, class... X, class... V>
    auto hessian_times(F const& f, std::tuple<X const&...> const& x, std::tuple<V const&...> const& v)
    {
        const auto slope = [&](auto const&... a)
        {
            // in the structure of the arguments, as the directions are
            const auto g = [&]
            {
                if constexpr (sizeof...(X) == 1)
                    return std::tuple{grad(f)(a...)};
                else
                    return grad(f)(a...);
            }();
            using T = typename std::remove_cvref_t<decltype(value_and_grad(f)(a...).value)>::value_type;
            variable<T, 0> sum = T(0);
            auto one = [&](auto const& d, auto const& w)
            {
                if constexpr (leaf_type<std::remove_cvref_t<decltype(d)>>::rank == 0)
                    sum = sum + d * w;
                else
                    sum = sum + etape::sum(d * w);
            };
            [&]<std::size_t... I>(std::index_sequence<I...>)
            { (each_pair(std::get<I>(g), std::get<I>(v), one), ...); }(std::index_sequence_for<X...>{});
            return sum;
        };
        return std::apply([&](auto const&... a) { return grad(slope)(a...); }, x);
    }
}
// The Hessian of f at x times v, without the Hessian: f and its gradient are recorded once and swept once. v has the structure and
// the shapes of x. Several arguments: hvp(f, std::tuple(x, y), std::tuple(v, w)).
template <class F, class X, class V>
auto hvp(F const& f, X const& x, V const& v)
{
    return detail::hessian_times(f, std::tuple<X const&>(x), std::tuple<V const&>(v));
}
template <class F, class... X, class... V>
auto hvp(F const& f, std::tuple<X...> const& xs, std::tuple<V...> const& vs)
{
    static_assert(sizeof...(X) == sizeof...(V), "etape: hvp needs one direction for each argument");
    return std::apply([&](auto const&... x)
        { return std::apply([&](auto const&... v)
              { return detail::hessian_times(f, std::tuple<X const&...>(x...), std::tuple<V const&...>(v...)); }, vs); }, xs);
}
ETAPE_END_ARCH
