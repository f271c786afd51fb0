// SPDX-License-Identifier: BSL-1.0
// The checks are checked: rules with the mistakes that were found in the wild, run as statements, are caught and named.
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>

#include <etape/etape.hpp>
#include <verify/linear_statement.hpp>

namespace
{
    namespace ad = etape;
    namespace rule = ad::rule;
    namespace lane = ad::lane;
    using lane::constant;
    using rule::need;
    using vector = xt::xtensor<double, 1>;
    using variable = ad::variable<double, 1>;
    using result = ad::tensor<double, 1>;

    constexpr unsigned everything = need::arg0 | need::arg1 | need::result | need::aux;
    constexpr unsigned all_of_one = need::arg0 | need::result | need::aux;

    // Rows that take everything but the named rule from the right row.
#define WRONG_ROW(NAME, RIGHT, ...)                                                                                            \
    struct NAME : rule::RIGHT                                                                                                  \
    {                                                                                                                          \
        static constexpr const char* name = #NAME;                                                                             \
        static constexpr unsigned needs[arity] = {all_of_one};                                                                 \
        __VA_ARGS__                                                                                                            \
    };
#define WRONG_ROW2(NAME, RIGHT, ...)                                                                                           \
    struct NAME : rule::RIGHT                                                                                                  \
    {                                                                                                                          \
        static constexpr const char* name = #NAME;                                                                             \
        static constexpr unsigned needs[arity] = {everything, everything};                                                     \
        __VA_ARGS__                                                                                                            \
    };
    WRONG_ROW(square_with_2_1_for_2, square, ETAPE_PULL1(g * a * constant<T>(2.1)))
    WRONG_ROW(cos_with_the_wrong_sign, cos, ETAPE_PULL1(g * lane::sin(a)))
    WRONG_ROW(sqrt_without_its_half, sqrt, ETAPE_PUSH1(da / y))
    WRONG_ROW(expm1_by_its_value, expm1, ETAPE_PULL1(g*(y + constant<T>(1.0))))
    WRONG_ROW(tanh_by_its_value, tanh, ETAPE_PUSH1(da*(constant<T>(1.0) - y * y)))
    WRONG_ROW(erf_with_fifteen_digits, erf, ETAPE_PULL1(g* constant<T>(1.12837916709551) * lane::exp(T(-(a * a)))))
    WRONG_ROW(log_to_the_base_10, log, ETAPE_PULL1(g* constant<T>(0.4342944819032518) / a)
                                           ETAPE_PUSH1(da* constant<T>(0.4342944819032518) / a))
    WRONG_ROW(sin_with_a_short_value, sin, ETAPE_VALUE1(lane::sin(a) * constant<T>(1.001)))
    WRONG_ROW(exp_without_its_value, exp, ETAPE_PULL1(g))
    WRONG_ROW(softplus_by_the_wrong_slope, softplus, ETAPE_PULL1(g* lane::tanh(a)))
    WRONG_ROW2(sub_without_its_sign, sub, ETAPE_PULL2(g, g))
    WRONG_ROW2(mul_with_a_missing_term, mul, ETAPE_PUSH2(da* b + db * constant<T>(0.0)))
    WRONG_ROW2(div_upside_down, div, ETAPE_PULL2(g / b, -g * b / (a * a)))
    WRONG_ROW2(mul_with_swapped_factors, mul, ETAPE_PULL2(g* a, g* b))
    WRONG_ROW2(maximum_of_the_wrong_side, maximum, ETAPE_PULL2(lane::select<T>(lane::lt(a, b), g, lane::zero<T>()),
                                                                lane::select<T>(lane::gt(a, b), g, lane::zero<T>())))
    WRONG_ROW2(fmod_with_floor_for_trunc, fmod, ETAPE_PULL2(g, -(g * lane::floor(T(a / b)))))
    WRONG_ROW2(pow_without_the_smaller_exponent, pow, ETAPE_PULL2(g* b* y, g* y* lane::log(a)))
#undef WRONG_ROW
#undef WRONG_ROW2

    // The modes are compared through types that do not depend on the rule: compiled once.
    using function1 = std::function<result(variable const&)>;
    using function2 = std::function<result(variable const&, variable const&)>;
    template <class Rule>
    function1 unary()
    {
        return [](variable const& x) { return result(ad::detail::lazily<Rule>(x)); };
    }
    template <class Rule>
    function2 binary()
    {
        return [](variable const& x, variable const& y) { return result(ad::detail::lazily<Rule>(x, y)); };
    }

    bool contains(std::string const& text, std::string const& part)
    {
        return text.find(part) != std::string::npos;
    }
    void expect_named(ad::verify::comparison const& report, std::string const& name, std::string const& odd_one_out)
    {
        BOOST_TEST_CONTEXT(name << "\n" << report)
        {
            BOOST_TEST(!report.agree);
            BOOST_TEST(report.odd_one_out == odd_one_out);
            BOOST_TEST(report.oracle == (odd_one_out == "reverse mode"   ? "dual numbers and finite differences"
                                         : odd_one_out == "forward mode" ? "reverse mode and finite differences"
                                         : odd_one_out == "nobody"       ? "none"
                                                                         : "finite differences"));
            BOOST_TEST(contains(report.json(), "\"oracle\": \"" + report.oracle + "\""));
            BOOST_TEST(!report.suggestion.empty());
            BOOST_TEST_REQUIRE(!report.wrong_statements.empty());
            BOOST_TEST(report.wrong_statements.front().operation == name);
            BOOST_TEST(report.wrong_statements.front().where.line != 0u);
            BOOST_TEST(contains(report.text(), name));
            BOOST_TEST(contains(report.json(), "\"operation\": \"" + name + "\""));
        }
    }
    template <class Rule>
    void expect_wrong(vector const& x, std::string const& odd_one_out, ad::verify::tolerances const& allowed = {})
    {
        expect_named(ad::verify::compare_modes(allowed, unary<Rule>(), x), Rule::name, odd_one_out);
    }
    template <class Rule>
    void expect_wrong(vector const& x, vector const& y, std::string const& odd_one_out)
    {
        expect_named(ad::verify::compare_modes(binary<Rule>(), x, y), Rule::name, odd_one_out);
    }

