// SPDX-License-Identifier: BSL-1.0
// Runs a row of the table on one lane type: value, both first derivatives, both second derivatives, alone and fused.
#pragma once

#include <boost/hana/for_each.hpp>
#include <algorithm>
#include <utility>

#include <etape/dual/functions.hpp>
#include <etape/expr/tree.hpp>
#include <etape/kernel/point.hpp>
#include <etape/rule/lane_memory.hpp>
#include <etape/rule/table.hpp>

#include "rows.hpp"

namespace etape_test::proof
{
    template <class Rule>
    row_info info_of()
    {
        row_info r;
        r.name = Rule::name;
        r.arity = static_cast<std::size_t>(Rule::arity);
        for (std::size_t j = 0; j < r.arity; ++j)
        {
            r.active[j] = Rule::active[j];
            r.whole[j] = Rule::kind[j] == etape::rule::arg_kind::parameter;
            r.domain[j] = Rule::domain[j];
        }
        r.value_ulp = Rule::value_ulp;
        r.derivative_ulp = Rule::derivative_ulp;
        r.second_ulp = Rule::second_ulp;
        r.value_floor = Rule::value_floor;
        r.derivative_floor = Rule::derivative_floor;
        r.second_floor = Rule::second_floor;
        r.derivative = Rule::derivative_text;
        r.convention = Rule::convention;
        r.note = Rule::note;
        return r;
    }

    template <class Rule, class T>
    struct on_lane
    {
        using S = etape::lane::scalar_t<T>;
        using D = etape::dual<T>;
        using DD = etape::dual<D>;
        static constexpr auto arity = static_cast<std::size_t>(Rule::arity);
        using indices = std::make_index_sequence<arity>;
        static constexpr std::size_t width = etape::lane::lane_size<T>;

        // row(a...) + c: the row inside a program with another operation above it, c = 0.
        template <class I>
        struct fused_tree;
        template <std::size_t... I>
        struct fused_tree<std::index_sequence<I...>>
        {
            using type =
                etape::expr::op<etape::rule::add,
                                etape::expr::op<Rule, etape::expr::array_leaf<Rule::active[I]>...>,
                                etape::expr::scalar_leaf<false>>;
        };
        using tree = typename fused_tree<indices>::type;
        using fused = etape::kernel::point<T, tree, etape::expr::identity_map<tree>>;
        using fused_dual = etape::kernel::point<D, tree, etape::expr::identity_map<tree>>;

        static void put(double outcome::*member, outcome* out, std::size_t n, const T& v)
        {
            each(v, n, [&](std::size_t l, double x) { out[l].*member = x; });
        }
        template <class F>
        static void each(const T& v, std::size_t n, F f)
        {
            S lanes[width];
            etape::lane::store(lanes, v);
            for (std::size_t l = 0; l < n; ++l)
            {
                f(l, static_cast<double>(lanes[l]));
            }
        }

        static void run(const arguments* in, std::size_t n, outcome* out)
        {
            T a[max_arity];
            for (std::size_t j = 0; j < arity; ++j)
            {
                S lanes[width];
                for (std::size_t l = 0; l < width; ++l)
                {
                    lanes[l] = static_cast<S>(in[l < n ? l : n - 1].a[j]);
                }
                a[j] = etape::lane::load<T>(lanes);
            }
            first(a, n, out, indices{});
            (void)second_in<0>(a, n, out);
            if constexpr (arity > 1)
            {
                (void)second_in<1>(a, n, out);
            }
            if constexpr (arity > 2)
            {
                (void)second_in<2>(a, n, out);
            }
        }

