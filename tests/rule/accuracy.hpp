// SPDX-License-Identifier: BSL-1.0
// Value, reverse and forward derivative of one row on one lane type, against the reference, in ulps.
#pragma once

#include <cstddef>
#include <utility>

#include <etape/rule/lane_memory.hpp>

#include "reference.hpp"

namespace etape_test
{
    struct worst_error
    {
        double value = 0, reverse = 0, forward = 0, between = 0;
        double value_at = 0, reverse_at = 0, forward_at = 0;
    };

    // Applies Rule to lanes a[0..arity).
    template <class Rule, class T>
    struct evaluation
    {
        T value, value_aux, reverse[3], forward[3];

        explicit evaluation(const T* a) { run(a, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{}); }

    private:
        template <std::size_t... I>
        ETAPE_NOINLINE void run(const T* a, std::index_sequence<I...>)
        {
            const T one = etape::lane::constant<T>(1.0);
            T aux = etape::lane::zero<T>();
            value = Rule::value(a[I]...);
            value_aux = Rule::value_aux(aux, a[I]...);
            ((reverse[I] = Rule::template pull<static_cast<int>(I)>(one, value_aux, aux, a[I]...)), ...);
            (direction<I>(aux, a, std::index_sequence<I...>{}), ...);
        }
        template <std::size_t J, std::size_t... I>
        void direction(const T& aux, const T* a, std::index_sequence<I...>)
        {
            forward[J] = Rule::push(value_aux, aux, a[I]..., etape::lane::constant<T>(I == J ? 1.0 : 0.0)...);
        }
    };

    template <class Rule, class T>
    worst_error measure(const std::vector<sample>& points)
    {
        using S = etape::lane::scalar_t<T>;
        constexpr std::size_t width = etape::lane::lane_size<T>;
        constexpr auto arity = static_cast<std::size_t>(Rule::arity);
        worst_error worst;
        const auto keep = [](double& best, double& at, double u, double x)
        {
            if (!(u <= best))
            {
                best = u;
                at = x;
            }
        };
        for (std::size_t k = 0; k < points.size(); k += width)
        {
            const std::size_t n = std::min(width, points.size() - k);
            T a[3];
            for (std::size_t i = 0; i < arity; ++i)
            {
                S in[width] = {};
                for (std::size_t l = 0; l < n; ++l)
                {
                    in[l] = static_cast<S>(points[k + l].arg[i]);
                }
                a[i] = etape::lane::load_partial<T>(in, n);
            }
            const evaluation<Rule, T> e(a);
            const auto lane_of = [](const T& v, std::size_t l)
            {
                S out[width];
                etape::lane::store(out, v);
                return out[l];
            };
            for (std::size_t l = 0; l < n; ++l)
            {
                const sample& s = points[k + l];
                keep(worst.value, worst.value_at, ulps(lane_of(e.value, l), s.value, Rule::value_floor), s.arg[0]);
                keep(worst.value, worst.value_at, ulps(lane_of(e.value_aux, l), s.value, Rule::value_floor), s.arg[0]);
                for (std::size_t j = 0; j < arity; ++j)
                {
                    if (!Rule::active[j])
                    {
                        continue;
                    }
                    const S r = lane_of(e.reverse[j], l), f = lane_of(e.forward[j], l);
                    keep(worst.reverse, worst.reverse_at, ulps(r, s.partial[j], Rule::derivative_floor), s.arg[0]);
                    keep(worst.forward, worst.forward_at, ulps(f, s.partial[j], Rule::derivative_floor), s.arg[0]);
                    const double apart = ulps(r, exact{static_cast<double>(f), 0}, Rule::derivative_floor);
                    worst.between = std::max(worst.between, apart);
                }
            }
        }
        return worst;
    }
}
