// SPDX-License-Identifier: BSL-1.0
// Boost.odeint with states of numbers: gradients of solutions against closed forms, dual numbers and finite differences.
#include <boost/test/unit_test.hpp>

#include <array>
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
    using number = ad::variable<double>;

    constexpr double end = 2.0, tolerance = 1e-9;
    using numbers = std::vector<double>;

    // u'' = -p0 u
    struct oscillator
    {
        template <class P, class S>
        static void derivative(P const& p, S const& x, S& d)
        {
            d[0] = x[1];
            d[1] = -(p[0] * x[0]);
        }
    };
    struct lotka_volterra
    {
        template <class P, class S>
        static void derivative(P const& p, S const& x, S& d)
        {
            d[0] = x[0] * (p[0] - p[1] * x[1]);
            d[1] = x[1] * (p[2] * x[0] - p[3]);
        }
    };
    template <class Model, class N>
    struct right_side
    {
        std::vector<N> p;

        template <class S>
        void operator()(S const& x, S& d, double) const
        {
            Model::derivative(p, x, d);
        }
    };
    template <class N, std::size_t K>
    void fill(std::array<N, K>& x, std::vector<N> const& from)
    {
        std::copy(from.begin(), from.end(), x.begin());
    }
    template <class N>
    void fill(std::vector<N>& x, std::vector<N> const& from)
    {
        x = from;
    }
    // The number of steps to the end; x becomes the state there.
    template <class Model, class S, class N, class Make>
    std::size_t solve(Make const& make, std::vector<N> const& p, std::vector<N> const& start, S& x)
    {
        fill(x, start);
        return ode::integrate_adaptive(make(std::type_identity<S>()), right_side<Model, N>{p}, x, 0.0, end, 0.1);
    }

    struct solution
    {
        numbers state;              // at the end
        std::array<numbers, 2> by;  // derivatives of its elements by the parameters, then by the start
        std::size_t steps;
    };
    // By reverse mode; the values and the number of steps must be those of a plain run, the derivatives those of dual numbers.
    template <class Model, template <class> class State, class Make>
    solution differentiate(Make const& make, numbers const& p, numbers const& start)
    {
        numbers plain;  // g++ warns of what odeint copies of std::array<double, N>
        const auto steps = solve<Model>(make, p, start, plain);

        using dual = ad::dual<double, 6>;
        std::vector<dual> dual_p(p.begin(), p.end()), dual_start(start.begin(), start.end());
        std::size_t k = 0;
        for (auto* all : {&dual_p, &dual_start})
            for (auto& x : *all)
                x.d[k++] = 1;
        State<dual> forward;
        BOOST_TEST(solve<Model>(make, dual_p, dual_start, forward) == steps);

        solution s{{}, {}, steps};
        std::vector<number> reverse_p(p.begin(), p.end()), reverse_start(start.begin(), start.end());
        ad::tape t(true);
        State<number> x;
        BOOST_TEST(solve<Model>(make, reverse_p, reverse_start, x) == steps);
        t.close();
        for (std::size_t i = 0; i < x.size(); ++i)
        {
            BOOST_TEST(x[i].value() == plain[i]);
            BOOST_TEST(forward[i].v == plain[i]);
            s.state.push_back(plain[i]);
            const auto [by_p, by_start] = t.gradient(x[i], reverse_p, reverse_start);
            for (auto const* all : {&by_p, &by_start})
                for (auto const& g : *all)
                    s.by[i].push_back(*g);
            for (k = 0; k < s.by[i].size(); ++k)
                BOOST_TEST(s.by[i][k] == forward[i].d[k], boost::test_tools::tolerance(1e-12));
        }
        return s;
    }
    template <class N>
    using vector = std::vector<N>;
    template <class N>
    using pair = std::array<N, 2>;

    template <class Make>
    void check_oscillator(Make const& make, double within)
    {
        const double p = 2.0, a = 0.7, v = -0.4, w = std::sqrt(p), c = std::cos(w * end), s = std::sin(w * end);
        // u = a cos wt + v/w sin wt, u' = -a w sin wt + v cos wt; d/dp = 1/(2w) d/dw
        const numbers state{a * c + v / w * s, -a * w * s + v * c};
        const std::array<numbers, 2> by{
            numbers{(-a * end * s - v / p * s + v / w * end * c) / (2 * w), c, s / w},
            numbers{(-a * s - a * w * end * c - v * end * s) / (2 * w), -w * s, c},
        };
        for (auto const& r : {differentiate<oscillator, vector>(make, {p}, {a, v}), differentiate<oscillator, pair>(make, {p}, {a, v})})
            for (std::size_t i = 0; i < 2; ++i)
            {
                BOOST_TEST(std::abs(r.state[i] - state[i]) < within);
                for (std::size_t k = 0; k < 3; ++k)
                    BOOST_TEST(std::abs(r.by[i][k] - by[i][k]) < within);
            }
    }
    template <template <class...> class Stepper>
    constexpr auto fixed = []<class S>(std::type_identity<S>) { return Stepper<S>(); };
    template <template <class...> class Stepper>
    constexpr auto controlled = []<class S>(std::type_identity<S>) { return ode::make_controlled(tolerance, tolerance, Stepper<S>()); };
    constexpr auto dense = []<class S>(std::type_identity<S>) { return ode::make_dense_output(tolerance, tolerance, ode::runge_kutta_dopri5<S>()); };
}

