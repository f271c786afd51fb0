// SPDX-License-Identifier: BSL-1.0
// The bodies behind dual_rows.hpp, compiled once for each precision.
#include "dual_rows.hpp"

#include <utility>

#include <etape/core/error.hpp>
#include <etape/dual/functions.hpp>
#include <etape/rule/table.hpp>

namespace etape::dual_blocks
{
    namespace
    {
        template <class T>
        using lane_of = dual<xsimd::batch<T>, 1>;

        template <class T>
        ETAPE_ALWAYS_INLINE lane_of<T> load(block<const T> const& b, std::size_t i)
        {
            return lane_of<T>(xsimd::batch<T>::load_unaligned(b.v + i), xsimd::batch<T>::load_unaligned(b.d + i));
        }
        template <class T>
        ETAPE_ALWAYS_INLINE void store(block<T> const& b, std::size_t i, lane_of<T> const& x)
        {
            x.v.store_unaligned(b.v + i);
            x.d.t[0].store_unaligned(b.d + i);
        }

        template <class T>
        bool any_zero(std::size_t n, const T* g)
        {
            using batch = xsimd::batch<T>;
            batch least(T(1));
            for (std::size_t i = 0; i < n; i += batch::size)
                least = xsimd::min(least, xsimd::abs(batch::load_unaligned(g + i)));
            return xsimd::any(least == batch(T(0)));
        }

        template <class Rule>
        constexpr bool reads_aux = []<std::size_t... J>(std::index_sequence<J...>)
        { return ((Rule::needs[J] & rule::need::aux) | ...) != 0; }(std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});

        template <class Rule, class T, std::size_t... J>
        void value_loop(std::size_t n, block<const T> const* a, block<T> y, block<T> aux, std::index_sequence<J...>)
        {
            using L = lane_of<T>;
            for (std::size_t i = 0; i < n; i += xsimd::batch<T>::size)
                if constexpr (reads_aux<Rule>)
                {
                    L x(xsimd::batch<T>(T(0)));
                    const L r = Rule::template value_aux<L>(x, load<T>(a[J], i)...);
                    store<T>(y, i, r);
                    store<T>(aux, i, x);
                }
                else
                    store<T>(y, i, Rule::value(load<T>(a[J], i)...));
        }
        template <class Rule, class T>
        void value_of(std::size_t n, block<const T> const* a, block<T> y, block<T> aux)
        {
            value_loop<Rule, T>(n, a, y, aux, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }

        // Guarded: what was not chosen contributes nothing: 0 where the adjoint is 0 and the contribution is not finite.
        template <class Rule, int K, bool Guarded, class T, std::size_t... J>
        void pull_loop(std::size_t n, block<const T> g, block<const T> y, block<const T> aux, block<const T> const* a, block<T> to, bool add,
                       std::index_sequence<J...>)
        {
            using batch = xsimd::batch<T>;
            using L = lane_of<T>;
            const batch zero(T(0));
            for (std::size_t i = 0; i < n; i += batch::size)
            {
                const L seed = load<T>(g, i);
                L x(zero);
                if constexpr ((Rule::needs[K] & rule::need::aux) != 0)
                    x = load<T>(aux, i);
                L c = Rule::template pull<K>(seed, load<T>(y, i), x, load<T>(a[J], i)...);
                if constexpr (Guarded)
                {
                    const batch finite = (c.v + c.d.t[0]) * zero;
                    const auto drop = lane::mask_and(lane::eq(seed.v, zero), lane::mask_not(lane::eq(finite, zero)));
                    c.v = lane::select<batch>(drop, zero, c.v);
                    c.d.t[0] = lane::select<batch>(drop, zero, c.d.t[0]);
                }
                if (add)
                {
                    c.v = c.v + batch::load_unaligned(to.v + i);
                    c.d.t[0] = c.d.t[0] + batch::load_unaligned(to.d + i);
                }
                store<T>(to, i, c);
            }
        }
        template <class Rule, int K, class T>
        void pull_of(std::size_t n, block<const T> g, block<const T> y, block<const T> aux, block<const T> const* a, block<T> to, bool add)
        {
            constexpr auto arguments = std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{};
            if constexpr (Rule::needs[K] != 0)
                if (any_zero(n, g.v))
                    return pull_loop<Rule, K, true, T>(n, g, y, aux, a, to, add, arguments);
            pull_loop<Rule, K, false, T>(n, g, y, aux, a, to, add, arguments);
        }

        template <class Rule, class T>
        constexpr row<T> functions()
        {
            row<T> f{&value_of<Rule, T>, {}};
            auto one = [&]<int K>()
            {
                if constexpr (K < Rule::arity)
                    if constexpr (Rule::active[K])
                        f.pull[K] = &pull_of<Rule, K, T>;
            };
            one.template operator()<0>();
            one.template operator()<1>();
            one.template operator()<2>();
            return f;
        }
    }

    template <class T>
    row<T> const& row_of(row_number r)
    {
        static_assert(widest_lane % xsimd::batch<T>::size == 0);
        static constexpr row<T> table[] = {
#define ETAPE_DUAL_ROW(NAME, ...) functions<rule::NAME, T>(),
            ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_DUAL_ROW) ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_DUAL_ROW) ETAPE_FOR_EACH_UNARY(ETAPE_DUAL_ROW)
                ETAPE_FOR_EACH_BINARY(ETAPE_DUAL_ROW) ETAPE_FOR_EACH_TERNARY(ETAPE_DUAL_ROW) ETAPE_FOR_EACH_ORDERED(ETAPE_DUAL_ROW)
#undef ETAPE_DUAL_ROW
        };
        static_assert(std::size(table) == static_cast<std::size_t>(row_number::count));
        if (r == row_number::unknown)
            throw rule_error("etape: hvp: found a rule that is not in the rule table, expected one of its rows");
        return table[static_cast<std::size_t>(r)];
    }
}
