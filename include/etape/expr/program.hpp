// SPDX-License-Identifier: BSL-1.0
// The tree flattened, at compile time, into a straight-line program over numbered slots (a register file): shared
// subexpressions appear once, and the analyses that a kernel needs (activity, what the reverse pass reads) are constants.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <etape/expr/leaf_map.hpp>
#include <etape/expr/tree.hpp>
#include <etape/rule/row.hpp>

ETAPE_BEGIN_ARCH
namespace expr
{
    // A rule by its type's name. Not by an address: comparing addresses is no constant expression under -fsanitize=undefined.
    template <class Rule>
    constexpr std::string_view rule_identity()
    {
        return __PRETTY_FUNCTION__;
    }

    // How the value of a leaf can influence the result; reported when a gradient is missing.
    enum path_kind : unsigned
    {
        no_path = 0,
        differentiable_path = 1,
        control_path = 2,
        non_differentiable_path = 4
    };

    struct slot
    {
        std::string_view identity{};  // of the rule; empty for a leaf
        const char* name = "";
        int operation = -1;              // position of the rule among the operations of the tree, in post-order
        int leaf = -1;                   // number of the (merged) leaf
        int arity = 0;
        int arg[3] = {-1, -1, -1};
        unsigned needs[3] = {0, 0, 0};
        bool passes[3] = {false, false, false};  // the rule has a derivative through this argument
        bool control[3] = {false, false, false};
        bool array = false;
        bool uniform = false;     // the same in every element: made of numbers alone
        bool active = false;      // an active leaf is reached through differentiable arguments
        bool pulled = false;      // active, and an adjoint arrives from the root
        bool chooses = false;     // the rule may give an argument an adjoint of exactly 0
        bool guarded = false;     // below a choice (where, maximum): an adjoint of 0 must stay 0, even against inf or NaN
        bool keep_value = false;  // the reverse pass reads the value
        bool keep_aux = false;    // the reverse pass reads the shared intermediate
        bool compute = false;     // the reverse pass must recompute it (or, for a leaf, load it)
        unsigned paths = 0;       // path_kind bits
        const char* cut = "";     // an operation without derivative on the way from the root
    };

    template <int Slots, int Leaves>
    struct program
    {
        std::array<slot, static_cast<std::size_t>(Slots)> slots{};
        int size = 0;
        int leaves = 0;                                                      // after merging
        std::array<int, static_cast<std::size_t>(Leaves)> leaf_slot{};      // of merged leaves
        std::array<int, static_cast<std::size_t>(Leaves)> first_original{}; // merged leaf -> first original leaf
        bool load_root = false;  // the reverse pass reads the stored result instead of recomputing the root
        double cost = 0;         // of one evaluation, in rough flops

        constexpr slot const& operator[](int i) const
        {
            return slots[static_cast<std::size_t>(i)];
        }
        constexpr slot& operator[](int i)
        {
            return slots[static_cast<std::size_t>(i)];
        }
        constexpr int root() const
        {
            return size - 1;
        }
        // Does argument j of slot i pass an adjoint on?
        constexpr bool pulls(int i, int j) const
        {
            auto const& s = (*this)[i];
            return s.pulled && j < s.arity && s.passes[j] && (*this)[s.arg[j]].active;
        }
        // In the reverse pass slots run from the root down and arguments from left to right: is (i, j) the first to
        // contribute to its argument, so that it stores instead of adding?
        constexpr bool first_pull(int i, int j) const
        {
            const int target = (*this)[i].arg[j];
            for (int p = size - 1; p >= i; --p)
                for (int q = 0; q < (*this)[p].arity; ++q)
                {
                    if (p == i && q >= j)
                        break;
                    if (pulls(p, q) && (*this)[p].arg[q] == target)
                        return false;
                }
            return true;
        }
    };

    namespace detail
    {
        template <class Program, class Map>
        struct builder
        {
            Program p{};
            Map map{};            // original leaf -> merged leaf
            int next_leaf = 0;    // original numbering
            int next_operation = 0;

            constexpr int add(slot const& s)
            {
                for (int i = 0; i < p.size; ++i)
                {
                    auto const& o = p[i];
                    if (s.leaf == o.leaf && s.arity == o.arity && s.arg[0] == o.arg[0] && s.arg[1] == o.arg[1] &&
                        s.arg[2] == o.arg[2] && s.identity == o.identity)
                        return i;
                }
                p[p.size] = s;
                return p.size++;
            }
            constexpr int leaf(bool active, bool array)
            {
                slot s;
                const int original = next_leaf++;
                s.leaf = map[static_cast<std::size_t>(original)];
                s.active = active;
                s.array = array;
                s.uniform = !array;
                if (s.leaf == p.leaves)
                    p.first_original[static_cast<std::size_t>(p.leaves++)] = original;
                const int at = add(s);
                p.leaf_slot[static_cast<std::size_t>(s.leaf)] = at;
                return at;
            }
        };

