// SPDX-License-Identifier: BSL-1.0
// Every function of the table on active scalars of a SIMD batch, of dual numbers and of 50 digits, against double and the exact references.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <etape/api/tape.hpp>

#include "../rule/proof/reference.hpp"
#include "../rule/proof/reference_table.hpp"

namespace
{
    namespace ad = etape;
    namespace rule = etape::rule;
    namespace proof = etape_test::proof;
    using batch = xsimd::batch<double>;
    using twofold = ad::dual<double, 3>;
    using digits_50 = boost::multiprecision::cpp_bin_float_50;
    using points = std::array<double, 3>;

    template <class T>
    struct function
    {
        std::string name;
        std::size_t arity;
        bool active[3];
        std::array<rule::interval, 3> domain;
        ad::variable<T> (*apply)(std::array<ad::variable<T>, 3> const&);
    };
    template <class Rule, class T, class F>
    void add(std::vector<function<T>>& to, F apply)
    {
        if constexpr (rule::has_number<Rule, T>)
        {
            function<T> f{Rule::name, static_cast<std::size_t>(Rule::arity), {}, {}, apply};
            std::copy(std::begin(Rule::active), std::end(Rule::active), f.active);
            std::copy(std::begin(Rule::domain), std::end(Rule::domain), f.domain.begin());
            to.push_back(f);
        }
    }
    // All that T has. The order of a Bessel function is not tracked.
    template <class T>
    std::vector<function<T>> functions()
    {
        using number = ad::variable<T>;
        using numbers = std::array<number, 3>;
        std::vector<function<T>> all;
#define ADD(NAME, ...)                                                                                               \
    if constexpr (rule::has_number<rule::NAME, T>)                                                                   \
        add<rule::NAME, T>(all, [](numbers const& x) -> number { return __VA_ARGS__; });
#define UNARY(NAME) ADD(NAME, ad::NAME(x[0]))
#define BINARY(NAME) ADD(NAME, ad::NAME(x[0], x[1]))
#define TERNARY(NAME) ADD(NAME, ad::NAME(x[0], x[1], x[2]))
#define ORDERED(NAME) ADD(NAME, ad::NAME(3, x[1]))
#define UNARY_OPERATOR(NAME, OP) ADD(NAME, OP x[0])
#define BINARY_OPERATOR(NAME, OP) ADD(NAME, x[0] OP x[1])
        ETAPE_FOR_EACH_UNARY(UNARY)
        ETAPE_FOR_EACH_BINARY(BINARY)
        ETAPE_FOR_EACH_TERNARY(TERNARY)
        ETAPE_FOR_EACH_ORDERED(ORDERED)
        ETAPE_UNARY_OPERATORS_ARITHMETIC(UNARY_OPERATOR)
        ETAPE_BINARY_OPERATORS_ARITHMETIC(BINARY_OPERATOR)
#undef UNARY
#undef BINARY
#undef TERNARY
#undef ORDERED
#undef UNARY_OPERATOR
#undef BINARY_OPERATOR
#undef ADD
        return all;
    }

    // Inside the domain; different for each argument, and for each k.
    template <class T>
    points inside(function<T> const& f, std::size_t k)
    {
        points p{};
        for (std::size_t j = 0; j < f.arity; ++j)
        {
            const double low = std::max(f.domain[j].low, -3.0), high = std::min(f.domain[j].high, 3.0);
            p[j] = low + (high - low) * (0.37 + 0.11 * static_cast<double>(j) + 0.013 * static_cast<double>(k));
        }
        if (f.arity == 2 && !f.active[0] && f.active[1])
            p[0] = 3;  // the order
        return p;
    }

    template <class T>
    struct outcome
    {
        T value;
        std::array<std::optional<T>, 3> gradient;
    };
    template <class T>
    outcome<T> differentiated(function<T> const& f, std::array<T, 3> const& at)
    {
        const std::array<ad::variable<T>, 3> x{at[0], at[1], at[2]};
        ad::tape t;
        const ad::variable<T> y = f.apply(x);
        const auto g = t.gradient(y, x);
        outcome<T> r{y.value(), {}};
        for (std::size_t j = 0; j < 3; ++j)
            if (g[j].has_value())
                r.gradient[j] = *g[j];
        return r;
    }
    bool close(double a, double b, double bound)
    {
        return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= bound * std::max({std::abs(a), std::abs(b), 1e-2});
    }
}

BOOST_AUTO_TEST_SUITE(inner_rows)

