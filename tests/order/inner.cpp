// SPDX-License-Identifier: BSL-1.0
// Derivatives inside a long recording: what they cost does not grow with it, and what they leave behind is right.
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;

    // Steps whose number depends on the data, each along the slope of a potential that w moves.
    template <class T, class Slope>
    T fall(T const& w, Slope slope)
    {
        using std::sqrt;
        T x(0.0), y(3.0), u(0.75), v(0.0);
        for (int steps = 0; steps < 200; ++steps)
        {
            const std::array<T, 2> s = slope(w, std::array<T, 2>{x, y});
            x += 0.1 * u;
            y += 0.1 * v;
            if (y < T(0.5))
                break;
            u -= 0.1 * s[0];
            v -= 0.1 * s[1];
        }
        return x * x + y;
    }
    template <class W, class P>
    P potential(W const& w, std::array<P, 2> const& p)
    {
        using std::sqrt, std::exp;
        const P dx = p[0] - P(5.0), dy = p[1] - P(4.0 - w);
        return P(1.0 / sqrt(dx * dx + dy * dy) + exp(p[1] * P(-0.25)) * P(w));
    }
    struct by_reverse
    {
        template <class T>
        std::array<T, 2> operator()(T const& w, std::array<T, 2> const& at) const
        {
            return ad::grad([&](auto const& p) { return potential(w, p); })(at);
        }
    };
    struct by_forward
    {
        template <class T>
        std::array<T, 2> operator()(T const& w, std::array<T, 2> const& at) const
        {
            const auto f = [&](auto const& p) { return potential(w, p); };
            using direction = std::array<decltype(ad::value(at[0])), 2>;
            return {ad::jvp(f, at, direction{1, 0}).tangent, ad::jvp(f, at, direction{0, 1}).tangent};
        }
    };
    struct by_columns
    {
        template <class T>
        std::array<T, 2> operator()(T const& w, std::array<T, 2> const& at) const
        {
            return ad::jacfwd([&](auto const& p) { return potential(w, p); })(at);
        }
    };
    struct by_dual_numbers
    {
        template <class T>
        std::array<T, 2> operator()(T const& w, std::array<T, 2> const& at) const
        {
            using dual = ad::dual<T, 2>;
            const dual y = potential(w, std::array<dual, 2>{dual::independent(at[0], 0), dual::independent(at[1], 1)});
            return {y.d[0], y.d[1]};
        }
    };
    template <class Slope>
    constexpr auto fall_by = [](auto const& w) { return fall<std::remove_cvref_t<decltype(w)>>(w, Slope{}); };

    template <class T>
    void modes_agree(double tolerance)
    {
        const ad::dual<T, 1> exact = fall_by<by_dual_numbers>(ad::dual<T, 1>(T(0.5), T(1)));
        const auto agrees = [&](auto const& value, auto const& slope)
        {
            BOOST_TEST(std::abs(double(value - exact.v)) <= tolerance * std::abs(double(exact.v)));
            BOOST_TEST(std::abs(double(slope - exact.d[0])) <= tolerance * (1 + std::abs(double(exact.d[0]))));
        };
        BOOST_TEST(std::abs(double(exact.d[0])) > 0.01);
        const T w(0.5);
        const auto rr = ad::value_and_grad(fall_by<by_reverse>)(w), rf = ad::value_and_grad(fall_by<by_forward>)(w);
        const auto fr = ad::jvp(fall_by<by_reverse>, w, T(1)), ff = ad::jvp(fall_by<by_forward>, w, T(1));
        const auto rc = ad::value_and_grad(fall_by<by_columns>)(w);
        const auto fc = ad::jvp(fall_by<by_columns>, w, T(1));
        agrees(rr.value, rr.gradient);
        agrees(rf.value, rf.gradient);
        agrees(fr.value, fr.tangent);
        agrees(ff.value, ff.tangent);
        agrees(rc.value, rc.gradient);
        agrees(fc.value, fc.tangent);
        // a third level records its inner ones operation by operation
        const T h = std::is_same_v<T, float> ? T(1e-2) : T(1e-5);
        const auto slope_at = [&](T at) { return fall_by<by_dual_numbers>(ad::dual<T, 1>(at, T(1))).d[0]; };
        const T second = (slope_at(w + h) - slope_at(w - h)) / (2 * h);
        const auto close = [&](T found) { BOOST_TEST(std::abs(double(found - second)) <= (sizeof(T) == 4 ? 0.05 : 1e-5) * (1 + std::abs(double(second)))); };
        close(ad::grad(ad::grad(fall_by<by_reverse>))(w));
        close(ad::grad([](auto const& a) { return ad::jvp(fall_by<by_reverse>, a, 1.0f).tangent; })(w));
        close(ad::jvp(ad::grad(fall_by<by_forward>), w, T(1)).tangent);
    }
}

