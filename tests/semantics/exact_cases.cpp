// SPDX-License-Identifier: BSL-1.0
// Exact cases, as other tapes have them in their own tests: each by its name and value, for numbers and for arrays.
#include <semantics/expect.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(exact_cases)

BOOST_AUTO_TEST_CASE(identity_add_0_sub_0_mul_1_stay_distinct)
{
    ad::variable<double> x = 10.0;
    ad::tape t;
    ad::variable<double> x1 = +x + 0.0, x2 = x + 0, x3 = x - 0, x4 = x * 1;
    auto loss = x * 2 + x1 * 3 + x2 * 3 + x3 * 3 + x4 * 3;
    // With respect to x everything counts; the others each have their own part.
    auto [g, g1, g2, g3, g4] = t.gradient(loss, x, x1, x2, x3, x4);
    BOOST_TEST(is(g, 14));
    BOOST_TEST(is(g1, 3));
    BOOST_TEST(is(g2, 3));
    BOOST_TEST(is(g3, 3));
    BOOST_TEST(is(g4, 3));
}

BOOST_AUTO_TEST_CASE(identity_add_0_sub_0_mul_1_made_before_the_tape_2_3_3_3_3)
{
    ad::variable<double> x = 10.0;
    ad::variable<double> x1 = x + 0.0, x2 = x + 0, x3 = x - 0, x4 = x * 1;
    ad::variable<double, 1> a{10.0, 20.0};
    ad::variable<double, 1> a1 = xt::eval(a + 0.0), a2 = a + 0.0, a3 = a - 0.0, a4 = a * 1.0;
    ad::tape t(true);
    auto loss = x * 2 + x1 * 3 + x2 * 3 + x3 * 3 + x4 * 3;
    {
        auto [g, g1, g2, g3, g4] = t.gradient(loss, x, x1, x2, x3, x4);
        BOOST_TEST(is(g, 2));
        BOOST_TEST(is(g1, 3));
        BOOST_TEST(is(g2, 3));
        BOOST_TEST(is(g3, 3));
        BOOST_TEST(is(g4, 3));
    }
    auto array_loss = a * 2.0 + a1 * 3.0 + a2 * 3.0 + a3 * 3.0 + a4 * 3.0;
    auto [g, g1, g2, g3, g4] = t.gradient(array_loss, a, a1, a2, a3, a4);
    BOOST_TEST(is(g, {2, 2}));
    BOOST_TEST(is(g1, {3, 3}));
    BOOST_TEST(is(g2, {3, 3}));
    BOOST_TEST(is(g3, {3, 3}));
    BOOST_TEST(is(g4, {3, 3}));
}

BOOST_AUTO_TEST_CASE(where_x_below_10_is_1_at_5_and_100_at_50)
{
    for (const double at : {5.0, 50.0})
    {
        const double expected = at < 10 ? 1 : 100;
        ad::variable<double> x = at;
        ad::variable<double, 1> a{at, at};
        ad::tape t(true);
        BOOST_TEST(is(t.gradient(where(x < 10, x, x * x), x), expected));
        BOOST_TEST(is(t.gradient(xt::where(a < 10.0, a, a * a), a), {expected, expected}));
        BOOST_TEST(is(t.gradient(ad::where(a < 10.0, a, a * a), a), {expected, expected}));
    }
}

BOOST_AUTO_TEST_CASE(two_targets_two_sources)
{
    ad::variable<double> x = 3.0, y = 2.0;
    ad::tape t;
    auto xx = 2 * x, yy = 3 * y;
    auto [dx, dy] = t.gradient(std::tuple{xx, yy}, x, y);
    BOOST_TEST(is(dx, 2));
    BOOST_TEST(is(dy, 3));
}

BOOST_AUTO_TEST_CASE(targets_loss_and_x_with_seeds_1_and_2_is_4)
{
    ad::variable<double> x = 3.0, y = 2.0;
    ad::tape t(true);
    ad::variable<double> loss = x * y;
    BOOST_TEST(is(t.gradient(std::tuple{loss, x}, x, ad::seed(std::tuple{1.0, 2.0})), 4));
    BOOST_TEST(is(t.gradient(std::array{loss, x}, x, ad::seed(std::array{1.0, 2.0})), 4));
    BOOST_TEST(is(t.gradient(std::vector{loss, x}, x, ad::seed(std::vector{1.0, 2.0})), 4));
    ad::variable<double, 1> a{3.0, 3.0}, b{2.0, 2.0};
    ad::tensor<double, 1> product = a * b;
    const xt::xtensor<double, 1> one{1.0, 1.0}, two{2.0, 2.0};
    BOOST_TEST(is(t.gradient(std::tuple{product, a}, a, ad::seed(std::tuple{one, two})), {4, 4}));
    BOOST_TEST(is(t.gradient(std::tuple{a * b, a}, a, ad::seed(std::tuple{1.0, 2.0})), {4, 4}));
}

