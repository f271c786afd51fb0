// SPDX-License-Identifier: BSL-1.0
// One evaluation of a program for one lane: forward, backward and tangent steps over flat register arrays.
// Flat arrays indexed by constants and forced inlining, because nested structs of batches are spilled by g++ 12 (12 times slower).
#pragma once
#include <cstddef>
#include <utility>

#include <etape/expr/program.hpp>
#include <etape/rule/lane.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    enum class pass
    {
        value,     // the result only
        combined,  // the result and everything the backward steps need
        reverse,   // only what the backward steps need; the root may be loaded
        tangent    // the result and everything that a forward rule may read
    };

    template <class Tree, class Map>
    struct steps
    {
        static constexpr auto program = expr::make_program<Tree, Map>();
        static constexpr int size = program.size;
        static constexpr int leaves = program.leaves;
        static constexpr int root = program.root();
        using slots = std::make_index_sequence<static_cast<std::size_t>(size)>;
        using leaf_numbers = std::make_index_sequence<static_cast<std::size_t>(leaves)>;

        template <int Leaf>
        static constexpr expr::slot leaf_slot()
        {
            return program[program.leaf_slot[static_cast<std::size_t>(Leaf)]];
        }
        static constexpr bool leaf_active(int leaf)
        {
            return program[program.leaf_slot[static_cast<std::size_t>(leaf)]].pulled;
        }
        static constexpr bool leaf_array(int leaf)
        {
            return program[program.leaf_slot[static_cast<std::size_t>(leaf)]].array;
        }
        // Does the reverse pass read the value of this leaf?
        static constexpr bool leaf_needed(int leaf)
        {
            return program[program.leaf_slot[static_cast<std::size_t>(leaf)]].keep_value;
        }

        // env.template load<leaf>() gives the lane of a leaf, env.load_root() the stored result.
        template <pass Pass, class Lane, class Env>
        ETAPE_ALWAYS_INLINE static void forward(Env const& env, Lane* v, Lane* x)
        {
            forward_all<Pass>(env, v, x, slots{});
        }

        // a[root] is set by the caller; leaves hold their adjoints afterwards.
        template <class Lane>
        ETAPE_ALWAYS_INLINE static void backward(const Lane* v, const Lane* x, Lane* a)
        {
            backward_all(v, x, a, slots{});
        }

        // d of the leaves is set by the caller through env.template tangent<leaf>(); d[root] is the tangent of the result.
        template <class Lane, class Env>
        ETAPE_ALWAYS_INLINE static void tangents(Env const& env, const Lane* v, const Lane* x, Lane* d)
        {
            tangent_all(env, v, x, d, slots{});
        }

    private:
        // The second argument is the same in every element, and the rule has a form for that.
        template <int I, class Lane>
        static constexpr bool by_uniform()
        {
            constexpr auto s = program[I];
            if constexpr (s.arity == 2 && lane::is_batch_v<Lane>)
                return program[s.arg[1]].uniform && !s.uniform &&
                       requires(Lane const& a, Lane& x) { expr::rule_of<Tree, s.operation>::value_aux_uniform(x, a, a); };
            else
                return false;
        }

        template <pass Pass, class Lane, class Env, std::size_t... I>
        ETAPE_ALWAYS_INLINE static void forward_all(Env const& env, Lane* v, Lane* x, std::index_sequence<I...>)
        {
            (forward_step<Pass, static_cast<int>(I)>(env, v, x), ...);
        }
        template <pass Pass, int I, class Lane, class Env>
        ETAPE_ALWAYS_INLINE static void forward_step(Env const& env, Lane* v, Lane* x)
        {
            constexpr auto s = program[I];
            if constexpr (s.leaf >= 0)
            {
                if constexpr (Pass != pass::reverse || s.keep_value)
                    v[I] = env.template load<s.leaf>();
            }
            else if constexpr (Pass == pass::reverse && I == root && program.load_root)
                v[I] = env.load_root();
            else if constexpr (Pass != pass::reverse || s.compute)
            {
                using rule = expr::rule_of<Tree, s.operation>;
                if constexpr (by_uniform<I, Lane>())
                    v[I] = rule::value_aux_uniform(x[I], v[s.arg[0]], v[s.arg[1]]);
                else if constexpr ((Pass != pass::value && s.keep_aux) || (Pass == pass::tangent && s.active))
                {
                    if constexpr (s.arity == 1)
                        v[I] = rule::value_aux(x[I], v[s.arg[0]]);
                    else if constexpr (s.arity == 2)
                        v[I] = rule::value_aux(x[I], v[s.arg[0]], v[s.arg[1]]);
                    else
                        v[I] = rule::value_aux(x[I], v[s.arg[0]], v[s.arg[1]], v[s.arg[2]]);
                }
                else
                {
                    if constexpr (s.arity == 1)
                        v[I] = rule::value(v[s.arg[0]]);
                    else if constexpr (s.arity == 2)
                        v[I] = rule::value(v[s.arg[0]], v[s.arg[1]]);
                    else
                        v[I] = rule::value(v[s.arg[0]], v[s.arg[1]], v[s.arg[2]]);
                }
            }
        }

        template <class Lane, std::size_t... I>
        ETAPE_ALWAYS_INLINE static void backward_all(const Lane* v, const Lane* x, Lane* a, std::index_sequence<I...>)
        {
            (backward_step<root - static_cast<int>(I)>(v, x, a), ...);
        }
        template <int I, class Lane>
        ETAPE_ALWAYS_INLINE static void backward_step(const Lane* v, const Lane* x, Lane* a)
        {
            constexpr auto s = program[I];
            if constexpr (s.arity > 0 && s.pulled)
            {
                pull<I, 0>(v, x, a);
                pull<I, 1>(v, x, a);
                pull<I, 2>(v, x, a);
            }
        }
        template <int I, int J, class Lane>
        ETAPE_ALWAYS_INLINE static void pull(const Lane* v, const Lane* x, Lane* a)
        {
            constexpr auto s = program[I];
            if constexpr (J < 3 && program.pulls(I, J))
            {
                using rule = expr::rule_of<Tree, s.operation>;
                Lane g;
                if constexpr (s.arity == 1)
                    g = rule::template pull<J>(a[I], v[I], x[I], v[s.arg[0]]);
                else if constexpr (s.arity == 2)
                    g = rule::template pull<J>(a[I], v[I], x[I], v[s.arg[0]], v[s.arg[1]]);
                else
                    g = rule::template pull<J>(a[I], v[I], x[I], v[s.arg[0]], v[s.arg[1]], v[s.arg[2]]);
                if constexpr (s.guarded && s.needs[J] != 0)  // what reads nothing passes 0 on as it is
                    g = lane::select(lane::eq(a[I], Lane(0)), Lane(0), g);
                if constexpr (program.first_pull(I, J))
                    a[s.arg[J]] = g;
                else
                    a[s.arg[J]] = a[s.arg[J]] + g;
            }
        }

        template <class Lane, class Env, std::size_t... I>
        ETAPE_ALWAYS_INLINE static void tangent_all(Env const& env, const Lane* v, const Lane* x, Lane* d,
                                                    std::index_sequence<I...>)
        {
            (tangent_step<static_cast<int>(I)>(env, v, x, d), ...);
        }
        template <int I, class Lane, class Env>
        ETAPE_ALWAYS_INLINE static void tangent_step(Env const& env, const Lane* v, const Lane* x, Lane* d)
        {
            constexpr auto s = program[I];
            if constexpr (s.leaf >= 0)
            {
                if constexpr (s.active)
                    d[I] = env.template tangent<s.leaf>();
                else
                    d[I] = Lane(0);
            }
            else if constexpr (!s.active)
                d[I] = Lane(0);
            else
            {
                using rule = expr::rule_of<Tree, s.operation>;
                if constexpr (s.arity == 1)
                    d[I] = rule::push(v[I], x[I], v[s.arg[0]], d[s.arg[0]]);
                else if constexpr (s.arity == 2)
                    d[I] = rule::push(v[I], x[I], v[s.arg[0]], v[s.arg[1]], d[s.arg[0]], d[s.arg[1]]);
                else
                    d[I] = rule::push(v[I], x[I], v[s.arg[0]], v[s.arg[1]], v[s.arg[2]], d[s.arg[0]], d[s.arg[1]],
                                      d[s.arg[2]]);
            }
        }
    };
}
ETAPE_END_ARCH
