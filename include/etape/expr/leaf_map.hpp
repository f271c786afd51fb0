// SPDX-License-Identifier: BSL-1.0
// Merging of leaves: which leaves of a tree are one and the same operand of its program.
#pragma once
#include <array>
#include <cstddef>

#include <etape/expr/tree.hpp>

ETAPE_BEGIN_ARCH
namespace expr
{
    // Two maps with equal numbers are one type, and share their kernels.
    template <auto Numbers>
    struct leaf_map
    {
        static constexpr auto value = Numbers;
    };
    namespace detail
    {
        template <class Tree>
        struct identity_numbers
        {
            static constexpr auto value = []
            {
                std::array<int, static_cast<std::size_t>(Tree::leaves)> m{};
                for (int i = 0; i < Tree::leaves; ++i)
                    m[static_cast<std::size_t>(i)] = i;
                return m;
            }();
        };

        // kinds of leaves in order: bit 0 active, bit 1 array
        template <class Tree>
        struct leaf_kinds;
        template <bool A>
        struct leaf_kinds<array_leaf<A>>
        {
            static constexpr std::array<int, 1> value{{2 + (A ? 1 : 0)}};
        };
        template <bool A>
        struct leaf_kinds<scalar_leaf<A>>
        {
            static constexpr std::array<int, 1> value{A ? 1 : 0};
        };
        template <class Rule, class... C>
        struct leaf_kinds<op<Rule, C...>>
        {
            static constexpr auto value = []
            {
                std::array<int, static_cast<std::size_t>(op<Rule, C...>::leaves)> all{};
                std::size_t k = 0;
                auto append = [&](auto const& part)
                {
                    for (int x : part)
                        all[k++] = x;
                };
                (append(leaf_kinds<C>::value), ...);
                return all;
            }();
        };

        // Two children of one type: their leaves may be equal pairwise ((a*x+b)*(a*x+b)).
        template <class Tree>
        struct twins
        {
            template <class Map>
            static constexpr void apply(Map&, int)
            {
            }
        };
        template <class A, class B>
        inline constexpr bool same_tree = false;
        template <class A>
        inline constexpr bool same_tree<A, A> = true;

        template <class Map>
        constexpr void identify(Map& m, int from, int to)
        {
            if (from == to)
                return;
            const int a = m[static_cast<std::size_t>(from)];
            const int b = m[static_cast<std::size_t>(to)];
            const int low = a < b ? a : b;
            for (auto& x : m)
                if (x == a || x == b)
                    x = low;
        }

        template <class Rule, class... C>
        struct twins<op<Rule, C...>>
        {
            template <class Map>
            static constexpr void apply(Map& m, int offset)
            {
                constexpr int counts[] = {C::leaves...};
                int at = offset;
                int k = 0;
                ((twins<C>::apply(m, at), at += counts[k++]), ...);
                if constexpr (sizeof...(C) == 2)
                {
                    if constexpr (same_tree<C...>)
                        for (int i = 0; i < counts[0]; ++i)
                            identify(m, offset + i, offset + counts[0] + i);
                }
            }
        };
        // representatives (some original leaf number) -> consecutive numbers in order of first appearance
        template <class Map>
        constexpr void renumber(Map& m)
        {
            Map out{};
            int next = 0;
            for (std::size_t i = 0; i < m.size(); ++i)
            {
                std::size_t j = 0;
                while (m[j] != m[i])
                    ++j;
                out[i] = j == i ? next++ : out[j];
            }
            m = out;
        }

        template <class Tree>
        struct twin_numbers
        {
            static constexpr auto value = []
            {
                auto m = identity_numbers<Tree>::value;
                twins<Tree>::apply(m, 0);
                renumber(m);
                return m;
            }();
        };
        template <class Tree>
        struct single_numbers
        {
            static constexpr auto value = []
            {
                auto m = identity_numbers<Tree>::value;
                twins<Tree>::apply(m, 0);
                constexpr auto kinds = leaf_kinds<Tree>::value;
                for (int i = 0; i < Tree::leaves; ++i)
                    for (int j = 0; j < i; ++j)
                        if (kinds[static_cast<std::size_t>(i)] == kinds[static_cast<std::size_t>(j)] &&
                            (kinds[static_cast<std::size_t>(i)] & 1) != 0)
                            identify(m, j, i);
                renumber(m);
                return m;
            }();
        };
    }

    template <class Tree>
    using identity_map = leaf_map<detail::identity_numbers<Tree>::value>;
    // Leaves of identical subtrees are the same.
    template <class Tree>
    using twin_map = leaf_map<detail::twin_numbers<Tree>::value>;
    // All active array leaves are one variable, all active scalars are one; leaves of identical subtrees are the same.
    template <class Tree>
    using single_map = leaf_map<detail::single_numbers<Tree>::value>;
}
ETAPE_END_ARCH
