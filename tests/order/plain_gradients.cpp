// SPDX-License-Identifier: BSL-1.0
// Plain gradients inside another recording: the derivative that would lack their part is refused, all others are not.
#include "semantics/expect.hpp"

#include <thread>

namespace
{
    using number = ad::variable<double>;
    using numbers = ad::variable<double, 1>;

    template <class F>
    bool refused(F&& f, std::initializer_list<const char*> texts)
    {
        try
        {
            f();
        }
        catch (ad::rule_error const& e)
        {
            for (auto* t : texts)
                if (std::string(e.what()).find(t) == std::string::npos)
                    return false;
            return true;
        }
        return false;
    }
}

BOOST_AUTO_TEST_SUITE(plain_gradients)

BOOST_AUTO_TEST_CASE(a_number_that_comes_back)
{
    // x d(x^2)/dx x = 2 x^3: 6 x^2, of which a constant gradient would give 4 x^2
    number x = 1.0;
    ad::tape outer(true);
    double slope = 0;
    {
        ad::tape inner;
        slope = *inner.gradient(x * x, x);
    }
    const number w = slope * x * x;
    BOOST_TEST(refused([&] { outer.gradient(w, x); }, {"found a plain gradient", "plain_gradients.cpp:43", "plain_gradients.cpp:40", "differentiable", "detached"}));
    // and of the recorded sweep
    BOOST_TEST(refused([&] { outer.gradient(w, x, ad::differentiable); }, {"found a plain gradient"}));
    // the tape goes on, and what does not depend on the gradient is differentiated
    number z = 3.0;
    BOOST_TEST(is(outer.gradient(z * z * slope, z), 12));
}

BOOST_AUTO_TEST_CASE(an_array_that_comes_back_beside_its_source)
{
    numbers a{1.0, 2.0};
    ad::tape outer;
    const auto g = [&]
    {
        ad::tape inner;
        return *inner.gradient(ad::sum(a * a), a);
    }();
    const ad::tensor<double, 1> z = a * g;  // 2 a^2
    BOOST_TEST(refused([&] { outer.gradient(z, a); }, {"found a plain gradient"}));
}

BOOST_AUTO_TEST_CASE(constants_on_purpose)
{
    number x = 1.0;
    numbers a{1.0, 2.0};
    ad::tape outer(true);
    double slope = 0;
    {
        ad::tape inner(true);
        const number y = x * x;
        slope = *inner.gradient(y, x, ad::detached) + *inner.gradient(y, x, ad::seed(2.0, ad::detached));
        const auto pause = outer.stop_recording();
        slope += *inner.gradient(y, x);
    }
    BOOST_TEST(slope == 8.0);
    BOOST_TEST(is(outer.gradient(slope * x * x, x), 16));
    {
        ad::tape inner;
        auto [gx, ga] = inner.gradient(std::tuple{number(x * x), ad::sum(a * a)}, x, a, ad::detached);
        BOOST_TEST(is(gx, 2));
        BOOST_TEST(is(ga, {2, 4}));
    }
    BOOST_TEST(is(outer.gradient(x * x * x, x), 3));
}

BOOST_AUTO_TEST_CASE(what_was_recorded_before_or_does_not_depend)
{
    number x = 2.0, z = 3.0;
    numbers a{1.0, 2.0};
    ad::tape outer(true);
    const number y = x * x * x;
    const ad::tensor<double, 1> b = a * a;
    {
        ad::tape inner;
        const number u = z * z;
        BOOST_TEST(is(inner.gradient(u, z), 6));
    }
    {
        ad::tape inner;
        BOOST_TEST(is(inner.gradient(x * x, x), 4));
    }
    // of earlier values, and with respect to what the plain gradient (of x) does not depend on
    BOOST_TEST(is(outer.gradient(y, x), 12));
    BOOST_TEST(is(outer.gradient(b, a), {2, 4}));
    BOOST_TEST(is(outer.gradient(a * y, a), {8, 8}));
    BOOST_TEST(refused([&] { outer.gradient(number(y * x), x); }, {"found a plain gradient"}));
}

BOOST_AUTO_TEST_CASE(one_tape_may_ask_as_often_as_it_likes)
{
    number x = 2.0;
    ad::tape t(true);
    const number y = x * x;
    BOOST_TEST(is(t.gradient(y, x), 4));
    const number z = y * x;
    BOOST_TEST(is(t.gradient(z, x), 12));
    // the sweep is recorded where that is asked for
    const auto g = t.gradient(y, x, ad::differentiable);
    BOOST_TEST(is(t.gradient(*g * x, x), 8));
}

