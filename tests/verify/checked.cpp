// SPDX-License-Identifier: BSL-1.0
// Checked recordings and gradcheck: what is checked, what is thrown, what a report says.
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <etape/etape.hpp>
#include <verify/linear_statement.hpp>

namespace
{
    namespace ad = etape;
    using ad::verify::checked_recording;
    using ad::verify::on_wrong_rule;
    using vector = xt::xtensor<double, 1>;
    using matrix = xt::xtensor<double, 2>;

    bool contains(std::string const& text, std::string const& part)
    {
        return text.find(part) != std::string::npos;
    }
    boost::property_tree::ptree parsed(std::string const& json)
    {
        std::istringstream in(json);
        boost::property_tree::ptree tree;
        boost::property_tree::read_json(in, tree);
        return tree;
    }
    ad::tensor<double, 1> twice_the_slope(ad::variable<double, 1> const& x, ad::site where = ad::site::current())
    {
        const matrix one = xt::eye<double>(x.shape()[0]);
        return linear_statement::record("twice_the_slope", x, one, 2.0 * one, where);
    }
}

BOOST_AUTO_TEST_SUITE(checked)

BOOST_AUTO_TEST_CASE(every_kind_of_statement)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    ad::variable<double, 2> m{{0.4, -0.2, 1.3}, {1.1, 0.7, -0.6}};
    const ad::variable<float, 1> single{0.3f, -1.2f, 2.1f};
    const ad::variable<double> s = 0.4;
    const checked_recording all;
    const ad::tape t;
    const auto before = all.statements();
    const ad::tensor<double, 1> y = xt::sin(x) * x + x * s;                          // a fused expression
    const ad::tensor<double, 1> z = xt::where(x > 0.5, x * x, xt::exp(x));           // a choice
    auto total = ad::sum(y * z) + ad::logsumexp(m) * ad::variance(x) - ad::amax(x);  // reductions, numbers
    total += ad::sum(ad::matmul(m, x)) + ad::sum(ad::mean(m, {0}) * x);              // products, reductions over an axis
    xt::view(m, 0) = y;                                                              // into a part
    xt::view(m, xt::all(), 1) *= 2.0;
    total += x(1) * x(2) + ad::sin(total) * m(1, 2);  // elements, functions of numbers
    const ad::variable<double, 1> packed = xt::xtensor<ad::variable<double>, 1>{total, s, x(0)};
    const ad::tensor<float, 1> narrow = xt::tanh(single) * single;
    const auto norm = ad::norm_l2(xt::transpose(m) * 2.0) + ad::prod(packed);
    BOOST_TEST(std::isfinite(norm.value()));
    BOOST_TEST(narrow.size() == 3u);
    BOOST_TEST(all.statements() > before + 20);
    BOOST_TEST(all.differences() > 12u);
    BOOST_TEST(all.wrong().empty(), all);
    BOOST_TEST(contains(all.text(), "no wrong rule"));
}

BOOST_AUTO_TEST_CASE(the_recording_is_the_same)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    const auto f = [&]
    {
        const ad::tensor<double, 1> y = xt::sin(x) * x;
        return ad::variable<double>(ad::sum(y * xt::exp(x)));
    };
    ad::tape plain;
    const auto y = f();
    const auto before = plain.statistics();
    const auto expected = *plain.gradient(y, x);
    plain.reset();
    {
        const checked_recording all;
        const auto z = f();
        BOOST_TEST(z.value() == y.value());
        BOOST_TEST(plain.statistics().edges == before.edges);
        BOOST_TEST(plain.statistics().kept_bytes == before.kept_bytes);
        const auto g = *plain.gradient(z, x);
        BOOST_TEST(std::equal(g.begin(), g.end(), expected.begin()));
    }
}

// The steps of the differences are rounded to what large operands can hold: that is no wrong rule.
BOOST_AUTO_TEST_CASE(large_operands)
{
    const checked_recording all;
    const ad::tape t;
    const ad::variable<double, 2> x{{291904.67919794034, 0.29756833583615377, 318834743.96800804, 339914841.57687253, 484175.49677588005}};
    const ad::tensor<double, 1> y = ad::logsumexp(x, {1});
    const ad::variable<double> a = 3.4e8 + 0.3, b = ad::exp(-(a - 3.4e8));
    const ad::variable<double> c = ad::sum(xt::exp(x - x(0, 3)));
    BOOST_TEST((std::isfinite(ad::value(y)(0)) && std::isfinite(b.value()) && std::isfinite(c.value())));
    BOOST_TEST(all.statements() >= 4u);
    BOOST_TEST(all.wrong().empty(), all);
}

