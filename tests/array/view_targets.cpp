// SPDX-License-Identifier: BSL-1.0
// Assignment into views of a variable: a new version, recorded as one statement, in place when nobody else looks.
#include <array/check.hpp>

#include <optional>
#include <utility>

#include <etape/api/forward_accumulator.hpp>

using check::array;
using check::modes_agree;
using expect::numbers;
using expect::same;

BOOST_AUTO_TEST_SUITE(view_targets)

BOOST_AUTO_TEST_CASE(values)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    xt::view(x, 0) = xt::xtensor<double, 1>{7, 8, 9};
    BOOST_TEST(same(numbers(x), {7, 8, 9, 4, 5, 6}));
    xt::view(x, xt::all(), 1) = 0.5;
    BOOST_TEST(same(numbers(x), {7, 0.5, 9, 4, 0.5, 6}));
    xt::view(x, 1, xt::range(2, xt::placeholders::_, -2)) = xt::xtensor<double, 1>{-1, -2};
    BOOST_TEST(same(numbers(x), {7, 0.5, 9, -2, 0.5, -1}));
    xt::view(x, 1, 1) = 3;
    BOOST_TEST(same(numbers(x), {7, 0.5, 9, -2, 3, -1}));
    xt::view(x, xt::all(), xt::newaxis(), xt::range(0, 2)) = xt::xtensor<double, 2>{{1, 2}};
    BOOST_TEST(same(numbers(x), {1, 2, 9, 1, 2, -1}));
}
BOOST_AUTO_TEST_CASE(updates)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    xt::view(x, 0) += 1;
    xt::view(x, 1) -= xt::xtensor<double, 1>{1, 2, 3};
    xt::view(x, xt::all(), 0) *= 2.0;
    xt::view(x, xt::all(), xt::range(1, 3)) /= 2.0;
    BOOST_TEST(same(numbers(x), {4, 1.5, 2, 6, 1.5, 1.5}));
}
BOOST_AUTO_TEST_CASE(reads_like_a_view)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    const auto v = xt::view(x, xt::all(), xt::range(0, 3, 2));
    BOOST_TEST(v.shape()[1] == 2u);
    BOOST_TEST(v(1, 1).value() == 6);
    BOOST_TEST(same(numbers(v), {1, 3, 4, 6}));
    const ad::variable<double> number = xt::view(x, 1, 2);
    BOOST_TEST(number.value() == 6);
}
BOOST_AUTO_TEST_CASE(derivatives)
{
    const auto x = array(5, 7);
    const auto y = array(7);
    const ad::variable<double> s = 1.5;
    modes_agree([](auto a, auto const& b) { xt::view(a, 2) = b * b; return a * a; }, x, y);
    modes_agree([](auto a, auto const& b) { xt::view(a, xt::range(1, 4), xt::range(0, 7, 2)) = xt::view(b, xt::range(0, 4)); return a * a; }, x, y);
    modes_agree([](auto a, auto const& b) { xt::view(a, xt::all(), xt::range(6, 0, -1)) *= xt::view(b, xt::range(1, 7)); return a * a; }, x, y);
    modes_agree([](auto a, auto const& b) { xt::view(a, 1) += b; xt::view(a, xt::range(0, 2)) /= b + 2.0; return a * a; }, x, y);
    modes_agree([](auto a, auto const& b) { xt::view(a, xt::all(), 3) = b; return a * a; }, x, s);
    modes_agree([](auto a, auto const& b) { xt::view(a, 2, 3) = b * b; xt::view(a, 1, 1) += b; return a * a; }, x, s);
    modes_agree([](auto a) { xt::view(a, 2) = 4.0; return a * a; }, x);
    modes_agree([](auto a) { xt::view(a, 2) = xt::arange<double>(7); return a * a; }, x);
}
BOOST_AUTO_TEST_CASE(an_untracked_array_takes_a_tracked_value)
{
    const ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::variable<double, 2> table(xt::xtensor<double, 2>(xt::zeros<double>({2, 3})), false);
    ad::tape t;
    xt::view(table, 1) = x * x;
    auto y = ad::sum(table * table);
    BOOST_TEST(is(t.gradient(y, x), {4, 32, 108}));
}
BOOST_AUTO_TEST_CASE(a_recurrence)
{
    // s_0 = x, s_k = s_(k-1)^2
    const ad::variable<double> x = 1.1;
    ad::variable<double, 1> s(xt::xtensor<double, 1>(xt::zeros<double>({4})));
    ad::tape t;
    xt::view(s, 0) = x;
    for (int k = 1; k < 4; ++k)
        xt::view(s, k) = xt::view(s, k - 1) * xt::view(s, k - 1);
    auto y = ad::sum(xt::view(s, 3));
    const auto g = t.gradient(y, x);
    BOOST_TEST(*g == 8 * std::pow(1.1, 7), boost::test_tools::tolerance(1e-14));
}
BOOST_AUTO_TEST_CASE(overlapping_source_and_target)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0, 4.0};
    ad::tape t;
    const auto x0 = x;
    xt::view(x, xt::range(1, 4)) = xt::view(x, xt::range(0, 3));
    BOOST_TEST(same(numbers(x), {1, 1, 2, 3}));
    auto y = ad::sum(x * x);
    BOOST_TEST(is(t.gradient(y, x0), {2 + 2, 4, 6, 0}));
}
BOOST_AUTO_TEST_CASE(a_whole_array_into_itself)
{
    ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    const auto x0 = x;
    xt::view(x, xt::all()) = x;
    xt::view(x, xt::all()) = x * x;
    BOOST_TEST(is(t.gradient(ad::sum(x), x0), {2, 4}));
}
BOOST_AUTO_TEST_CASE(views_may_be_assigned_from_views_of_their_own_type)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0, 4.0};
    auto a = xt::view(x, xt::range(0, 2));
    auto b = xt::view(x, xt::range(2, 4));
    a = b;
    BOOST_TEST(same(numbers(x), {3, 4, 3, 4}));
    BOOST_TEST(same(numbers(a), {3, 4}));
}
BOOST_AUTO_TEST_CASE(a_part_of_a_part)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    xt::view(xt::view(x, 1), xt::range(0, 2)) = 0.0;
    auto row = xt::view(x, 0);
    xt::view(row, 2) = 9.0;
    xt::row(x, 0) += 1.0;
    BOOST_TEST(same(numbers(x), {2, 3, 10, 0, 0, 6}));
}
BOOST_AUTO_TEST_CASE(what_was_recorded_keeps_its_value)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    ad::tensor<double, 1> y = x * x;
    const auto copy = x;
    xt::view(x, 1) = 7.0;
    BOOST_TEST(same(numbers(copy), {1, 2, 3}));
    BOOST_TEST(is(t.gradient(y, x), {2, 4, 6}));
}
BOOST_AUTO_TEST_CASE(what_was_overwritten_has_derivative_zero)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    ad::tape t;
    const auto x0 = x;
    xt::view(x, xt::range(0, 2)) = 7.0;
    BOOST_TEST(is(t.gradient(ad::sum(x * x), x0), {0, 0, 6}));
}
BOOST_AUTO_TEST_CASE(copies_only_when_something_else_looks)
{
    ad::variable<double, 1> x{1.0, 2.0, 3.0};
    const double* memory = x.data_handle()->data<double>();
    xt::view(x, 0) = 5.0;
    BOOST_TEST(x.data_handle()->data<double>() == memory);
    const auto shared = x;
    xt::view(x, 0) = 6.0;
    BOOST_TEST(x.data_handle()->data<double>() != memory);
    BOOST_TEST(shared(0).value() == 5);

    ad::tape t;
    xt::view(x, 1) = ad::variable<double>(2.5);
    memory = x.data_handle()->data<double>();
    const auto s = ad::sum(xt::exp(x)); // keeps the slopes, not x
    xt::view(x, 1) += 1.0;
    BOOST_TEST(x.data_handle()->data<double>() == memory);
    ad::tensor<double, 1> y = x * x; // the reverse pass reads x
    xt::view(x, 1) += 1.0;
    BOOST_TEST(x.data_handle()->data<double>() != memory);
    BOOST_TEST(same(numbers(y), {36, 3.5 * 3.5, 9}));
    BOOST_TEST(s.value() > 0);
}
BOOST_AUTO_TEST_CASE(a_view_outlives_nothing_but_reads_on)
{
    auto make = []
    {
        ad::variable<double, 2> local{{1, 2}, {3, 4}};
        return xt::view(local, xt::all(), 1) * 2.0;
    };
    BOOST_TEST(same(numbers(ad::tensor<double, 1>(make())), {4, 8}));
}
BOOST_AUTO_TEST_CASE(wrong_shapes)
{
    ad::variable<double, 2> x{{1, 2, 3}, {4, 5, 6}};
    const auto text = [&](auto&& f) -> std::string
    {
        try
        {
            f();
        }
        catch (ad::shape_error const& e)
        {
            return e.what();
        }
        return "";
    };
    const xt::xtensor<double, 1> two{1, 2};
    BOOST_TEST(text([&] { xt::view(x, 0) = two; }) ==
               "etape: assignment to a view: found a right-hand side of shape (2,), expected a shape that broadcasts to the view's (3,)");
    BOOST_TEST(text([&] { xt::view(x, 0) = x; }) != "");
    BOOST_TEST(text([&] { xt::view(x, 0) += x; }) != "");
    BOOST_TEST(text([&] { xt::view(x, 2) = 1.0; }) == "etape: view: found index 2 in dimension 0, expected an index below 2");
    auto v = xt::view(x, 0);
    x = xt::xtensor<double, 2>(xt::zeros<double>({4, 4}));
    BOOST_TEST(text([&] { v = 1.0; }) != "");
    BOOST_TEST(same(numbers(v), {1, 2, 3}));
}
BOOST_AUTO_TEST_CASE(in_float)
{
    const ad::variable<float, 1> y{3.0f, 4.0f};
    ad::variable<float, 2> x{{1, 2}, {3, 4}};
    ad::tape t;
    xt::view(x, 1) = y * y;
    BOOST_TEST(is(t.gradient(ad::sum(x), y), {6, 8}));
}
BOOST_AUTO_TEST_CASE(a_frozen_variable_stays_frozen)
{
    ad::variable<double, 1> x(xt::xtensor<double, 1>{1, 2}, false);
    ad::tape t;
    xt::view(x, 0) = 3.0;
    BOOST_TEST(!x.trainable());
    BOOST_TEST(!t.gradient(ad::sum(x * x), x).has_value());
}
BOOST_AUTO_TEST_CASE(many_assignments_on_a_persistent_tape_sweep_twice_alike)
{
    const auto x = array(40, 3);
    ad::variable<double, 2> s(xt::xtensor<double, 2>(xt::zeros<double>({40, 3})));
    ad::tape t(true);
    for (int i = 0; i < 40; ++i)
        xt::view(s, i) = xt::sin(xt::view(x, i)) * xt::view(x, (i * 7) % 40);
    auto y = ad::sum(s * s);
    const auto first = numbers(*t.gradient(y, x));
    BOOST_TEST(same(numbers(*t.gradient(y, x)), first));
}