    const vector x{0.3, -1.2, 2.1}, positive{0.4, 1.3, 2.7}, y{1.5, 0.4, -0.8};
}

BOOST_AUTO_TEST_SUITE(wrong_rules)

BOOST_AUTO_TEST_CASE(right_rules_pass)
{
    BOOST_TEST(ad::verify::compare_modes(unary<rule::square>(), x).agree);
    BOOST_TEST(ad::verify::compare_modes(unary<rule::erf>(), x).agree);
    BOOST_TEST(ad::verify::compare_modes(binary<rule::maximum>(), x, y).agree);
    BOOST_TEST(ad::verify::compare_modes(binary<rule::fmod>(), x, positive).agree);
    const auto report = ad::verify::compare_modes(unary<rule::tanh>(), x);
    BOOST_TEST(report.agree, report);
    BOOST_TEST(report.odd_one_out.empty());
    BOOST_TEST(report.oracle == "dual numbers, finite differences");
    BOOST_TEST(report.wrong_statements.empty());
}
BOOST_AUTO_TEST_CASE(of_one_argument)
{
    expect_wrong<square_with_2_1_for_2>(x, "reverse mode");
    expect_wrong<cos_with_the_wrong_sign>(x, "reverse mode");
    expect_wrong<exp_without_its_value>(x, "reverse mode");
    expect_wrong<softplus_by_the_wrong_slope>(x, "reverse mode");
    expect_wrong<sqrt_without_its_half>(positive, "forward mode");
}
BOOST_AUTO_TEST_CASE(of_two_arguments)
{
    expect_wrong<sub_without_its_sign>(x, y, "reverse mode");
    expect_wrong<mul_with_a_missing_term>(x, y, "forward mode");
    expect_wrong<mul_with_swapped_factors>(x, y, "reverse mode");
    expect_wrong<div_upside_down>(x, y, "reverse mode");
    expect_wrong<maximum_of_the_wrong_side>(x, y, "reverse mode");
    expect_wrong<fmod_with_floor_for_trunc>(vector{-5.2, 3.1, -0.7}, vector{2.3, 0.8, 0.4}, "reverse mode");
    expect_wrong<pow_without_the_smaller_exponent>(positive, y, "reverse mode");
}
BOOST_AUTO_TEST_CASE(both_rules_alike)
{
    expect_wrong<log_to_the_base_10>(positive, "finite differences");
    expect_wrong<sin_with_a_short_value>(x, "finite differences");
}
BOOST_AUTO_TEST_CASE(digits_that_are_lost)
{
    // Within the tolerance of finite differences: the bound in units of the last place tells.
    const ad::verify::tolerances strict{0, 10, 6};
    const vector far_left{-21.0, -25.5, -30.0}, far_out{15.0, 16.5, 17.0}, middle{0.7};
    BOOST_TEST(ad::verify::compare_modes(strict, unary<rule::expm1>(), far_left).agree);
    BOOST_TEST(ad::verify::compare_modes(strict, unary<rule::tanh>(), far_out).agree);
    BOOST_TEST(ad::verify::compare_modes(strict, unary<rule::erf>(), middle).agree);
    expect_wrong<expm1_by_its_value>(far_left, "nobody", strict);
    expect_wrong<tanh_by_its_value>(far_out, "nobody", strict);
    expect_wrong<erf_with_fifteen_digits>(middle, "nobody", strict);
}
BOOST_AUTO_TEST_CASE(of_whole_arrays)
{
    using linear = linear_statement::matrix;
    const linear a{{0.2, -0.5, 1.1}, {1.3, 0.6, -0.7}, {-0.4, 0.8, 0.3}};
    // each row is the operand, each column is
    linear rows({9, 3}), columns({9, 3});
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t k = 0; k < 3; ++k)
            {
                rows(3 * i + j, k) = j == k;
                columns(3 * i + j, k) = i == k;
            }
    const linear shifted{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}, straight{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const auto run = [](const char* name, linear const& forward, linear const& reverse)
    {
        return ad::verify::compare_modes(
            function1([&](variable const& v) { return linear_statement::record(name, v, forward, reverse); }), x);
    };
    BOOST_TEST(run("right", a, a).agree);
    BOOST_TEST(run("right", rows, rows).agree);
    expect_named(run("transposed_jacobian", a, xt::transpose(a)), "transposed_jacobian", "reverse mode");
    expect_named(run("gradient_accumulated_twice", a, 2.0 * a), "gradient_accumulated_twice", "reverse mode");
    expect_named(run("broadcast_reduced_along_the_wrong_axis", rows, columns), "broadcast_reduced_along_the_wrong_axis", "reverse mode");
    expect_named(run("view_with_the_wrong_offset", straight, shifted), "view_with_the_wrong_offset", "reverse mode");
}

BOOST_AUTO_TEST_SUITE_END()
