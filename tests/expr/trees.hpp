// SPDX-License-Identifier: BSL-1.0
// Small trees to look at, spelled as types.
#pragma once
#include <etape/expr/program.hpp>
#include <etape/rule/table.hpp>

namespace trees
{
    using namespace etape;
    using expr::op;

    using x = expr::array_leaf<true>;    // a variable
    using a = expr::array_leaf<false>;   // plain numbers
    using s = expr::scalar_leaf<true>;
    using c = expr::scalar_leaf<false>;
    template <class L, class R>
    using add = op<rule::add, L, R>;
    template <class L, class R>
    using sub = op<rule::sub, L, R>;
    template <class L, class R>
    using mul = op<rule::mul, L, R>;
    template <class L, class R>
    using quo = op<rule::div, L, R>;
    template <class E>
    using exp_of = op<rule::exp, E>;
    template <class E>
    using sin_of = op<rule::sin, E>;
    template <class L, class R>
    using less = op<rule::less, L, R>;
    template <class C, class L, class R>
    using where = op<rule::where, C, L, R>;

    template <class Tree>
    inline constexpr auto plain = expr::make_program<Tree, expr::identity_map<Tree>>();
    template <class Tree>
    inline constexpr auto twin = expr::make_program<Tree, expr::twin_map<Tree>>();
    template <class Tree>
    inline constexpr auto single = expr::make_program<Tree, expr::single_map<Tree>>();
}
