// SPDX-License-Identifier: BSL-1.0
// Linear algebra at its edges: singular and indefinite matrices, empty ones, single precision, what is not recorded, misuse.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <etape/etape.hpp>

namespace
{
    namespace ad = etape;
    namespace la = etape::linalg;
    using matrix = xt::xtensor<double, 2>;
    using vector = xt::xtensor<double, 1>;

    const matrix a{{4, 1, -0.5}, {0.3, 3, 0.7}, {-1, 0.2, 2.5}}, singular{{1, 2, 3}, {2, 4, 6}, {0, 1, 5}};
    const vector v{1, -2, 0.5};

    template <class E, class F>
    void throws(F f, std::string const& text)
    {
        BOOST_CHECK_EXCEPTION(f(), E, [&](E const& e)
            {
                const bool found = std::string(e.what()).find(text) != std::string::npos;
                BOOST_TEST(found, e.what());
                return found;
            });
    }
}

BOOST_AUTO_TEST_SUITE(matrix_edges)

BOOST_AUTO_TEST_CASE(matrices_without_an_inverse)
{
    ad::variable<double, 2> x(singular);
    ad::tape tape;
    throws<ad::linalg_error>([&] { return la::inv(x); }, "etape: linalg::inv: found a singular matrix (pivot 2 of its LU factorisation is 0)");
    throws<ad::linalg_error>([&] { return la::solve(x, v); }, "etape: linalg::solve: found a singular matrix");
    throws<ad::linalg_error>([&] { return la::matrix_power(x, -1); }, "etape: linalg::matrix_power: found a singular matrix");
    throws<ad::linalg_error>([&] { return la::solve_triangular(x - singular, v); },
                             "etape: linalg::solve_triangular: found a triangular matrix with 0 in place 0 of its diagonal");
    // the tape goes on
    const auto y = xt::sum(la::inv(x + a));
    BOOST_TEST(tape.gradient(y, x).has_value());
}

BOOST_AUTO_TEST_CASE(the_determinant_of_a_singular_matrix_has_a_gradient)
{
    ad::variable<double, 2> x(singular);
    ad::tape tape;
    const auto d = la::det(x);
    BOOST_TEST(d.value() == 0);
    const auto g = *tape.gradient(d, x);
    // the cofactors
    const matrix expected{{14, -10, 2}, {-7, 5, -1}, {0, 0, 0}};
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_TEST(std::abs(g.data()[i] - expected.data()[i]) < 1e-13);
    // of rank n - 2 they are all 0
    const auto none = ad::grad([](auto const& m) { return la::det(m); })(matrix{{1, 2, 3}, {2, 4, 6}, {3, 6, 9}});
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_TEST(std::abs(none.data()[i]) < 1e-13);
    throws<ad::linalg_error>([] { return ad::hessian([](auto const& m) { return la::det(m); })(singular); },
                             "etape: linalg::det: found a singular matrix, expected one of full rank where a derivative of the derivative");
    const auto [sign, logabsdet] = la::slogdet(singular);
    BOOST_TEST(sign == 0);
    BOOST_TEST(logabsdet == -std::numeric_limits<double>::infinity());
}

