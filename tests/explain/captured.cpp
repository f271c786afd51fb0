// SPDX-License-Identifier: BSL-1.0
// What the function of a custom rule captured is a constant: a gradient that is missing because of it names the rule.
#include <explain/because.hpp>

BOOST_AUTO_TEST_SUITE(explain_captured)

BOOST_AUTO_TEST_CASE(an_array)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{3.0, 4.0}, u{1.0, 1.0};
    const auto scale =
        ad::custom_rule("scale", [&](auto const& a) { return a * w; }).vjp([&](auto const& g, auto const&, auto const&) { return g * w; });
    const auto registered = LINE_ABOVE(1);
    ad::tape t(true);
    ad::tensor<double, 1> y = scale(x) * u;
    BOOST_TEST(is(t.gradient(y, x), {3, 4}));
    BOOST_TEST(because(t.gradient(y, w), ad::reason::unconnected, {"the rule scale at " + registered, "captures", "as an argument"}));
    // beside the rule, nothing is said about it
    ad::tensor<double, 1> z = u * 2.0;
    const auto g = t.gradient(z, w);
    BOOST_TEST(because(g, ad::reason::unconnected, {}));
    BOOST_TEST(g.why_not().text.find("scale") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_number)
{
    ad::variable<double> x = 2.0, w = 3.0;
    const auto power = ad::custom_rule("power", [w](auto const& a) { return pow(a, w); })
                           .vjp([](auto const& g, auto const& y, auto const& a) { return g * 3.0 * y / a; });
    const auto registered = LINE_ABOVE(2);
    ad::tape t(true);
    ad::variable<double> y = power(x) * 2.0;
    BOOST_TEST(*t.gradient(y, x) == 24.0);
    BOOST_TEST(because(t.gradient(y, w), ad::reason::unconnected, {"the rule power at " + registered, "captures", "as an argument"}));
}

BOOST_AUTO_TEST_CASE(beside_plain_arguments_alone)
{
    ad::variable<double, 1> w{3.0, 4.0}, u{1.0, 1.0};
    const xt::xtensor<double, 1> plain{1.0, 2.0};
    const auto scale =
        ad::custom_rule("scale", [&](auto const& a) { return a * w; }).vjp([&](auto const& g, auto const&, auto const&) { return g * w; });
    const auto registered = LINE_ABOVE(1);
    ad::tape t(true);
    auto s = scale(ad::constant<double, 1>(plain));
    ad::tensor<double, 1> y = s * u;
    BOOST_TEST(is(t.gradient(y, u), {3, 8}));
    BOOST_TEST(because(t.gradient(y, w), ad::reason::unconnected, {"the rule scale at " + registered, "as an argument"}));
    BOOST_TEST(because(t.gradient(s, w), ad::reason::unconnected, {"the rule scale at " + registered, "as an argument"}));
}

BOOST_AUTO_TEST_CASE(a_rule_that_captures_nothing_is_not_suspected)
{
    ad::variable<double, 1> x{1.0, 2.0}, w{3.0, 4.0};
    const auto twice =
        ad::custom_rule("twice", [](auto const& a) { return 2.0 * a; }).vjp([](auto const& g, auto const&, auto const&) { return 2.0 * g; });
    ad::tape t;
    const auto g = t.gradient(twice(x), w);
    BOOST_TEST(because(g, ad::reason::unconnected, {}));
    BOOST_TEST(g.why_not().text.find("captures") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_rules)
{
    ad::variable<double> x = 2.0, w = 3.0;
    const double k = 2.0;
    const auto vjp = [](auto const& g, auto const&, auto const&) { return g; };
    const auto one = ad::custom_rule("one", [k](auto const& a) { return a + k; }).vjp(vjp);
    const auto two = ad::custom_rule("two", [&](auto const& a) { return a + w; }).vjp(vjp);
    ad::tape t;
    ad::variable<double> y = two(one(x));
    BOOST_TEST(because(t.gradient(y, w), ad::reason::unconnected, {"the rules two at ", ", one at ", "one of the rules"}));
}

BOOST_AUTO_TEST_SUITE_END()
