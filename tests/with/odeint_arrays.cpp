// SPDX-License-Identifier: BSL-1.0
// Boost.odeint with an array variable as the state: one statement for each operation of odeint.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <type_traits>
#include <vector>

#include <boost/numeric/odeint.hpp>

#include <etape/etape.hpp>
#include <etape/with/odeint.hpp>

namespace
{
    namespace ad = etape;
    namespace ode = boost::numeric::odeint;
    using state = ad::variable<double, 1>;
    using plain_state = std::vector<double>;

    constexpr double rate_value = 1.5;
    const plain_state from{0.1, 0.5, 0.7, 0.9, 1.4};
    constexpr auto dopri5 = []<class S>(std::type_identity<S>) { return ode::make_controlled(1e-9, 1e-9, ode::runge_kutta_dopri5<S>()); };

    // x' = rate x (1 - x): each element by itself, in closed form. The values are the bits of a plain run.
    template <class Make>
    void check_logistic(Make const& make, double within)
    {
        plain_state plain = from;
        const auto steps = ode::integrate_adaptive(
            make(std::type_identity<plain_state>()),
            [](plain_state const& s, plain_state& d, double)
            {
                for (std::size_t i = 0; i < s.size(); ++i)
                    d[i] = rate_value * s[i] * (1.0 - s[i]);
            },
            plain, 0.0, 1.0, 0.1);

        const ad::variable<double> rate = rate_value;
        const state start = xt::adapt(from, std::array{from.size()});
        ad::tape t;
        state x = start;
        const auto taken = ode::integrate_adaptive(
            make(std::type_identity<state>()), [&](state const& s, state& d, double) { d = rate * s * (1.0 - s); }, x, 0.0, 1.0, 0.1);
        BOOST_TEST(taken == steps);
        const auto values = ad::value(x);
        const auto [by_start, by_rate] = t.gradient(x, start, rate);
        double sum = 0;
        for (std::size_t i = 0; i < from.size(); ++i)
        {
            BOOST_TEST(values(i) == plain[i]);
            const double e = std::exp(rate_value), q = 1 - from[i] + from[i] * e;
            BOOST_TEST(std::abs(values(i) - from[i] * e / q) < within);
            BOOST_TEST(std::abs((*by_start)(i)-e / (q * q)) < within);
            sum += from[i] * (1 - from[i]) * e / (q * q);
        }
        BOOST_TEST(std::abs(*by_rate - sum) < 10 * within);
    }
}

BOOST_AUTO_TEST_SUITE(odeint_arrays)

BOOST_AUTO_TEST_CASE(closed_form)
{
    check_logistic([]<class S>(std::type_identity<S>) { return ode::runge_kutta4<S>(); }, 1e-4);
    check_logistic(dopri5, 1e-7);
    check_logistic([]<class S>(std::type_identity<S>) { return ode::make_dense_output(1e-9, 1e-9, ode::runge_kutta_dopri5<S>()); }, 1e-7);
    check_logistic([]<class S>(std::type_identity<S>) { return ode::make_controlled(1e-9, 1e-9, ode::runge_kutta_cash_karp54<S>()); }, 1e-7);
    check_logistic([]<class S>(std::type_identity<S>) { return ode::bulirsch_stoer<S>(1e-9, 1e-9); }, 1e-7);
}

BOOST_AUTO_TEST_CASE(one_statement_for_each_operation)
{
    const state start = xt::ones<double>({1000});
    ad::tape t;
    state x = start;
    ode::integrate_n_steps(
        ode::runge_kutta4<state>(), [](state const& s, state& d, double) { d = -s; }, x, 0.0, 0.01, 10);
    BOOST_TEST(t.statistics().statements == 80u);  // 4 of the scheme and 4 of the system in each step
    BOOST_TEST((*t.gradient(x, start))(999) == std::exp(-0.1), boost::test_tools::tolerance(1e-10));
}

