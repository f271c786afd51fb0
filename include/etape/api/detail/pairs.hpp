// SPDX-License-Identifier: BSL-1.0
// Two structures of one form: directions beside arguments, weights beside results.
#pragma once
#include <string>

#include <boost/hana/at_key.hpp>

#include <etape/api/structure.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    template <class X>
    inline constexpr std::size_t size_of_tuple = static_cast<std::size_t>(-1);
    template <class... X>
    inline constexpr std::size_t size_of_tuple<std::tuple<X...>> = sizeof...(X);
    template <class... X>
    inline constexpr std::size_t size_of_tuple<hana::tuple<X...>> = sizeof...(X);

    template <class S, class Key>
    decltype(auto) member_of(S const& s, Key const& key)
    {
        if constexpr (map_like<S>)
            return s[key];
        else
            return hana::at_key(s, key);
    }

    // Leaves of two structures of one form, side by side. A hana map stands for a struct, as it does in results.
    template <class Own, class V, class F>
    void each_pair(Own const& own, V const& v, F& f, const char* what)
    {
        if constexpr (source_leaf_v<Own>)
            f(own, v);
        else if constexpr (is_sequence_v<Own>)
        {
            if constexpr (is_sequence_v<V>)
            {
                if (v.size() != own.size())
                    throw_shape_error(what, std::to_string(v.size()) + " entries", std::to_string(own.size()));
                for (std::size_t i = 0; i < own.size(); ++i)
                    each_pair(own[i], v[i], f, what);
            }
            else
                static_assert(dependent_false<V>, "etape: a direction or weight has the structure of what it belongs to: expected a vector or array, "
                                                  "one entry for each");
        }
        else if constexpr (is_tuple_v<Own>)
        {
            constexpr std::size_t n = size_of_tuple<Own>;
            if constexpr (size_of_tuple<V> == n)
                [&]<std::size_t... I>(std::index_sequence<I...>)
                { (each_pair(hana::at_c<I>(own), hana::at_c<I>(v), f, what), ...); }(std::make_index_sequence<n>{});
            else
                static_assert(dependent_false<V>, "etape: a direction or weight has the structure of what it belongs to: expected a tuple of its size");
        }
        else if constexpr (!map_like<V> && !struct_like<V>)
            static_assert(dependent_false<V>, "etape: a direction or weight has the structure of what it belongs to: expected its members, in a "
                                              "struct or hana map");
        else if constexpr (map_like<Own>)
            hana::for_each(own, [&](auto const& kv) { each_pair(hana::second(kv), member_of(v, hana::first(kv)), f, what); });
        else
            hana::for_each(hana::accessors<Own>(), [&](auto const& kv) { each_pair(hana::second(kv)(own), member_of(v, hana::first(kv)), f, what); });
    }
}
ETAPE_END_ARCH
