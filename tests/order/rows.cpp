// SPDX-License-Identifier: BSL-1.0
// Every row of the rule table: second derivatives by all four compositions of modes, against nested dual numbers.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using function = std::function<number(number const&)>;
    using dual = ad::dual<ad::dual<double>>;

    struct row_case
    {
        std::string name;
        function f;
        std::function<dual(dual const&)> g;
    };

    // Arguments that all move with x, so that mixed derivatives count; within the interval of the row.
    template <class Rule, class X>
    X argument(X const& x, std::size_t j)
    {
        auto const& d = Rule::domain[j];
        const double low = std::max(d.low, -3.0), high = std::min(d.high, 3.0), width = high > low ? high - low : 1.0;
        const double k = static_cast<double>(j);
        return X((0.5 * (low + high) + 0.05 * width * k) + (0.2 - 0.15 * k) * width * x);
    }
    template <class Rule, class F, std::size_t... J>
    row_case make(F f, std::index_sequence<J...>)
    {
        return {Rule::name, [f](number const& x) -> number { return f(argument<Rule>(x, J)...); },
                [f](dual const& x) -> dual { return f(argument<Rule>(x, J)...); }};
    }
    template <class Rule, class F>
    void add(std::vector<row_case>& all, F f)
    {
        if constexpr (std::find(std::begin(Rule::active), std::end(Rule::active), true) != std::end(Rule::active))
            all.push_back(make<Rule>(f, std::make_index_sequence<static_cast<std::size_t>(Rule::arity)>{}));
    }
    std::vector<row_case> rows()
    {
        std::vector<row_case> all;
#define CASE_OF(NAME) add<ad::rule::NAME>(all, [](auto const&... a) { return NAME(a...); });
        ETAPE_FOR_EACH_UNARY(CASE_OF)
        ETAPE_FOR_EACH_BINARY(CASE_OF)
        ETAPE_FOR_EACH_TERNARY(CASE_OF)
#undef CASE_OF
        // of a plain order
#define CASE_OF(NAME) add<ad::rule::NAME>(all, [](auto const&, auto const& b) { return NAME(2, b); });
        ETAPE_FOR_EACH_ORDERED(CASE_OF)
#undef CASE_OF
        add<ad::rule::neg>(all, [](auto const& a) { return -a; });
        add<ad::rule::add>(all, [](auto const& a, auto const& b) { return a + b; });
        add<ad::rule::sub>(all, [](auto const& a, auto const& b) { return a - b; });
        add<ad::rule::mul>(all, [](auto const& a, auto const& b) { return a * b; });
        add<ad::rule::div>(all, [](auto const& a, auto const& b) { return a / b; });
        return all;
    }

    number reverse(function const& f, number const& x)
    {
        return ad::grad(f)(x);
    }
    number forward(function const& f, number const& x)
    {
        return ad::jvp(f, x, 1.0).tangent;
    }
}

BOOST_AUTO_TEST_SUITE(order_of_rows)

BOOST_AUTO_TEST_CASE(second_derivatives_of_all_rows_by_every_composition)
{
    const auto all = rows();
    BOOST_TEST(all.size() >= 55u);
    using mode = number (*)(function const&, number const&);
    const std::pair<const char*, mode> modes[] = {{"reverse", &reverse}, {"forward", &forward}};
    for (auto const& row : all)
        for (const double x : {0.37, -0.81})
        {
            const dual exact = row.g(dual(ad::dual<double>(x, 1.0), ad::dual<double>(1.0)));
            const double first = exact.v.d[0], second = exact.d[0].d[0];
            BOOST_TEST_INFO(row.name << "'' at " << x << " forward over reverse in blocks");
            BOOST_TEST(std::abs(ad::hvp(row.f, x, 1.0) - second) <= 1e-11 * (1 + std::abs(second) + std::abs(first)));
            for (auto const& [outer_name, outer] : modes)
            {
                BOOST_TEST_INFO(row.name << " at " << x << " by " << outer_name);
                BOOST_TEST(std::abs(outer(row.f, x).value() - first) <= 1e-12 * (1 + std::abs(first)));
                for (auto const& [inner_name, inner] : modes)
                {
                    const auto slope = [&, in = inner](number const& y) { return in(row.f, y); };
                    const double found = outer(slope, x).value();
                    BOOST_TEST_INFO(row.name << "'' at " << x << ": " << outer_name << " over " << inner_name << " gives " << found << ", dual numbers "
                                             << second);
                    BOOST_TEST(std::abs(found - second) <= 1e-11 * (1 + std::abs(second) + std::abs(first)));
                }
            }
        }
}

// Where formulas of first order break down.
BOOST_AUTO_TEST_CASE(special_points)
{
    const auto second = [](function const& f, double x)
    {
        std::vector<double> all;
        for (auto outer : {&reverse, &forward})
            for (auto inner : {&reverse, &forward})
                all.push_back(outer([&](number const& y) { return inner(f, y); }, x).value());
        return all;
    };
    const auto is = [&](function const& f, double x, double expected)
    {
        for (double found : second(f, x))
            BOOST_TEST(found == expected);
    };
    is([](number const& x) { return number(pow(x, 2.0)); }, 0.0, 2.0);
    is([](number const& x) { return number(tanh(x)); }, 800.0, 0.0);
    is([](number const& x) { return number(x * abs(x)); }, 3.0, 2.0);
    is([](number const& x) { return number(maximum(x * x, x)); }, 3.0, 2.0);
    // a product whose adjoint is zero here still moves: w sqrt(x) at w = 0
    for (auto outer : {&reverse, &forward})
    {
        const function f = [](number const& w) { return ad::grad([&](number const& x) { return number(w * sqrt(x)); })(number(4.0)); };
        BOOST_TEST(outer(f, 0.0).value() == 0.25);
    }
    // the branch not taken contributes nothing, also where it is infinite
    is([](number const& x) { return number(where(number(x.value() > 0 ? 1.0 : 0.0), x * x, sqrt(x - 5.0))); }, 3.0, 2.0);
}

BOOST_AUTO_TEST_SUITE_END()
