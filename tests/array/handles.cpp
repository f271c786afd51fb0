// SPDX-License-Identifier: BSL-1.0
// Handles made from each other, moved, and held by name in expressions.
#include <array/check.hpp>

#include <utility>

#include <xtensor/xindex_view.hpp>

using expect::is;
using expect::numbers;
using expect::same;

namespace
{
    using vector = ad::variable<double, 1>;
    using result = ad::tensor<double, 1>;
    using number = ad::variable<double>;
}

BOOST_AUTO_TEST_SUITE(handles)

// A tensor may hold a variable itself: what is made of it is a copy of that variable, the same source until one of them changes.
BOOST_AUTO_TEST_CASE(a_variable_from_a_tensor_that_holds_one)
{
    const vector x{1, 2, 3};
    ad::tape t(true);
    const result a = x;
    vector u = a;
    BOOST_TEST(is(t.gradient(u * u, x), {2, 4, 6}));
    u = u * 2.0;
    BOOST_TEST(is(t.gradient(u * u + a, x), {9, 17, 25}));
    BOOST_TEST(is(t.gradient(x * x, x), {2, 4, 6}));
    vector w{7, 8, 9};
    w = a;
    BOOST_TEST(is(t.gradient(w * w, x), {2, 4, 6}));
    xt::view(w, 0) = x(1) * 3.0;
    BOOST_TEST(is(t.gradient(w * w, x), {0, 36 + 4, 6}));
    BOOST_TEST(same(numbers(x), {1, 2, 3}));
    const auto f = [](auto const& v)
    {
        const result held = v;
        vector own = held;
        own += held * held;
        return number(ad::sum(own * own));
    };
    // (x + x^2)^2
    const xt::xtensor<double, 1> at{1, 2, 3}, along{1, 0, 0};
    BOOST_TEST(same(numbers(ad::grad(f)(at)), {12, 60, 168}));
    BOOST_TEST(ad::value(ad::jvp(f, at, along).tangent) == 12.0);
    BOOST_TEST(same(numbers(ad::hvp(f, at, along)), {2 + 12 + 12, 0, 0}));
    BOOST_TEST(same(numbers(ad::jacfwd(ad::grad(f))(at)), numbers(ad::hessian(f)(at))));
    check::expect_agreement(ad::verify::compare_modes(f, x));
}
// A variable that is not trainable keeps that where nothing records.
BOOST_AUTO_TEST_CASE(a_frozen_variable_from_a_tensor)
{
    const vector x{1, 2};
    const result a = x;
    const vector frozen(a, false);
    BOOST_TEST(!frozen.trainable());
    BOOST_TEST(x.trainable());
}
BOOST_AUTO_TEST_CASE(moved_from)
{
    vector a{1, 2};
    const vector b = std::move(a);
    BOOST_TEST(a.size() == 0u);
    BOOST_TEST(a.shape()[0] == 0u);
    BOOST_CHECK_THROW(result(a * 2.0), ad::shape_error);
    BOOST_CHECK_THROW(a += 1.0, ad::shape_error);
    ad::tape t;
    a = b * 2.0;
    BOOST_TEST(is(t.gradient(a * a, b), {8, 16}));
    vector c = std::move(a);
    a = xt::xtensor<double, 1>{5, 6, 7};
    BOOST_TEST(same(numbers(a), {5, 6, 7}));
    BOOST_TEST(a.trainable());
    BOOST_TEST(same(numbers(c), {2, 4}));
}
// std::move of what is const moves nothing.
BOOST_AUTO_TEST_CASE(a_const_operand_stays)
{
    vector x{1, 2};
    ad::tape t;
    x = x * 1.0;
    const vector y = x;
    xt::view(x, xt::all()) += std::move(y);  // NOLINT
    BOOST_TEST(same(numbers(y), {1, 2}));
    BOOST_TEST(same(numbers(x), {2, 4}));
    const auto e = x * 2.0;
    xt::view(x, xt::all()) = std::move(e);  // NOLINT
    const result again = e;
    BOOST_TEST(same(numbers(again), {4, 8}));
}
// Lazy arrays by name, returned in expressions from where they were made.
BOOST_AUTO_TEST_CASE(rearrangements_by_name)
{
    const auto check = [](auto const& f, std::vector<double> const& expected) { BOOST_TEST(same(numbers(ad::grad(f)(xt::xtensor<double, 1>{1, 2, 3})), expected)); };
    check([](auto const& p) { auto c = xt::concatenate(xt::xtuple(p, p * p)); return xt::sum(c * c); }, {2 + 4, 4 + 32, 6 + 108});
    check([](auto const& p) { auto c = xt::stack(xt::xtuple(p, p * 2.0)); return xt::sum(c * c); }, {10, 20, 30});
    check([](auto const& p) { auto c = xt::diag(p); return xt::sum(c * c); }, {2, 4, 6});
    check([](auto const& p) { auto c = xt::tril(xt::view(p, xt::all(), xt::newaxis()) * xt::view(p, xt::newaxis(), xt::all())); return xt::sum(c * 1.0); }, {7, 8, 9});
    check([](auto const& p) { auto c = xt::index_view(p, std::vector<std::array<std::size_t, 1>>{{0}, {2}, {2}}); return xt::sum(c * c); }, {2, 0, 12});
}

BOOST_AUTO_TEST_SUITE_END()
