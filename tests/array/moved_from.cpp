// SPDX-License-Identifier: BSL-1.0
// Every use of a handle that was moved from is the same error, but assignment to it and the questions for its size (handles.cpp).
#include <array/check.hpp>

#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using expect::is;
using expect::numbers;
using expect::same;

namespace
{
    using vector = ad::variable<double, 1>;
    using result = ad::tensor<double, 1>;
    using number = ad::variable<double>;
    using handle_types = std::tuple<vector, result>;

    template <class H>
    struct gone
    {
        H from, to;

        template <class E>
        explicit gone(E const& e)
            : from(e)
            , to(std::move(from))
        {
        }
    };
    template <class F>
    bool says_moved(F&& f)
    {
        try
        {
            f();
        }
        catch (ad::shape_error const& e)
        {
            return std::string(e.what()).find("array: found one that was moved from") != std::string::npos;
        }
        return false;
    }
    const auto squares = [](auto const& v) { return xt::sum(v * v); };
    const auto cubes = [](auto const& v) { return v * v * v; };
    const xt::xtensor<double, 1> two{1, 2};
}

BOOST_AUTO_TEST_SUITE(moved_from)

BOOST_AUTO_TEST_CASE_TEMPLATE(reads, H, handle_types)
{
    const gone<H> h(vector{1, 2});
    auto const& a = h.from;
    auto const& b = h.to;
    BOOST_TEST((a.size() == 0 && a.dimension() == 1 && a.strides()[0] == 0 && a.backstrides()[0] == 0));
    BOOST_TEST(says_moved([&] { return result(a * 2.0); }));
    BOOST_TEST(says_moved([&] { return ad::value(a); }));
    BOOST_TEST(says_moved([&] { return ad::stop_gradient(a); }));
    BOOST_TEST(says_moved([&] { return ad::constant<double, 1>(ad::value(a * b)); }));
    BOOST_TEST(says_moved([&] { std::ostringstream() << a; }));
    BOOST_TEST(says_moved([&] { std::ostringstream() << a + b; }));
    BOOST_TEST(says_moved([&] { return a(0); }));
    BOOST_TEST(says_moved([&] { return a[0]; }));
    BOOST_TEST(says_moved([&] { return a.front(); }));
    BOOST_TEST(says_moved([&] { return a.back(); }));
    BOOST_TEST(says_moved([&] { return a.element(two.shape().begin(), two.shape().end()); }));
    BOOST_TEST(says_moved([&] { return *a.begin(); }));
    BOOST_TEST(says_moved([&] { return *a.rbegin(); }));
    BOOST_TEST(says_moved([&] { return xt::view(a, 0)(); }));
    BOOST_TEST(says_moved([&] { return result(xt::view(a, xt::range(0, 1))); }));
    BOOST_TEST(says_moved([&] { return result(xt::view(a, xt::keep(0))); }));
    BOOST_TEST(says_moved([&] { return result(xt::flip(a, 0)); }));
    BOOST_TEST(says_moved([&] { return number(xt::sum(a)); }));
    BOOST_TEST(says_moved([&] { return number(xt::amax(a)); }));
    BOOST_TEST(says_moved([&] { return result(ad::softmax(a)); }));
    BOOST_TEST(says_moved([&] { return vector(result(a) * 1.0); }));
    BOOST_TEST(says_moved([&] { return vector(result(a), false); }));
    BOOST_TEST(says_moved([&] { return number(ad::dot(a, b)); }));
    BOOST_TEST(says_moved([&] { return ad::linalg::outer(a, b); }));
}
BOOST_AUTO_TEST_CASE_TEMPLATE(on_a_tape, H, handle_types)
{
    const gone<H> h(vector{1, 2});
    auto const& a = h.from;
    auto const& b = h.to;
    ad::tape t(true);
    const result y = b * b;
    BOOST_TEST(says_moved([&] { return result(a * 2.0); }));
    BOOST_TEST(says_moved([&] { return a(0); }));
    BOOST_TEST(says_moved([&] { t.watch(a); }));
    BOOST_TEST(says_moved([&] { return t.gradient(y, a); }));
    BOOST_TEST(says_moved([&] { return t.gradient(y, b, a); }));
    BOOST_TEST(says_moved([&] { return t.gradient(y, std::vector{b, a}); }));
    BOOST_TEST(says_moved([&] { return t.gradient(y, a, ad::differentiable); }));
    BOOST_TEST(says_moved([&] { return t.gradient(a, b); }));
    BOOST_TEST(says_moved([&] { return t.gradient(std::tuple(y, a), b); }));
    BOOST_TEST(says_moved([&] { return t.jacobian(y, a); }));
    BOOST_TEST(says_moved([&] { return t.jacobian(a, b); }));
    BOOST_TEST(says_moved([&] { return t.watched_variables()[0].is(a); }));
    BOOST_TEST(says_moved([&] { return ad::checkpoint(squares, a); }));
    BOOST_TEST(says_moved([&] { return ad::map([](auto const& x) { return x * x; }, a); }));
    BOOST_TEST(is(t.gradient(y, b), {2, 4}));
}
BOOST_AUTO_TEST_CASE_TEMPLATE(as_arguments, H, handle_types)
{
    const gone<H> h(vector{1, 2});
    auto const& a = h.from;
    BOOST_TEST(says_moved([&] { return ad::grad(squares)(a); }));
    BOOST_TEST(says_moved([&] { return ad::value_and_grad(squares)(a); }));
    BOOST_TEST(says_moved([&] { return ad::jvp(squares, a, two); }));
    BOOST_TEST(says_moved([&] { return ad::hvp(squares, a, two); }));
    BOOST_TEST(says_moved([&] { return ad::vjp(squares, a); }));
    BOOST_TEST(says_moved([&] { return ad::hessian(squares)(a); }));
    BOOST_TEST(says_moved([&] { return ad::jacfwd(cubes)(a); }));
    BOOST_TEST(says_moved([&] { return ad::jacrev(cubes)(a); }));
    BOOST_TEST(says_moved([&] { ad::forward_accumulator f(a, two); }));
}
BOOST_AUTO_TEST_CASE(writes)
{
    gone<vector> h(vector{1, 2});
    auto& a = h.from;
    auto& b = h.to;
    BOOST_TEST(says_moved([&] { a.fill(1.0); }));
    BOOST_TEST(says_moved([&] { xt::view(a, 0) = 1.0; }));
    BOOST_TEST(says_moved([&] { xt::view(a, xt::all()) = b; }));
    {
        ad::tape t;
        BOOST_TEST(says_moved([&] { xt::view(a, xt::all()) += b; }));
        BOOST_TEST(says_moved([&] { xt::view(b, xt::all()) = a; }));
        BOOST_TEST(says_moved([&] { xt::view(b, xt::all()) -= a * 2.0; }));
    }
    BOOST_TEST(same(numbers(b), {1, 2}));
    // A view whose variable was moved meanwhile.
    auto part = xt::view(b, xt::all());
    vector c = std::move(b);
    BOOST_TEST(says_moved([&] { part = 1.0; }));
    BOOST_TEST(says_moved([&] { part *= 2.0; }));
    {
        ad::tape t;
        BOOST_TEST(says_moved([&] { part += c; }));
        BOOST_TEST(says_moved([&] { part = c * 1.0; }));
    }
    b = c;
    part += c;
    BOOST_TEST(same(numbers(b), {2, 4}));
    BOOST_TEST(same(numbers(c), {1, 2}));
}
BOOST_AUTO_TEST_CASE(matrices)
{
    const gone<ad::variable<double, 2>> h(xt::xtensor<double, 2>{{2, 1}, {1, 3}});
    auto const& a = h.from;
    auto const& b = h.to;
    BOOST_TEST(says_moved([&] { return a(0, 1); }));
    BOOST_TEST(says_moved([&] { return result(xt::row(a, 0)); }));
    BOOST_TEST(says_moved([&] { return result(xt::sum(a, {0})); }));
    BOOST_TEST(says_moved([&] { return ad::tensor<double, 2>(xt::transpose(a)); }));
    BOOST_TEST(says_moved([&] { return ad::matmul(a, b); }));
    BOOST_TEST(says_moved([&] { return ad::matmul(b, a); }));
    BOOST_TEST(says_moved([&] { return ad::linalg::solve(b, a); }));
    BOOST_TEST(says_moved([&] { return ad::linalg::inv(a); }));
    BOOST_TEST(says_moved([&] { return ad::linalg::det(a); }));
    BOOST_TEST(says_moved([&] { return ad::batch_jacobian([](auto const& v) { return v * 2.0; })(a); }));
}

BOOST_AUTO_TEST_SUITE_END()