BOOST_AUTO_TEST_CASE(a_target_that_is_its_own_source_takes_the_seed)
{
    ad::variable<double> x = 1.0;
    ad::variable<double, 1> a{1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(x, x, ad::seed(2.0)), 2));
    BOOST_TEST(is(t.gradient(a, a, ad::seed(xt::xtensor<double, 1>{2.0, 5.0})), {2, 5}));
}

BOOST_AUTO_TEST_CASE(no_operation_at_all_is_1)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 2> a{{2.0, 2.0}, {2.0, 2.0}};
    ad::tape t(true);
    auto y = x;
    auto b = a;
    BOOST_TEST(is(t.gradient(y, x), 1));
    BOOST_TEST(is(t.gradient(b, a), {1, 1, 1, 1}));
    BOOST_TEST(is(t.gradient(a, a), {1, 1, 1, 1}));
    BOOST_TEST(is(t.gradient(std::tuple{a, a}, a), {2, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(targets_x_and_x_squared_at_2_is_5)
{
    ad::variable<double> x = 2.0;
    ad::variable<double, 1> a{2.0, 3.0};
    ad::tape t(true);
    auto y = x * x;
    ad::tensor<double, 1> b = a * a;
    BOOST_TEST(is(t.gradient(std::tuple{x, y}, x), 5));
    BOOST_TEST(is(t.gradient(std::tuple{a, b}, a), {5, 7}));
    BOOST_TEST(is(t.gradient(std::tuple{a, a * a}, a), {5, 7}));
}

BOOST_AUTO_TEST_CASE(targets_y_and_y_is_2)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 4.0};
    ad::tape t(true);
    auto y = x;
    BOOST_TEST(is(t.gradient(std::tuple{y, y}, x), 2));
    ad::tensor<double, 1> b = a * 1.0;
    BOOST_TEST(is(t.gradient(std::array{b, b}, a), {2, 2}));
}

BOOST_AUTO_TEST_CASE(targets_x_y_and_y_squared_with_respect_to_x_and_y_is_1_11)
{
    ad::variable<double> x = 3.0, y = 5.0;
    ad::variable<double, 1> a{3.0}, b{5.0};
    ad::tape t(true);
    auto z = y * y;
    {
        auto [gx, gy] = t.gradient(std::tuple{x, y, z}, x, y);
        BOOST_TEST(is(gx, 1));
        BOOST_TEST(is(gy, 11));
    }
    auto [ga, gb] = t.gradient(std::tuple{a, b, b * b}, a, b);
    BOOST_TEST(is(ga, 1));
    BOOST_TEST(is(gb, 11));
}

BOOST_AUTO_TEST_CASE(a_value_computed_in_a_pause_has_none)
{
    ad::variable<double> x = 1.0;
    ad::variable<double, 1> a{1.0, 2.0};
    ad::tape t(true);
    ad::variable<double> y;
    ad::variable<double, 1> b;
    {
        const auto pause = t.stop_recording();
        y = x * x;
        b = a * a;
    }
    BOOST_TEST(none(t.gradient(y, x), ad::reason::recorded_while_paused));
    BOOST_TEST(none(t.gradient(b, a), ad::reason::recorded_while_paused));
}

BOOST_AUTO_TEST_CASE(paused_value_none_later_value_4)
{
    ad::variable<double> x = 1.0;
    ad::variable<double, 1> a{1.0, 1.0};
    ad::tape t(true);
    ad::variable<double> x2 = x * 2;
    ad::tensor<double, 1> a2 = a * 2.0;
    ad::variable<double> y;
    ad::variable<double, 1> b;
    {
        const auto pause = t.stop_recording();
        y = x2 * x2;
        b = a2 * a2;
    }
    auto z = x2 * x2;
    BOOST_TEST(none(t.gradient(y, x2), ad::reason::recorded_while_paused));
    BOOST_TEST(is(t.gradient(z, x2), 4));
    BOOST_TEST(none(t.gradient(b, a2), ad::reason::recorded_while_paused));
    BOOST_TEST(is(t.gradient(a2 * a2, a2), {4, 4}));
}

BOOST_AUTO_TEST_CASE(after_reset_2)
{
    ad::variable<double> v = 1.0;
    ad::variable<double, 1> w{1.0, 1.0};
    ad::tape t(true);
    ad::variable<double> loss = v * v;
    ad::variable<double, 1> losses = w * w;
    t.reset();
    loss += v * v;
    losses += w * w;
    BOOST_TEST(is(t.gradient(loss, v), 2));
    BOOST_TEST(is(t.gradient(losses, w), {2, 2}));
}

BOOST_AUTO_TEST_CASE(host_max_over_three_is_none_none_1)
{
    std::array<ad::variable<double>, 3> x{2.0, 3.0, 5.0};
    ad::tape t;
    auto f = *std::max_element(x.begin(), x.end());
    const auto g = t.gradient(f, x);
    BOOST_TEST(f.value() == 5.0);
    BOOST_TEST(none(g[0], ad::reason::control_only));
    BOOST_TEST(none(g[1], ad::reason::control_only));
    BOOST_TEST(is(g[2], 1));
}

BOOST_AUTO_TEST_CASE(persistent_tape_108_6)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0, 1.0};
    ad::tape t(true);
    auto y = x * x;
    auto z = y * y;
    BOOST_TEST(is(t.gradient(z, x), 108));
    BOOST_TEST(is(t.gradient(y, x), 6));
    ad::tensor<double, 1> b = a * a;
    ad::tensor<double, 1> c = b * b;
    BOOST_TEST(is(t.gradient(c, a), {108, 4}));
    BOOST_TEST(is(t.gradient(b, a), {6, 2}));
    BOOST_TEST(is(t.gradient(c, b), {18, 2}));
}