BOOST_AUTO_TEST_CASE(a_wrong_rule_is_thrown_with_its_place)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    {
        const checked_recording all;
        ad::tape t;
        const auto fine = ad::sum(x * x);
        const unsigned line = __LINE__ + 3;
        try
        {
            twice_the_slope(x);
            BOOST_ERROR("no exception");
        }
        catch (ad::verify::wrong_rule const& e)
        {
            BOOST_TEST(e.statement.operation == "twice_the_slope");
            BOOST_TEST(e.statement.where.line == line);
            BOOST_TEST(e.statement.number == 1u);
            BOOST_TEST(e.statement.reverse == 2 * e.statement.forward);
            BOOST_TEST(std::isnan(e.statement.difference));
            BOOST_TEST(contains(e.what(), "etape: twice_the_slope at checked.cpp:" + std::to_string(line)));
            BOOST_TEST(contains(e.what(), "the reverse rule and forward rule disagree"));
        }
        // the engine stays usable, the tape too
        const auto g = *t.gradient(fine, x);
        BOOST_TEST(g(1) == 2 * -1.2);
    }
    const ad::tape t;
    twice_the_slope(x);  // nobody looks any more
}

BOOST_AUTO_TEST_CASE(wrong_rules_are_collected)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    const checked_recording all(on_wrong_rule::collect);
    const ad::tape t;
    twice_the_slope(x);
    const ad::tensor<double, 1> y = x * x;
    twice_the_slope(x);
    BOOST_TEST(all.statements() == 3u);
    BOOST_TEST_REQUIRE(all.wrong().size() == 2u);
    BOOST_TEST(all.wrong()[1].number == 2u);
    std::ostringstream out;
    out << all;
    BOOST_TEST(out.str() == all.text());
    BOOST_TEST(contains(all.text(), "3 statements checked, 1 of them against finite differences: 2 wrong"));
    const auto tree = parsed(all.json());
    BOOST_TEST(tree.get<int>("statements") == 3);
    BOOST_TEST(tree.get_child("wrong").size() == 2u);
    BOOST_TEST(tree.get_child("wrong").front().second.get<std::string>("operation") == "twice_the_slope");
}

BOOST_AUTO_TEST_CASE(one_at_a_time)
{
    const checked_recording first;
    BOOST_CHECK_THROW(checked_recording(), ad::rule_error);
    // forward mode waits for nobody
    const auto r = ad::jvp([](auto const& v) { return v * v; }, 3.0, 1.0);
    BOOST_TEST(r.tangent == 6.0);
    const auto before = first.statements();
    const ad::variable<double> x = 2.0;
    const ad::tape t;
    const auto y = x * x;
    BOOST_TEST(y.value() == 4.0);
    BOOST_TEST(first.statements() == before + 1);
}

BOOST_AUTO_TEST_CASE(rules_of_users)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    const auto square = [](auto const& v) { return v * v; };
    const auto sum = [](auto const& v, auto const& w) { return ad::sum(v * w); };
    const auto right = ad::custom_rule("right", square).vjp([](auto const& g, auto const&, auto const& v) { return 2.0 * g * v; });
    const auto forward = ad::custom_rule("forward", square).jvp([](auto const&, auto const& v, auto const& dv) { return 2.0 * v * dv; });
    const auto wrong_vjp = ad::custom_rule("wrong_vjp", square).vjp([](auto const& g, auto const&, auto const& v) { return 2.1 * g * v; });
    const auto wrong_jvp = ad::custom_rule("wrong_jvp", square).jvp([](auto const&, auto const& v, auto const& dv) { return v * dv; });
    const auto both = ad::custom_rule("both", sum)
                          .vjp([](auto const& g, auto const&, auto const&, auto const& w) { return std::tuple(g * w, g * w); })
                          .jvp([](auto const&, auto const& v, auto const& w, auto const& dv, auto const& dw) { return ad::sum(dv * w + v * dw); });
    const checked_recording all(on_wrong_rule::collect);
    const ad::tape t;
    const ad::tensor<double, 1> a = right(x), b = forward(x);
    BOOST_TEST(all.wrong().empty(), all);
    BOOST_TEST(all.differences() == 2u);
    const ad::tensor<double, 1> c = wrong_vjp(x), d = wrong_jvp(x);
    const auto e = both(x, a);
    BOOST_TEST(e.value() > 0.0);
    BOOST_TEST_REQUIRE(all.wrong().size() == 3u, all);
    BOOST_TEST(all.wrong()[0].operation == "wrong_vjp");
    BOOST_TEST(all.wrong()[0].between == "derivative rules and finite differences");
    BOOST_TEST(all.wrong()[1].operation == "wrong_jvp");
    BOOST_TEST(all.wrong()[2].operation == "both");
    BOOST_TEST(all.wrong()[2].between == "reverse rule and forward rule");
    BOOST_TEST(contains(all.wrong()[0].text(), "checked.cpp:"));
}

