// SPDX-License-Identifier: BSL-1.0
// Many sources without a gradient in one call: each says what it says alone, and together they walk through the recording as often as one.
#include <explain/because.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace
{
    namespace ad = etape;

    // A statement without operands that counts how often it is asked for them.
    struct counted final : ad::node
    {
        explicit counted(std::size_t& n)
            : asked(n)
        {
        }
        void reverse(ad::sweep&) const override
        {
        }
        std::size_t edge_count() const override
        {
            return 0;
        }
        ad::output result() const override
        {
            return {};
        }
        void edges(std::size_t, std::vector<ad::edge>&) const override
        {
            ++asked;
        }
        std::size_t own_bytes() const override
        {
            return sizeof(*this);
        }
        std::size_t& asked;
    };

    // Walks through the recording that a gradient with respect to n variables takes of which two are used, one where the path breaks.
    template <class... Options>
    std::size_t walks(std::size_t n, bool watched, Options... o)
    {
        std::vector<ad::variable<double>> x;
        for (std::size_t i = 0; i < n; ++i)
            x.emplace_back(1.0);
        std::size_t asked = 0;
        ad::tape t(false, !watched);
        if (watched)
            t.watch(x);
        const ad::variable<double> y = x[0] * x[0] + ad::stop_gradient(x[1] * 2.0);
        t.core().log().add_node<counted>(asked);
        const auto g = t.gradient(y, x, o...);
        BOOST_TEST(*g[0] == 2.0);
        if constexpr (sizeof...(o) == 0)
        {
            BOOST_TEST((g[1].why() == ad::reason::detached));
            for (std::size_t i = 2; i < n; ++i)
                BOOST_TEST((g[i].why() == ad::reason::unconnected));
        }
        else
            for (std::size_t i = 1; i < n; ++i)
                BOOST_TEST(*g[i] == 0.0);
        return asked;
    }
}

BOOST_AUTO_TEST_SUITE(many_sources)

BOOST_AUTO_TEST_CASE(walks_do_not_grow_with_the_sources)
{
    for (bool watched : {false, true})
    {
        BOOST_TEST(walks(500, watched) == walks(3, watched));
        BOOST_TEST(walks(500, watched, ad::unconnected::zero) == walks(3, watched, ad::unconnected::zero));
        // no words, no walks for them
        BOOST_TEST(walks(3, watched, ad::unconnected::zero) < walks(3, watched));
    }
}

// Functions that take the gradient of a function: nothing but the sweep walks for the arguments that it does not read.
BOOST_AUTO_TEST_CASE(walks_of_a_function)
{
    const auto walks_of = [](std::size_t n)
    {
        std::size_t asked = 0;
        const auto g = ad::grad([&](auto const& u)
            {
                ad::record_log::of_this_thread().add_node<counted>(asked);
                return u[0] * u[0] + floor(u[1]);
            })(std::vector<double>(n, 3.0));
        BOOST_TEST(g[0] == 6.0);
        for (std::size_t i = 1; i < n; ++i)
            BOOST_TEST(g[i] == 0.0);
        return asked;
    };
    BOOST_TEST(walks_of(500) == walks_of(3));
}

// Reasons of all kinds.
BOOST_AUTO_TEST_CASE(each_says_what_it_says_alone)
{
    std::vector<ad::variable<double>> x;
    for (int i = 0; i < 14; ++i)
        x.emplace_back(1.0 + i);
    ad::variable<double> before = x[13] * 2.0;
    ad::tape t(true);
    ad::variable<double> lost = x[6] * 2.0;
    lost = 1.0;
    ad::variable<double> y = x[0] * x[0] + ad::stop_gradient(x[1] * 2.0) + floor(x[2] * x[3]) + lost;
    {
        const auto pause = t.stop_recording();
        before = x[4] * 3.0;
    }
    y = y + before + ad::variable<double>(x[5].value());
    if (x[7] > x[8])
        y = y * 2.0;
    const ad::variable<double> beside = x[9] * x[10];
    BOOST_TEST(beside.value() == 110.0);
    // a number of a number that was overwritten several times
    ad::variable<double> again = x[11] * x[11];
    for (double v : {1.0, 2.0, 3.0})
        again = v;
    y = y + again;
    const auto all = t.gradient(y, x);
    BOOST_TEST(all[0].has_value());
    BOOST_TEST(because(all[1], ad::reason::detached, {}));
    BOOST_TEST(because(all[2], ad::reason::non_differentiable, {"floor"}));
    BOOST_TEST(because(all[3], ad::reason::non_differentiable, {"floor"}));
    BOOST_TEST(because(all[4], ad::reason::recorded_while_paused, {}));
    BOOST_TEST(because(all[6], ad::reason::overwritten, {}));
    BOOST_TEST(because(all[7], ad::reason::control_only, {}));
    BOOST_TEST(because(all[9], ad::reason::unconnected, {}));
    for (std::size_t i = 0; i < x.size(); ++i)
    {
        const auto alone = t.gradient(y, x[i]);
        BOOST_TEST((alone.why() == all[i].why()));
        BOOST_TEST(alone.why_not().text == all[i].why_not().text);
    }
}

// What a Jacobian lacks has words, too.
BOOST_AUTO_TEST_CASE(a_jacobian_says_why)
{
    const ad::variable<double, 1> x{1.0, 2.0}, unread{1.0};
    ad::tape t;
    const ad::tensor<double, 1> y = x * x;
    const auto j = t.jacobian(y, std::tuple(x, unread));
    BOOST_TEST(because(std::get<1>(j), ad::reason::unconnected, {"nearest operation that uses the source: none"}));
}

BOOST_AUTO_TEST_SUITE_END()
