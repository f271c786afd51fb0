// SPDX-License-Identifier: BSL-1.0
// Views as arguments of functions that evaluate at the call: a temporary one ends with the call, and does not make the statement copy
// the array that it views; a named one stays as it is.
#include <array/check.hpp>

#include <array>
#include <utility>

#include <etape/api/checkpoint.hpp>
#include <etape/api/custom_rule.hpp>
#include <etape/api/map.hpp>
#include <etape/linalg/linalg.hpp>

namespace
{
    using vector = ad::variable<double, 1>;
    using matrix = ad::variable<double, 2>;
    using number = ad::variable<double>;

    constexpr std::size_t rows = 16, n = 3;

    xt::xtensor<double, 2> some_matrix()
    {
        return {{0.9, 0.1, -0.2}, {0.2, 1.1, 0.1}, {-0.1, 0.3, 0.8}};
    }
    // Each row of h from the one before, by `next(w, h, t)`, written in the same statement.
    template <class Next>
    auto recurrence(Next next)
    {
        return [next](auto const& w)
        {
            matrix h(xt::xtensor<double, 2>({rows, n}, 0.3));
            for (std::size_t t = 1; t < rows; ++t)
                next(w, h, t);
            return number(ad::sum(h * h));
        };
    }
    // In every step in the same memory, and with the derivatives of the other modes.
    template <class Next>
    void in_place(const char* what, Next next)
    {
        BOOST_TEST_CONTEXT(what)
        {
            const matrix w = some_matrix();
            {
                ad::tape t;
                matrix h(xt::xtensor<double, 2>({rows, n}, 0.3));
                next(w, h, 1);
                auto const* memory = h.data_handle()->data<double>();
                std::size_t copies = 0;
                for (std::size_t k = 2; k < rows; ++k)
                {
                    next(w, h, k);
                    copies += h.data_handle()->data<double>() != memory;
                }
                BOOST_TEST(copies == 0u);
            }
            check::expect_agreement(ad::verify::compare_modes(recurrence(next), w));
        }
    }
}

BOOST_AUTO_TEST_SUITE(view_arguments)