// What the tape keeps of a plain operand is a dense copy, whose strides are not those of the operand.
BOOST_AUTO_TEST_CASE(plain_operands_of_any_layout)
{
    using namespace xt::placeholders;
    const xt::xtensor<double, 2> p{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}, {13, 14, 15, 16, 17, 18}};
    const xt::xtensor<double, 2, xt::layout_type::column_major> columns = p;
    const ad::variable<double> s = 2.0;
    const ad::variable<double, 2> m{{0.1, 0.2, 0.3}, {0.4, 0.5, 0.6}};
    const auto each = [&](auto const& plain)
    {
        const xt::xtensor<double, 2> dense = plain;
        for (const int form : {0, 1, 2, 3})
        {
            ad::variable<double, 2> x(xt::xtensor<double, 2>({4, 3}, 1.0)), y(xt::xtensor<double, 2>({4, 3}, 1.0));
            ad::tape t(true);
            auto to = xt::view(x, xt::range(1, 3)), reference = xt::view(y, xt::range(1, 3));
            const auto assign = [&](auto& target, auto const& a)
            {
                if (form == 0)
                    target = s * a + m;
                else if (form == 1)
                    target += m * a * s;
                else if (form == 2)
                    target -= xt::exp(m * a) * s;
                else
                    target = xt::view(a, 1) * m + s;
            };
            assign(to, plain);
            assign(reference, dense);
            BOOST_TEST(same(numbers(x), numbers(y)));
            for (auto const& [g, e] : {std::pair{t.gradient(ad::sum(x * x), m), t.gradient(ad::sum(y * y), m)}})
                BOOST_TEST(same(numbers(*g), numbers(*e)));
            BOOST_TEST(*t.gradient(ad::sum(x * x), s) == *t.gradient(ad::sum(y * y), s));
        }
    };
    each(xt::view(p, xt::range(0, 2), xt::range(1, 4)));
    each(xt::view(p, xt::range(0, 2), xt::range(0, 6, 2)));
    each(xt::view(p, xt::range(0, 2), xt::range(4, 1, -1)));
    each(xt::view(columns, xt::range(1, 3), xt::range(0, 3)));
    each(xt::transpose(xt::view(p, xt::range(0, 3), xt::range(1, 3))));
}
// No step of such a loop copies the array, with a tape or without, whatever stands to the right.
BOOST_AUTO_TEST_CASE(writes_of_a_loop_are_in_place)
{
    const ad::variable<double, 1> v(xt::xtensor<double, 1>({10}, 0.3));
    const ad::variable<double, 2> a(xt::xtensor<double, 2>({10, 10}, 0.1));
    const auto each = [&](auto const& step)
    {
        for (const int mode : {0, 1, 2, 3})
        {
            ad::variable<double, 2> h(xt::xtensor<double, 2>({50, 10}, 0.5));
            std::optional<ad::tape> t;
            std::optional<ad::forward_accumulator> forward;
            if (mode == 1 || mode == 2)
                t.emplace(mode == 2);
            if (mode == 3)
                forward.emplace(v, xt::xtensor<double, 1>({10}, 1.0));
            step(h, 1);
            for (std::size_t k = 2; k < 10; ++k)
            {
                const auto* memory = h.data_handle().get();
                step(h, k);
                BOOST_TEST(h.data_handle().get() == memory, "step " << k << ", mode " << mode);
            }
        }
    };
    each([&](auto& h, std::size_t k) { xt::view(h, k) = xt::tanh(xt::view(h, k - 1) * 0.5 + v); });
    each([&](auto& h, std::size_t k) { xt::view(h, k) += xt::view(h, k - 1) * v; });
    each([&](auto& h, std::size_t k) { xt::view(h, k) = xt::view(h, k - 1) - xt::mean(xt::view(h, k - 1)) + v; });
    each([&](auto& h, std::size_t k) { const ad::tensor<double, 1> p = ad::matmul(a, xt::view(h, k - 1)); xt::view(h, k) = p + v; });
    each([&](auto& h, std::size_t k) { const auto p = ad::softmax(xt::view(h, k - 1)); xt::view(h, k) = p * v; });
    each([&](auto& h, std::size_t k) { xt::view(h, k, 3) = xt::sum(xt::view(h, k - 1) * v) + xt::norm_l2(xt::view(h, k - 1)); });
    each([&](auto& h, std::size_t k) { xt::view(h, xt::all(), k) = xt::sin(xt::view(h, xt::all(), k - 1)) * xt::view(v, 2); });
    each([&](auto& h, std::size_t k) { xt::view(h, k) *= xt::view(h, k - 1) + v; });
    each([&](auto& h, std::size_t k) { xt::view(h, k) /= xt::norm_l2(xt::view(h, k - 1)); });
}

BOOST_AUTO_TEST_SUITE_END()
