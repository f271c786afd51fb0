// SPDX-License-Identifier: BSL-1.0
// Hessian products of plain arguments (forward over reverse, in blocks) against the recorded ones (reverse over reverse).
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <etape/etape.hpp>

#include <worse.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using matrix = ad::variable<double, 2>;
    using plain = xt::xtensor<double, 2>;
    using function = std::function<number(matrix const&)>;

    plain wave(std::size_t rows, std::size_t columns, double phase)
    {
        plain a = xt::zeros<double>({rows, columns});
        for (std::size_t i = 0; i < a.size(); ++i)
            a.data()[i] = 0.9 + 0.6 * std::sin(phase + 1.3 * static_cast<double>(i));
        return a;
    }
    // The same functions by both ways: tracked arguments are recorded.
    void agree(std::string const& name, function const& f, plain const& x, plain const& v)
    {
        const auto fast = ad::hvp(f, x, v);
        const auto recorded = ad::hvp(f, matrix(x), v);
        double size = 0, distance = 0;
        for (std::size_t i = 0; i < x.shape()[0]; ++i)
            for (std::size_t j = 0; j < x.shape()[1]; ++j)
            {
                const double exact = recorded.data_handle()->data<double>()[i * x.shape()[1] + j];
                size = std::max(size, std::abs(exact));
                distance = etape_test::worse(distance, std::abs(fast(i, j) - exact));
            }
        BOOST_TEST_INFO(name << " at " << x.shape()[0] << " x " << x.shape()[1]);
        BOOST_TEST(distance <= 1e-12 * (1 + size));
    }
    const std::vector<std::size_t> shapes[] = {{1, 1}, {3, 5}, {17, 61}};
}

BOOST_AUTO_TEST_SUITE(hessian_products)

BOOST_AUTO_TEST_CASE(statements_of_every_kind)
{
    const std::pair<const char*, function> functions[] = {
        {"sum", [](matrix const& x) { return ad::sum(xt::exp(x) * xt::sin(x) + x * x / (1.0 + x)); }},
        {"norm_l1", [](matrix const& x) { return ad::norm_l1(x * x - 1.0); }},
        {"norm_l2", [](matrix const& x) { return ad::norm_l2(x * x) * ad::sum(x); }},
        {"amax", [](matrix const& x) { return ad::amax(x * x) * ad::amin(xt::exp(x)); }},
        {"logsumexp", [](matrix const& x) { return ad::logsumexp(2.0 * x * x); }},
        {"prod", [](matrix const& x) { return ad::prod(0.2 * x + 1.0); }},
        {"variance", [](matrix const& x) { return ad::variance(x * x); }},
        {"stddev", [](matrix const& x) { return x.size() < 2 ? ad::sum(x * x) : ad::stddev(x * x) * 3.0; }},
        {"nested reductions", [](matrix const& x) { return ad::sum(xt::square(x - ad::mean(x)) * ad::logsumexp(x)); }},
        {"axes", [](matrix const& x)
            {
                const ad::tensor<double, 1> rows = ad::mean(x * x, {1});
                return number(ad::sum(rows * rows) * ad::norm_sq(ad::sum(x, {0})));
            }},
        {"broadcast", [](matrix const& x)
            {
                const ad::tensor<double, 1> row = xt::view(x, 0, xt::all()) * x(0, 0);
                return ad::sum(x * row * x);
            }},
        {"views", [](matrix const& x)
            {
                const auto columns = x.shape()[1];
                if (columns < 3)
                    return ad::sum(x * x * x);
                const auto left = xt::view(x, xt::all(), xt::range(0, columns - 2)), right = xt::view(x, xt::all(), xt::range(2, columns));
                return ad::sum(xt::square(right - left) * right);
            }},
        {"matmul", [](matrix const& x)
            {
                const ad::tensor<double, 2> gram = ad::matmul(x, ad::tensor<double, 2>(xt::transpose(x) * 1.0));
                return ad::sum(xt::sin(ad::matmul(gram, x)));
            }},
        {"part", [](matrix const& x)
            {
                matrix y = x * x;
                xt::view(y, 0, xt::all()) = xt::view(x, 0, xt::all()) * 3.0;
                return ad::sum(y * y * y);
            }},
        {"where", [](matrix const& x) { return ad::sum(xt::where(x > 0.8, xt::sqrt(x - 0.8), x * x * x)); }},
    };
    for (auto const& s : shapes)
        for (auto const& [name, f] : functions)
            agree(name, f, wave(s[0], s[1], 0.1), wave(s[0], s[1], 2.0));
}

