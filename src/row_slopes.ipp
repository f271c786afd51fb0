// SPDX-License-Identifier: BSL-1.0
// The bodies behind row_slopes.hpp, compiled once for each precision.
#include "row_slopes.hpp"

#include <cmath>
#include <utility>

#include <etape/dual/functions.hpp>
#include <etape/rule/table.hpp>

namespace etape
{
    namespace
    {
        template <class Rule, class T, std::size_t... J>
        void pull_lanes(const T* a, T g, slopes<T>& to, std::index_sequence<J...>)
        {
            using L = dual<T, sizeof...(J)>;
            const L x[] = {L::independent(a[J], J)...};
            L aux(T(0));
            const L y = Rule::template value_aux<L>(aux, x[J]...);
            auto one = [&]<int K>()
            {
                if constexpr (Rule::active[K])
                {
                    const L p = Rule::template pull<K>(L(T(1)), y, aux, x[J]...);
                    const L c = Rule::template pull<K>(L(g), y, aux, x[J]...);
                    // An adjoint of 0 passes nothing, also through a slope or a curvature that is infinite or NaN: of a choice that was not
                    // taken, for example. c may be finite where p is not, since most rules guard their products.
                    const bool passes = g != T(0) || (std::isfinite(c.v) && std::isfinite(p.v));
                    to.slope[K] = passes ? p.v : T(0);
                    to.pulled[K] = passes ? c.v : T(0);
                    ((to.change[K][J] = passes && (g != T(0) || std::isfinite(c.d.t[J])) ? c.d.t[J] : T(0)), ...);
                }
            };
            (one.template operator()<static_cast<int>(J)>(), ...);
        }
        template <class Rule, class T>
        void pull_of(const T* a, T g, slopes<T>& to)
        {
            pull_lanes<Rule, T>(a, g, to, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }
        template <class Rule, class T, std::size_t... J>
        T push_lanes(const T* a, const T* t, std::index_sequence<J...>)
        {
            T aux{};
            const T y = Rule::template value_aux<T>(aux, a[J]...);
            return Rule::push(y, aux, a[J]..., t[J]...);
        }
        template <class Rule, class T>
        T push_of(const T* a, const T* t)
        {
            return push_lanes<Rule, T>(a, t, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }
        template <class Rule, class T>
        constexpr row_slopes<T> functions()
        {
            row_slopes<T> f{Rule::arity, {}, Rule::any_precision || Rule::arity == 1, &pull_of<Rule, T>, &push_of<Rule, T>};
            for (int j = 0; j < Rule::arity; ++j)
                f.active[j] = Rule::active[j];
            return f;
        }
    }

    template <class T>
    row_slopes<T> const& slopes_of(row_number row)
    {
        static constexpr row_slopes<T> table[] = {
#define ETAPE_ROW_SLOPES(NAME, ...) functions<rule::NAME, T>(),
            ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_ROW_SLOPES) ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_ROW_SLOPES)
                ETAPE_FOR_EACH_UNARY(ETAPE_ROW_SLOPES) ETAPE_FOR_EACH_BINARY(ETAPE_ROW_SLOPES)
                    ETAPE_FOR_EACH_TERNARY(ETAPE_ROW_SLOPES) ETAPE_FOR_EACH_ORDERED(ETAPE_ROW_SLOPES)
#undef ETAPE_ROW_SLOPES
        };
        static_assert(std::size(table) == static_cast<std::size_t>(row_number::count));
        return table[static_cast<std::size_t>(row)];
    }
}
