// SPDX-License-Identifier: BSL-1.0
// Variables outlive tapes: a gradient that is missing says the same on every tape that meets them, with every number of tapes before.
#include <explain/because.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace
{
    using vector = ad::variable<double, 1>;

    // The same program on a first, second and third tape over the same variables.
    struct again
    {
        vector x{1.0, 2.0}, z{3.0, 4.0};
        ad::variable<double> s = 1.5;

        template <class Program>
        void operator()(ad::reason expected, std::string const& part, Program program)
        {
            std::vector<std::string> texts;
            for (int k = 0; k < 3; ++k)
            {
                ad::tape t(k == 1);
                const auto g = program(t);
                BOOST_TEST_REQUIRE(!g.has_value());
                BOOST_TEST((g.why() == expected), "tape " << k << ": " << g.why_not().text);
                BOOST_TEST(g.why_not().text.find(part) != std::string::npos, "tape " << k << ": " << g.why_not().text);
                texts.push_back(g.why_not().text);
            }
            BOOST_TEST(texts[1] == texts[0]);
            BOOST_TEST(texts[2] == texts[0]);
        }
    };
}

BOOST_FIXTURE_TEST_SUITE(explain_again, again)

BOOST_AUTO_TEST_CASE(detached)
{
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t) { return t.gradient(ad::stop_gradient(x) * z, x); });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t) { return t.gradient(ad::sum(ad::stop_gradient(x) * z), x); });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t) { return t.gradient(ad::stop_gradient(s) * z, s); });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t) { return t.gradient(ad::dot(ad::stop_gradient(x), z), x); });
    const ad::variable<double, 2> m{{1.0, 2.0}, {3.0, 4.0}};
    (*this)(ad::reason::detached, "read by matmul", [&](ad::tape& t) { return t.gradient(ad::matmul(m, ad::stop_gradient(x)), x); });
    (*this)(ad::reason::detached, "read by matmul", [&](ad::tape& t) { return t.gradient(ad::matmul(ad::stop_gradient(m), x), m); });
    (*this)(ad::reason::detached, "read by linalg::solve", [&](ad::tape& t)
            { return t.gradient(ad::linalg::solve(ad::stop_gradient(m), x), m); });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t)
            {
                auto y = ad::stop_gradient(x * 2.0);
                return t.gradient(y * z, x);
            });
}

// Whatever operation reads it.
BOOST_AUTO_TEST_CASE(detached_operands)
{
    const auto cut = [&](auto program)
    {
        (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t) { return t.gradient(program(ad::stop_gradient(x)), x); });
    };
    cut([&](auto const& c) { return ad::logsumexp(c * z); });
    cut([&](auto const& c) { return ad::softmax(c + z); });
    cut([&](auto const& c) { return xt::prod(c * z); });
    cut([&](auto const& c) { return xt::amax(c * z); });
    cut([&](auto const& c) { return xt::sum(c * z, {0}); });
    cut([&](auto const& c) { return xt::view(c, xt::range(0, 1)) * z; });
    cut([&](auto const& c) { return ad::linalg::outer(c, z); });
    cut([&](auto const& c)
        {
            const auto rule = ad::custom_rule("product", [](auto const& a, auto const& b) { return a * b; })
                                  .vjp([](auto const& g, auto const&, auto const& a, auto const&) { return g * a; });
            return rule(c, z);
        });
    cut([&](auto const& c)
        {
            vector w = z;
            w += c;
            return w * z;
        });
    cut([&](auto const& c)
        {
            vector w = z;
            xt::view(w, xt::range(0, 1)) = xt::view(c, xt::range(1, 2));
            return w * z;
        });
    cut([&](auto const& c)
        {
            vector w = z;
            w = c;
            return w * z;
        });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t)
            { return t.gradient(ad::preaccumulate([](auto a, auto b) { return a * b; }, ad::stop_gradient(s), z(0)), s); });
    (*this)(ad::reason::detached, "cut by stop_gradient", [&](ad::tape& t)
            {
                ad::variable<double> total = z(0);
                for (int k = 0; k < 3; ++k)
                    total = total * ad::stop_gradient(s);
                return t.gradient(total, s);
            });
}

BOOST_AUTO_TEST_CASE(detached_argument_of_map)
{
    // A persistent tape lets f see elements, and plain elements of constants say nothing.
    for (int k = 0; k < 2; ++k)
    {
        ad::tape t;
        const auto g = t.gradient(ad::map([](auto a, auto b) { return a * b; }, ad::stop_gradient(x), z), x);
        BOOST_TEST((!g && g.why() == ad::reason::detached), g.why_not().text);
    }
}

BOOST_AUTO_TEST_CASE(escaped)
{
    (*this)(ad::reason::escaped, "value", [&](ad::tape& t) { return t.gradient(ad::value(x) * z, x); });
    (*this)(ad::reason::escaped, "value", [&](ad::tape& t) { return t.gradient(ad::sum(ad::value(x * 2.0) * z), x); });
}

BOOST_AUTO_TEST_CASE(unconnected)
{
    (*this)(ad::reason::unconnected, "the target reads", [&](ad::tape& t) { return t.gradient(z * 2.0, x); });
    (*this)(ad::reason::unconnected, "the target reads", [&](ad::tape& t)
            {
                const ad::tensor<double, 1> other = x * 2.0;
                return t.gradient(z * 2.0, x);
            });
}

BOOST_AUTO_TEST_CASE(recorded_while_paused)
{
    (*this)(ad::reason::recorded_while_paused, "mul", [&](ad::tape& t)
            {
                ad::tensor<double, 1> y = z;
                {
                    const auto pause = t.stop_recording();
                    y = x * 2.0;
                }
                return t.gradient(y * z, x);
            });
}

BOOST_AUTO_TEST_CASE(non_differentiable)
{
    (*this)(ad::reason::non_differentiable, "floor", [&](ad::tape& t) { return t.gradient(xt::floor(x) * z, x); });
    (*this)(ad::reason::control_only, "greater", [&](ad::tape& t) { return t.gradient(ad::sum(xt::where(x > 1.5, z, 0.0)), x); });
}

BOOST_AUTO_TEST_CASE(a_rule_without_vjp)
{
    const auto rule = ad::custom_rule("only_forward", [](auto const& v) { return v * 2.0; }).jvp([](auto const&, auto const&, auto const& d) { return d * 2.0; });
    (*this)(ad::reason::rule_missing, "only_forward", [&](ad::tape& t) { return t.gradient(rule(x) * z, x); });
}

BOOST_AUTO_TEST_CASE(target_not_recorded)
{
    vector constant{1.0, 2.0};
    (*this)(ad::reason::target_not_recorded, "", [&](ad::tape& t) { return t.gradient(constant, x); });
}

BOOST_AUTO_TEST_CASE(not_watched)
{
    for (int k = 0; k < 3; ++k)
    {
        ad::tape t(true, false);
        t.watch(z);
        const auto g = t.gradient(x * z, x);
        BOOST_TEST((!g && g.why() == ad::reason::not_watched), g.why_not().text);
    }
    for (int k = 0; k < 3; ++k)
    {
        ad::tape t(true, false);
        const ad::tensor<double, 1> y = x * z;
        t.watch(x);
        const auto g = t.gradient(y, x);
        BOOST_TEST((!g && g.why() == ad::reason::watched_after_use), g.why_not().text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