BOOST_AUTO_TEST_CASE(a_persistent_tape)
{
    const ad::variable<double, 1> x{0.3, -1.2, 2.1};
    const checked_recording all(on_wrong_rule::collect);
    const ad::tape t(true);
    const auto y = ad::sum(xt::sin(x) * x) * ad::exp(x(1));
    BOOST_TEST(std::isfinite(y.value()));
    BOOST_TEST(all.statements() > 2u);
    BOOST_TEST(all.wrong().empty(), all);
    twice_the_slope(x);
    BOOST_TEST(all.wrong().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_kink_is_not_a_wrong_rule)
{
    const ad::variable<double, 1> x{0.0, 1.0, 1.0};
    const checked_recording all;
    const ad::tape t;
    const ad::tensor<double, 1> y = xt::abs(x) + xt::maximum(x, 0.0);
    const auto z = ad::amax(x) + ad::norm_l2(x * 0.0);
    BOOST_TEST(z.value() == 1.0);
    BOOST_TEST(all.wrong().empty());
}

BOOST_AUTO_TEST_CASE(gradcheck_returns_the_report)
{
    const auto report = ad::verify::gradcheck([](auto const& v, auto const& s) { return ad::sum(v * v) * s; }, vector{0.3, -1.2}, 2.0);
    BOOST_TEST(report.agree);
    BOOST_TEST(report.entries == 3u);
    // an argument that does not matter has no gradient, and every mode says so
    const auto unused = ad::verify::gradcheck([](auto const& v, auto const&) { return ad::sum(v * v); }, vector{0.3, -1.2}, 2.0);
    BOOST_TEST(unused.agree);
    BOOST_TEST(contains(unused.missing, "unconnected"));
}

BOOST_AUTO_TEST_CASE(gradcheck_throws_the_report)
{
    const matrix x{{0.3, -1.2}, {2.1, 0.7}};
    try
    {
        ad::verify::gradcheck([](auto const& v) { return ad::sum(v * v) + v(1, 0) * ad::stop_gradient(v(1, 0)); }, x);
        BOOST_ERROR("no exception");
    }
    catch (ad::verify::wrong_gradient const& e)
    {
        BOOST_TEST(!e.report.agree);
        BOOST_TEST(e.report.odd_one_out == "finite differences");
        BOOST_TEST(e.report.place(e.report.worst_difference) == "argument 0, entry (1, 0)");
        BOOST_TEST(contains(e.what(), "etape: gradcheck: 4 gradient entries: reverse, dual numbers and finite differences DISAGREE"));
        BOOST_TEST(contains(e.what(), "stop_gradient"));
        BOOST_TEST(parsed(e.report.json()).get<std::string>("odd_one_out") == "finite differences");
    }
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_have)
{
    // Outside of its domain log has the slope of its formula, and no differences.
    const auto report = ad::verify::compare_modes([](auto const& v) { return ad::sum(xt::log(v)); }, vector{-2.0});
    BOOST_TEST(!report.agree);
    BOOST_TEST(report.odd_one_out == "finite differences");
    BOOST_TEST(std::isnan(report.worst_difference.finite_difference));
    const auto tree = parsed(report.json());
    BOOST_TEST(tree.get<std::string>("worst_difference.finite_difference") == "null");
    BOOST_TEST(tree.get<std::string>("oracle") == "none");
    BOOST_TEST(tree.get<double>("worst_difference.reverse") == -0.5);
}

BOOST_AUTO_TEST_CASE(a_function_that_changes_its_mind)
{
    int calls = 0;
    const auto report = ad::verify::compare_modes([&](auto const& v) { return ad::sum(v * v) + static_cast<double>(calls++); }, vector{0.3, -1.2});
    BOOST_TEST(!report.agree);
    BOOST_TEST(report.odd_one_out == "the function");
    BOOST_TEST(report.oracle == "none");
    BOOST_TEST(contains(report.text(), "values"));
}

BOOST_AUTO_TEST_SUITE_END()
