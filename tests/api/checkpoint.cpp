// SPDX-License-Identifier: BSL-1.0
// Checkpoints: the same gradients with less kept, nested; time loops with a binomial schedule, counted.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <xtensor/xmath.hpp>

#include <etape/api/checkpoint.hpp>
#include <etape/api/revolve.hpp>
#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using array = xt::xtensor<double, 1>;
    using tensor = ad::tensor<double, 1>;

    // ten statements that keep their operands
    const auto layers = [](auto const& x, auto const& w)
    {
        tensor y = x * 1.0;
        for (int k = 0; k < 10; ++k)
            y = tensor(xt::tanh(y * w + x));
        return y;
    };
}

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(the_gradients_are_those_of_the_function)
{
    const ad::variable<double, 1> x{0.1, -0.4, 0.7}, w{1.0, 0.5, -2.0};
    ad::tape t;
    const tensor y = ad::checkpoint(layers, x, w);
    BOOST_TEST(t.statistics().statements == 1u);
    BOOST_TEST(t.statistics().kept_bytes <= 3 * 3 * sizeof(double));
    const auto [gx, gw] = t.gradient(xt::sum(y * y), x, w);
    ad::tape u;
    const tensor e = layers(x, w);
    BOOST_TEST(u.statistics().statements > 10u);
    const auto [ex, ew] = u.gradient(xt::sum(e * e), x, w);
    BOOST_TEST((ad::value(y) == ad::value(e)));
    BOOST_TEST((*gx == *ex));
    BOOST_TEST((*gw == *ew));
}

BOOST_AUTO_TEST_CASE(nested_with_numbers_and_tuples)
{
    int inner_runs = 0;
    const auto inner = [&](auto const& a) { ++inner_runs; return a * a; };
    const auto outer = [&](auto const& pair, auto const& s)
    {
        auto const& [a, b] = pair;
        const auto c = ad::checkpoint(inner, a * s);
        return std::tuple(ad::variable<double>(xt::sum(c * b)), tensor(c + b));
    };
    const ad::variable<double, 1> a{1.0, 2.0}, b{3.0, 4.0};
    const ad::variable<double> s = 0.5;
    ad::tape t;
    const auto [n, v] = ad::checkpoint(outer, std::tuple(a, b), s);
    BOOST_TEST(n.value() == 0.25 * 3 + 4.0);
    const auto [ga, gb, gs] = t.gradient(n * 10.0 + xt::sum(v), a, b, s);
    // n = sum a^2 s^2 b, v = a^2 s^2 + b
    BOOST_TEST((*ga)(1) == 2 * 2.0 * 0.25 * (10 * 4.0 + 1));
    BOOST_TEST((*gb)(0) == 10 * 0.25 + 1);
    BOOST_TEST(*gs == 10 * 2 * 0.5 * (3.0 + 16.0) + 2 * 0.5 * 5.0);
    BOOST_TEST(inner_runs == 3 + 0);
}

BOOST_AUTO_TEST_CASE(variables_inside_and_loops_over_elements)
{
    const auto f = [](auto const& x)
    {
        ad::variable<double, 1> state = x;
        ad::variable<double> sum = 0.0;
        for (int k = 0; k < 3; ++k)
        {
            state = state * x;
            sum = sum + state(0) * 2.0;
        }
        return sum;
    };
    const ad::variable<double, 1> x{2.0, 7.0};
    ad::tape t;
    const auto y = ad::checkpoint(f, x);
    BOOST_TEST(y.value() == 2 * (4 + 8 + 16.0));
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g)(0) == 2 * (2 * 2 + 3 * 4 + 4 * 8.0));
    BOOST_TEST((*g)(1) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_captured_value_is_an_error)
{
    const ad::variable<double, 1> x{1.0}, w{2.0}, never_read{3.0};
    const ad::variable<double> s = 2.0;
    ad::tape t;
    const tensor r = w * 2.0;
    const auto refused = [](ad::rule_error const& e) { return std::string(e.what()).find("checkpoint: found a function that reads") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * w); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * r); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * s); }, x), ad::rule_error, refused);
    BOOST_CHECK_EXCEPTION(ad::checkpoint([&](auto const& a) { return tensor(a * never_read); }, x), ad::rule_error, refused);
    // nothing has changed outside
    const tensor y = r * never_read;
    BOOST_TEST((*t.gradient(y, w))(0) == 6.0);
}

