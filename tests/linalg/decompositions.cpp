// SPDX-License-Identifier: BSL-1.0
// Linear algebra on the tape: values against identities and closed forms, reverse mode against forward mode and finite differences.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    namespace la = etape::linalg;
    using matrix = xt::xtensor<double, 2>;
    using vector = xt::xtensor<double, 1>;

    const matrix a{{4, 1, -0.5}, {0.3, 3, 0.7}, {-1, 0.2, 2.5}}, b{{1, 2}, {-1, 0.5}, {0.3, 0.8}};
    const matrix weights{{0.3, -1, 0.7}, {0.2, 1.1, 0.4}, {-0.6, 0.9, 1.3}};
    const matrix tall{{1, 2}, {-0.5, 1.5}, {0.7, -0.3}, {2, 0.4}};
    const vector v{1, -2, 0.5}, y{1, 2, 3, 4};

    matrix product(matrix const& left, matrix const& right)
    {
        matrix c = xt::zeros<double>({left.shape()[0], right.shape()[1]});
        for (std::size_t i = 0; i < c.shape()[0]; ++i)
            for (std::size_t j = 0; j < c.shape()[1]; ++j)
                for (std::size_t k = 0; k < left.shape()[1]; ++k)
                    c(i, j) += left(i, k) * right(k, j);
        return c;
    }
    matrix flipped(matrix const& m)
    {
        return xt::transpose(m);
    }
    double apart(matrix const& left, matrix const& right)
    {
        BOOST_TEST_REQUIRE(left.size() == right.size());
        double worst = 0;
        for (std::size_t i = 0; i < left.size(); ++i)
            worst = std::max(worst, std::abs(left.data()[i] - right.data()[i]));
        return worst;
    }
    matrix identity(std::size_t n)
    {
        matrix e = xt::zeros<double>({n, n});
        for (std::size_t i = 0; i < n; ++i)
            e(i, i) = 1;
        return e;
    }
    matrix positive(matrix const& m)
    {
        return product(m, flipped(m));
    }

    // Reverse mode, forward mode and finite differences.
    template <class F, class... X>
    void modes_agree(F f, X const&... x)
    {
        const auto report = ad::verify::compare_modes(f, x...);
        BOOST_TEST(report.agree, report);
        BOOST_TEST(report.entries > 0u);
    }
    // The second derivatives by every nesting.
    template <class F>
    void orders_agree(F f, matrix const& x)
    {
        const auto forward_over_reverse = ad::hessian(f)(x);
        const auto rr = ad::jacrev(ad::grad(f))(x);
        const auto rf = ad::jacrev(ad::jacfwd(f))(x);
        const auto ff = ad::jacfwd(ad::jacfwd(f))(x);
        // finite differences of the gradient along one direction
        const double h = 1e-5;
        const matrix direction = xt::cos(x * 3.0), up = x + h * direction, down = x - h * direction;
        const auto along = ad::hvp(f, x, direction);
        const auto g_up = ad::grad(f)(up), g_down = ad::grad(f)(down);
        double largest = 0, worst = 0, other = 0;
        for (std::size_t i = 0; i < forward_over_reverse.size(); ++i)
        {
            const double fr = forward_over_reverse.data()[i];
            largest = std::max(largest, std::abs(fr));
            for (double next : {rr.data()[i], rf.data()[i], ff.data()[i]})
                worst = std::max(worst, std::abs(next - fr));
        }
        for (std::size_t i = 0; i < along.size(); ++i)
            other = std::max(other, std::abs(along.data()[i] - (g_up.data()[i] - g_down.data()[i]) / (2 * h)));
        BOOST_TEST(largest > 0);
        BOOST_TEST(worst <= 1e-12 * largest);
        BOOST_TEST(other <= 1e-7 * std::max(1.0, largest));
    }
}

BOOST_AUTO_TEST_SUITE(decompositions)