BOOST_AUTO_TEST_CASE(statements_that_only_know_recorded_derivatives)
{
    const function rule = [](matrix const& x)
    {
        const auto cube = ad::custom_rule("cube", [](auto const& y) { return y * y * y; })
                              .vjp([](auto const& g, auto const&, auto const& y) { return g * 3.0 * y * y; });
        return ad::sum(cube(x) * 2.0);
    };
    agree("custom rule", rule, wave(3, 5, 0.1), wave(3, 5, 2.0));
}

BOOST_AUTO_TEST_CASE(hessians_are_those_of_the_recorded_gradient)
{
    const auto f = [](auto const& x) { return ad::logsumexp(xt::sin(x) * x) * ad::sum(x * x); };
    const plain x = wave(2, 3, 0.5);
    const auto h = ad::hessian(f)(x);
    const auto recorded = ad::jacrev(ad::grad(f))(x);
    for (std::size_t i = 0; i < 6; ++i)
        for (std::size_t j = 0; j < 6; ++j)
        {
            const auto at = [&](auto const& m) { return m.data_handle()->template data<double>()[6 * i + j]; };
            BOOST_TEST(std::abs(at(h) - at(recorded)) <= 1e-13 * (1 + std::abs(at(recorded))));
            BOOST_TEST(std::abs(at(h) - h.data_handle()->data<double>()[6 * j + i]) <= 1e-13);
        }
    BOOST_TEST(ad::hessian([](auto const& t) { return exp(t) * t; })(1.0) == 3 * std::exp(1.0), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(zero_adjoints_that_move)
{
    // (log x)^2 / 2 at 1: the adjoint of log is 0, its tangent is not; f'' = (1 - log x) / x^2
    const auto f = [](auto const& x) { return 0.5 * ad::sum(xt::square(xt::log(x))); };
    const xt::xtensor<double, 1> x{1.0, 2.0}, v{1.0, 1.0};
    const auto d = ad::hvp(f, x, v);
    BOOST_TEST(d(0) == 1.0);
    BOOST_TEST(d(1) == (1 - std::log(2.0)) / 4, boost::test_tools::tolerance(1e-15));
}

BOOST_AUTO_TEST_CASE(float_structures_and_wrong_directions)
{
    const xt::xtensor<float, 1> x{1.0f, 2.0f}, v{1.0f, -1.0f};
    const auto d = ad::hvp([](auto const& a) { return ad::sum(a * a * a); }, x, v);
    BOOST_TEST(d(0) == 6.0f);
    BOOST_TEST(d(1) == -12.0f);
    // sum(a^2) s
    const auto f = [](auto const& a, auto const& s) { return ad::sum(a * a) * s; };
    const xt::xtensor<double, 1> p{1.0, 2.0}, w{1.0, 0.0};
    const auto [of_a, of_s] = ad::hvp(f, std::tuple(p, 3.0), std::tuple(w, 1.0));
    BOOST_TEST(of_a(0) == 2 * 3.0 + 2 * 1.0);
    BOOST_TEST(of_a(1) == 2 * 2.0);
    BOOST_TEST(of_s == 2 * 1.0);
    BOOST_CHECK_THROW(ad::hvp([](auto const& a) { return ad::sum(a * a); }, x, xt::xtensor<float, 1>{1.0f}), ad::shape_error);
    // the call before leaves nothing behind
    BOOST_TEST(!ad::runtime::thread.recording);
    BOOST_TEST(ad::hvp([](auto const& a) { return ad::sum(a * a); }, x, v)(0) == 2.0f);
}

BOOST_AUTO_TEST_CASE(inside_a_recording)
{
    // plain arguments inside a recording: the same numbers, and the outer tape is left alone
    const xt::xtensor<double, 1> x{1.0, 2.0}, v{1.0, 1.0};
    const auto f = [](auto const& a) { return ad::sum(a * a * a); };
    ad::variable<double> c = 2.0;
    ad::tape t;
    const auto y = c * c;
    const auto d = ad::hvp(f, x, v);
    BOOST_TEST(d(1) == 12.0);
    BOOST_TEST(*t.gradient(y, c) == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