BOOST_AUTO_TEST_SUITE(derivatives_inside)

BOOST_AUTO_TEST_CASE(four_modes_of_a_loop_in_double)
{
    modes_agree<double>(1e-11);
}
BOOST_AUTO_TEST_CASE(four_modes_of_a_loop_in_float)
{
    modes_agree<float>(2e-3);
}

// One operation makes a few statements with partials, and not a node for each operation of its rule.
BOOST_AUTO_TEST_CASE(what_an_inner_derivative_leaves_on_the_tape)
{
    const auto f = [](auto const& z) { return exp(z) * z; };
    ad::variable<double> x = 0.5, y = x;
    ad::tape tape;
    const auto left_by = [&](auto&& inner)
    {
        inner();
        const auto before = tape.statistics();
        inner();
        const auto after = tape.statistics();
        BOOST_TEST(after.kept_bytes == before.kept_bytes);
        return std::pair{after.statements - before.statements, after.tape_bytes - before.tape_bytes};
    };
    const auto grads = left_by([&] { y = ad::grad(f)(x); });
    BOOST_TEST(grads.first <= 9u);
    BOOST_TEST(grads.second <= 500u);
    const auto tangents = left_by([&] { y = ad::jvp(f, x, 1.0).tangent; });
    BOOST_TEST(tangents.first <= 7u);
    BOOST_TEST(tangents.second <= 500u);
    const auto columns = left_by([&] { y = ad::jacfwd(f)(x); });
    BOOST_TEST(columns.first <= 7u);
    BOOST_TEST(columns.second <= 500u);
    // And it is the same after 10^5 statements.
    for (int k = 0; k < 100000; ++k)
        y = y * 0.5 + x;
    BOOST_TEST((left_by([&] { y = ad::grad(f)(x); }) == grads));
    y = ad::grad(f)(x);
    BOOST_TEST(*tape.gradient(y, x) == std::exp(0.5) * 2.5, boost::test_tools::tolerance(1e-14));
}

// d(2x+1)/dx depends on nothing, that of x*x on x: by its operations, not by its value at this point.
BOOST_AUTO_TEST_CASE(what_a_slope_depends_on)
{
    ad::variable<double> x = 0.0;
    const auto second = [&](auto const& f)
    {
        ad::tape outer;
        ad::tape inner;
        const ad::variable<double> y = f(x);
        const auto g = inner.gradient(y, x, ad::differentiable);
        return outer.gradient(*g, x);
    };
    const auto linear = second([](auto const& z) { return 2.0 * z + 1.0; });
    BOOST_TEST(!linear);
    BOOST_TEST((linear.why() == ad::reason::target_not_recorded || linear.why() == ad::reason::unconnected));
    const auto cubic = second([](auto const& z) { return z * z * z; });
    BOOST_TEST(cubic.has_value());
    BOOST_TEST(*cubic == 0.0);
    const auto kink = second([](auto const& z) { return abs(z - 1.0); });
    BOOST_TEST(!kink);
}

// Statements that were recorded for one derivative more do not serve two.
BOOST_AUTO_TEST_CASE(a_third_tape_that_is_opened_too_late)
{
    ad::variable<double> x = 0.5;
    ad::tape outer;
    const ad::variable<double> g = ad::grad([](auto const& z) { return exp(z) * z; })(x);
    ad::tape late;
    BOOST_CHECK_THROW(outer.gradient(g, x, ad::differentiable), ad::rule_error);
    BOOST_TEST(late.recording());
}