BOOST_AUTO_TEST_CASE(a_batch_is_double_in_every_lane)
{
    const auto on_batch = functions<batch>();
    const auto on_double = functions<double>();
    BOOST_TEST_REQUIRE(on_batch.size() == on_double.size());
    BOOST_TEST(on_batch.size() > 75u);
    for (std::size_t i = 0; i < on_batch.size(); ++i)
    {
        auto const& f = on_batch[i];
        alignas(64) double in[3][batch::size], out[batch::size];
        for (std::size_t k = 0; k < batch::size; ++k)
        {
            const auto p = inside(f, k);
            for (std::size_t j = 0; j < 3; ++j)
                in[j][k] = p[j];
        }
        const auto all = differentiated<batch>(f, {batch::load_aligned(in[0]), batch::load_aligned(in[1]), batch::load_aligned(in[2])});
        const auto lane = [&](batch const& b, std::size_t k)
        {
            b.store_aligned(out);
            return out[k];
        };
        for (std::size_t k = 0; k < batch::size; ++k)
        {
            const auto one = differentiated<double>(on_double[i], {in[0][k], in[1][k], in[2][k]});
            BOOST_TEST(close(lane(all.value, k), one.value, 1e-13), f.name << ", lane " << k << ": " << lane(all.value, k) << " is not " << one.value);
            for (std::size_t j = 0; j < f.arity; ++j)
            {
                BOOST_TEST_REQUIRE(all.gradient[j].has_value() == one.gradient[j].has_value(), f.name << ", argument " << j);
                if (one.gradient[j])
                    BOOST_TEST(close(lane(*all.gradient[j], k), *one.gradient[j], 1e-13),
                               f.name << "' by argument " << j << ", lane " << k << ": " << lane(*all.gradient[j], k) << " is not " << *one.gradient[j]);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(tangents_of_a_gradient_are_second_derivatives)
{
    std::size_t checked = 0;
    for (auto const& f : functions<twofold>())
    {
        const auto p = inside(f, 0);
        proof::arguments at;
        std::copy(p.begin(), p.end(), at.a);
        const auto exact = proof::evaluate(f.name, at, f.arity);
        const auto y = differentiated<twofold>(f, {twofold::independent(p[0], 0), twofold::independent(p[1], 1), twofold::independent(p[2], 2)});
        BOOST_TEST(close(y.value.v, exact.value.high, 1e-14), f.name << ": " << y.value.v << " is not " << exact.value.high);
        for (std::size_t j = 0; j < f.arity; ++j)
        {
            BOOST_TEST_REQUIRE(y.gradient[j].has_value() == f.active[j], f.name << ", argument " << j);
            if (!f.active[j] || !exact.first[j].defined)
                continue;
            BOOST_TEST(close(y.gradient[j]->v, exact.first[j].high, 1e-13), f.name << "' by argument " << j);
            for (std::size_t i = 0; i < f.arity; ++i)
                if (f.active[i] && exact.second[j][i].defined)
                {
                    BOOST_TEST(close(y.gradient[j]->d[i], exact.second[j][i].high, 1e-12),
                               f.name << "'' by " << j << ", " << i << ": " << y.gradient[j]->d[i] << " is not " << exact.second[j][i].high);
                    ++checked;
                }
        }
    }
    BOOST_TEST(checked > 100u);
}

BOOST_AUTO_TEST_CASE(fifty_digits)
{
    proof::definitions exact;
    proof::define_elementary(exact);
    proof::define_choices(exact);
    proof::define_special(exact);
    proof::define_logarithmic(exact);
    proof::define_normal(exact);
    const auto wrong = [](digits_50 const& found, proof::real const& expected)
    {
        // the second part: what a difference of 100 digits leaves
        const proof::real error = abs(proof::real(found) - expected);
        return !(error <= proof::real("1e-45") * abs(expected) + proof::real("1e-70"));
    };
    std::size_t checked = 0;
    // Near the middle of the domain, and where the double has other formulas for large arguments.
    for (const double factor : {1.0, 50.0})
        for (auto const& f : functions<digits_50>())
        {
            auto p = inside(f, 0);
            for (std::size_t j = 0; j < f.arity; ++j)
                if (p[j] * factor > f.domain[j].low && p[j] * factor < f.domain[j].high)
                    p[j] *= factor;
            const auto y = differentiated<digits_50>(f, {digits_50(p[0]), digits_50(p[1]), digits_50(p[2])});
            auto const& d = exact.at(f.name);
            proof::real x[3] = {p[0], p[1], p[2]};
            BOOST_TEST(!wrong(y.value, d.f(x)), f.name << " at " << p[0] << ", " << p[1] << ": " << y.value << " is not " << d.f(x));
            for (std::size_t j = 0; j < f.arity; ++j)
            {
                BOOST_TEST_REQUIRE(y.gradient[j].has_value() == f.active[j], f.name << ", argument " << j);
                if (!f.active[j])
                    continue;
                const proof::real h("1e-27");
                proof::real up[3] = {x[0], x[1], x[2]}, down[3] = {x[0], x[1], x[2]};
                up[j] += h;
                down[j] -= h;
                const proof::real slope = !d.first.empty() && d.first[j] != nullptr ? d.first[j](x) : proof::real((d.f(up) - d.f(down)) / (2 * h));
                BOOST_TEST(!wrong(*y.gradient[j], slope),
                           f.name << "' by argument " << j << " at " << p[0] << ", " << p[1] << ": " << *y.gradient[j] << " is not " << slope);
                ++checked;
            }
        }
    BOOST_TEST(checked > 150u);
}

BOOST_AUTO_TEST_SUITE_END()
