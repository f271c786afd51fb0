// SPDX-License-Identifier: BSL-1.0
// Sources and targets of any structure: handles, scalars, tuples, arrays, vectors, hana maps and adapted structs, nested.
#pragma once
#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <span>
#include <tuple>
#include <vector>

#include <boost/hana/accessors.hpp>
#include <boost/hana/core/to.hpp>
#include <boost/hana/ext/std/tuple.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/map.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/at.hpp>
#include <boost/hana/size.hpp>
#include <boost/hana/transform.hpp>
#include <boost/hana/tuple.hpp>

#include <etape/api/gradient.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    namespace hana = boost::hana;

    // ---- sources ----
    template <class S>
    inline constexpr bool source_leaf_v = false;
    template <class T, std::size_t N>
    inline constexpr bool source_leaf_v<variable<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool source_leaf_v<tensor<T, N>> = true;
    template <class T, std::size_t N>
    inline constexpr bool source_leaf_v<constant<T, N>> = true;

    template <class S>
    inline constexpr bool is_sequence_v = false;
    template <class S, std::size_t K>
    inline constexpr bool is_sequence_v<std::array<S, K>> = true;
    template <class S, class A>
    inline constexpr bool is_sequence_v<std::vector<S, A>> = true;

    // Other containers of sources; their results are a std::vector.
    template <class S>
    inline constexpr bool is_range_v = false;
    template <class S, class A>
    inline constexpr bool is_range_v<std::deque<S, A>> = true;
    template <class S, class A>
    inline constexpr bool is_range_v<std::list<S, A>> = true;
    template <class S, std::size_t K>
    inline constexpr bool is_range_v<std::span<S, K>> = true;

    template <class S>
    inline constexpr bool is_tuple_v = false;
    template <class... S>
    inline constexpr bool is_tuple_v<std::tuple<S...>> = true;
    template <class... S>
    inline constexpr bool is_tuple_v<hana::tuple<S...>> = true;
    template <class S>
    inline constexpr bool is_std_tuple_v = false;
    template <class... S>
    inline constexpr bool is_std_tuple_v<std::tuple<S...>> = true;

    template <class S>
    concept map_like = std::is_same_v<hana::tag_of_t<S>, hana::map_tag>;
    template <class S>
    concept struct_like = hana::Struct<S>::value;
    template <class S>
    inline constexpr bool is_array_of_scalars_v = false;
    template <class EC, std::size_t N, xt::layout_type L, class Tag>
    inline constexpr bool is_array_of_scalars_v<xt::xtensor_container<EC, N, L, Tag>> = is_scalar_variable_v<typename EC::value_type>;
    template <class EC, xt::layout_type L, class SC, class Tag>
    inline constexpr bool is_array_of_scalars_v<xt::xarray_container<EC, L, SC, Tag>> = is_scalar_variable_v<typename EC::value_type>;

    template <class S>
    struct leaf_type;
    template <template <class, std::size_t> class H, class T, std::size_t N>
    struct leaf_type<H<T, N>>
    {
        using number = T;
        static constexpr std::size_t rank = N;
        static constexpr bool is_constant = false;
    };
    template <class T, std::size_t N>
    struct leaf_type<constant<T, N>>
    {
        using number = T;
        static constexpr std::size_t rank = N;
        static constexpr bool is_constant = true;
    };

    // Leaves of a structure, in order. f.sequence(s), if there is such a function, gets the arrays and vectors among it first.
    template <class S, class F>
    void each_source(S const& s, F& f)
    {
        if constexpr (source_leaf_v<S>)
            f(s);
        else if constexpr (is_sequence_v<S> || is_range_v<S>)
        {
            if constexpr (requires { f.sequence(s); })
                f.sequence(s);
            for (auto const& x : s)
                each_source(x, f);
        }
        else if constexpr (is_tuple_v<S>)
            hana::for_each(s, [&](auto const& x) { each_source(x, f); });
        else if constexpr (map_like<S>)
            hana::for_each(s, [&](auto const& kv) { each_source(hana::second(kv), f); });
        else if constexpr (struct_like<S>)
            // by accessors, which refer: members() would copy, and requests point at what they were made of
            hana::for_each(hana::accessors<S>(), [&](auto const& kv) { each_source(hana::second(kv)(s), f); });
        else if constexpr (is_scalar_expression_v<S>)
            static_assert(dependent_false<S>, "etape: gradient() takes sources that are variables, found an expression: `auto y = x * x` is "
                                              "recorded with what it becomes part of; write variable<T> y = x * x");
        else if constexpr (is_array_of_scalars_v<S>)
            static_assert(dependent_false<S>, "etape: gradient() takes an array of variables as variable<T, N>, which is one; scalars of an "
                                              "xtensor container one by one, or in a std::vector");
        else
            static_assert(dependent_false<S>, "etape: gradient() takes sources that are variables, tensors, or tuples, arrays, vectors, "
                                              "hana maps and adapted structs of them");
    }

    // What tells variables that nothing computed apart; 0 for everything else.
    template <class H>
    std::uint64_t root_of(H const&) noexcept
    {
        return 0;
    }
    template <class T, std::size_t N>
    std::uint64_t root_of(variable<T, N> const& v) noexcept
    {
        if constexpr (N == 0)
            return (v.tag() & tag_bits::leaf) != 0 ? v.tag() : 0;
        else
        {
            // One that was moved from is refused where it is asked for.
            auto const& b = v.data_or_null();
            return b && b->role == buffer_role::leaf ? reinterpret_cast<std::uintptr_t>(b.get()) : 0;
        }
    }
    // Counts leaves. std::vector<variable>(n, value) copies one variable n times, of which each would get the derivative by all: refused.
    struct count_sources
    {
        const char* call;
        site where;
        std::size_t n = 0;

        template <class H>
        void operator()(H const&) noexcept
        {
            ++n;
        }
        template <class S>
        void sequence(S const& s) const
        {
            // Variables that were made one after the other have ascending numbers: nothing more to look at.
            std::uint64_t last = 0;
            std::size_t roots = 0;
            bool ascending = true;
            auto look = [&](auto const& v)
            {
                if (const auto root = root_of(v); root != 0)
                {
                    ++roots;
                    ascending = ascending && root > last;
                    last = root;
                }
            };
            each_source(s, look);
            if (!ascending) [[unlikely]]
                compare(s, roots);
        }

    private:
        template <class S>
        ETAPE_COLD void compare(S const& s, std::size_t roots) const
        {
            struct root
            {
                std::uint64_t of;
                std::size_t at;
            };
            std::array<root, 64> few;
            std::vector<root> many(roots <= few.size() ? 0 : roots);
            root* const all = many.empty() ? few.data() : many.data();
            std::size_t k = 0, at = 0;
            auto collect = [&](auto const& v)
            {
                if (const auto of = root_of(v); of != 0)
                    all[k++] = {of, at};
                ++at;
            };
            each_source(s, collect);
            std::sort(all, all + k, [](root const& a, root const& b) { return a.of != b.of ? a.of < b.of : a.at < b.at; });
            for (std::size_t i = 1; i < k; ++i)
                if (all[i - 1].of == all[i].of)
                    runtime::throw_copied_source(call, where, all[i - 1].at, all[i].at);
        }
    };

    // The number type when all leaves are scalars of one, double or float; void otherwise.
    template <class S>
    struct scalars_of
    {
        using type = void;
    };
    template <class T>
        requires(is_compiled_number_v<T>)
    struct scalars_of<variable<T, 0>>
    {
        using type = T;
    };
    template <class S, class A>
    struct scalars_of<std::vector<S, A>> : scalars_of<S>
    {
    };
    template <class S, std::size_t K>
    struct scalars_of<std::array<S, K>> : scalars_of<S>
    {
    };
    template <class S, class... More>
    struct scalars_of<std::tuple<S, More...>>
    {
        using first = typename scalars_of<std::remove_cvref_t<S>>::type;
        using type = std::conditional_t<(std::is_same_v<first, typename scalars_of<std::remove_cvref_t<More>>::type> && ...), first, void>;
    };

    template <class S>
    void request_source(scalar_request& r, S const& s)
    {
        r.tag = s.tag();
    }
    template <bool Tracked, class T>
    auto take_result(scalar_request& r, variable<T, 0> const&)
    {
        using result = gradient_result<T, 0, Tracked>;
        return r.missing ? result(std::move(r.missing), buffer_ptr()) : result(static_cast<T>(r.value));
    }

    template <class S>
    void request_source(source_request& r, S const& s)
    {
        using leaf = leaf_type<S>;
        r.single = sizeof(typename leaf::number) == sizeof(float);
        r.constant = leaf::is_constant;
        if constexpr (leaf::rank == 0)
        {
            r.space = space_on_log<typename leaf::number>();
            if constexpr (!is_compiled_number_v<typename leaf::number>)
                r.number = std::make_unique<slot_of<typename leaf::number>>(typename leaf::number(0));
            r.tag = &s.tag_for_recording();
        }
        else
            r.values = s.data_handle().get();
    }
    template <bool Tracked, class S>
    auto take_result(source_request& r, S const& s)
    {
        using leaf = leaf_type<S>;
        using T = typename leaf::number;
        using result = gradient_result<T, leaf::rank, Tracked>;
        if constexpr (leaf::rank == 0)
        {
            if (r.missing)
                return result(std::move(r.missing), buffer_ptr());
            if constexpr (!is_compiled_number_v<T>)
            {
                static_assert(!Tracked, "etape: gradients of the number types other than float and double are plain: a recorded "
                                        "(differentiable) one is not offered");
                return result(static_cast<slot_of<T> const&>(*r.number).value);
            }
            else if constexpr (Tracked)
                return result(variable<T, 0>(with_tag{}, static_cast<T>(r.scalar), r.scalar_tag));
            else
                return result(static_cast<T>(r.scalar));
        }
        else
        {
            if (r.missing)
                return result(std::move(r.missing), s.data_handle());
            return result(typename result::value_type(std::move(r.gradient)));
        }
    }

    // Pairs in the order of their arguments: `next` counts, so every list of calls to it is braced.
    inline constexpr auto map_of = [](auto... pairs) { return hana::make_map(std::move(pairs)...); };

    // A function for results_like that takes whatever is no structure for a leaf.
    template <class F>
    struct on_any_leaf : F
    {
        static constexpr bool any_leaf = true;
        using F::operator();
    };
    template <class F>
    on_any_leaf(F) -> on_any_leaf<F>;

    // The same structure of results; a struct becomes a hana::map from its member names.
    template <class S, class Next>
    auto results_like(S const& s, Next& next)
    {
        if constexpr (source_leaf_v<S>)
            return next(s);
        else if constexpr (is_sequence_v<S> || is_range_v<S>)
        {
            if constexpr (requires { std::tuple_size<S>::value; })
                return [&]<std::size_t... I>(std::index_sequence<I...>)
                { return std::array{results_like(s[I], next)...}; }(std::make_index_sequence<std::tuple_size_v<S>>{});
            else
            {
                std::vector<decltype(results_like(*s.begin(), next))> all;
                all.reserve(s.size());
                for (auto const& x : s)
                    all.push_back(results_like(x, next));
                return all;
            }
        }
        else if constexpr (is_tuple_v<S>)
            return hana::unpack(s, [&](auto const&... x)
                {
                    using std_tuple = std::tuple<decltype(results_like(x, next))...>;
                    using hana_tuple = hana::tuple<decltype(results_like(x, next))...>;
                    return std::conditional_t<is_std_tuple_v<S>, std_tuple, hana_tuple>{results_like(x, next)...};
                });
        else if constexpr (map_like<S>)
            return hana::unpack(s, [&](auto const&... kv)
                {
                    return std::apply(map_of, std::tuple<decltype(hana::make_pair(hana::first(kv), results_like(hana::second(kv), next)))...>{
                                                  hana::make_pair(hana::first(kv), results_like(hana::second(kv), next))...});
                });
        else if constexpr (struct_like<S>)
            return hana::unpack(hana::accessors<S>(), [&](auto... kv)
                {
                    return std::apply(map_of, std::tuple<decltype(hana::make_pair(hana::first(kv), results_like(hana::second(kv)(s), next)))...>{
                                                  hana::make_pair(hana::first(kv), results_like(hana::second(kv)(s), next))...});
                });
        else if constexpr (requires { Next::any_leaf; })
            return next(s);
    }
}
ETAPE_END_ARCH
