// SPDX-License-Identifier: BSL-1.0
// Hessians times vectors of programs on arrays: all four compositions of modes agree, and agree with differences of gradients.
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
    using plain = xt::xtensor<double, 1>;
    using vector = ad::variable<double, 1>;
    using number = ad::variable<double>;
    using program = std::function<number(vector const&)>;

    const plain x{0.7, -1.3, 2.1, 0.4, -0.6, 1.7}, v{1.0, -0.5, 0.25, 2.0, 0.5, -1.0};
    const xt::xtensor<double, 2> m{{1.0, 2.0, -1.0}, {0.5, -2.0, 3.0}};

    // a as a matrix of two rows
    auto matrix(vector const& a)
    {
        return ad::tensor<double, 2>(xt::reshape_view(a, std::array<std::size_t, 2>{2, 3}));
    }

    struct named
    {
        const char* name;
        program f;
    };
    std::vector<named> programs()
    {
        return {
            {"a fused kernel", [](vector const& a) { return ad::sum(xt::exp(a) * xt::sin(a) + a * a * a); }},
            {"several statements",
             [](vector const& a)
             {
                 const ad::tensor<double, 1> b = xt::tanh(a * 2.0), c = b * b + a;
                 return ad::sum(xt::exp(c) * b / (c * c + 1.0));
             }},
            {"a number times an array", [](vector const& a) { const number s = ad::sum(a * a); return number(ad::sum(xt::sin(a * s)) * s); }},
            {"a row and a column",
             [](vector const& a)
             {
                 const auto row = xt::view(a, xt::newaxis(), xt::range(0, 3));
                 const auto column = xt::view(a, xt::range(3, 6), xt::newaxis());
                 return ad::sum(xt::exp(row * column) * row);
             }},
            {"views that overlap", [](vector const& a) { return ad::sum(xt::view(a, xt::range(1, 6)) * xt::view(a, xt::range(0, 5)) * xt::view(a, xt::range(0, 5))); }},
            {"a view backwards", [](vector const& a) { return ad::sum(xt::flip(a, 0) * a * a); }},
            {"a transposed matrix", [](vector const& a) { const auto b = matrix(a); return ad::sum(ad::matmul(b, xt::transpose(b)) * 0.5) * ad::sum(a); }},
            {"matrix products",
             [](vector const& a)
             {
                 const auto b = matrix(a);
                 const ad::tensor<double, 2> c = xt::sin(ad::matmul(b, xt::transpose(m)));
                 return ad::sum(c * c);
             }},
            {"a sum over an axis", [](vector const& a) { const auto s = ad::sum(matrix(a) * matrix(a), {1}); return ad::sum(s * s * s); }},
            {"a mean over an axis", [](vector const& a) { const auto s = ad::mean(xt::exp(matrix(a)), {0}); return ad::sum(s * s); }},
            {"a product over an axis", [](vector const& a) { const auto s = ad::prod(matrix(a), {1}); return ad::sum(s * s); }},
            {"a product with a zero", [](vector const& a) { return ad::prod(a - a * 0.0 + plain{-0.7, 0.0, 0.0, 0.0, 0.0, 0.0}); }},
            {"a product with two zeros", [](vector const& a) { return ad::prod(a + plain{-0.7, 1.3, 0.0, 0.0, 0.0, 0.0}); }},
            {"largest over an axis", [](vector const& a) { const auto s = ad::amax(matrix(a) * matrix(a), {1}); return ad::sum(s * s); }},
            {"variance over an axis", [](vector const& a) { const auto s = ad::variance(matrix(a), {1}); return ad::sum(s * s); }},
            {"mean", [](vector const& a) { const number s = ad::mean(a * a); return number(s * s); }},
            {"sums of absolute values", [](vector const& a) { const number s = ad::norm_l1(a * a * a); return number(s * s); }},
            {"squares", [](vector const& a) { const number s = ad::norm_sq(xt::sin(a)); return number(s * s); }},
            {"norm", [](vector const& a) { return ad::norm_l2(xt::exp(a) + a); }},
            {"largest", [](vector const& a) { const number s = ad::amax(a * a); return number(s * s * ad::amin(a)); }},
            {"logsumexp", [](vector const& a) { return ad::logsumexp(a * a * 2.0); }},
            {"product", [](vector const& a) { return ad::prod(xt::sin(a)); }},
            {"variance", [](vector const& a) { const number s = ad::variance(a * a); return number(s * s); }},
            {"standard deviation", [](vector const& a) { return ad::stddev(xt::exp(a)); }},
            {"where", [](vector const& a) { return ad::sum(xt::where(a > 0.0, a * a * a, xt::exp(a))); }},
            {"a pole in the branch not taken", [](vector const& a) { return ad::sum(xt::where(a > 0.5, xt::log(a) * a, a * a)); }},
            {"elements",
             [](vector const& a)
             {
                 number s = 1.0;
                 for (std::size_t i = 0; i < a.size(); ++i)
                     s = s * (a(i) + 2.0) + sin(s);
                 return s;
             }},
            {"packed numbers",
             [](vector const& a)
             {
                 const xt::xtensor<number, 1> p = {a(0) * a(1), a(2) * a(2), sin(a(3))};
                 return ad::sum(xt::exp(p) * p);
             }},
            {"assignment to a part",
             [](vector const& a)
             {
                 vector b = a * a;
                 xt::view(b, xt::range(1, 4)) = xt::view(a, xt::range(0, 3)) * 2.0;
                 xt::view(b, xt::range(0, 6, 2)) *= xt::view(b, xt::range(1, 6, 2));
                 return ad::sum(b * b * a);
             }},
            {"plain arrays beside it",
             [](vector const& a)
             {
                 plain c{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
                 const number s = ad::sum(a * a * c);
                 c.fill(0.0);
                 return number(s * s);
             }},
            {"another precision",
             [](vector const& a)
             {
                 const ad::variable<float> f(ad::sum(a * a));
                 return number(ad::variable<double>(f * f));
             }},
        };
    }

    using slope = std::function<ad::tensor<double, 1>(vector const&)>;
    ad::tensor<double, 1> gradient(program const& f, vector const& a)
    {
        return ad::grad(f)(a);
    }
    number along(program const& f, vector const& a, plain const& d)
    {
        return ad::jvp(f, a, d).tangent;
    }
    plain numbers(ad::tensor<double, 1> const& t)
    {
        return ad::value(t);
    }
    plain reverse_over_reverse(program const& f)
    {
        return numbers(gradient([&](vector const& a) { return ad::sum(gradient(f, a) * v); }, vector(x)));
    }
    plain reverse_over_forward(program const& f)
    {
        return numbers(gradient([&](vector const& a) { return along(f, a, v); }, vector(x)));
    }
    plain forward_over_reverse(program const& f)
    {
        return numbers(ad::jvp([&](vector const& a) { return gradient(f, a); }, vector(x), v).tangent);
    }
    plain forward_over_forward(program const& f)
    {
        plain h = xt::zeros<double>({x.size()});
        for (std::size_t i = 0; i < x.size(); ++i)
        {
            plain e = xt::zeros<double>({x.size()});
            e(i) = 1.0;
            h(i) = along([&](vector const& a) { return along(f, a, v); }, vector(x), e).value();
        }
        return h;
    }
    plain difference(program const& f)
    {
        const auto at = [&](double h) { const plain p = x + h * v; return numbers(gradient(f, vector(p))); };
        const double h = 1e-3;
        return (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h);
    }
    double distance(plain const& a, plain const& b)
    {
        double d = 0, size = 1;
        for (std::size_t i = 0; i < a.size(); ++i)
        {
            d = etape_test::worse(d, std::abs(a(i) - b(i)));
            size = std::max(size, std::abs(b(i)));
        }
        return d / size;
    }
}