// A plain gradient of a tape that records comes back into the same recording.
BOOST_AUTO_TEST_CASE(an_array_that_comes_back_to_its_own_tape)
{
    // sum(x d sum(x^3)/dx) = 3 sum(x^3)
    numbers a{1.0, 2.0}, other{1.0, 1.0};
    ad::tape t(true);
    const number y = ad::sum(a * a * a);
    const auto g = *t.gradient(y, a);
    const auto line = __LINE__ - 1;
    const ad::tensor<double, 1> z = a * g;
    const auto taken = "plain_gradients.cpp:" + std::to_string(line);
    BOOST_TEST(refused([&] { t.gradient(z, a); }, {"found a plain gradient of this tape", taken.c_str(), "differentiable", "detached"}));
    BOOST_TEST(refused([&] { t.gradient(z, a, ad::differentiable); }, {"found a plain gradient of this tape"}));
    BOOST_TEST(refused([&] { t.gradient(ad::sum(g * a), a); }, {"found a plain gradient of this tape"}));
    BOOST_TEST(refused([&] { t.gradient(ad::sum(2.0 * z), a); }, {"found a plain gradient of this tape"}));
    // with respect to what the gradient does not depend on, of what was recorded before, and of what does not read it
    BOOST_TEST(is(t.gradient(ad::sum(g * other), other), {3, 12}));
    BOOST_TEST(is(t.gradient(y, a), {3, 12}));
    BOOST_TEST(is(t.gradient(ad::sum(2.0 * a), a), {2, 2}));
    // recorded
    const auto r = t.gradient(y, a, ad::differentiable);
    BOOST_TEST(is(t.gradient(ad::sum(*r * a), a), {9, 36}));
    // another thread is told the same
    t.close();
    bool told = false;
    std::thread([&] { told = refused([&] { t.gradient(z, a); }, {"found a plain gradient of this tape"}) && (*t.gradient(y, a))(1) == 12.0; }).join();
    BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(constants_of_the_own_tape_on_purpose)
{
    numbers a{1.0, 2.0};
    ad::tape t(true);
    const number y = ad::sum(a * a);
    const auto g = *t.gradient(y, a, ad::detached);
    BOOST_TEST(is(t.gradient(ad::sum(g * a), a), {2, 4}));
    const auto h = [&]
    {
        const auto pause = t.stop_recording();
        return *t.gradient(y, a);
    }();
    BOOST_TEST(is(t.gradient(ad::sum(h * a), a), {2, 4}));
}

BOOST_AUTO_TEST_CASE(jacobians)
{
    numbers a{1.0, 2.0};
    ad::tape outer(true);
    ad::tape inner(true);
    const ad::tensor<double, 1> u = a * a;
    const auto k = *inner.jacobian(u, a, ad::detached);
    BOOST_TEST(k(1, 1) == 4.0);
    BOOST_TEST(is(outer.gradient(a * k(0, 0), a), {2, 2}));
    const auto l = *inner.jacobian(u, a);
    BOOST_TEST(refused([&] { outer.gradient(a * l(0, 0), a); }, {"found a plain gradient"}));
}

BOOST_AUTO_TEST_CASE(steps_of_a_descent_on_one_tape)
{
    // each step asks for the gradient with respect to what x is then
    numbers x{1.0, -2.0};
    ad::tape t(true);
    for (int i = 0; i < 3; ++i)
    {
        const number loss = ad::sum(x * x);
        const auto g = *t.gradient(loss, x);
        BOOST_TEST(g(0) == 2 * ad::value(x)(0));
        x = x - 0.25 * g;
    }
    BOOST_TEST(ad::value(x)(1) == -0.25);
}

BOOST_AUTO_TEST_CASE(inside_forward_mode)
{
    const auto f = [](auto const& x)
    {
        ad::tape inner;
        return number(*inner.gradient(number(x * x), x) * x);
    };
    BOOST_TEST(refused([&] { ad::jvp(f, 3.0, 1.0); }, {"jvp", "found a plain gradient"}));
    BOOST_TEST(refused([&] { ad::grad(f)(3.0); }, {"found a plain gradient"}));
    const auto g = [](auto const& x)
    {
        ad::tape inner;
        return number(*inner.gradient(number(x * x), x, ad::differentiable) * x);
    };
    BOOST_TEST(ad::jvp(g, 3.0, 1.0).tangent == 12.0);
    BOOST_TEST(ad::grad(g)(3.0) == 12.0);
}

BOOST_AUTO_TEST_SUITE_END()