    private:
        template <std::size_t... I>
        ETAPE_NOINLINE static void first(const T* a, std::size_t n, outcome* out,
                                         std::index_sequence<I...>)
        {
            const T one = etape::lane::constant<T>(1.0);
            T aux = etape::lane::zero<T>();
            put(&outcome::value, out, n, Rule::value(a[I]...));
            const T y = Rule::value_aux(aux, a[I]...);
            put(&outcome::value_aux, out, n, y);
            (each(Rule::template pull<static_cast<int>(I)>(one, y, aux, a[I]...), n,
                  [&](std::size_t l, double x) { out[l].reverse[I] = x; }),
             ...);
            for (std::size_t j = 0; j < arity; ++j)
            {
                const T seed[] = {etape::lane::constant<T>(I == j ? 1.0 : 0.0)...};
                each(Rule::push(y, aux, a[I]..., seed[I]...), n,
                     [&](std::size_t l, double x) { out[l].forward[j] = x; });
            }
            T leaves[] = {a[I]..., etape::lane::zero<T>()}, partials[arity + 1];
            put(&outcome::value_fused, out, n, fused::value_and_partials(leaves, partials));
            for (std::size_t j = 0; j < arity; ++j)
            {
                each(partials[j], n, [&](std::size_t l, double x) { out[l].reverse_fused[j] = x; });
                T slopes[arity + 1];
                for (std::size_t k = 0; k <= arity; ++k)
                {
                    slopes[k] = etape::lane::constant<T>(k == j ? 1.0 : 0.0);
                }
                each(fused::tangent(leaves, slopes), n,
                     [&](std::size_t l, double x) { out[l].forward_fused[j] = x; });
            }
        }

        // Direction I of the outer tangent.
        template <std::size_t I>
        ETAPE_NOINLINE static bool second_in(const T* a, std::size_t n, outcome* out)
        {
            second<I>(a, n, out, indices{});
            return true;
        }
        template <std::size_t I, std::size_t... J>
        static void second(const T* a, std::size_t n, outcome* out, std::index_sequence<J...>)
        {
            const D d[] = {D(a[J], etape::lane::constant<T>(I == J ? 1.0 : 0.0))...};
            D aux(etape::lane::zero<T>());
            const D y = Rule::value_aux(aux, d[J]...);
            (each(Rule::template pull<static_cast<int>(J)>(D(etape::lane::constant<T>(1.0)), y, aux,
                                                           d[J]...)
                      .d[0],
                  n, [&](std::size_t l, double x) { out[l].second_reverse[J][I] = x; }),
             ...);
            for (std::size_t j = 0; j < arity; ++j)
            {
                const DD dd[] = {DD(d[J], D(etape::lane::constant<T>(J == j ? 1.0 : 0.0)))...};
                each(Rule::value(dd[J]...).d[0].d[0], n,
                     [&](std::size_t l, double x) { out[l].second_forward[j][I] = x; });
            }
            second_fused(d, I, n, out);
        }
        // The fused kernel on dual lanes.
        ETAPE_NOINLINE static void second_fused(const D* d, std::size_t i, std::size_t n, outcome* out)
        {
            const D none(etape::lane::zero<T>());
            D leaves[arity + 1], slopes[arity + 1], partials[arity + 1];
            std::copy(d, d + arity, leaves);
            leaves[arity] = none;
            (void)fused_dual::value_and_partials(leaves, partials);
            for (std::size_t j = 0; j < arity; ++j)
            {
                each(partials[j].d[0], n, [&](std::size_t l, double x) { out[l].second_reverse_fused[j][i] = x; });
                std::fill(slopes, slopes + arity + 1, none);
                slopes[j] = D(etape::lane::constant<T>(1.0));
                each(fused_dual::tangent(leaves, slopes).d[0], n, [&](std::size_t l, double x) { out[l].second_forward_fused[j][i] = x; });
            }
        }
    };

    template <class T>
    std::vector<row_on_lane> rows_on(const char* lane)
    {
        std::vector<row_on_lane> all;
        boost::hana::for_each(etape::rule::table,
                              [&](auto type)
                              {
                                  using rule = typename decltype(type)::type;
                                  using run = on_lane<rule, T>;
                                  all.push_back({info_of<rule>(), lane,
                                                 sizeof(typename run::S) == 4, run::width,
                                                 &run::run});
                              });
        return all;
    }
}
