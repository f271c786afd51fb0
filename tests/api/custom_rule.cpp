// SPDX-License-Identifier: BSL-1.0
// Rules by the user: both modes, structures, missing and wrong rules, exceptions.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>

#include <xtensor/xmath.hpp>

#include <etape/api/grad.hpp>
#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using array = xt::xtensor<double, 1>;

    // exp with a derivative of 2 exp, so that the rule is seen to be taken
    auto twice_exp()
    {
        return ad::custom_rule("twice_exp", [](auto const& x) { return xt::exp(x); })
            .vjp([](auto const& g, auto const& y, auto const&) { return 2.0 * g * y; })
            .jvp([](auto const& y, auto const&, auto const& dx) { return 2.0 * dx * y; });
    }
    bool names(std::exception const& e, std::initializer_list<const char*> parts)
    {
        const std::string text = e.what();
        for (const auto* p : parts)
            if (text.find(p) == std::string::npos)
            {
                BOOST_TEST_MESSAGE(text);
                return false;
            }
        return true;
    }
}

BOOST_AUTO_TEST_SUITE(custom_rules)

BOOST_AUTO_TEST_CASE(arrays_in_both_modes)
{
    const ad::variable<double, 1> x{0.5, -1.0};
    ad::tape t;
    const auto y = twice_exp()(x * 1.0);
    static_assert(std::is_same_v<std::remove_const_t<decltype(y)>, ad::tensor<double, 1>>);
    BOOST_TEST(ad::value(y)(0) == std::exp(0.5));
    const auto g = t.gradient(xt::sum(y * 3.0), x);
    BOOST_REQUIRE(g);
    BOOST_TEST((*g)(0) == 6 * std::exp(0.5), boost::test_tools::tolerance(1e-15));
    BOOST_TEST((*g)(1) == 6 * std::exp(-1.0), boost::test_tools::tolerance(1e-15));

    const auto r = ad::jvp([](auto const& v) { return twice_exp()(v) * v; }, x, array{1.0, 10.0});
    BOOST_TEST(r.tangent(0) == std::exp(0.5) * (1 + 2 * 0.5), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(r.tangent(1) == 10 * std::exp(-1.0) * (1 - 2), boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(numbers_and_several_arguments)
{
    const auto f = ad::custom_rule("scaled", [](auto const& a, auto const& x, int power) { return a * xt::pow(x, power); })
                       .vjp([](auto const& g, auto const& y, auto const& a, auto const& x, int power)
                           { return std::tuple(xt::sum(g * y) / a, g * a * double(power) * xt::pow(x, power - 1)); })
                       .jvp([](auto const& y, auto const& a, auto const& x, int power, auto const& da, auto const& dx)
                           { return y / a * da + a * double(power) * xt::pow(x, power - 1) * dx; });
    const ad::variable<double> a = 2.0;
    const ad::variable<double, 1> x{1.0, 3.0};
    ad::tape t;
    const auto y = f(a, x, 2);
    const auto [da, dx] = t.gradient(xt::sum(y), a, x);
    BOOST_TEST(*da == 10.0);
    BOOST_TEST((*dx)(0) == 4.0);
    BOOST_TEST((*dx)(1) == 12.0, boost::test_tools::tolerance(1e-15));
    const auto r = ad::jvp([&](auto const& b, auto const& v) { return f(b, v, 2); }, std::tuple(a, x), std::tuple(1.0, array{0.0, 1.0}));
    BOOST_TEST(r.tangent(0) == 1.0);
    BOOST_TEST(r.tangent(1) == 9.0 + 12.0);
}

BOOST_AUTO_TEST_CASE(results_in_a_tuple)
{
    const auto f = ad::custom_rule("sum_and_square", [](auto const& x) { return std::tuple(xt::sum(x), xt::square(x)); })
                       .vjp([](auto const& g, auto const&, auto const& x) { return std::get<0>(g) + 2.0 * std::get<1>(g) * x; });
    const ad::variable<double, 1> x{1.0, 3.0};
    ad::tape t(true);
    const auto [sum, square] = f(x);
    BOOST_TEST(sum.value() == 4.0);
    BOOST_TEST((*t.gradient(sum, x))(1) == 1.0);
    BOOST_TEST((*t.gradient(square, x))(1) == 6.0);
    BOOST_TEST((*t.gradient(sum * xt::sum(square), x))(1) == 10.0 + 4 * 6.0);
}

BOOST_AUTO_TEST_CASE(a_vector_of_inputs_and_two_numbers_out)
{
    using numbers = std::vector<ad::variable<double>>;
    const auto f = ad::custom_rule("sum_and_product", [](auto const& v) { return std::tuple(v[0] + v[1] + v[2], v[0] * v[1] * v[2]); })
                       .vjp([](auto const& g, auto const& y, auto const& v)
                           {
                               numbers d;
                               for (auto const& e : v)
                                   d.push_back(std::get<0>(g) + std::get<1>(g) * std::get<1>(y) / e);
                               return d;
                           });
    const numbers x{2.0, 3.0, 5.0};
    ad::tape t;
    const auto [s, p] = f(x);
    const auto g = t.gradient(s * 100.0 + p, x);
    BOOST_TEST(*g[0] == 115.0);
    BOOST_TEST(*g[2] == 106.0);
}

BOOST_AUTO_TEST_CASE(updates_by_a_rule_lead_the_loss_down)
{
    // the gradient of the identity is replaced by 1, whatever arrives
    const auto one = ad::custom_rule("unit_slope", [](auto const& x) { return x * 1.0; })
                         .vjp([](auto const&, auto const&, auto const&) { return 1.0; });
    ad::variable<double> x = 4.0;
    for (double expected : {4.0, 3.0, 2.0, 1.0, 0.0})
    {
        ad::tape t;
        const auto loss = one(x);
        BOOST_TEST(loss.value() == expected);
        x = x.value() - *t.gradient(loss * 7.0, x);
    }
}

BOOST_AUTO_TEST_CASE(a_rule_without_vjp_is_a_missing_gradient_that_names_it)
{
    const auto f = ad::custom_rule("forward_only", [](auto const& x) { return xt::sin(x); })
                       .jvp([](auto const&, auto const& x, auto const& dx) { return xt::cos(x) * dx; });
    const unsigned line = __LINE__ - 2;
    const ad::variable<double, 1> x{0.25};
    BOOST_TEST(ad::jvp(f, x, array{1.0}).tangent(0) == std::cos(0.25));
    ad::tape t;
    const auto y = f(x) * 2.0;
    const auto g = t.gradient(y, x);
    BOOST_REQUIRE(!g);
    BOOST_TEST((g.why() == ad::reason::rule_missing));
    BOOST_TEST(g.why_not().operation == "forward_only");
    BOOST_TEST(g.why_not().where_break.line == line);
    BOOST_TEST(g.why_not().text.find("forward_only") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rule_without_jvp_is_an_error_that_names_it)
{
    const auto f = ad::custom_rule("backward_only", [](auto const& x) { return xt::sin(x); })
                       .vjp([](auto const& g, auto const&, auto const& x) { return xt::cos(x) * g; });
    const ad::variable<double, 1> x{0.25};
    BOOST_CHECK_EXCEPTION(ad::jvp(f, x, array{1.0}), ad::rule_error,
                          [](auto const& e) { return names(e, {"backward_only", "custom_rule.cpp", "jvp"}); });
    ad::tape t;
    BOOST_TEST((*t.gradient(f(x), x))(0) == std::cos(0.25));
}

// Whatever the shapes say, a Jacobian goes the way that its rules know.
BOOST_AUTO_TEST_CASE(a_jacobian_goes_the_way_that_its_rules_know)
{
    const array factors{1.0, 2.0, 3.0};
    const auto wide = ad::custom_rule("wide", [&](auto const& a) { return factors * a; })
                          .vjp([&](auto const& g, auto const&, auto const&) { return ad::sum(g * factors); });
    BOOST_TEST((ad::value(ad::jacobian(wide)(2.0)) == factors));
    const auto narrow = ad::custom_rule("narrow", [](auto const& a) { return ad::sum(a * a); })
                            .jvp([](auto const&, auto const& a, auto const& d) { return ad::sum(a * d) * 2.0; });
    BOOST_TEST((ad::value(ad::jacobian(narrow)(factors)) == array(factors * 2.0)));
    BOOST_CHECK_THROW(ad::jacfwd(wide)(2.0), ad::rule_error);
}

BOOST_AUTO_TEST_CASE(a_wrong_count_or_shape_names_the_rule_and_leaves_the_engine_usable)
{
    const ad::variable<double, 1> x{1.0, 2.0}, z{3.0, 4.0};
    const auto count = ad::custom_rule("one_for_two", [](auto const& a, auto const& b) { return a * b; })
                           .vjp([](auto const& g, auto const&, auto const&, auto const& b) { return g * b; });
    const auto three = ad::custom_rule("three_for_two", [](auto const& a, auto const& b) { return a * b; })
                           .vjp([](auto const& g, auto const&, auto const&, auto const&) { return std::tuple(g, g, g); });
    const auto shape = ad::custom_rule("wrong_shape", [](auto const& a) { return a * 1.0; })
                           .vjp([](auto const&, auto const&, auto const&) { return array{1.0, 2.0, 3.0}; });
    const auto number = ad::custom_rule("number_for_array", [](auto const& a) { return a * 1.0; })
                            .vjp([](auto const&, auto const&, auto const&) { return 1.0; });
    {
        ad::tape t;
        const auto y = count(x, z);
        BOOST_CHECK_EXCEPTION(t.gradient(y, x), ad::rule_error, [](auto const& e)
            { return names(e, {"'one_for_two'", "custom_rule.cpp", "found 1 derivative", "expected 2"}); });
        // what the sweep had begun is not taken up again
        BOOST_TEST((t.gradient(y, x).why() == ad::reason::tape_consumed));
    }
    {
        ad::tape t(true);
        const auto y = three(x, z);
        BOOST_CHECK_EXCEPTION(t.gradient(y, x), ad::rule_error, [](auto const& e) { return names(e, {"'three_for_two'", "found 3", "expected 2"}); });
        const auto other = x * z;
        BOOST_TEST((*t.gradient(other, x))(1) == 4.0);
        const auto bad = shape(x);
        BOOST_CHECK_EXCEPTION(t.gradient(bad, x), ad::rule_error, [](auto const& e)
            { return names(e, {"'wrong_shape'", "found a derivative of shape (3,)", "expected shape (2,)"}); });
        BOOST_CHECK_EXCEPTION(t.gradient(number(x), x), ad::rule_error, [](auto const& e) { return names(e, {"'number_for_array'", "a number"}); });
        BOOST_TEST((*t.gradient(other, z))(1) == 2.0);
    }
}

BOOST_AUTO_TEST_CASE(exceptions_pass_unchanged)
{
    struct mine : std::runtime_error
    {
        using std::runtime_error::runtime_error;
    };
    const auto blocks = ad::pool_stats().live_blocks;
    {
        const ad::variable<double, 1> x{1.0, 2.0};
        const auto bad_value = ad::custom_rule("bad_value", [](auto const& a) { return a(0).value() > 0 ? throw mine("value") : a * 1.0; })
                                   .vjp([](auto const& g, auto const&, auto const&) { return g; });
        const auto bad_vjp = ad::custom_rule("bad_vjp", [](auto const& a) { return a * 1.0; })
                                 .vjp([](auto const& g, auto const&, auto const&) { return g(0).value() > 0 ? throw mine("vjp") : g * 1.0; });
        ad::tape t(true);
        BOOST_CHECK_THROW(bad_value(x), mine);
        BOOST_TEST(t.recording());
        const auto y = bad_vjp(x) * 2.0;
        BOOST_CHECK_THROW(t.gradient(y, x), mine);
        const auto z = x * x;
        BOOST_TEST((*t.gradient(z, x))(1) == 4.0);
    }
    BOOST_TEST(ad::pool_stats().live_blocks == blocks);
}

BOOST_AUTO_TEST_CASE(a_tape_inside_a_rule)
{
    // the implicit derivative by a tape of the rule's own
    const auto f = ad::custom_rule("cube", [](auto const& x) { return x * x * x; })
                       .vjp([](auto const& g, auto const&, auto const& x)
                           {
                               const ad::variable<double, 1> own(ad::value(x));
                               ad::tape inner;
                               const auto y = own * own * own;
                               return ad::value(g) * *inner.gradient(y, own);
                           });
    const ad::variable<double, 1> x{2.0, 3.0};
    ad::tape t(true);
    const ad::tensor<double, 1> y = f(x) * 2.0;
    const auto before = t.statistics().statements;
    for (int again = 0; again < 2; ++again)
        BOOST_TEST((*t.gradient(y, x))(1) == 54.0);
    BOOST_TEST(t.recording());
    const auto z = x * 5.0;
    BOOST_TEST((*t.gradient(z, x))(0) == 5.0);
    BOOST_TEST(before == 2u);
}

BOOST_AUTO_TEST_CASE(second_order_from_the_primitives_or_given)
{
    // y = x^3 with vjp and jvp of primitives: orders 2 and 3 at every nesting
    const auto cube = ad::custom_rule("cube", [](auto const& x) { return x * x * x; })
                          .vjp([](auto const& g, auto const&, auto const& x) { return 3.0 * g * x * x; })
                          .jvp([](auto const&, auto const& x, auto const& dx) { return 3.0 * x * x * dx; });
    const ad::variable<double> x = 2.0;
    BOOST_TEST(ad::grad(ad::grad(cube))(2.0) == 12.0);
    BOOST_TEST(ad::grad(ad::grad(ad::grad(cube)))(2.0) == 6.0);
    BOOST_TEST(ad::jvp(ad::grad(cube), 2.0, 1.0).tangent == 12.0);

    // given: a rule whose derivative is again a rule, with a slope of 100
    const auto derivative = ad::custom_rule("derivative", [](auto const& v) { return 3.0 * v * v; })
                                .vjp([](auto const& g, auto const&, auto const&) { return 100.0 * g; });
    const auto overridden = ad::custom_rule("overridden", [](auto const& v) { return v * v * v; })
                                .vjp([=](auto const& g, auto const&, auto const& v) { return g * derivative(v); });
    BOOST_TEST(ad::grad(overridden)(2.0) == 12.0);
    BOOST_TEST(ad::grad(ad::grad(overridden))(2.0) == 100.0);

    // arrays, and results of both kinds
    const auto both = ad::custom_rule("both", [](auto const& v) { return std::tuple(xt::sum(v), xt::square(v)); })
                          .vjp([](auto const& g, auto const&, auto const& v) { return std::get<0>(g) + 2.0 * std::get<1>(g) * v; })
                          .jvp([](auto const&, auto const& v, auto const& dv) { return std::tuple(xt::sum(dv), 2.0 * v * dv); });
    const auto f = [&](auto const& v)
    {
        const auto [s, q] = both(v);
        return s * xt::sum(q);
    };
    const auto plain = [](auto const& v) { return xt::sum(v) * xt::sum(xt::square(v)); };
    const array at{1.0, 2.0, -0.5}, v{0.3, -1.0, 2.0};
    const auto expected = ad::jvp(ad::grad(plain), at, v).tangent;
    const auto found = ad::jvp(ad::grad(f), at, v).tangent;
    const auto reverse = ad::grad([&](auto const& u) { return xt::sum(ad::grad(f)(u) * v); })(at);
    for (std::size_t i = 0; i < 3; ++i)
    {
        BOOST_TEST(found(i) == expected(i), boost::test_tools::tolerance(1e-14));
        BOOST_TEST(reverse(i) == expected(i), boost::test_tools::tolerance(1e-14));
        BOOST_TEST(ad::jvp(f, at, v).tangent == ad::jvp(plain, at, v).tangent, boost::test_tools::tolerance(1e-14));
    }

    const auto slope = [&](auto const& u) { return ad::jvp(cube, u, 1.0).tangent; };
    BOOST_TEST(ad::jvp(slope, x.value(), 1.0).tangent == 12.0);
    BOOST_TEST(ad::jvp([&](auto const& u) { return ad::jvp(slope, u, 1.0).tangent; }, x.value(), 1.0).tangent == 6.0);
    {
        ad::tape t;
        const auto d = slope(x);
        BOOST_TEST(*t.gradient(d, x) == 12.0);
    }
}

BOOST_AUTO_TEST_CASE(straight_through_passes_the_gradient)
{
    const ad::variable<double, 1> x{0.4, 1.7};
    const auto step = [](auto const& v) { return ad::straight_through([](auto const& a) { return xt::round(a); }, v); };
    ad::tape t;
    const auto y = step(x);
    BOOST_TEST(ad::value(y)(1) == 2.0);
    BOOST_TEST((*t.gradient(xt::sum(y * y), x))(1) == 4.0);
    BOOST_TEST(ad::jvp(step, x, array{1.0, 3.0}).tangent(1) == 3.0);
}

BOOST_AUTO_TEST_CASE(without_a_tape_or_paused_it_is_a_plain_function)
{
    const ad::variable<double, 1> x{0.5};
    BOOST_TEST(ad::value(twice_exp()(x))(0) == std::exp(0.5));
    ad::tape t;
    auto y = [&]
    {
        const auto pause = t.stop_recording();
        return twice_exp()(x);
    }();
    const auto g = t.gradient(y * 2.0, x);
    BOOST_REQUIRE(!g);
    BOOST_TEST((g.why() == ad::reason::recorded_while_paused));
    BOOST_TEST(g.why_not().operation == "twice_exp");
}

BOOST_AUTO_TEST_CASE(sweeps_again_without_allocating)
{
    const ad::variable<double, 1> x = xt::ones<double>({100});
    ad::tape t(true);
    const auto y = twice_exp()(x);
    t.gradient(y, x);
    const auto before = ad::pool_stats().fresh_blocks;
    t.gradient(y, x);
    BOOST_TEST(ad::pool_stats().fresh_blocks == before);
}

BOOST_AUTO_TEST_SUITE_END()