BOOST_AUTO_TEST_SUITE(odeint)

BOOST_AUTO_TEST_CASE(fixed_steps)
{
    check_oscillator(fixed<ode::euler>, 0.5);
    check_oscillator(fixed<ode::runge_kutta4>, 1e-4);
    check_oscillator(fixed<ode::runge_kutta_dopri5>, 1e-5);
    check_oscillator([]<class S>(std::type_identity<S>) { return ode::adams_bashforth_moulton<4, S>(); }, 1e-4);
}

BOOST_AUTO_TEST_CASE(controlled_steps)
{
    check_oscillator(controlled<ode::runge_kutta_dopri5>, 1e-7);
    check_oscillator(controlled<ode::runge_kutta_cash_karp54>, 1e-7);
    check_oscillator(controlled<ode::runge_kutta_fehlberg78>, 1e-7);
    check_oscillator([]<class S>(std::type_identity<S>) { return ode::bulirsch_stoer<S>(tolerance, tolerance); }, 1e-7);
}

BOOST_AUTO_TEST_CASE(dense_output)
{
    check_oscillator(dense, 1e-7);
    check_oscillator([]<class S>(std::type_identity<S>) { return ode::bulirsch_stoer_dense_out<S>(tolerance, tolerance, 1.0, 1.0, 0.0, true); },
                     1e-7);

    // a sum over observed states between the steps: u = a cos t
    const number a = 2.0;
    ad::tape t;
    std::vector<number> x{a, 0.0};
    number sum = 0.0;
    double expected = 0;
    ode::integrate_const(ode::make_dense_output(1e-10, 1e-10, ode::runge_kutta_dopri5<std::vector<number>>()), right_side<oscillator, number>{{1.0}},
                         x, 0.0, 1.0, 0.125,
                         [&](std::vector<number> const& now, double time)
                         {
                             sum += now[0];
                             expected += std::cos(time);
                         });
    BOOST_TEST(sum.value() == 2 * expected, boost::test_tools::tolerance(1e-8));
    BOOST_TEST(*t.gradient(sum, a) == sum.value() / 2, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(lotka_volterra_against_finite_differences)
{
    const numbers p{1.5, 1.0, 1.0, 3.0}, start{1.2, 0.8};
    const auto check = [&](auto const& make, double within)
    {
        const auto r = differentiate<lotka_volterra, vector>(make, p, start);
        for (std::size_t k = 0; k < 6; ++k)
        {
            const double h = 1e-5;
            std::array<numbers, 2> side;
            for (int sign : {0, 1})
            {
                auto q = p, s = start;
                (k < 4 ? q[k] : s[k - 4]) += sign == 0 ? -h : h;
                solve<lotka_volterra>(make, q, s, side[static_cast<std::size_t>(sign)]);
            }
            for (std::size_t i = 0; i < 2; ++i)
                BOOST_TEST(std::abs(r.by[i][k] - (side[1][i] - side[0][i]) / (2 * h)) < within);
        }
        return r;
    };
    check(fixed<ode::runge_kutta4>, 1e-7);
    // The finite differences also see the steps change, within the tolerance over h.
    const auto r = check(controlled<ode::runge_kutta_dopri5>, 1e-3);
    check(dense, 1e-3);

    // p2 x - p3 log x + p1 y - p0 log y stays, and so do its derivatives
    const double x = r.state[0], y = r.state[1], x0 = start[0], y0 = start[1];
    const auto kept = [&](double px, double py, std::size_t k) { return px * r.by[0][k] + py * r.by[1][k]; };
    const double by_x = p[2] - p[3] / x, by_y = p[1] - p[0] / y;
    const std::array<double, 6> expected{std::log(y) - std::log(y0), y0 - y, x0 - x, std::log(x) - std::log(x0), p[2] - p[3] / x0, p[1] - p[0] / y0};
    for (std::size_t k = 0; k < 6; ++k)
        BOOST_TEST(std::abs(kept(by_x, by_y, k) - expected[k]) < 1e-6);
}

// A rejected step leaves statements, of which some hold NaN: nothing depends on them.
BOOST_AUTO_TEST_CASE(rejected_steps_add_nothing)
{
    const number rate = 1.5;
    int bad = 0;
    ad::tape t;
    std::vector<number> x{1.0, 1.0};
    const auto falls = [&](auto const& s, auto& d, double)
    {
        d[0] = -rate * sqrt(s[0]);
        d[1] = -40.0 * rate * s[1];
        bad += std::isnan(d[0].value());
    };
    ode::integrate_adaptive(ode::make_controlled(1e-8, 1e-8, ode::runge_kutta_dopri5<std::vector<number>>()), falls, x, 0.0, 1.0, 3.0);
    BOOST_TEST(bad > 0);
    BOOST_TEST(x[0].value() == 0.0625, boost::test_tools::tolerance(1e-6));  // (1 - rate t/2)^2
    BOOST_TEST(*t.gradient(x[0], rate) == -0.25, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(other_numbers)
{
    const double e = std::exp(1.5), q = 0.9 + 0.1 * e, value = 0.1 * e / q, slope = 0.09 * e / (q * q);
    const auto near = boost::test_tools::tolerance(1e-6);
    const auto logistic = [&](auto const& rate, auto& x)
    {
        const auto f = [&](auto const& s, auto& d, double) { d = rate * s * (1.0 - s); };
        using state = std::remove_reference_t<decltype(x)>;
        ode::integrate_adaptive(ode::make_controlled(1e-10, 1e-10, ode::runge_kutta_dopri5<state>()), f, x, 0.0, 1.0, 0.01);
    };
    {
        // a number is a state
        const number rate = 1.5, start = 0.1;
        ad::tape t;
        number x = start;
        logistic(rate, x);
        BOOST_TEST(x.value() == value, near);
        const auto [by_rate, by_start] = t.gradient(x, rate, start);
        BOOST_TEST(*by_rate == slope, near);
        BOOST_TEST(*by_start == e / (q * q), boost::test_tools::tolerance(1e-5));
    }
    {
        ad::dual<double, 1> x = 0.1;
        logistic(ad::dual<double, 1>(1.5, 1.0), x);
        BOOST_TEST(x.d[0] == slope, near);
    }
    {
        // forward over reverse: the second derivative
        const ad::variable<ad::dual<double, 1>> rate = ad::dual<double, 1>(1.5, 1.0);
        ad::tape t;
        ad::variable<ad::dual<double, 1>> x = 0.1;
        logistic(rate, x);
        const auto g = *t.gradient(x, rate);
        BOOST_TEST(g.v == slope, near);
        BOOST_TEST(g.d[0] == slope - 2 * slope * 0.1 * e / q, boost::test_tools::tolerance(1e-5));
    }
    {
        // points in lanes: the steps are those that the fastest one needs
        using batch = xsimd::batch<double>;
        alignas(64) double rates[batch::size];
        for (std::size_t i = 0; i < batch::size; ++i)
            rates[i] = 1.5 + 2.0 * static_cast<double>(i);
        const ad::variable<batch> rate = batch::load_aligned(rates);
        ad::tape t;
        ad::variable<batch> x = 0.1;
        logistic(rate, x);
        const auto g = *t.gradient(x, rate);
        for (std::size_t i = 0; i < batch::size; ++i)
        {
            const double ei = std::exp(rates[i]), qi = 0.9 + 0.1 * ei;
            BOOST_TEST(x.value().get(i) == 0.1 * ei / qi, near);
            BOOST_TEST(g.get(i) == 0.09 * ei / (qi * qi), boost::test_tools::tolerance(1e-5));
        }
    }
    {
        using single = ad::variable<float>;
        const single rate = 1.5f;
        ad::tape t;
        std::vector<single> x{0.1f};
        ode::integrate_adaptive(
            ode::make_controlled(1e-4f, 1e-4f, ode::runge_kutta_dopri5<std::vector<single>, float>()),
            [&](auto const& s, auto& d, float) { d[0] = rate * s[0] * (1.0f - s[0]); }, x, 0.0f, 1.0f, 0.01f);
        BOOST_TEST(*t.gradient(x[0], rate) == slope, boost::test_tools::tolerance(1e-2));
    }
    {
        // odeint's own choice of stepper: tolerances of 1e-6
        const number rate = 1.5;
        ad::tape t;
        std::vector<number> x{0.1};
        ode::integrate<double>([&](auto const& s, auto& d, double) { d[0] = rate * s[0] * (1.0 - s[0]); }, x, 0.0, 1.0, 0.01);
        BOOST_TEST(*t.gradient(x[0], rate) == slope, boost::test_tools::tolerance(1e-4));
    }
}

BOOST_AUTO_TEST_SUITE_END()