BOOST_AUTO_TEST_CASE(values_satisfy_what_defines_them)
{
    const matrix spd = positive(a);
    BOOST_TEST(apart(product(a, la::inv(a)), identity(3)) < 1e-15 * 10);
    BOOST_TEST(apart(product(a, la::solve(a, b)), b) < 1e-15 * 10);
    BOOST_TEST(std::abs(la::det(a) - 28.41 + 1.95) < 1e-13);
    const auto [sign, logabsdet] = la::slogdet(matrix(-a));
    BOOST_TEST(sign == -1);
    BOOST_TEST(std::abs(std::exp(logabsdet) - la::det(a)) < 1e-13);
    const matrix l = la::cholesky(spd);
    BOOST_TEST(apart(positive(l), spd) < 1e-14);
    BOOST_TEST((l(0, 1) == 0 && l(0, 2) == 0 && l(1, 2) == 0 && l(2, 2) > 0));
    BOOST_TEST(apart(product(spd, la::cho_solve(l, b)), b) < 1e-14);
    const auto e = la::eigh(spd);
    matrix scaled = e.vectors;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            scaled(i, j) *= e.values(j);
    BOOST_TEST(apart(product(scaled, flipped(e.vectors)), spd) < 1e-13);
    BOOST_TEST((e.values(0) < e.values(1) && e.values(1) < e.values(2)));
    const auto f = la::qr(tall);
    BOOST_TEST(apart(product(f.q, f.r), tall) < 1e-14);
    BOOST_TEST(apart(product(flipped(f.q), f.q), identity(2)) < 1e-15 * 10);
    BOOST_TEST(f.r(1, 0) == 0);
    // the residual of a least-squares fit is orthogonal to the columns
    const vector x = la::lstsq(tall, y);
    for (std::size_t j = 0; j < 2; ++j)
    {
        double dot = 0;
        for (std::size_t i = 0; i < 4; ++i)
            dot += tall(i, j) * (tall(i, 0) * x(0) + tall(i, 1) * x(1) - y(i));
        BOOST_TEST(std::abs(dot) < 1e-13);
    }
    BOOST_TEST(la::trace(a) == 9.5);
    BOOST_TEST(apart(la::matrix_power(a, 3), product(a, product(a, a))) < 1e-13);
    BOOST_TEST(apart(la::matrix_power(a, -2), product(la::inv(a), la::inv(a))) < 1e-15);
    BOOST_TEST(apart(la::matrix_power(a, 0), identity(3)) == 0);
    BOOST_TEST(la::outer(v, y)(1, 2) == -6);
}

BOOST_AUTO_TEST_CASE(the_exponential_in_closed_form)
{
    // of a rotation, at norms that take every degree and several squarings
    for (double t : {0.01, 0.2, 0.7, 1.6, 4.0, 40.0})
    {
        const matrix turn{{0, -t}, {t, 0}}, found = la::expm(turn);
        const matrix expected{{std::cos(t), -std::sin(t)}, {std::sin(t), std::cos(t)}};
        BOOST_TEST(apart(found, expected) < 4e-16 * std::max(4.0, 8 * t));
    }
    // of a nilpotent matrix: 1 + n + n^2/2
    const matrix n{{0, 2, 1}, {0, 0, 3}, {0, 0, 0}};
    BOOST_TEST(apart(la::expm(n), matrix{{1, 2, 4}, {0, 1, 3}, {0, 0, 1}}) < 1e-15 * 4);
}

BOOST_AUTO_TEST_CASE(solutions_inverse_and_determinants)
{
    modes_agree([](auto const& x) { return xt::sum(la::inv(x) * weights); }, a);
    modes_agree([](auto const& x, auto const& r) { return xt::sum(xt::square(la::solve(x, r))); }, a, b);
    modes_agree([](auto const& x, auto const& r) { return xt::sum(xt::square(la::solve(x, r))); }, a, v);
    modes_agree([](auto const& x) { return xt::sum(xt::square(la::solve(x, b))); }, a);
    modes_agree([](auto const& r) { return xt::sum(xt::square(la::solve(a, r))); }, v);
    modes_agree([](auto const& x) { return la::det(x); }, a);
    modes_agree([](auto const& x) { return la::slogdet(-x).logabsdet; }, a);
    modes_agree([](auto const& x) { return la::trace(la::matmul(x, x)); }, a);
    modes_agree([](auto const& x, auto const& r) { return xt::sum(xt::square(la::outer(x, r))); }, v, y);
    // the same with operands that are expressions and views
    modes_agree([](auto const& x) { return xt::sum(la::solve(xt::transpose(x) + weights, xt::view(x, xt::all(), 1))); }, a);
}

