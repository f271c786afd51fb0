// SPDX-License-Identifier: BSL-1.0
// The bodies behind primitive_rows.hpp, compiled once for each precision.
#include "primitive_rows.hpp"

#include <string>
#include <utility>

#include <etape/core/error.hpp>
#include <etape/rule/lane_memory.hpp>

namespace etape::primitive
{
    namespace
    {
        template <class Rule, class T, std::size_t... J>
        void value_loop(std::size_t n, loop_arguments<T> const& in, T* out, std::index_sequence<J...>)
        {
            using batch = xsimd::batch<T>;
            constexpr std::size_t width = batch::size;
            const auto whole = [&](std::size_t j, std::size_t i)
            { return in.step[j] == 0 ? batch(*in.data[j]) : batch::load_unaligned(in.data[j] + i); };
            const auto part = [&](std::size_t j, std::size_t i, std::size_t k)
            { return in.step[j] == 0 ? batch(*in.data[j]) : lane::load_partial<batch>(in.data[j] + i, k); };
            std::size_t i = 0;
            for (; i + width <= n; i += width)
                Rule::value(whole(J, i)...).store_unaligned(out + i);
            if (i < n)
                lane::store_partial(out + i, Rule::value(part(J, i, n - i)...), n - i);
        }
        template <class Rule, class T>
        void value_of(std::size_t n, loop_arguments<T> const& in, T* out)
        {
            value_loop<Rule>(n, in, out, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }

        template <class Rule, class T, std::size_t... J>
        void pull_lanes(active const& g, active const& y, active const* args, const bool* wanted, active* out, std::index_sequence<J...>)
        {
            using lane_type = active_lane<T>;
            const lane_type seed(g), result(y);
            const lane_type a[] = {lane_type(args[J])...};
            constexpr unsigned reads = (Rule::needs[J] | ...);
            lane_type aux;
            if constexpr ((reads & rule::need::aux) != 0)
                Rule::value_aux(aux, a[J]...);
            auto one = [&]<int K>()
            {
                if constexpr (Rule::active[K])
                    if (wanted[K])
                        out[K] = Rule::template pull<K>(seed, result, aux, a[J]...).a;
            };
            (one.template operator()<static_cast<int>(J)>(), ...);
        }
        template <class Rule, class T>
        void pull_of(active const& g, active const& y, active const* args, const bool* wanted, active* out)
        {
            pull_lanes<Rule, T>(g, y, args, wanted, out, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }

        template <class Rule, class T, std::size_t... J>
        active push_lanes(active const& y, active const* args, active const* tangents, std::index_sequence<J...>)
        {
            using lane_type = active_lane<T>;
            const lane_type result(y);
            lane_type aux;
            Rule::value_aux(aux, lane_type(args[J])...);
            return Rule::push(result, aux, lane_type(args[J])..., lane_type(tangents[J])...).a;
        }
        template <class Rule, class T>
        active push_of(active const& y, active const* args, active const* tangents)
        {
            return push_lanes<Rule, T>(y, args, tangents, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
        }

        template <class Rule, class T>
        constexpr row_functions<T> functions()
        {
            row_functions<T> f{Rule::name, Rule::arity, {}, &value_of<Rule, T>, &pull_of<Rule, T>, &push_of<Rule, T>};
            for (int j = 0; j < Rule::arity; ++j)
                f.passes[j] = Rule::active[j];
            return f;
        }

        constexpr int highest_polygamma = 8;
        template <int Order, class T>
        void polygamma_loop(std::size_t n, const T* in, T* out)
        {
            using batch = xsimd::batch<T>;
            std::size_t i = 0;
            for (; i + batch::size <= n; i += batch::size)
                lane::polygamma<Order>(batch::load_unaligned(in + i)).store_unaligned(out + i);
            if (i < n)
                lane::store_partial(out + i, lane::polygamma<Order>(lane::load_partial<batch>(in + i, n - i)), n - i);
        }
    }

    template <class T>
    row_functions<T> const& functions_of(row_number row)
    {
        static constexpr row_functions<T> table[] = {
#define ETAPE_ROW_FUNCTIONS(NAME, ...) functions<rule::NAME, T>(),
            ETAPE_FOR_EACH_UNARY_OPERATOR(ETAPE_ROW_FUNCTIONS) ETAPE_FOR_EACH_BINARY_OPERATOR(ETAPE_ROW_FUNCTIONS)
                ETAPE_FOR_EACH_UNARY(ETAPE_ROW_FUNCTIONS) ETAPE_FOR_EACH_BINARY(ETAPE_ROW_FUNCTIONS)
                    ETAPE_FOR_EACH_TERNARY(ETAPE_ROW_FUNCTIONS) ETAPE_FOR_EACH_ORDERED(ETAPE_ROW_FUNCTIONS)
#undef ETAPE_ROW_FUNCTIONS
        };
        static_assert(std::size(table) == static_cast<std::size_t>(row_number::count));
        if (row == row_number::unknown)
            throw rule_error("etape: derivative of a derivative: found a rule that is not in the rule table, expected one of its rows");
        return table[static_cast<std::size_t>(row)];
    }

    template <class T>
    void polygamma_values(int order, std::size_t n, const T* in, T* out)
    {
        static constexpr auto table = []<int... N>(std::integer_sequence<int, N...>)
        { return std::array<void (*)(std::size_t, const T*, T*), sizeof...(N)>{&polygamma_loop<N, T>...}; }(
            std::make_integer_sequence<int, highest_polygamma + 1>{});
        if (order > highest_polygamma)
            throw rule_error("etape: derivative of a gamma function: found order " + std::to_string(order) + " of psi, expected at most " +
                             std::to_string(highest_polygamma));
        table[static_cast<std::size_t>(order)](n, in, out);
    }
}