// A persistent tape may be asked for the derivative of what its own sweeps recorded, as often as it likes.
BOOST_AUTO_TEST_CASE(inner_derivatives_on_a_persistent_tape)
{
    ad::variable<double> x = 0.5;
    ad::tape tape(true);
    const ad::variable<double> g = ad::grad([](auto const& z) { return exp(z) * z; })(x);
    const auto h = tape.gradient(g, x, ad::differentiable);
    const auto third = tape.gradient(*h, x);
    BOOST_TEST(ad::value(*h) == std::exp(0.5) * 2.5, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(*third == std::exp(0.5) * 3.5, boost::test_tools::tolerance(1e-14));
}

// An accumulator may be asked by tapes inside it, whose function need not be over.
BOOST_AUTO_TEST_CASE(tapes_inside_an_accumulator)
{
    ad::variable<double> x = 0.5;
    ad::forward_accumulator along(x, 1.0);
    const auto h = ad::grad([&](auto const& z) { return along.jvp(exp(z) * z); })(x);
    BOOST_TEST(ad::value(h) == std::exp(0.5) * 2.5, boost::test_tools::tolerance(1e-14));
    ad::tape tape;
    const ad::variable<double> y = exp(x) * x;
    const auto slope = along.jvp(y);
    BOOST_TEST(*tape.gradient(slope, x) == std::exp(0.5) * 2.5, boost::test_tools::tolerance(1e-14));
}

// ---- plain sweeps of a short window ----
BOOST_AUTO_TEST_CASE(short_sweeps_leave_nothing_behind)
{
    using array = ad::variable<double, 1>;
    ad::variable<double> x = 0.5, y = x;
    array a{1.0, 2.0, 3.0};
    ad::tape outer;
    for (int k = 0; k < 5000; ++k)
        y = y * 0.5 + x;
    const ad::variable<double> early = y * 1.0;
    const auto refuses = ad::custom_rule("refuses", [](auto const& z) { return ad::value(z) * 2.0; })
                             .vjp([](auto const&, auto const& g, auto const&) -> std::decay_t<decltype(ad::value(g))> {
                                 throw std::runtime_error("no derivative today");
                             });
    for (int k = 0; k < 20; ++k)
    {
        {
            // of a number, to one from the beginning and one in between
            ad::tape inner;
            const ad::variable<double> z = early * early + x * y;
            const auto [gx, ge] = inner.gradient(z, std::tie(x, early), ad::detached);
            BOOST_TEST(*gx == y.value());
            BOOST_TEST(*ge == 2 * early.value());
        }
        {
            ad::tape inner;
            const ad::variable<double> z = ad::sum(a * a * early) + ad::sum(a) * x;
            const auto [ga, gx, ge] = inner.gradient(z, std::tie(a, x, early), ad::detached);
            BOOST_TEST((*ga)(1) == 4.0 * early.value() + x.value());
            BOOST_TEST(*gx == 6.0);
            BOOST_TEST(*ge == 14.0);
        }
        {
            ad::tape inner;
            const ad::variable<double, 1> z = refuses(a * x);
            BOOST_CHECK_THROW(inner.gradient(ad::sum(z), a, ad::detached), std::runtime_error);
        }
        {
            ad::tape inner;
            const ad::variable<double> z = a(0) * a(2) * x;
            const auto ga = inner.gradient(z, a, ad::detached);
            BOOST_TEST((*ga)(0) == 1.5);
            BOOST_TEST((*ga)(1) == 0.0);
        }
        BOOST_TEST(ad::grad([](auto const& z) { return z * z * z; })(2.0) == 12.0);
    }
    const ad::variable<double> z = early * x;
    BOOST_TEST(*outer.gradient(z, x) == early.value() + x.value() * 2, boost::test_tools::tolerance(1e-12));
}

// A call with plain arguments looks no further back than its own beginning, and still sees what its function captured.
BOOST_AUTO_TEST_CASE(captured_values_in_a_long_recording)
{
    ad::variable<double> x = 0.5, y = x, never_read = 2.0;
    ad::tape outer;
    for (int k = 0; k < 2000; ++k)
        y = y * 0.5 + x;
    const auto reads_outside = [](ad::rule_error const& e) { return std::string(e.what()).find("reads tracked values from outside") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(ad::grad([&](auto const& z) { return z * x; })(1.0), ad::rule_error, reads_outside);
    BOOST_CHECK_EXCEPTION(ad::grad([&](auto const& z) { return z * y; })(1.0), ad::rule_error, reads_outside);
    BOOST_CHECK_EXCEPTION(ad::grad([&](auto const& z) { return z * never_read; })(1.0), ad::rule_error, reads_outside);
    const auto uses_its_own = [](auto const& z)
    {
        ad::variable<double> own = 3.0;
        return z * own;
    };
    BOOST_TEST(ad::grad(uses_its_own)(1.0) == 3.0);
    BOOST_TEST(*outer.gradient(y, x) == 2.0, boost::test_tools::tolerance(1e-12));
}

// An adjoint of 0 passes nothing through a slope that is infinite, whatever differentiates the derivative.
BOOST_AUTO_TEST_CASE(poles_of_choices_that_were_not_taken)
{
    using number = ad::variable<double>;
    const auto in_all_modes = [](auto const& f)
    {
        BOOST_TEST(ad::grad(ad::grad(f))(0.0) == 2.0);
        BOOST_TEST(ad::grad([&](auto const& x) { return ad::jvp(f, x, 1.0).tangent; })(0.0) == 2.0);
        BOOST_TEST(ad::jvp(ad::grad(f), 0.0, 1.0).tangent == 2.0);
        BOOST_TEST(ad::jvp([&](auto const& x) { return ad::jvp(f, x, 1.0).tangent; }, 0.0, 1.0).tangent == 2.0);
        const number x = 0.0;
        ad::tape persistent(true);
        const number slope = ad::grad(f)(x);
        BOOST_TEST(*persistent.gradient(slope, x) == 2.0);
    };
    in_all_modes([](auto const& x)
    {
        const number l = log(x), product = x * l;
        return number(ad::where(x > 0.0, product, number(0.0)) + x * x);
    });
    in_all_modes([](auto const& x)
    {
        const number root = sqrt(x), product = root * x;
        return number(ad::maximum(product, number(1.0)) + x * x);
    });
    in_all_modes([](auto const& x)
    {
        const number r = hypot(x, number(INFINITY)), product = r * x;
        return number(ad::where(x > 0.0, product, number(0.0)) + x * x);
    });
}
// What a function does not look at has the derivative 0, and needs no search for a reason; what it lost still has one.
BOOST_AUTO_TEST_CASE(arguments_that_are_not_read)
{
    using number = ad::variable<double>;
    const number x = 0.5;
    number y = x;
    ad::tape tape;
    for (int k = 0; k < 3; ++k)
    {
        const auto g = ad::grad([](std::array<number, 2> const& p) { return number(p[0] * p[0]); })(std::array<number, 2>{x, y});
        BOOST_TEST(g[1].value() == 0.0);
        y = y * 0.5 + g[0];
    }
    BOOST_TEST(*tape.gradient(y, x) == 0.125 + 2 * (1 + 0.5 + 0.25));
    const auto plain = ad::grad([](std::vector<number> const& v) { return number(v[1] * v[1]); })(std::vector<double>{1.0, 2.0, 3.0});
    BOOST_TEST((plain == std::vector<double>{0.0, 4.0, 0.0}));
    BOOST_TEST(ad::grad([](auto const&) { return number(3.0); })(1.0) == 0.0);
    BOOST_TEST(ad::grad([](auto const& a) { return number(ad::floor(a)); })(1.5) == 0.0);
    const auto [first, second] = ad::grad([](auto const& a, auto const& b) { return ad::sum(a * 2.0) + 0.0 * ad::sum(b); })(
        xt::xtensor<double, 1>{1.0, 2.0}, xt::xtensor<double, 1>{3.0});
    BOOST_TEST(first(1) == 2.0);
    BOOST_TEST(second(0) == 0.0);
    // Not unread, but lost: read and assigned over, a new variable of its value, a value that came back.
    const auto assigned_over = [](auto const& a, auto const& b)
    {
        number c = b * 1.0;
        c = 5.0;
        return number(a * c);
    };
    BOOST_CHECK_THROW(ad::grad(assigned_over)(1.0, 2.0), ad::missing_gradient);
    const auto made_again = [](auto const& a)
    {
        ad::variable<double, 1> again(ad::value(a));
        return again;
    };
    BOOST_CHECK_THROW(ad::vjp(made_again, xt::xtensor<double, 1>{1.0, 2.0})(xt::xtensor<double, 1>{1.0, 1.0}), ad::missing_gradient);
    BOOST_CHECK_THROW(ad::grad([](auto const& a, auto const& b) { return ad::sum(a * ad::value(b)); })(xt::xtensor<double, 1>{1.0, 2.0},
                                                                                                       xt::xtensor<double, 1>{3.0, 4.0}),
                      ad::missing_gradient);
}

// What a recorded sweep hands on without a copy (a reshape) is the same memory as another adjoint: neither may be added to in place.
BOOST_AUTO_TEST_CASE(adjoints_that_share_memory)
{
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;
    const vector v{0.5, 0.6, 0.7, 0.8};
    const matrix m{{0.1, 0.2}, {0.3, 0.4}};
    const xt::xtensor<double, 1> first{1, 0, 0, 0};
    const auto f = [](auto const& a, auto const& b)
    {
        vector u = b;
        xt::view(u, xt::all()) += xt::flatten(a);
        return ad::sum(u * u * u) + ad::sum(a * a * a);
    };
    {
        ad::tape t(true);
        const ad::variable<double> y = f(m, v);
        const auto [gm, gv] = t.gradient(y, std::tie(m, v), ad::differentiable);
        const ad::variable<double> z = xt::sum(*gm * 0.0) + xt::sum(*gv * first);
        BOOST_TEST((*t.gradient(z, m))(0, 0) == 6 * 0.6, boost::test_tools::tolerance(1e-14));
        const auto [hm, hv] = ad::hvp(f, std::tuple(ad::value(m), ad::value(v)), std::tuple(xt::xtensor<double, 2>({2, 2}, 0.0), first));
        BOOST_TEST(ad::value(hm)(0, 0) == 6 * 0.6, boost::test_tools::tolerance(1e-14));
        BOOST_TEST(ad::value(hv)(0) == 6 * 0.6, boost::test_tools::tolerance(1e-14));
    }
    const auto g = [](auto const& x)
    {
        const vector a = x * x * x;
        const matrix b = xt::xtensor<double, 2>{{1.0}} * 1.0 * x;
        const matrix c = b + a;
        return ad::variable<double>(ad::sum(c * c) + ad::sum(a * a));
    };
    const xt::xtensor<double, 1> at{0.3}, one{1.0};
    const double expected = ad::jvp(ad::grad(g), at, one).tangent(0);
    BOOST_TEST(ad::grad([&](auto const& x) { return ad::sum(ad::grad(g)(x)); })(at)(0) == expected, boost::test_tools::tolerance(1e-14));
    // (x + x^3)^2 + x^6
    BOOST_TEST(expected == 2 + 24 * 0.09 + 60 * 0.0081, boost::test_tools::tolerance(1e-14));
}
// Of the branch not taken neither the value nor its tangents arrive, in any mix of modes: sqrt at 0 has a finite value and an infinite tangent.
BOOST_AUTO_TEST_CASE(infinite_tangents_behind_a_choice)
{
    using vector = ad::variable<double, 1>;
    const auto f = [](auto const& z)
    {
        const ad::tensor<double, 1> root = xt::sqrt(z), taken = root * z;
        return ad::variable<double>(ad::sum(xt::where(z > 0.0, taken, z * z * z * z)));
    };
    const xt::xtensor<double, 1> at{0.0, 1.0}, along{1.0, 1.0};
    const auto is = [](auto const& d) { return d(0) == 0.0 && std::abs(d(1) - 0.75) < 1e-14; };
    BOOST_TEST(is(ad::value(ad::jvp(ad::grad(f), at, along).tangent)));
    BOOST_TEST(is(ad::grad([&](auto const& z) { return ad::jvp(f, z, along).tangent; })(at)));
    BOOST_TEST(is(ad::grad([&](auto const& z) { return ad::sum(ad::grad(f)(z) * along); })(at)));
    BOOST_TEST(is(ad::value(ad::jvp([&](auto const& z) { return ad::vjp(f, z)(1.0); }, at, along).tangent)));
    BOOST_TEST(is(ad::hvp(f, at, along)));
    const auto persistent = [&](auto const& z)
    {
        ad::tape t(true);
        const vector own = z;
        return *t.gradient(f(own), own, ad::differentiable);
    };
    BOOST_TEST(is(ad::value(ad::jvp(persistent, vector(at), along).tangent)));
}

// A recorded gradient is a value of its own, also where it equals a variable or another gradient.
BOOST_AUTO_TEST_CASE(gradients_are_values_of_their_own)
{
    using number = ad::variable<double>;
    using vector = ad::variable<double, 1>;
    number x = 3.0, z = 5.0;
    vector a{1.0, 2.0}, b{3.0, 4.0};
    ad::tape t(true);
    const number y = x * z, s = x + z;
    const number g = *t.gradient(y, z, ad::differentiable);
    const auto [gx, gz] = t.gradient(s * s, x, z, ad::differentiable);
    const number f = g * g + x, h = *gx * *gz;
    BOOST_TEST(*t.gradient(f, g) == 6.0);
    BOOST_TEST(!t.gradient(y, g).has_value());
    BOOST_TEST(*t.gradient(f, x) == 7.0);
    BOOST_TEST(*t.gradient(h, *gx) == 16.0);
    BOOST_TEST(*t.gradient(h, x) == 2 * 16.0 * 2);
    const ad::tensor<double, 1> product = a * b;
    const ad::tensor<double, 1> gb = *t.gradient(product, b, ad::differentiable);
    const number sum = ad::sum(gb * gb) + ad::sum(a);
    const auto by_gb = *t.gradient(sum, gb), by_a = *t.gradient(sum, a);
    BOOST_TEST(by_gb(0) == 2.0);
    BOOST_TEST(by_gb(1) == 4.0);
    BOOST_TEST(by_a(0) == 3.0);
    BOOST_TEST(by_a(1) == 5.0);
    BOOST_TEST(!t.gradient(product, gb).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
