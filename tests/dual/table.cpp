// SPDX-License-Identifier: BSL-1.0
// Walks the rule table with dual numbers: every function, first and second order, scalar and batch.
#include <boost/hana/for_each.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include <etape/dual/lanes.hpp>

namespace
{
    using namespace etape;

    // The point k of a rule's domain, away from its ends.
    template <class Rule>
    double point(int argument, int k)
    {
        const rule::interval d = Rule::domain[argument];
        std::mt19937_64 random(static_cast<unsigned long>(1 + argument + 7 * k));
        const double u = std::uniform_real_distribution<>(0.05, 0.95)(random);
        const bool decades = d.low > 0 && d.high / d.low > 1e4;
        const double low = decades ? std::max(d.low, 0.1) : std::max(d.low, -5.0);
        const double high = std::min(d.high, 5.0);
        const double x = low + (high - low) * u;
        return Rule::kind[argument] == rule::arg_kind::parameter ? std::round(x) : x;
    }

    template <class Rule, class T, std::size_t... I>
    T call(const T* a, std::index_sequence<I...>)
    {
        return Rule::value(a[I]...);
    }
    template <class Rule, class T>
    T call(const T* a)
    {
        return call<Rule>(a, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{});
    }

    // g df/da_j by the reverse rule on any lane.
    template <class Rule, int J, class T, std::size_t... I>
    T pull(const T* a, std::index_sequence<I...>)
    {
        T aux = lane::zero<T>();
        const T y = Rule::value_aux(aux, a[I]...);
        return Rule::template pull<J>(lane::constant<T>(1.0), y, aux, a[I]...);
    }

    bool near(double a, double b)
    {
        return std::abs(a - b) <= 1e-9 * (1 + std::max(std::abs(a), std::abs(b)));
    }

    template <class Rule, std::size_t J>
    void second_order(int k)
    {
        constexpr auto n = static_cast<std::size_t>(Rule::arity);
        using indices = std::make_index_sequence<n>;
        using d1 = dual<double>;
        using d11 = dual<d1>;
        using B = xsimd::batch<double>;
        d1 a[n];
        d11 aa[n];
        double up[n], down[n];
        dual<B> lanes[n];
        for (std::size_t i = 0; i < n; ++i)
        {
            const double p = point<Rule>(static_cast<int>(i), k), h = 1e-6 * (1 + std::abs(p)), t = i == J ? 1.0 : 0.0;
            a[i] = d1(p, t);
            aa[i] = d11(d1(p, t), d1(t));
            up[i] = p + t * h;
            down[i] = p - t * h;
            lanes[i] = dual<B>(B(p), B(t));
        }
        constexpr auto j = static_cast<int>(J);
        // forward over reverse, forward over forward, and on batches
        const d1 reverse = pull<Rule, j>(a, indices{});
        const d11 forward = call<Rule>(aa);
        const dual<B> batch = pull<Rule, j>(lanes, indices{});
        BOOST_TEST(near(reverse.v, forward.d[0].v));
        BOOST_TEST(near(reverse.d[0], forward.d[0].d[0]),
                   Rule::name << "'' by argument " << J << ": " << reverse.d[0] << " forward over reverse, "
                              << forward.d[0].d[0] << " forward over forward");
        BOOST_TEST(near(lane::reduce_max(batch.d[0]), reverse.d[0]));
        // and the slope of the first derivative (truncation and cancellation are both near 1e-10 of its scale)
        const double difference =
            (pull<Rule, j>(up, indices{}) - pull<Rule, j>(down, indices{})) / (up[J] - down[J]);
        const double scale = 1 + std::abs(difference) + std::abs(reverse.v);
        BOOST_TEST(std::abs(difference - reverse.d[0]) <= 2e-4 * scale,
                   Rule::name << "'' by argument " << J << ": " << reverse.d[0] << ", difference quotient "
                              << difference);
    }

    template <class Rule, std::size_t... J>
    void check(std::index_sequence<J...>)
    {
        for (int k = 0; k < 5; ++k)
        {
            ((Rule::active[J] ? second_order<Rule, J>(k) : void()), ...);
        }
    }
}

BOOST_AUTO_TEST_SUITE(dual_table)

BOOST_AUTO_TEST_CASE(second_derivatives_agree_between_modes_and_with_differences)
{
    boost::hana::for_each(etape::rule::table,
                          [](auto type)
                          {
                              using rule = typename decltype(type)::type;
                              BOOST_TEST_CONTEXT(rule::name)
                              {
                                  check<rule>(std::make_index_sequence<static_cast<std::size_t>(rule::arity)>{});
                              }
                          });
}

BOOST_AUTO_TEST_SUITE_END()