BOOST_AUTO_TEST_CASE(gradient_with_respect_to_input_and_intermediate_108_18)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0};
    ad::tape t(true);
    ad::variable<double> y = x * x;
    auto z = y * y;
    auto [gx, gy] = t.gradient(z, x, y);
    BOOST_TEST(is(gx, 108));
    BOOST_TEST(is(gy, 18));
    ad::tensor<double, 1> b = a * a;
    auto [ga, gb] = t.gradient(b * b, a, b);
    BOOST_TEST(is(ga, 108));
    BOOST_TEST(is(gb, 18));
}

BOOST_AUTO_TEST_CASE(same_object_passed_twice_is_1_1)
{
    const auto f = [](auto const& a, auto const& b) { return a * b; };
    ad::variable<double> x = 1.0;
    ad::variable<double, 1> a{1.0, 1.0};
    ad::tape t(true);
    // Two reads of one object: its gradient is the sum of both, however often it is asked for.
    {
        auto [g, h] = t.gradient(f(x, x), x, x);
        BOOST_TEST(is(g, 2));
        BOOST_TEST(is(h, 2));
        auto [ga, ha] = t.gradient(f(a, a), a, a);
        BOOST_TEST(is(ga, {2, 2}));
        BOOST_TEST(is(ha, {2, 2}));
    }
    // Arguments that are to count apart are made apart.
    ad::variable<double> x1 = x * 1, x2 = x * 1;
    ad::tensor<double, 1> a1 = a * 1.0, a2 = a * 1.0;
    auto [g1, g2] = t.gradient(f(x1, x2), x1, x2);
    BOOST_TEST(is(g1, 1));
    BOOST_TEST(is(g2, 1));
    auto [h1, h2] = t.gradient(f(a1, a2), a1, a2);
    BOOST_TEST(is(h1, {1, 1}));
    BOOST_TEST(is(h2, {1, 1}));
}

BOOST_AUTO_TEST_CASE(equal_constants_stay_distinct_sources)
{
    ad::variable<double> x = 1.0, y = 1.0;
    ad::variable<double, 1> a{1.0, 1.0}, b{1.0, 1.0};
    ad::tape t(true);
    auto [gx, gy] = t.gradient(x * 2 + y * 3, x, y);
    BOOST_TEST(is(gx, 2));
    BOOST_TEST(is(gy, 3));
    auto [ga, gb] = t.gradient(a * 2.0 + b * 3.0, a, b);
    BOOST_TEST(is(ga, {2, 2}));
    BOOST_TEST(is(gb, {3, 3}));
}

BOOST_AUTO_TEST_CASE(x_plus_2_and_x_squared_is_1_3_5)
{
    ad::variable<double, 1> x{0.0, 1.0, 2.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(std::tuple{x + 2.0, x * x}, x), {1, 3, 5}));
    std::vector<ad::variable<double>> v{0.0, 1.0, 2.0}, targets;
    for (auto const& e : v)
        targets.push_back(e + 2);
    for (auto const& e : v)
        targets.push_back(e * e);
    const auto g = t.gradient(targets, v);
    BOOST_TEST(is(g[0], 1));
    BOOST_TEST(is(g[1], 3));
    BOOST_TEST(is(g[2], 5));
}

