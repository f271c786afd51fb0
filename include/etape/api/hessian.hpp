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
        template <class... X>
        auto operator()(X const&... x) const
        {
            if constexpr ((tracked_argument<X>() || ...))
                return jacrev(grad(f))(x...);
            else
            {
                using result = decltype(jacrev(grad(f))(x...));
                std::optional<result> all;
                if (!runtime::thread.recording)
                {
                    const std::tuple<decltype(own_argument(x))...> own{own_argument(x)...};
                    with_hessian_product(f, own,
                                         [&](auto& product) { all = blocks(product, own); });
                }
                return all ? *std::move(all) : jacrev(grad(f))(x...);
            }
        }

    private:
        // The block of two leaves, one row for each entry of the first.
        template <class A, class B>
        static buffer_ptr block(A const& a, B const& b)
        {
            using T = typename leaf_type<A>::number;
            constexpr std::size_t na = leaf_type<A>::rank, nb = leaf_type<B>::rank;
            static_assert(na + nb <= max_rank, "etape: hessian: the ranks of the arguments are too large: two of them together have at most 8");
            std::size_t shape[max_rank] = {1};
            std::copy_n(leaf_shape(b), nb, std::copy_n(leaf_shape(a), na, shape));
            return make_buffer<T>(shape, static_cast<int>(std::max<std::size_t>(na + nb, 1)));
        }
        // One pass for each entry of the arguments gives a row of all blocks beside each other: the Hessian is symmetric.
        template <class Product, class Own>
        static auto blocks(Product& product, Own const& own)
        {
            std::size_t at = 0;
            auto rows_of = [&](auto const& a)
            {
                using A = leaf_type<std::remove_cvref_t<decltype(a)>>;
                using T = typename A::number;
                std::vector<buffer_ptr> row;
                auto room = [&](auto const& b) { row.push_back(block(a, b)); };
                each_source(own, room);
                for (std::size_t i = 0; i < leaf_size(a); ++i)
                {
                    if constexpr (A::rank == 0)
                        product.set(at, T(1));
                    else
                        product.set(at, unit_array<T>(*a.data_handle(), i));
                    std::size_t k = 0;
                    auto store = [&](auto const& b, auto const& part)
                    {
                        T* to = row[k++]->template data<T>() + i * leaf_size(b);
                        if constexpr (leaf_type<std::remove_cvref_t<decltype(b)>>::rank == 0)
                            *to = part;
                        else
                            std::copy_n(part.data_handle()->template data<T>(), leaf_size(b), to);
                    };
                    each_pair(own, product(), store, "hessian");
                }
                ++at;
                std::size_t k = 0;
                auto result = [&](auto const& b)
                {
                    constexpr std::size_t rank =
                        A::rank + leaf_type<std::remove_cvref_t<decltype(b)>>::rank;
                    auto& values = row[k++];
                    if constexpr (rank == 0)
                        return values->template data<T>()[0];
                    else
                        return as_result_value<false, T, rank>(std::move(values));
                };
                return alone_or_tuple(results_like(own, result));
            };
            return alone_or_tuple(results_like(own, rows_of));
        }
    };
}
// hessian(f)(x...): the second derivatives of a number. Of one array or number x the shape is x.shape + x.shape; of several arguments,
// or a structure, it is a structure of structures of such blocks, as of pytrees in JAX: hessian(f)(x, y) is a tuple of rows, and
// std::get<1>(std::get<0>(h)) has the shape x.shape + y.shape. f is recorded once; then one pass forward over reverse for each entry of
// the arguments. Inside a recording, for tracked arguments, and for an f with rules by users, f and its gradient are recorded and
// swept once for each entry; f may be called twice.
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
                    return std::tuple<decltype(grad(f)(a...))>(grad(f)(a...));
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
            { (each_pair(std::get<I>(g), std::get<I>(v), one, "hvp: direction"), ...); }(std::index_sequence_for<X...>{});
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
// The Hessian of f at x times v, without the Hessian, in the structure of x. v has the structure and the shapes of x (a hana map may
// stand for a struct, also one from grad). Several arguments: hvp(f, std::tuple(x, y), std::tuple(v, w)), for an f(x, y); an f that
// takes one argument gets the tuple. f is recorded once, and passed once forward over reverse, in blocks that stay in the
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
    if constexpr (detail::takes_each<F>(static_cast<std::tuple<X...> const*>(nullptr)))
        return detail::hessian_times(f, detail::references(xs), detail::references(vs));
    else
        return detail::hessian_times(f, std::tie(xs), std::tie(vs));
}
ETAPE_END_ARCH
