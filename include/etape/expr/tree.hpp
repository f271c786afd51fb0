// SPDX-License-Identifier: BSL-1.0
// The expression tree as a type: leaves and operations. What varies at run time (pointers, strides, ids) stays outside,
// so that every expression of one form shares one kernel.
#pragma once
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <etape/core/config.hpp>

ETAPE_BEGIN_ARCH
namespace expr
{
    namespace hana = boost::hana;

    // An array operand, read with a stride; Active: it can carry a gradient.
    template <bool Active>
    struct array_leaf
    {
        static constexpr int leaves = 1;
        static constexpr int slots = 1;
    };
    // A rank-0 operand: one number for the whole loop.
    template <bool Active>
    struct scalar_leaf
    {
        static constexpr int leaves = 1;
        static constexpr int slots = 1;
    };
    // Rule applied to children. Leaves are numbered depth first, left to right.
    template <class Rule, class... Children>
    struct op
    {
        using rule = Rule;
        using children = hana::tuple<hana::type<Children>...>;
        static constexpr int leaves = (Children::leaves + ...);
        static constexpr int slots = 1 + (Children::slots + ...);
    };

    template <class Tree>
    inline constexpr bool is_leaf = false;
    template <bool A>
    inline constexpr bool is_leaf<array_leaf<A>> = true;
    template <bool A>
    inline constexpr bool is_leaf<scalar_leaf<A>> = true;
}
ETAPE_END_ARCH