BOOST_AUTO_TEST_SUITE(order_of_arrays)

BOOST_AUTO_TEST_CASE(four_compositions_agree)
{
    for (auto const& [name, f] : programs())
    {
        BOOST_TEST_CONTEXT(name)
        {
            const bool single = std::string(name) == "another precision";
            const plain rr = reverse_over_reverse(f), numeric = difference(f);
            const double close = single ? 1e-5 : 1e-12;
            if (!single)
                BOOST_TEST(distance(rr, numeric) < 1e-8);
            BOOST_TEST(distance(forward_over_reverse(f), rr) < close);
            BOOST_TEST(distance(reverse_over_forward(f), rr) < close);
            BOOST_TEST(distance(forward_over_forward(f), rr) < close);
            BOOST_TEST(distance(ad::hvp(f, x, v), rr) < close);
            if (single)
                BOOST_TEST(rr(0) != 0.0);
        }
    }
}

BOOST_AUTO_TEST_CASE(third_order_agrees)
{
    for (auto const& [name, f] : programs())
    {
        if (std::string(name) == "another precision")
            continue;
        BOOST_TEST_CONTEXT(name)
        {
            const program rr = [&, f = f](vector const& a)
            { return ad::sum(gradient([&](vector const& b) { return ad::sum(gradient(f, b) * v); }, a) * v); };
            const program ff = [&, f = f](vector const& a) { return along([&](vector const& b) { return along(f, b, v); }, a, v); };
            const plain rrr = numbers(gradient(rr, vector(x)));
            BOOST_TEST(distance(numbers(gradient(ff, vector(x))), rrr) < 1e-11);
            const number frr = along(rr, vector(x), v), fff = along(ff, vector(x), v);
            double inner = 0;
            for (std::size_t i = 0; i < x.size(); ++i)
                inner += rrr(i) * v(i);
            BOOST_TEST(std::abs(frr.value() - inner) < 1e-11 * (1 + std::abs(inner)));
            BOOST_TEST(std::abs(fff.value() - inner) < 1e-11 * (1 + std::abs(inner)));
        }
    }
}

// A gradient penalty, as it is used in training.
BOOST_AUTO_TEST_CASE(gradient_penalty_on_tapes)
{
    const vector a(x);
    ad::tape outer;
    const auto g = [&]
    {
        ad::tape inner;
        return *inner.gradient(ad::sum(a * a * a), a, ad::differentiable);
    }();
    const auto penalty = ad::sum(g * g) + ad::sum(a);  // 9 a^4 + a
    const auto d = *outer.gradient(penalty, a);
    for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_TEST(d(i) == 36 * x(i) * x(i) * x(i) + 1, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_SUITE_END()