BOOST_AUTO_TEST_CASE(exceptions_pass_first_and_in_the_sweep)
{
    const ad::variable<double, 1> x{1.0};
    int runs = 0;
    const auto f = [&](auto const& a)
    {
        if (++runs == 2)
            throw std::runtime_error("second run");
        return tensor(a * 2.0);
    };
    {
        ad::tape t;
        const auto y = ad::checkpoint(f, x);
        BOOST_CHECK_THROW(t.gradient(y, x), std::runtime_error);
    }
    runs = 1;
    ad::tape t;
    BOOST_CHECK_THROW(ad::checkpoint(f, x), std::runtime_error);
    BOOST_TEST(t.recording());
    const auto y = x * 3.0;
    BOOST_TEST((*t.gradient(y, x))(0) == 3.0);
}

BOOST_AUTO_TEST_CASE(other_modes_record_the_function)
{
    const array at{0.1, -0.4}, v{1.0, 2.0};
    const auto f = [](auto const& x) { return xt::sum(ad::checkpoint([](auto const& a) { return tensor(a * a * a); }, x)); };
    BOOST_TEST(ad::jvp(f, at, v).tangent == 3 * (0.01 + 2 * 0.16), boost::test_tools::tolerance(1e-14));
    const auto h = ad::jvp(ad::grad(f), at, v).tangent;
    BOOST_TEST(h(1) == 6 * -0.4 * 2.0, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(time_loops)

BOOST_AUTO_TEST_CASE(the_schedule_costs_the_optimum)
{
    // least cost by dynamic programming: t(l, s) = min over m of m + t(m, s) + t(l - m, s - 1)
    constexpr std::size_t longest = 60, most = 8;
    std::vector<std::vector<std::uint64_t>> best(longest + 1, std::vector<std::uint64_t>(most + 1, 0));
    for (std::size_t s = 1; s <= most; ++s)
        for (std::size_t l = 2; l <= longest; ++l)
        {
            best[l][s] = l * (l - 1) / 2;
            for (std::size_t m = 1; s > 1 && m < l; ++m)
                best[l][s] = std::min(best[l][s], m + best[m][s] + best[l - m][s - 1]);
        }
    for (std::size_t s = 1; s <= most; ++s)
        for (std::size_t l = 1; l <= longest; ++l)
        {
            BOOST_REQUIRE(ad::fewest_advances(l, s) == best[l][s]);
            ad::revolve_schedule schedule(l, s);
            std::uint64_t advances = 0;
            std::size_t alive = 1, next = l;
            for (auto a = schedule.next(); a.what != ad::revolve_schedule::action::done; a = schedule.next())
            {
                advances += a.to - a.from;
                if (a.what == ad::revolve_schedule::action::store)
                    BOOST_REQUIRE(++alive <= s);
                else
                {
                    BOOST_REQUIRE(a.to == --next);
                    alive -= a.drop;
                }
            }
            BOOST_REQUIRE(next == 0u);
            BOOST_REQUIRE(alive == 0u);
            BOOST_REQUIRE(advances == best[l][s]);
        }
    BOOST_TEST(ad::longest_chain(3, 4) == 35u);
    BOOST_TEST(ad::fewest_advances(1000000, 20) < 7000000u);
    BOOST_TEST(ad::longest_chain(1000, 1000) > std::uint64_t{1} << 60);
}

BOOST_AUTO_TEST_CASE(gradients_and_counted_steps)
{
    const ad::variable<double, 1> x{0.3, -0.2, 0.9}, w{1.1, 0.7, -0.4};
    const ad::variable<double> c = 0.05;
    std::size_t runs = 0;
    const auto step = [&](auto const& s, std::size_t k, auto const& a, auto const& h)
    {
        ++runs;
        auto const& [y, e] = s;
        return std::tuple(tensor(y + h * xt::sin(y * a + static_cast<double>(k))), ad::variable<double>(e + h * ad::variable<double>(xt::sum(y * y))));
    };
    const auto total = [](auto const& s) { return ad::variable<double>(xt::sum(std::get<0>(s))) * std::get<1>(s); };
    for (std::size_t steps : {1u, 2u, 7u, 40u})
    {
        ad::tape u;
        std::tuple<tensor, ad::variable<double>> s(tensor(x * 1.0), c * 2.0);
        for (std::size_t k = 0; k < steps; ++k)
            s = step(s, k, w, c);
        const auto [ex, ew, ec] = u.gradient(total(s), x, w, c);
        for (std::size_t snapshots : {1u, 2u, 5u, 50u})
        {
            runs = 0;
            ad::tape t;
            const auto r = ad::revolve(step, std::tuple(tensor(x * 1.0), c * 2.0), steps, snapshots, w, c);
            BOOST_TEST(runs == steps);
            BOOST_TEST(std::get<1>(r).value() == std::get<1>(s).value());
            const auto [gx, gw, gc] = t.gradient(total(r), x, w, c);
            // the last step runs for its value, and again to be recorded
            BOOST_TEST(runs == ad::fewest_advances(steps, snapshots) + steps + 1);
            for (std::size_t i = 0; i < 3; ++i)
            {
                BOOST_TEST((*gx)(i) == (*ex)(i), boost::test_tools::tolerance(1e-12));
                BOOST_TEST((*gw)(i) == (*ew)(i), boost::test_tools::tolerance(1e-12));
            }
            BOOST_TEST(*gc == *ec, boost::test_tools::tolerance(1e-12));
        }
    }
}

BOOST_AUTO_TEST_CASE(memory_is_that_of_the_snapshots)
{
    const ad::variable<double, 1> x = xt::ones<double>({std::size_t{1000}}) * 0.5;
    std::size_t most = 0;
    const auto start = ad::pool_stats().live_blocks;
    const auto step = [&](auto const& y, std::size_t)
    {
        most = std::max(most, ad::pool_stats().live_blocks - start);
        return tensor(y + xt::sin(y) * 0.01);
    };
    const auto peak = [&](std::size_t steps, std::size_t snapshots)
    {
        most = 0;
        ad::tape t;
        const auto y = ad::revolve(step, x, steps, snapshots);
        const auto g = t.gradient(y, x);
        BOOST_TEST(g.has_value());
        return most;
    };
    // independent of the length; a state more costs its values and the handle on them
    const auto few = peak(300, 4);
    BOOST_TEST(peak(600, 4) <= few);
    BOOST_TEST(peak(300, 14) - few <= 10u * 2u);
    BOOST_TEST(peak(300, 14) - few >= 10u);
}

BOOST_AUTO_TEST_CASE(a_persistent_tape_sweeps_again_and_misuse)
{
    const ad::variable<double> x = 0.5, w = 2.0;
    const auto step = [](auto const& y, std::size_t, auto const& a) { return y * a; };
    BOOST_TEST(ad::grad([&](auto const& v) { return ad::revolve(step, v, 5, 2, v); })(2.0) == 6 * 32.0);
    ad::tape t;
    BOOST_CHECK_THROW(ad::revolve(step, x, 5, 0, w), ad::error);
    BOOST_CHECK_THROW(ad::revolve([&](auto const& y, std::size_t) { return y * w; }, x, 5, 2), ad::rule_error);
    const auto none = ad::revolve(step, x, 0, 2, w);
    BOOST_TEST(none.value() == 0.5);
    const auto y = ad::revolve(step, x, 3, 2, w);
    BOOST_TEST(*t.gradient(y, w) == 0.5 * 3 * 4.0);
}

// Variables, tapes and gradients that a function makes for itself are not captured, however often they are read and whatever keeps them.
BOOST_AUTO_TEST_CASE(variables_of_its_own)
{
    using variable = ad::variable<double, 1>;
    const variable x(array({4}, 1.0)), outside(array({4}, 2.0));
    const auto slope = [&](auto const& f)
    {
        ad::tape t;
        const tensor y = ad::checkpoint(f, x);
        return (*t.gradient(ad::sum(y), x))(1);
    };
    const double th = std::tanh(0.5 + 1.0);
    BOOST_TEST(slope([](auto const& a) { variable h = array({4}, 1.0); return tensor(xt::sin(h) * a); }) == std::sin(1.0), boost::test_tools::tolerance(1e-15));
    BOOST_TEST(slope([](auto const& a) { variable h = array({4}, 1.0); h = xt::tanh(h * 0.5 + a); return tensor(h * 1.0); }) == 1 - th * th,
               boost::test_tools::tolerance(1e-15));
    BOOST_TEST(slope([](auto const& a) { variable h = array({4}, 3.0); xt::view(h, xt::range(0, 2)) *= xt::view(a, xt::range(0, 2)); return tensor(h * a); }) == 6.0);
    BOOST_TEST(slope([](auto const& a) { variable h = array({4}, 3.0); xt::view(h, 0) = 1.0; return tensor(h * a); }) == 3.0);
    BOOST_TEST(slope(
                   [](auto const& a)
                   {
                       const variable z{1.0, 2.0, 3.0, 4.0};
                       ad::tape inner;
                       const tensor q = z * z;
                       return tensor(a * (*inner.gradient(q, z)));
                   }) == 4.0);
    BOOST_TEST(slope([](auto const& a) { return tensor(a * ad::grad([](auto const& z) { return ad::sum(z * z * z); })(array({4}, 2.0))); }) == 12.0);
    BOOST_CHECK_THROW(slope([&](auto const& a) { return tensor(a * outside); }), ad::rule_error);
    BOOST_CHECK_THROW(slope([&](auto const& a) { return ad::checkpoint([&](auto const& b) { return tensor(b * a); }, a); }), ad::rule_error);
    ad::tape t;
    const auto step = [](auto const& u, std::size_t, auto const& c)
    {
        variable w(array({4}, 0.5));
        xt::view(w, xt::range(1, 4)) = xt::view(u, xt::range(0, 3)) * xt::view(c, xt::range(0, 3)) * xt::view(w, xt::range(1, 4));
        return tensor(w * 1.0);
    };
    const auto y = ad::revolve(step, tensor(x * 1.0), 3, 2, x);
    BOOST_TEST(t.gradient(ad::sum(y), x).has_value());
}

// A function that is another one when the sweep runs it again has another derivative: refused, and the tape goes on.
BOOST_AUTO_TEST_CASE(a_function_that_has_changed)
{
    using number = ad::variable<double>;
    const number x = 2.0;
    const auto says = [](ad::rule_error const& e) { return std::string(e.what()).find("other results when the sweep ran it again") != std::string::npos; };
    const auto slope = [&](auto const& change, auto const& f)
    {
        ad::tape t;
        const auto y = f();
        change();
        return *t.gradient(y, x);
    };
    const auto nothing = [] {};
    int k = 0;
    const auto product = [&]
    {
        number s = x;
        for (k = 1; k <= 3; ++k)
            s = ad::checkpoint([&](auto const& v) { return number(v * k); }, s);
        return s;
    };
    BOOST_CHECK_EXCEPTION(slope(nothing, product), ad::rule_error, says);
    double factor = 3.0;
    std::size_t length = 2;
    const auto scaled = [&] { return ad::checkpoint([&](auto const& v) { return number(v * factor); }, x); };
    const auto several = [&] { return ad::checkpoint([&](auto const& v) { return std::vector<number>(length, number(v * 2.0)); }, x)[0]; };
    const auto row = [&] { return number(ad::sum(ad::checkpoint([&](auto const& v) { return tensor(v * xt::ones<double>({length}) * factor); }, x))); };
    const auto loop = [&] { return ad::revolve([&](auto const& v, std::size_t) { return number(v * factor); }, x, 6, 2); };
    BOOST_CHECK_EXCEPTION(slope([&] { factor = 4.0; }, scaled), ad::rule_error, says);
    BOOST_CHECK_EXCEPTION(slope([&] { length = 3; }, several), ad::rule_error, says);
    BOOST_CHECK_EXCEPTION(slope([&] { factor = 5.0; }, row), ad::rule_error, says);
    BOOST_CHECK_EXCEPTION(slope([&] { length = 2; }, row), ad::rule_error, says);
    BOOST_CHECK_EXCEPTION(slope([&] { factor = 6.0; }, loop), ad::rule_error, says);
    // whatever their sum is
    const array sine = xt::sin(xt::arange<double>(0, 64) * std::acos(-1.0) / 16);
    const auto wave = [&] { return number(ad::sum(xt::square(ad::checkpoint([&](auto const& v) { return tensor(v * sine * factor); }, x)))); };
    BOOST_CHECK_EXCEPTION(slope([&] { factor = 3.0; }, wave), ad::rule_error, says);
    const auto infinite = [&] { return number(ad::sum(ad::checkpoint([&](auto const& v) { return tensor(v / array{factor, 1.0}); }, x))); };
    factor = 0.0;
    BOOST_CHECK_EXCEPTION(slope([&] { factor = 6.0; }, infinite), ad::rule_error, says);
    BOOST_TEST(slope(nothing, scaled) == 6.0);
    BOOST_TEST(slope(nothing, row) == 12.0);
    BOOST_TEST(slope(nothing, loop) == 46656.0);
    factor = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST(std::isnan(slope(nothing, loop)));
}
// Nests of any depth up to the number of logs leave nothing to other threads' harm.
BOOST_AUTO_TEST_CASE(deep_nests_give_their_logs_back)
{
    using number = ad::variable<double>;
    struct nest
    {
        static number of(number const& x, int depth)
        {
            return depth == 0 ? number(ad::sin(x)) : number(ad::checkpoint([depth](auto const& v) { return of(v, depth - 1); }, x));
        }
    };
    const auto slope = [](int depth) { return ad::grad([&](auto const& x) { return nest::of(x, depth); })(0.5); };
    BOOST_TEST(slope(40) == std::cos(0.5));
    BOOST_CHECK_THROW(slope(1200), ad::thread_error);
    BOOST_TEST(slope(40) == std::cos(0.5));
    double elsewhere = 0;
    std::thread([&] { elsewhere = slope(20); }).join();
    BOOST_TEST(elsewhere == std::cos(0.5));
}

BOOST_AUTO_TEST_SUITE_END()
