// SPDX-License-Identifier: BSL-1.0
// Gradients of sums over shards: the same bits on any number of threads, structures, exceptions.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <thread>

#include <xtensor/xmath.hpp>

#include <etape/api/map_reduce.hpp>
#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    using array = xt::xtensor<double, 1>;

    // Threads that take the next index.
    struct crew
    {
        unsigned threads;
        template <class Body>
        void operator()(std::size_t n, Body const& body) const
        {
            std::atomic<std::size_t> next{0};
            std::vector<std::thread> all;
            for (unsigned k = 0; k < threads; ++k)
                all.emplace_back([&]
                    {
                        for (std::size_t i; (i = next++) < n;)
                            body(i);
                    });
            for (auto& t : all)
                t.join();
        }
    };
    std::vector<array> shards(std::size_t n)
    {
        std::vector<array> all;
        for (std::size_t s = 0; s < n; ++s)
        {
            array a = xt::zeros<double>({5 + s % 3});
            for (std::size_t i = 0; i < a.size(); ++i)
                a(i) = std::sin(static_cast<double>(7 * s + i));
            all.push_back(a);
        }
        return all;
    }
    const auto loss = [](array const& x, auto const& theta)
    {
        auto const& [w, b] = theta;
        ad::variable<double> sum = 0.0;
        for (std::size_t k = 0; k < 3; ++k)
            sum = sum + ad::variable<double>(xt::sum(xt::square(x * w(k) + b)));
        return sum * ad::variable<double>(xt::sum(xt::exp(w * 0.1)));
    };
}

BOOST_AUTO_TEST_SUITE(map_reduce)