BOOST_AUTO_TEST_CASE(products_and_solutions)
{
    in_place("matmul", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = xt::tanh(ad::matmul(w, xt::view(h, t - 1)) + 0.1); });
    in_place("matmul, of a row", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = ad::matmul(xt::view(h, t - 1) * 0.5, w); });
    in_place("dot", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t, xt::all()) = ad::dot(w, xt::view(h, t - 1, xt::all())); });
    in_place("dot of two", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = xt::view(w, 0) * ad::dot(xt::view(h, t - 1), xt::view(h, t - 1)); });
    in_place("solve", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = ad::linalg::solve(w, xt::view(h, t - 1) + 0.1); });
    in_place("outer", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = xt::sum(ad::linalg::outer(xt::view(h, t - 1), xt::view(h, t - 1)) * w, {0}); });
    in_place("cho_solve", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = ad::linalg::cho_solve(ad::linalg::cholesky(w + xt::transpose(w)), xt::view(h, t - 1)); });
}
BOOST_AUTO_TEST_CASE(reductions)
{
    in_place("softmax", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = ad::softmax(xt::view(h, t - 1) * xt::view(w, 0)); });
    in_place("logsumexp", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = xt::view(w, 0) * ad::logsumexp(xt::view(h, t - 1)); });
    in_place("over an axis", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = ad::logsumexp(w + xt::view(h, t - 1, xt::newaxis(), xt::all()), {1}) * 0.5; });
    in_place("over axes in an array", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = ad::logsumexp(w * xt::view(h, t - 1), std::array<int, 1>{1}); });
    in_place("softmax over an axis", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = xt::view(ad::softmax(w * xt::view(h, t - 1), {1}), 0); });
    in_place("xtensor's", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = xt::sum(w * xt::view(h, t - 1), {1}) * xt::amax(xt::view(h, t - 1)); });
    in_place("cumsum", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = xt::cumsum(xt::view(h, t - 1) * xt::view(w, 0)) * 0.5; });
}
BOOST_AUTO_TEST_CASE(functions_of_users)
{
    in_place("map", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = ad::map([](auto const& a, auto const& b) { return a * b + 0.1; }, xt::view(h, t - 1), xt::view(w, 0)); });
    in_place("checkpoint", [](auto const& w, matrix& h, std::size_t t)
             { xt::view(h, t) = ad::checkpoint([](auto const& a, auto const& b) { return ad::matmul(a, b); }, w, xt::view(h, t - 1)); });
    in_place("custom_rule", [](auto const& w, matrix& h, std::size_t t)
             {
                 const auto scale = ad::custom_rule("scale", [](auto const& a) { return a * 0.5; })
                                        .vjp([](auto const& g, auto const&, auto const&) { return g * 0.5; })
                                        .jvp([](auto const&, auto const&, auto const& d) { return d * 0.5; });
                 xt::view(h, t) = scale(xt::view(h, t - 1)) + xt::view(w, 0);
             });
    in_place("stop_gradient", [](auto const& w, matrix& h, std::size_t t) { xt::view(h, t) = ad::stop_gradient(xt::view(h, t - 1)) * 0.0 + xt::view(w, 0); });
}
// Without a namespace xtensor's reductions and ours are both found: one of them is the better one.
BOOST_AUTO_TEST_CASE(reductions_by_argument)
{
    const matrix w = some_matrix();
    matrix x = some_matrix();
    const ad::tensor<double, 2> made(w * 1.0);
    const auto same = [](auto const& a, auto const& b)
    {
        const xt::xtensor<double, 1> p = ad::value(ad::tensor<double, 1>(a)), q = ad::value(ad::tensor<double, 1>(b));
        return p == q;
    };
    BOOST_TEST(same(sum(w * w, {1}), xt::sum(w * w, {1})));
    BOOST_TEST(same(sum(w, {1}), xt::sum(w, {1})));
    BOOST_TEST(same(sum(x, {1}), xt::sum(x, {1})));
    BOOST_TEST(same(sum(made, {1}), xt::sum(w, {1})));
    BOOST_TEST(same(amax(xt::view(x, xt::range(0, 2)), {0}), xt::amax(xt::view(w, xt::range(0, 2)), {0})));
    BOOST_TEST(same(mean(w * x, {0}), xt::mean(w * w, {0})));
    BOOST_TEST(same(logsumexp(w * x, {0}), ad::logsumexp(w * w, {0})));
    BOOST_TEST(number(sum(w * w)).value() == number(xt::sum(x * x)).value());
    BOOST_TEST(number(logsumexp(w * x)).value() == number(ad::logsumexp(w * w)).value());
}
// What has a name, and what is no view, is left as it is, also where it is moved in.
BOOST_AUTO_TEST_CASE(what_has_a_name_stays)
{
    const matrix w = some_matrix();
    matrix h(xt::xtensor<double, 2>({2, n}, 0.5));
    vector v{1.0, 2.0, 3.0};
    ad::tape t;
    auto row = xt::view(h, 0);
    const auto constant_row = xt::view(std::as_const(h), 0);
    auto twice = row * 2.0;
    for (int k = 0; k < 2; ++k)
    {
        BOOST_TEST(number(ad::matmul(row, v)).value() == 3.0);
        BOOST_TEST(number(ad::dot(constant_row, v)).value() == 3.0);
        BOOST_TEST(number(ad::dot(std::move(constant_row), v)).value() == 3.0);
        BOOST_TEST(number(ad::sum(twice)).value() == 3.0);
        BOOST_TEST(ad::softmax(twice)(0).value() == 1.0 / 3, boost::test_tools::tolerance(1e-15));
        BOOST_TEST(number(ad::matmul(std::move(v), std::move(v))).value() == 14.0);
        BOOST_TEST(ad::linalg::solve(w, row)(0).value() == ad::linalg::solve(w, vector(row))(0).value());
    }
    xt::view(h, 0) = v;
    BOOST_TEST(number(ad::sum(twice)).value() == 3.0); // a snapshot
    BOOST_TEST(number(ad::sum(xt::view(h, 0))).value() == 6.0);
    const auto g = t.gradient(ad::sum(xt::square(twice)) + ad::sum(xt::view(h, 0) * 1.0), v);
    BOOST_TEST(expect::same(expect::numbers(*g), {1, 1, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
