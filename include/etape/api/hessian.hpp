// SPDX-License-Identifier: BSL-1.0
// Second derivatives as functions: hessian, hvp.
#pragma once
#include <etape/api/detail/hessian_product.hpp>
#include <etape/api/jacobian.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Plain arguments outside of any recording go forward over reverse: f(use) with a hessian_product. False when a statement of f
    // cannot take part, or at once when an argument (or direction) is tracked.
    template <class F, class Own, class Use>
    bool with_hessian_product(F const& f, Own const& own, Use&& use)
    {
        using Y = std::remove_cvref_t<decltype(detail::returned(std::apply(f, own), site{}))>;
        if constexpr (Y::rank != 0 || !all_numbers_are<typename Y::number, Own>())
            return false;
        else
        {
            hessian_product<Own, typename Y::number> product(f, own, site{});
            if (product.possible())
                use(product);
            return product.possible();
        }
    }

    template <class F>
    struct hessian_function
    {
        F f;
        template <class X>
        auto operator()(X const& x) const
        {
            if constexpr (tracked_argument<X>())
                return jacrev(grad(f))(x);
            else
            {
                using result = decltype(jacrev(grad(f))(x));
                std::optional<result> all;
                if (!runtime::thread.recording)
                {
                    const std::tuple<decltype(own_argument(x))> own{own_argument(x)};
                    with_hessian_product(f, own, [&](auto& product) { columns(product, std::get<0>(own), all); });
                }
                return all ? *std::move(all) : jacrev(grad(f))(x);
            }
        }

    private:
        template <class Product, class X, class R>
        static void columns(Product& product, X const& x, std::optional<R>& all)
        {
            using T = typename leaf_type<X>::number;
            constexpr std::size_t N = leaf_type<X>::rank;
            if constexpr (N == 0)
            {
                product.set(0, T(1));
                all = std::get<0>(product());
            }
            else
            {
                auto const& b = *x.data_handle();
                std::size_t shape[max_rank];
                static_assert(2 * N <= max_rank, "etape: hessian: the rank of the argument is too large");
                std::copy_n(b.shape, N, std::copy_n(b.shape, N, shape));
                auto h = make_buffer<T>(shape, static_cast<int>(2 * N));
                for (std::size_t i = 0; i < b.size; ++i)
                {
                    product.set(0, unit_array<T>(b, i));
                    const auto column = std::get<0>(product());
                    std::copy_n(column.data_handle()->template data<T>(), b.size, h->template data<T>() + i * b.size);
                }
                all = as_result_value<false, T, 2 * N>(std::move(h));
            }
        }
    };
}
// hessian(f)(x): the second derivatives of a number, shape x.shape + x.shape, of one argument that is a number or an array. f is
// recorded once; then one pass forward over reverse for each entry of x. Inside a recording, and for an f with rules by users, f and its
// gradient are recorded and swept once for each entry of x; f may be called twice.
template <class F>
auto hessian(F f)
{
    return detail::hessian_function<F>{std::move(f)};
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
        const auto recorded = [&] { return std::apply([&](auto const&... a) { return grad(slope)(a...); }, x); };
        if constexpr ((tracked_argument<X>() || ...) || (tracked_argument<V>() || ...))
            return recorded();
        else
        {
            std::optional<decltype(recorded())> all;
            if (!runtime::thread.recording)
            {
                const auto own = std::apply([](auto const&... a) { return std::tuple<decltype(own_argument(a))...>{own_argument(a)...}; }, x);
                with_hessian_product(f, own, [&](auto& product)
                    {
                        product.direction(v);
                        all = alone_or_tuple(product());
                    });
            }
            return all ? *std::move(all) : recorded();
        }
    }
}
// The Hessian of f at x times v, without the Hessian. v has the structure and the shapes of x. Several arguments:
// hvp(f, std::tuple(x, y), std::tuple(v, w)). f is recorded once, and passed once forward over reverse, in blocks that stay in the
// cache. Inside a recording, for tracked arguments, and for an f with rules by users, f and its gradient are recorded and swept
// instead; f may be called twice.
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