BOOST_AUTO_TEST_CASE(x_and_2x_is_3)
{
    ad::variable<double> x = 1.0;
    ad::variable<double, 1> a{1.0, 7.0};
    ad::tape t(true);
    BOOST_TEST(is(t.gradient(std::tuple{x, 2 * x}, x), 3));
    BOOST_TEST(is(t.gradient(std::tuple{a, 2.0 * a}, a), {3, 3}));
}

BOOST_AUTO_TEST_CASE(stack_of_the_same_value_twice_mean_is_1)
{
    ad::variable<double> x = 7.0;
    ad::tape t(true);
    xt::xtensor<ad::variable<double>, 1> two = {x, x};
    BOOST_TEST(is(t.gradient(ad::mean(two), x), 1));
    ad::variable<double, 1> a{7.0};
    BOOST_TEST(is(t.gradient(ad::mean(xt::stack(xt::xtuple(a, a))), a), 1));
    BOOST_TEST(is(t.gradient(ad::mean(xt::concatenate(xt::xtuple(a, a))), a), 1));
}

BOOST_AUTO_TEST_CASE(overlapping_gathers_multiplied)
{
    const ad::variable<double, 2> x{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}, {7.0, 8.0}};
    ad::tape t(true);
    // rows x0 x2 x1 and x1 x3 x3
    const ad::tensor<double, 2> y = xt::view(x, xt::keep(0, 1), xt::all()) * xt::view(x, xt::keep(2, 3), xt::all()) *
                                    xt::view(x, xt::keep(1, 3), xt::all());
    BOOST_TEST(is(t.gradient(y, x), {15, 24, 5 + 49, 12 + 64, 3, 8, 42, 64}));
    // One row twice in one gather.
    const ad::tensor<double, 2> twice = xt::view(x, xt::keep(1, 1), xt::all());
    BOOST_TEST(is(t.gradient(twice * twice, x), {0, 0, 12, 16, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(sparse_and_dense_contributions_mix)
{
    const ad::variable<double, 2> x{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}, {7.0, 8.0}};
    ad::tape t(true);
    const auto gathered = ad::sum(xt::view(x, xt::keep(0, 1), xt::all()) * xt::view(x, xt::keep(2, 3), xt::all()) *
                                  xt::view(x, xt::keep(1, 3), xt::all()));
    const auto dense = ad::sum(x * 2.0);
    BOOST_TEST(gathered.value() == 466.0);
    BOOST_TEST(dense.value() == 72.0);
    // 72 times the gradient of the gathers, and 466 times 2
    BOOST_TEST(is(t.gradient(gathered * dense, x), {2012, 2660, 4820, 6404, 1148, 1508, 3956, 5540}));
    BOOST_TEST(is(t.gradient(gathered + x(2, 1) * 10 + dense, x), {17, 26, 56, 78, 5, 20, 44, 66}));
}

BOOST_AUTO_TEST_CASE(cond_6)
{
    ad::variable<double> x = 3.0;
    ad::variable<double, 1> a{3.0};
    ad::tape t(true);
    auto y = x < x ? x : x * x;
    BOOST_TEST(is(t.gradient(y, x), 6));
    BOOST_TEST(is(t.gradient(xt::where(a < a, a, a * a), a), 6));
}

BOOST_AUTO_TEST_CASE(while_4)
{
    ad::variable<double> x = 2.0;
    ad::variable<double, 1> a{2.0, 5.0};
    ad::tape t(true);
    auto y = x;
    auto b = a;
    for (int i = 1; i < 3; ++i)
    {
        y = y * 2;
        b = b * 2.0;
    }
    BOOST_TEST(is(t.gradient(y, x), 4));
    BOOST_TEST(is(t.gradient(b, a), {4, 4}));
}

BOOST_AUTO_TEST_CASE(a_while_loop_that_compares_a_tracked_number)
{
    ad::variable<double> x = 2.0;
    ad::tape t;
    auto y = x;
    while (y < 10) // 2, 4, 8, 16
        y *= 2;
    BOOST_TEST(is(t.gradient(y, x), 8));
}

BOOST_AUTO_TEST_CASE(two_by_two_host_elements)
{
    ad::variable<double, 2> a{{1.0, 2.0}, {3.0, 4.0}};
    ad::tape t;
    ad::variable<double> det = a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0);
    BOOST_TEST(is(t.gradient(det, a), {4, -3, -2, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