        template <class Tree>
        struct emit;
        template <bool A>
        struct emit<array_leaf<A>>
        {
            template <class Builder>
            static constexpr int into(Builder& b)
            {
                return b.leaf(A, true);
            }
        };
        template <bool A>
        struct emit<scalar_leaf<A>>
        {
            template <class Builder>
            static constexpr int into(Builder& b)
            {
                return b.leaf(A, false);
            }
        };
        template <class Rule, class... C>
        struct emit<op<Rule, C...>>
        {
            template <class Builder>
            static constexpr int into(Builder& b)
            {
                static_assert(Rule::arity == sizeof...(C), "etape: an operation has as many children as its rule has arguments");
                slot s;
                s.identity = rule_identity<Rule>();
                s.name = Rule::name;
                s.arity = Rule::arity;
                int k = 0;
                ((s.arg[k++] = emit<C>::into(b)), ...);
                s.operation = b.next_operation++;
                s.chooses = Rule::chooses;
                s.uniform = true;
                for (int j = 0; j < Rule::arity; ++j)
                {
                    s.uniform = s.uniform && b.p[s.arg[j]].uniform;
                    s.needs[j] = Rule::needs[j];
                    s.passes[j] = Rule::active[j];
                    s.control[j] = Rule::kind[j] == rule::arg_kind::control;
                    s.active = s.active || (Rule::active[j] && b.p[s.arg[j]].active);
                }
                const int before = b.p.size;
                const int at = b.add(s);
                if (b.p.size != before)
                    b.p.cost += Rule::cost;
                return at;
            }
        };

        template <class Program>
        constexpr void analyse(Program& p)
        {
            const int root = p.root();
            p[root].pulled = p[root].active;
            for (int i = root; i >= 0; --i)
                for (int j = 0; j < p[i].arity; ++j)
                    if (p.pulls(i, j))
                    {
                        auto& below = p[p[i].arg[j]];
                        below.pulled = true;
                        below.guarded = below.guarded || p[i].guarded || p[i].chooses;
                    }
            // which values the reverse pass reads
            for (int i = 0; i < p.size; ++i)
                for (int j = 0; j < p[i].arity; ++j)
                    if (p.pulls(i, j))
                    {
                        const unsigned n = p[i].needs[j];
                        if ((n & rule::need::result) != 0)
                            p[i].keep_value = true;
                        if ((n & rule::need::aux) != 0)
                            p[i].keep_aux = true;
                        for (int k = 0; k < p[i].arity; ++k)
                            if ((n & (1u << k)) != 0)
                                p[p[i].arg[k]].keep_value = true;
                    }
            p.load_root = p[root].arity > 0 && p[root].keep_value && !p[root].keep_aux;
            for (int i = root; i >= 0; --i)
            {
                const bool loaded = i == root && p.load_root;
                if ((p[i].keep_value && !loaded) || p[i].keep_aux)
                    p[i].compute = true;
                if (p[i].compute)
                    for (int j = 0; j < p[i].arity; ++j)
                        p[p[i].arg[j]].keep_value = true;
            }
            // how the leaves reach the root
            p[root].paths = differentiable_path;
            for (int i = root; i >= 0; --i)
                for (int j = 0; j < p[i].arity; ++j)
                {
                    unsigned kinds = p[i].paths;
                    const char* cut = p[i].cut;
                    if (!p[i].passes[j])
                    {
                        kinds = p[i].control[j] ? control_path : non_differentiable_path;
                        cut = p[i].name;
                    }
                    p[p[i].arg[j]].paths |= kinds;
                    if (p[p[i].arg[j]].cut[0] == '\0')
                        p[p[i].arg[j]].cut = cut;
                }
        }
    }

    // The program of a tree whose leaves are merged by Map::value (an array: original leaf -> merged leaf).
    template <class Tree, class Map>
    constexpr auto make_program()
    {
        detail::builder<program<Tree::slots, Tree::leaves>, std::remove_const_t<decltype(Map::value)>> b;
        b.map = Map::value;
        detail::emit<Tree>::into(b);
        detail::analyse(b.p);
        return b.p;
    }

    // ---- rules of a tree in post-order, found by position in constant template depth ----
    template <class... Rules>
    struct rule_list
    {
    };
    namespace detail
    {
        template <class... Lists>
        struct concat;
        template <>
        struct concat<>
        {
            using type = rule_list<>;
        };
        template <class... A>
        struct concat<rule_list<A...>>
        {
            using type = rule_list<A...>;
        };
        template <class... A, class... B, class... Rest>
        struct concat<rule_list<A...>, rule_list<B...>, Rest...>
        {
            using type = typename concat<rule_list<A..., B...>, Rest...>::type;
        };
        template <class Tree>
        struct rules
        {
            using type = rule_list<>;
        };
        template <class Rule, class... C>
        struct rules<op<Rule, C...>>
        {
            using type = typename concat<typename rules<C>::type..., rule_list<Rule>>::type;
        };

        template <std::size_t I, class T>
        struct indexed
        {
        };
        template <class I, class... T>
        struct indexed_all;
        template <std::size_t... I, class... T>
        struct indexed_all<std::index_sequence<I...>, T...> : indexed<I, T>...
        {
        };
        template <std::size_t I, class T>
        hana::type<T> pick(indexed<I, T> const&);
    }
    template <class Tree>
    using rules_of = typename detail::rules<Tree>::type;

    template <int I, class... Rules>
    auto rule_at(rule_list<Rules...>) -> typename decltype(detail::pick<static_cast<std::size_t>(I)>(
        std::declval<detail::indexed_all<std::index_sequence_for<Rules...>, Rules...>>()))::type;

    template <class Tree, int I>
    using rule_of = decltype(rule_at<I>(rules_of<Tree>{}));
}
ETAPE_END_ARCH