// u'' = -w^2 u with (u, u') in rows; the system writes parts of dxdt, which has the shape of the state.
BOOST_AUTO_TEST_CASE(rank_2_by_parts)
{
    using matrix = ad::variable<double, 2>;
    const state w{1.0, 2.0, 3.0};
    const matrix start{{1.0, 1.0, 1.0}, {0.0, 0.0, 0.0}};
    ad::tape t;
    matrix x = start;
    double middle = 0;
    auto stepper = ode::make_dense_output(1e-10, 1e-10, ode::runge_kutta_dopri5<matrix>());
    const std::array times{0.0, 0.5, 1.0};
    ode::integrate_times(
        stepper,
        [&](matrix const& s, matrix& d, double)
        {
            xt::view(d, 0, xt::all()) = xt::view(s, 1, xt::all());
            xt::view(d, 1, xt::all()) = -w * w * xt::view(s, 0, xt::all());
        },
        x, times.begin(), times.end(), 0.1,
        [&](matrix const& s, double time)
        {
            if (time == 0.5)
                middle = ad::value(s)(0, 2);
            x = s;
        });
    const auto near = boost::test_tools::tolerance(1e-7);
    BOOST_TEST(middle == std::cos(1.5), near);
    const auto [by_w, by_start] = t.gradient(xt::view(x, 0, xt::all()), w, start);
    for (std::size_t i = 0; i < 3; ++i)
    {
        const double wi = static_cast<double>(i + 1);
        BOOST_TEST((*by_w)(i) == -std::sin(wi), near);
        BOOST_TEST((*by_start)(0, i) == std::cos(wi), near);
        BOOST_TEST((*by_start)(1, i) == std::sin(wi) / wi, near);
    }
}

// With functions of functions: reverse mode, dual numbers and finite differences agree, and second derivatives are there.
BOOST_AUTO_TEST_CASE(all_modes)
{
    const auto loss = [](auto const& start, auto const& rate)
    {
        state x = start;
        ode::integrate_const(
            ode::runge_kutta4<state>(), [&](state const& s, state& d, double) { d = rate * s * (1.0 - s); }, x, 0.0, 1.0, 0.125);
        return ad::variable<double>(xt::sum(x * x));
    };
    const xt::xtensor<double, 1> x{0.1, 0.5, 0.7};
    ad::verify::gradcheck(loss, x, 1.5);

    const auto controlled = [](auto const& start)
    {
        state s = start;
        ode::integrate_adaptive(
            dopri5(std::type_identity<state>()), [](state const& u, state& d, double) { d = 1.5 * u * (1.0 - u); }, s, 0.0, 1.0, 0.1);
        return ad::variable<double>(xt::sum(s));
    };
    const xt::xtensor<double, 1> v{1.0, 1.0, 1.0};
    const auto hv = ad::hvp(controlled, x, v);
    for (std::size_t i = 0; i < 3; ++i)
    {
        // x e/q, q = 1 + x (e - 1); by x twice: -2 e (e - 1)/q^3
        const double e = std::exp(1.5), q = 1 + x(i) * (e - 1);
        BOOST_TEST(hv(i) == -2 * e * (e - 1) / (q * q * q), boost::test_tools::tolerance(1e-6));
    }
}

// Equal steps with memory for a few states.
BOOST_AUTO_TEST_CASE(in_revolve)
{
    const state start{0.1, 0.5};
    const ad::variable<double> rate = 1.5;
    const auto step = [](auto const& u, std::size_t k, auto const& r) -> ad::tensor<double, 1>
    {
        state x = u;
        ode::runge_kutta4<state>().do_step([&](state const& s, state& d, double) { d = r * s * (1.0 - s); }, x, 0.01 * static_cast<double>(k), 0.01);
        return x;
    };
    ad::tape t;
    const ad::tensor<double, 1> x = ad::revolve(step, ad::tensor<double, 1>(start), 100, 5, rate);
    const auto [by_start, by_rate] = t.gradient(x, start, rate);
    const double e = std::exp(1.5);
    BOOST_TEST((*by_start)(0) == e / ((0.9 + 0.1 * e) * (0.9 + 0.1 * e)), boost::test_tools::tolerance(1e-7));
    BOOST_TEST(*by_rate == 0.09 * e / ((0.9 + 0.1 * e) * (0.9 + 0.1 * e)) + 0.25 * e / ((0.5 + 0.5 * e) * (0.5 + 0.5 * e)),
               boost::test_tools::tolerance(1e-7));
}

BOOST_AUTO_TEST_SUITE_END()