BOOST_AUTO_TEST_CASE(triangular_systems)
{
    for (bool lower : {false, true})
        for (bool transposed : {false, true})
            for (bool unit : {false, true})
            {
                const la::triangle t{lower, transposed, unit};
                modes_agree([&](auto const& x, auto const& r) { return xt::sum(xt::square(la::solve_triangular(x, r, t))); }, a, b);
                modes_agree([&](auto const& x, auto const& r) { return xt::sum(xt::square(la::solve_triangular(x, r, t))); }, a, v);
                // what is not read has no derivative, whatever stands there
                matrix rest = a;
                for (std::size_t i = 0; i < 3; ++i)
                    for (std::size_t j = 0; j < 3; ++j)
                        if (lower ? j > i : j < i)
                            rest(i, j) = std::nan("");
                const auto g = ad::grad([&](auto const& x) { return xt::sum(la::solve_triangular(x, b, t)); })(rest);
                for (std::size_t i = 0; i < 3; ++i)
                    for (std::size_t j = 0; j < 3; ++j)
                        if ((lower ? j > i : j < i) || (unit && i == j))
                            BOOST_TEST(g(i, j) == 0);
                        else
                            BOOST_TEST(std::isfinite(g(i, j)));
            }
}

BOOST_AUTO_TEST_CASE(factorisations)
{
    modes_agree([](auto const& x) { return xt::sum(la::cholesky(x) * weights); }, positive(a));
    modes_agree([](auto const& x, auto const& r) { return xt::sum(xt::square(la::cho_solve(la::cholesky(x), r))); }, positive(a), b);
    modes_agree([](auto const& x) { return xt::sum(la::eigvalsh(x) * v); }, a);
    modes_agree([](auto const& x)
                {
                    const auto e = la::eigh(x);
                    return xt::sum(xt::square(e.vectors) * weights) + xt::sum(e.values * v);
                },
                a);
    modes_agree([](auto const& x)
                {
                    const auto f = la::qr(x);
                    return xt::sum(f.q * f.q * f.q) + xt::sum(f.r * xt::view(weights, xt::range(0, 2), xt::range(0, 2)));
                },
                tall);
    modes_agree([](auto const& x) { return xt::sum(la::qr(x).r * weights); }, a);
    modes_agree([](auto const& x, auto const& r) { return xt::sum(xt::square(la::lstsq(x, r))); }, tall, y);
}

BOOST_AUTO_TEST_CASE(exponential_and_powers)
{
    for (double scale : {0.001, 0.03, 0.1, 0.3, 1.0, 6.0})
        modes_agree([&](auto const& x) { return xt::sum(la::expm(x * scale) * weights) / std::exp(4 * scale); }, a);
    for (int n : {-3, -1, 0, 1, 2, 7})
        modes_agree([&](auto const& x) { return xt::sum(la::matrix_power(x, n) * weights); }, matrix(a / 4.0));
}

BOOST_AUTO_TEST_CASE(second_derivatives)
{
    orders_agree([](auto const& x) { return xt::sum(la::inv(x) * weights); }, a);
    orders_agree([](auto const& x) { return xt::sum(xt::square(la::solve(x, v))); }, a);
    orders_agree([](auto const& x) { return la::det(x); }, a);
    orders_agree([](auto const& x) { return la::slogdet(x).logabsdet; }, a);
    orders_agree([](auto const& x) { return xt::sum(xt::square(la::solve_triangular(x, b))); }, a);
    orders_agree([](auto const& x) { return xt::sum(la::cholesky(x) * weights); }, positive(a));
    orders_agree([](auto const& x)
                 {
                     const auto e = la::eigh(x);
                     return xt::sum(xt::square(e.vectors) * weights) + xt::sum(xt::square(e.values) * v);
                 },
                 a);
    orders_agree([](auto const& x)
                 {
                     const auto f = la::qr(x);
                     return xt::sum(f.q * f.q * f.q) + xt::sum(f.r * f.r * f.r);
                 },
                 tall);
    orders_agree([](auto const& x) { return xt::sum(la::expm(x) * weights) / 100.0; }, a);
}

BOOST_AUTO_TEST_SUITE_END()
