// SPDX-License-Identifier: BSL-1.0
// Every operator and function of the table on active scalars: the value is the rule's, the gradient what the rule pulls back.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    namespace rule = etape::rule;

    // Inside the domain of argument j, different for each.
    template <class Rule>
    double inside(int j)
    {
        const auto d = Rule::domain[j];
        const double low = std::max(d.low, -3.0), high = std::min(d.high, 3.0);
        return low + (high - low) * (0.37 + 0.11 * j);
    }
    // The same formula in two places: the compiler may contract a*b + c in one of them only.
    template <class T>
    bool same(T a, T b)
    {
        return a == b || (std::isnan(a) && std::isnan(b)) ||
               std::abs(a - b) <= 8 * std::numeric_limits<T>::epsilon() * std::max(std::abs(a), std::abs(b));
    }

    // What the rule says: value and pulled-back ones.
    template <class Rule, class T, std::size_t... J>
    void expect(std::index_sequence<J...>, std::array<T, sizeof...(J)> const& a, T& value, std::array<T, sizeof...(J)>& pulled)
    {
        T aux{};
        value = Rule::value_aux(aux, a[J]...);
        ((pulled[J] = Rule::active[J] ? Rule::template pull<static_cast<int>(J)>(T(1), value, aux, a[J]...) : T(0)), ...);
    }

    template <class Rule, class T, std::size_t N, class F, std::size_t... J>
    void check(F const& f, std::index_sequence<J...> all)
    {
        const std::array<T, N> at{static_cast<T>(inside<Rule>(static_cast<int>(J)))...};
        T value;
        std::array<T, N> pulled;
        expect<Rule, T>(all, at, value, pulled);
        const std::array<ad::variable<T>, N> x{at[J]...};
        ad::tape t;
        const ad::variable<T> y = f(x[J]...);
        BOOST_TEST(same(y.value(), Rule::value(at[J]...)), Rule::name << ": " << y.value() << " is not " << value);
        const auto g = t.gradient(y, x);
        for (std::size_t j = 0; j < N; ++j)
        {
            BOOST_TEST(g[j].has_value() == Rule::active[j], Rule::name << ", argument " << j);
            if (g[j].has_value())
                BOOST_TEST(same(*g[j], pulled[j]), Rule::name << "' by argument " << j << ": " << *g[j] << " is not " << pulled[j]);
        }
    }
    template <class Rule, class F>
    void check(F const& f)
    {
        constexpr auto n = static_cast<std::size_t>(Rule::arity);
        check<Rule, double, n>(f, std::make_index_sequence<n>{});
        check<Rule, float, n>(f, std::make_index_sequence<n>{});
    }
    // One tracked argument, the other a plain number.
    template <class Rule, class T, class F>
    void check_mixed(F const& f)
    {
        const std::array<T, 2> at{static_cast<T>(inside<Rule>(0)), static_cast<T>(inside<Rule>(1))};
        T value;
        std::array<T, 2> pulled;
        expect<Rule, T>(std::make_index_sequence<2>{}, at, value, pulled);
        const ad::variable<T> a = at[0], b = at[1];
        ad::tape t(true);
        const ad::variable<T> left = f(a, at[1]), right = f(at[0], b);
        BOOST_TEST(same(left.value(), Rule::value(at[0], at[1])), Rule::name);
        BOOST_TEST(same(right.value(), Rule::value(at[0], at[1])), Rule::name);
        if constexpr (Rule::active[0])
            BOOST_TEST(same(*t.gradient(left, a), pulled[0]), Rule::name << " with a plain second argument");
        if constexpr (Rule::active[1])
            BOOST_TEST(same(*t.gradient(right, b), pulled[1]), Rule::name << " with a plain first argument");
    }
    // One variable in both places: its gradient is the sum.
    template <class Rule, class T, class F>
    void check_twice(F const& f)
    {
        const auto a = Rule::domain[0], b = Rule::domain[1];
        const double low = std::max({a.low, b.low, -3.0}), high = std::min({a.high, b.high, 3.0});
        BOOST_TEST_REQUIRE(low < high, Rule::name);
        const T at = static_cast<T>(low + 0.43 * (high - low));
        T value;
        std::array<T, 2> pulled;
        expect<Rule, T>(std::make_index_sequence<2>{}, {at, at}, value, pulled);
        const ad::variable<T> x = at;
        ad::tape t;
        const ad::variable<T> y = f(x, x);
        BOOST_TEST(same(y.value(), Rule::value(at, at)), Rule::name << " of one variable twice");
        const auto g = t.gradient(y, x);
        BOOST_TEST_REQUIRE(g.has_value() == (Rule::active[0] || Rule::active[1]), Rule::name);
        const T size = std::max({std::abs(*g), std::abs(pulled[0]), std::abs(pulled[1])});
        BOOST_TEST(std::abs(*g - (pulled[0] + pulled[1])) <= 8 * std::numeric_limits<T>::epsilon() * size,
                   Rule::name << "' of one variable twice: " << *g << " is not " << pulled[0] << " + " << pulled[1]);
    }
    // Three arguments, those of the mask tracked and the others plain numbers.
    template <class Rule, class T, unsigned Mask, class F>
    void check_subset(F const& f)
    {
        const std::array<T, 3> at{static_cast<T>(inside<Rule>(0)), static_cast<T>(inside<Rule>(1)), static_cast<T>(inside<Rule>(2))};
        T value;
        std::array<T, 3> pulled;
        expect<Rule, T>(std::make_index_sequence<3>{}, at, value, pulled);
        const std::array<ad::variable<T>, 3> x{at[0], at[1], at[2]};
        const auto argument = [&]<std::size_t J>(std::integral_constant<std::size_t, J>)
        {
            if constexpr ((Mask >> J & 1u) != 0)
                return x[J];
            else
                return at[J];
        };
        ad::tape t;
        const ad::variable<T> y = f(argument(std::integral_constant<std::size_t, 0>{}), argument(std::integral_constant<std::size_t, 1>{}),
                                    argument(std::integral_constant<std::size_t, 2>{}));
        BOOST_TEST(same(y.value(), Rule::value(at[0], at[1], at[2])), Rule::name << ", tracked " << Mask);
        const auto g = t.gradient(y, x);
        for (std::size_t j = 0; j < 3; ++j)
        {
            BOOST_TEST(g[j].has_value() == (Rule::active[j] && (Mask >> j & 1u) != 0), Rule::name << ", tracked " << Mask << ", argument " << j);
            if (g[j].has_value())
                BOOST_TEST(same(*g[j], pulled[j]), Rule::name << ", tracked " << Mask << ", argument " << j << ": " << *g[j] << " is not " << pulled[j]);
        }
    }
    template <class Rule, class F>
    void check_ternary(F const& f)
    {
        check<Rule>(f);
        [&]<unsigned... Mask>(std::integer_sequence<unsigned, Mask...>)
        {
            (check_subset<Rule, double, Mask + 1>(f), ...);
        }
        (std::make_integer_sequence<unsigned, 6>{});
    }
    template <class Rule, class F>
    void check_ordered(F const& f)
    {
        const double order = 3, x = inside<Rule>(1);
        double aux = 0;
        const double value = Rule::value_aux(aux, order, x);
        const double slope = Rule::template pull<1>(1.0, value, aux, order, x);
        for (const bool whole : {false, true})
        {
            const ad::variable<double> a = x;
            ad::tape t;
            const ad::variable<double> y = whole ? ad::variable<double>(f(3, a)) : ad::variable<double>(f(order, a));
            BOOST_TEST(same(y.value(), value), Rule::name);
            BOOST_TEST(same(*t.gradient(y, a), slope), Rule::name);
        }
    }
    template <class Rule, class F>
    void check_binary(F const& f)
    {
        check<Rule>(f);
        check_mixed<Rule, double>(f);
        check_mixed<Rule, float>(f);
        check_twice<Rule, double>(f);
    }
}

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(unary_functions)
{
#define CHECK(NAME) check<rule::NAME>([](auto const& a) { return ad::NAME(a); });
    ETAPE_FOR_EACH_UNARY(CHECK)
#undef CHECK
}
BOOST_AUTO_TEST_CASE(binary_functions)
{
#define CHECK(NAME) check_binary<rule::NAME>([](auto const& a, auto const& b) { return ad::NAME(a, b); });
    ETAPE_FOR_EACH_BINARY(CHECK)
#undef CHECK
}
BOOST_AUTO_TEST_CASE(functions_of_a_plain_order)
{
#define CHECK(NAME) check_ordered<rule::NAME>([](auto const& order, auto const& a) { return ad::NAME(order, a); });
    ETAPE_FOR_EACH_ORDERED(CHECK)
#undef CHECK
}
BOOST_AUTO_TEST_CASE(ternary_functions)
{
#define CHECK(NAME) check_ternary<rule::NAME>([](auto const& a, auto const& b, auto const& c) { return ad::NAME(a, b, c); });
    ETAPE_FOR_EACH_TERNARY(CHECK)
#undef CHECK
}
BOOST_AUTO_TEST_CASE(arithmetic_operators)
{
    // of the table, not the comparisons: these give bool on scalars
#define CHECK(NAME, OP) check<rule::NAME>([](auto const& a) { return OP a; });
    ETAPE_UNARY_OPERATORS_ARITHMETIC(CHECK)
#undef CHECK
#define CHECK(NAME, OP) check_binary<rule::NAME>([](auto const& a, auto const& b) { return a OP b; });
    ETAPE_BINARY_OPERATORS_ARITHMETIC(CHECK)
#undef CHECK
}

BOOST_AUTO_TEST_SUITE_END()