BOOST_AUTO_TEST_CASE(the_same_bits_for_any_number_of_threads)
{
    const auto data = shards(150);
    const auto theta = std::tuple(ad::variable<double, 1>{0.3, -0.2, 1.1}, ad::variable<double>(0.7));
    const auto serial = ad::map_reduce_gradient(ad::execution::serial{}, loss, data, theta);
    for (unsigned threads : {1u, 2u, 3u, 7u})
    {
        const auto r = ad::map_reduce_gradient(crew{threads}, loss, data, theta);
        BOOST_TEST(r.value == serial.value);
        BOOST_TEST((std::get<0>(r.gradient) == std::get<0>(serial.gradient)));
        BOOST_TEST(std::get<1>(r.gradient) == std::get<1>(serial.gradient));
    }
    // against one tape
    ad::tape t;
    ad::variable<double> y = 0.0;
    for (auto const& x : data)
        y += loss(x, theta);
    const auto [gw, gb] = t.gradient(y, std::get<0>(theta), std::get<1>(theta));
    BOOST_TEST(serial.value == y.value(), boost::test_tools::tolerance(1e-13));
    for (std::size_t i = 0; i < 3; ++i)
        BOOST_TEST(std::get<0>(serial.gradient)(i) == (*gw)(i), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(std::get<1>(serial.gradient) == *gb, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(plain_theta_no_shards_and_shards_that_do_not_depend_on_theta)
{
    const std::vector<double> data{1.0, -1.0, 2.0};
    const auto f = [](double x, auto const& w) { return x > 0 ? ad::variable<double>(xt::sum(w * x)) : ad::variable<double>(5.0); };
    const auto r = ad::map_reduce_gradient(crew{2}, f, data, array{1.0, 10.0});
    BOOST_TEST(r.value == 33.0 + 5.0);
    BOOST_TEST(r.gradient(1) == 3.0);
    const auto none = ad::map_reduce_gradient(ad::execution::serial{}, f, std::vector<double>{}, array{1.0, 10.0});
    BOOST_TEST(none.value == 0.0);
    BOOST_TEST(none.gradient(0) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_result_inside_a_recording_is_no_silent_constant)
{
    const std::vector<double> data{1.0, 2.0};
    const auto f = [](double x, auto const& p) { return ad::variable<double>(xt::sum(std::get<0>(p) * std::get<0>(p) * x) * std::get<1>(p)); };
    const ad::variable<double, 1> w{1.0, 10.0};
    const ad::variable<double> s = 2.0, other = 3.0;
    const auto theta = std::tuple(w, s);
    const auto refused = [](auto const& e)
    {
        const std::string text = e.what();
        return text.find("map_reduce_gradient at map_reduce.cpp:") != std::string::npos && text.find("opened at map_reduce.cpp:") != std::string::npos &&
               text.find("value(theta)") != std::string::npos;
    };
    const auto call = [&](auto const& at) { return ad::map_reduce_gradient(ad::execution::serial{}, f, data, at); };
    {
        // d/ds of s * dL/ds would lack nothing, as L is linear in s; but who knows
        ad::tape t(true);
        const auto before = s * s;
        const auto r = call(theta);
        const ad::variable<double> y = std::get<1>(r.gradient) * s * other;
        BOOST_CHECK_EXCEPTION(t.gradient(y, s), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(t.gradient(ad::sum(w * r.value), w), ad::rule_error, refused);
        BOOST_TEST(*t.gradient(before, s) == 4.0);
        BOOST_TEST(*t.gradient(y, other) == 303.0 * 2);
    }
    {
        // theta made of the source
        ad::tape t;
        const ad::tensor<double, 1> made = w * s;
        const auto r = call(std::tuple(made, 2.0));
        BOOST_CHECK_EXCEPTION(t.gradient(r.value * s, s), ad::rule_error, refused);
    }
    {
        ad::forward_accumulator acc(s, 1.0);
        const auto r = call(theta);
        BOOST_CHECK_EXCEPTION(acc.jvp(r.value * s), ad::rule_error,
                              [](auto const& e) { return std::string(e.what()).find("map_reduce_gradient at map_reduce.cpp:") != std::string::npos; });
    }
    // constants on purpose
    ad::tape t(true);
    const auto r = call(std::tuple(ad::value(w), ad::value(s)));
    BOOST_TEST(*t.gradient(r.value * s, s) == r.value);
    const auto paused = [&] { const auto pause = t.stop_recording(); return call(theta); }();
    BOOST_TEST(*t.gradient(paused.value * s, s) == r.value);
}

// What f captures of the recording outside would be lost: refused, on any thread.
BOOST_AUTO_TEST_CASE(captured_values_are_refused)
{
    const std::vector<double> data{1.0, 2.0, 3.0};
    const auto refused = [](auto const& e)
    {
        const std::string text = e.what();
        return text.find("map_reduce_gradient") != std::string::npos && text.find("reads a tracked value from outside") != std::string::npos;
    };
    const auto sum_with = [&](auto const& execute, auto const& c)
    { return ad::map_reduce_gradient(execute, [&](double x, auto const& theta) { return x * theta * c; }, data, 0.5); };
    const auto array_sum_with = [&](auto const& execute, auto const& c)
    {
        const auto f = [&](double x, auto const& theta) { return ad::sum(c * theta) * x; };
        return ad::map_reduce_gradient(execute, f, data, 0.5);
    };
    const auto check = [&](auto const& execute)
    {
        const ad::variable<double> leaf = 2.0;
        BOOST_TEST(sum_with(execute, leaf).gradient == 12.0); // nothing records
        BOOST_CHECK_EXCEPTION(ad::grad([&](auto const& c) { return c * sum_with(execute, c * 1.0).value; })(2.0), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(ad::jvp([&](auto const& c) { return c * sum_with(execute, c * 1.0).value; }, 2.0, 1.0), ad::rule_error, refused);
        ad::tape t(true);
        const ad::variable<double> twice = leaf * 2.0;
        const ad::variable<double, 1> a{1.0, 2.0};
        const ad::tensor<double, 1> b = a * leaf;
        BOOST_CHECK_EXCEPTION(sum_with(execute, twice), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(sum_with(execute, leaf), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(array_sum_with(execute, a), ad::rule_error, refused);
        BOOST_CHECK_EXCEPTION(array_sum_with(execute, b), ad::rule_error, refused);
        BOOST_TEST(sum_with(execute, twice.value()).gradient == 24.0);
        BOOST_TEST(array_sum_with(execute, ad::value(b)).gradient == 36.0);
        BOOST_TEST(*t.gradient(twice, leaf) == 2.0);
    };
    check(ad::execution::serial{});
    check(crew{1});
    check(crew{3});
}

BOOST_AUTO_TEST_CASE(an_exception_passes_and_everything_goes_on)
{
    const auto data = shards(40);
    const ad::variable<double, 1> w{1.0, 2.0};
    const auto bad = [](array const& x, auto const& v)
    {
        if (x.size() == 6)
            throw std::runtime_error("shard of " + std::to_string(x.size()));
        return xt::sum(v * x(0));
    };
    for (unsigned threads : {1u, 3u})
        BOOST_CHECK_EXCEPTION(ad::map_reduce_gradient(crew{threads}, bad, data, w), std::runtime_error,
                              [](auto const& e) { return std::string(e.what()) == "shard of 6"; });
    const auto good = [](array const& x, auto const& v) { return xt::sum(v * x(0)); };
    // inside a recording, which it does not touch
    ad::tape t;
    const ad::variable<double> y = xt::sum(w * w);
    BOOST_CHECK_THROW(ad::map_reduce_gradient(ad::execution::serial{}, bad, data, w), std::runtime_error);
    const auto r = ad::map_reduce_gradient(ad::execution::serial{}, good, data, w);
    BOOST_TEST(r.gradient(0) == r.gradient(1));
    BOOST_TEST((*t.gradient(y, w))(1) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