BOOST_AUTO_TEST_CASE(the_determinant_of_a_matrix_that_is_singular_up_to_rounding)
{
    const auto f = [](auto const& m) { return la::det(m); };
    const auto refused = [](auto g)
    {
        throws<ad::linalg_error>(g, "etape: linalg::det: found a matrix that is singular up to rounding, expected one of full rank where a "
                                    "derivative of the derivative");
    };
    // of rank 2, but no pivot comes out as 0
    const matrix x{{0.1, 0.4, 0.7}, {0.2, 0.5, 0.8}, {0.3, 0.6, 0.9}}, cofactors{{-0.03, 0.06, -0.03}, {0.06, -0.12, 0.06}, {-0.03, 0.06, -0.03}};
    BOOST_TEST_REQUIRE(la::det(x) != 0);
    const auto g = ad::grad(f)(x);
    const auto by_columns = ad::jacfwd(f)(x);
    for (std::size_t i = 0; i < 9; ++i)
    {
        BOOST_TEST(std::abs(g.data()[i] - cofactors.data()[i]) < 1e-15);
        BOOST_TEST(std::abs(by_columns.data()[i] - cofactors.data()[i]) < 1e-15);
    }
    refused([&] { return ad::hessian(f)(x); });
    refused([&] { return ad::hvp(f, x, a); });
    refused([&] { return ad::jacrev(ad::grad(f))(x); });
    refused([&] { return ad::jacrev(ad::jacfwd(f))(x); });
    refused([&] { return ad::jacfwd(ad::jacfwd(f))(x); });
    refused([&] { return ad::hessian(f)(xt::xtensor<float, 2>(xt::cast<float>(x))); });
    // the tape goes on
    ad::variable<double, 2> v2(x);
    ad::tape tape;
    refused([&] { return ad::hessian(f)(x); });
    BOOST_TEST(std::abs((*tape.gradient(la::det(v2) * 2.0, v2))(1, 1) + 0.24) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_determinant_of_a_matrix_that_only_looks_singular)
{
    const auto f = [](auto const& m) { return la::det(m); };
    // d2 det / d m00 d m11 = m22, d2 det / d m01 d m10 = -m22, d2 det / d m00 d m00 = 0
    const auto check = [&](matrix const& m, double bound)
    {
        const auto h = ad::hessian(f)(m);
        BOOST_TEST(std::abs(h(0, 0, 1, 1) - m(2, 2)) <= bound * std::abs(m(2, 2)));
        BOOST_TEST(std::abs(h(0, 1, 1, 0) + m(2, 2)) <= bound * std::abs(m(2, 2)));
        BOOST_TEST(std::abs(h(0, 0, 0, 0)) <= bound * std::abs(m(2, 2)));
    };
    check(a, 1e-14);
    // a condition of 1e8 costs eight digits
    matrix ill = singular;
    ill(0, 0) += 1e-8;
    check(ill, 1e-6);
    // units of rows and columns are no loss
    check(matrix{{1e-20, 0, 0}, {0, 1, 0}, {0, 0, 1e20}}, 1e-14);
    matrix scaled = a;
    const double by_row[] = {1e-30, 1, 1e12}, by_column[] = {1e9, 1e-20, 1};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            scaled(i, j) *= by_row[i] * by_column[j];
    const auto h = ad::hessian(f)(scaled);
    BOOST_TEST(std::abs(h(0, 0, 1, 1) - scaled(2, 2)) <= 1e-14 * scaled(2, 2));
    // NaN goes on, as in arithmetic
    matrix broken = a;
    broken(1, 2) = std::nan("");
    BOOST_TEST(std::isnan(ad::hessian(f)(broken)(0, 0, 1, 1)));
}

BOOST_AUTO_TEST_CASE(columns_that_depend_on_each_other_up_to_rounding)
{
    const std::string text = "found a matrix whose columns depend on each other up to rounding, expected one of full column rank";
    const matrix twice{{1, 2}, {2, 4}}, tall{{0.1, 0.3}, {0.7, 2.1}, {0.2, 0.6}};
    const vector two{1, 2}, three{1, 2, 3};
    throws<ad::linalg_error>([&] { return la::lstsq(twice, two); }, "etape: linalg::lstsq: " + text);
    throws<ad::linalg_error>([&] { return la::lstsq(tall, three); }, text);
    throws<ad::linalg_error>([&] { return la::lstsq(ad::variable<double, 2>(tall), three); }, text);
    throws<ad::linalg_error>([&] { return la::lstsq(matrix{{0, 1}, {0, 2}}, two); }, text);
    throws<ad::linalg_error>([&] { return la::lstsq(xt::xtensor<float, 2>(xt::cast<float>(tall)), xt::xtensor<float, 1>{1, 2, 3}); }, text);
    // the third column is 0.3 of the first and 1.1e6 times the small difference of the first two: rounding leaves far more than eps on the
    // diagonal of R
    const matrix close_pair{{1, 1, 0.3}, {0.3, 0.3 + 1e-6, 1.19}, {0.7, 0.7 - 1e-6, -0.89}};
    BOOST_TEST(std::abs(la::qr(close_pair).r(2, 2)) > 1e-13);
    throws<ad::linalg_error>([&] { return la::lstsq(close_pair, three); }, text);
    // qr has values, and no derivatives
    for (matrix const& m : {twice, tall})
    {
        const auto f = la::qr(m);
        BOOST_TEST(std::abs(f.q(0, 0) * f.r(0, 1) + f.q(0, 1) * f.r(1, 1) - m(0, 1)) < 1e-14);
        const auto of_q = [](auto const& x) { return xt::sum(la::qr(x).q); };
        const auto of_r = [](auto const& x) { return xt::sum(la::qr(x).r); };
        throws<ad::linalg_error>([&] { return ad::grad(of_q)(m); }, "etape: linalg::qr: " + text);
        throws<ad::linalg_error>([&] { return ad::grad(of_r)(m); }, "etape: linalg::qr: " + text);
        throws<ad::linalg_error>([&] { return ad::jacfwd(of_q)(m); }, "etape: linalg::qr: " + text);
        throws<ad::linalg_error>([&] { return ad::jacfwd(of_r)(m); }, "etape: linalg::qr: " + text);
    }
    // columns of other units, and a distance of 1e-8, are of full rank
    const vector fit = la::lstsq(matrix{{1, 1e-20}, {2, -3e-20}, {0.5, 4e-20}}, vector{3, -4, 8.5});
    BOOST_TEST(std::abs(fit(0) - 1) < 1e-14);
    BOOST_TEST(std::abs(fit(1) - 2e20) < 1e6);
    const vector close = la::lstsq(matrix{{1, 1}, {1, 1 + 1e-8}}, vector{2, 2 + 1e-8});
    BOOST_TEST(std::abs(close(0) - 1) < 1e-6);
    const auto g = ad::grad([](auto const& x) { return xt::sum(la::qr(x).r); })(matrix{{1, 1}, {1, 1 + 1e-8}});
    BOOST_TEST(std::isfinite(g(0, 0)));
}

BOOST_AUTO_TEST_CASE(matrices_whose_type_does_not_say_their_rank)
{
    const matrix one = xt::eye<double>(3), spd{{4, 1, 0}, {1, 3, 0.5}, {0, 0.5, 2}};
    const auto sums = [](auto const& m, auto const& e)
    {
        const auto x = m + 0.25 * e;
        const auto l = la::cholesky(x);
        const auto f = la::qr(x);
        const auto w = la::eigh(m - 0.5 * e);
        return xt::sum(la::cho_solve(l, v)) + la::det(m - e) + la::trace(m * e) + xt::sum(la::inv(m + 2.0 * e)) + xt::sum(la::solve(x, v)) +
            xt::sum(la::solve_triangular(l + e, v)) + xt::sum(f.q * f.r) + xt::sum(w.values * v) + xt::sum(la::eigvalsh(x)) +
            xt::sum(la::lstsq(x, v)) + xt::sum(la::expm(0.1 * (m + e))) + xt::sum(la::matrix_power(m - 0.5 * e, 3)) + la::slogdet(x).logabsdet;
    };
    const auto with_generator = [&](auto const& m) { return sums(m, xt::eye<double>(3)); };
    const auto with_matrix = [&](auto const& m) { return sums(m, one); };
    const auto g = ad::grad(with_generator)(spd), expected = ad::grad(with_matrix)(spd);
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_TEST(g.data()[i] == expected.data()[i]);
    // without a tracked operand, and as a plain operand beside a tracked one
    const ad::constant<double, 2> l = la::cholesky(spd + 1e-6 * xt::eye<double>(3)), same = la::cholesky(spd + 1e-6 * one);
    BOOST_TEST((l == same));
    BOOST_TEST(la::det(xt::eye<double>(3)) == 1);
    const xt::xarray<double> dynamic = spd;
    const ad::variable<double, 1> r(v);
    ad::tape tape(true);
    const auto slope = [&](auto const& m) { return *tape.gradient(xt::sum(la::solve(m, r)), r); };
    BOOST_TEST((slope(dynamic) == slope(spd)));
    BOOST_TEST((slope(spd + xt::eye<double>(3)) == slope(matrix(spd + one))));
    // the rank is checked when it is known
    const xt::xarray<double> line{1.0, 2.0, 3.0}, cube = xt::ones<double>({2, 2, 2}), many = xt::ones<double>(std::vector<std::size_t>(20, 1));
    throws<ad::shape_error>([&] { return la::inv(line); }, "etape: linalg::inv: found rank 1, expected rank 2");
    throws<ad::shape_error>([&] { return la::cholesky(r * line); }, "etape: linalg::cholesky: found rank 1, expected rank 2");
    throws<ad::shape_error>([&] { return la::solve(cube, r); }, "etape: linalg::solve: found rank 3, expected rank 2");
    throws<ad::shape_error>([&] { return la::trace(many); }, "etape: linalg::trace: found rank 20, expected rank 2");
}

BOOST_AUTO_TEST_CASE(matrices_that_are_not_positive_definite_or_not_finite)
{
    ad::variable<double, 2> x{{1, 2}, {2, 1}};
    throws<ad::linalg_error>([&] { return la::cholesky(x); },
                             "etape: linalg::cholesky: found a matrix that is not positive definite (its leading minor of order 2)");
    matrix broken = a;
    broken(1, 2) = std::nan("");
    throws<ad::linalg_error>([&] { return la::cholesky(broken); }, "etape: linalg::cholesky: found a matrix with NaN or infinite elements");
    throws<ad::linalg_error>([&] { return la::eigh(broken); }, "etape: linalg::eigh: found a matrix with NaN or infinite elements");
    // elsewhere NaN goes on, as in arithmetic
    BOOST_TEST(std::isnan(la::det(broken)));
    BOOST_TEST(std::isnan(la::inv(broken)(0, 0)));
    BOOST_TEST(std::isnan(la::expm(broken)(0, 0)));
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit)
{
    const ad::variable<double, 2> wide{{1, 2, 3}, {4, 5, 6}}, x(a);
    throws<ad::shape_error>([&] { return la::inv(wide); }, "etape: linalg::inv: found shape (2, 3), expected a square matrix");
    throws<ad::shape_error>([&] { return la::det(wide); }, "etape: linalg::det: found shape (2, 3), expected a square matrix");
    throws<ad::shape_error>([&] { return la::trace(wide); }, "etape: linalg::trace: found shape (2, 3), expected a square matrix");
    throws<ad::shape_error>([&] { return la::expm(wide); }, "etape: linalg::expm: found shape (2, 3), expected a square matrix");
    throws<ad::shape_error>([&] { return la::qr(wide); },
                            "etape: linalg::qr: found shape (2, 3), expected a matrix with at least as many rows as columns");
    throws<ad::shape_error>([&] { return la::solve(x, vector{1, 2}); },
                            "etape: linalg::solve: found a right-hand side of shape (2,) for a matrix of shape (3, 3), expected one of 3 rows");
    throws<ad::shape_error>([&] { return la::lstsq(x, vector{1, 2}); }, "etape: linalg::lstsq: found a right-hand side of shape (2,)");
}

BOOST_AUTO_TEST_CASE(empty_and_single_matrices)
{
    const ad::variable<double, 2> none = xt::zeros<double>({0, 0}), one{{4.0}};
    ad::tape tape(true);
    const auto d = la::det(none);
    BOOST_TEST(d.value() == 1);
    BOOST_TEST((*tape.gradient(d, none)).size() == 0u);
    BOOST_TEST(la::solve(none, ad::variable<double, 1>(vector::from_shape({0}))).size() == 0u);
    BOOST_TEST(la::eigvalsh(none).size() == 0u);
    BOOST_TEST(la::cholesky(none).size() == 0u);
    BOOST_TEST(la::expm(none).size() == 0u);
    BOOST_TEST(la::qr(none).q.size() == 0u);
    const auto y = xt::sum(la::inv(one)) + xt::sum(la::cholesky(one)) + la::det(one) + xt::sum(la::eigvalsh(one));
    // -1/16 + 1/4 + 1 + 1
    BOOST_TEST((*tape.gradient(y, one))(0, 0) == 2.1875);
    // no right-hand sides
    BOOST_TEST(la::solve(ad::variable<double, 2>(a), matrix(xt::zeros<double>({3, 0}))).size() == 0u);
}

BOOST_AUTO_TEST_CASE(equal_eigenvalues)
{
    // the values have a derivative in the direction of every symmetric function of them
    const auto total = [](auto const& m) { return xt::sum(xt::square(la::eigvalsh(m))); };
    const matrix twice{{2, 0, 0}, {0, 2, 0}, {0, 0, 5}};
    const auto g = ad::grad(total)(twice);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            BOOST_TEST(std::abs(g(i, j) - 2 * twice(i, j)) < 1e-14);
    // the vectors have none
    const auto of_vectors = ad::grad([](auto const& m) { return xt::sum(la::eigh(m).vectors); })(twice);
    BOOST_TEST(!std::isfinite(of_vectors(0, 1)));
}

BOOST_AUTO_TEST_CASE(single_precision)
{
    const xt::xtensor<float, 2> x = xt::cast<float>(a);
    const xt::xtensor<float, 1> r = xt::cast<float>(v);
    const auto value = [](auto const& m, auto const& s)
    {
        const auto e = la::eigh(m);
        return xt::sum(xt::square(la::solve(m, s))) + la::det(m) + xt::sum(e.values * e.values) + xt::sum(la::expm(m * 0.25f)) +
            xt::sum(la::cholesky(la::matmul(m, xt::transpose(m)))) + xt::sum(la::lstsq(m, s)) + la::slogdet(m).logabsdet;
    };
    const auto report = ad::verify::compare_modes(value, x, r);
    BOOST_TEST(report.agree, report);
}

BOOST_AUTO_TEST_CASE(a_step_of_the_sweep_uses_the_factorisation_again)
{
    // n = 200 with a known inverse: Sherman and Morrison
    const std::size_t n = 200;
    vector u = vector::from_shape({n}), w = u, right = u;
    for (std::size_t i = 0; i < n; ++i)
    {
        u(i) = std::sin(0.3 * static_cast<double>(i));
        w(i) = std::cos(0.7 * static_cast<double>(i));
        right(i) = 1.0 / (1.0 + static_cast<double>(i));
    }
    const ad::variable<double, 1> tracked(u), s(right);
    ad::tape tape;
    matrix diagonal = xt::zeros<double>({n, n});
    for (std::size_t i = 0; i < n; ++i)
        diagonal(i, i) = 3;
    const auto y = xt::sum(la::solve(la::outer(tracked, w) + diagonal, s) * w);
    const auto [to_u, to_s] = tape.gradient(y, tracked, s);
    // w.x = w.s / (3 + w.u), so d/du = -w (w.s) / (3 + w.u)^2 and d/ds = w / (3 + w.u)
    double ws = 0, wu = 3;
    for (std::size_t i = 0; i < n; ++i)
    {
        ws += w(i) * right(i);
        wu += w(i) * u(i);
    }
    for (std::size_t i = 0; i < n; ++i)
    {
        BOOST_TEST(std::abs((*to_u)(i) + w(i) * ws / (wu * wu)) < 1e-12);
        BOOST_TEST(std::abs((*to_s)(i)-w(i) / wu) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_recorded_says_so)
{
    const ad::variable<double, 2> x(a);
    {
        // a constant operand beside a tracked one
        const ad::variable<double, 1> r(v);
        ad::tape tape;
        const auto y = xt::sum(la::solve(ad::stop_gradient(x), r));
        const auto g = tape.gradient(y, x);
        BOOST_TEST(!g);
        BOOST_TEST((g.why() == ad::reason::detached), g.why_not().text);
        BOOST_TEST(g.why_not().text.find("read by linalg::solve at ") != std::string::npos, g.why_not().text);
    }
    {
        ad::tape tape;
        auto y = [&]
        {
            const auto pause = tape.stop_recording();
            return la::det(x);
        }();
        const auto g = tape.gradient(y * 2.0, x);
        BOOST_TEST((g.why() == ad::reason::recorded_while_paused), g.why_not().text);
        BOOST_TEST(g.why_not().text.find("linalg::det") != std::string::npos, g.why_not().text);
    }
    // the place of the call is the statement's
    ad::tape tape;
    const auto z = la::trace(x);
    BOOST_TEST(tape.statistics().statements == 1u);
    BOOST_TEST(tape.gradient(z, x).has_value());
}

BOOST_AUTO_TEST_CASE(a_checked_recording_finds_nothing)
{
    const ad::variable<double, 2> x(a);
    const ad::variable<double, 1> r(v);
    ad::tape tape;
    ad::verify::checked_recording check(ad::verify::on_wrong_rule::collect);
    const auto e = la::eigh(x);
    const ad::variable<double> y = xt::sum(la::solve(x, r)) + la::det(x) + xt::sum(xt::square(e.vectors) * a) + xt::sum(la::expm(x * 0.1)) +
        xt::sum(la::cholesky(la::matmul(x, xt::transpose(x)))) + xt::sum(la::qr(x).r);
    BOOST_TEST(check.wrong().empty(), check);
    BOOST_TEST(check.statements() > 10u);
    BOOST_TEST(std::isfinite(y.value()));
}

BOOST_AUTO_TEST_SUITE_END()
