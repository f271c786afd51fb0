// SPDX-License-Identifier: BSL-1.0
// Eigen matrices of active scalars, where Eigen is installed.
#include <boost/test/unit_test.hpp>

#ifdef ETAPE_TEST_WITH_EIGEN
#include <Eigen/Dense>

#include <etape/etape.hpp>
#include <etape/with/eigen.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using matrix = Eigen::Matrix<number, Eigen::Dynamic, Eigen::Dynamic>;
    const auto near = boost::test_tools::tolerance(1e-13);
}

BOOST_AUTO_TEST_SUITE(eigen)

BOOST_AUTO_TEST_CASE(products_and_determinants)
{
    const number x = 2.0;
    ad::tape t(true);
    matrix a(3, 3);
    a << x, 1.0, 0.0, 1.0, x, 1.0, 0.0, 1.0, x;
    // det = x^3 - 2 x
    for (number const& d : {number(a.determinant()), number(a.partialPivLu().determinant()), number(a.fullPivLu().determinant())})
    {
        BOOST_TEST(d.value() == 4.0, near);
        BOOST_TEST(*t.gradient(d, x) == 10.0, near);
    }
    // trace of a^2 = 3 x^2 + 4
    BOOST_TEST(*t.gradient(number((a * a).trace()), x) == 12.0, near);
    // (a^-1)_00 = (x^2 - 1)/(x^3 - 2 x)
    const matrix b = matrix::Identity(3, 3);
    BOOST_TEST(*t.gradient(number(a.lu().solve(b)(0, 0)), x) == (4.0 * 4.0 - 3.0 * 10.0) / 16.0, near);
}

BOOST_AUTO_TEST_CASE(with_plain_matrices)
{
    const number x = 2.0;
    ad::tape t(true);
    const Eigen::Matrix2d m = (Eigen::Matrix2d() << 1.0, 2.0, 3.0, 4.0).finished();
    Eigen::Matrix<number, 2, 1> v(x, x * x);
    const Eigen::Matrix<number, 2, 1> left = m * v;
    BOOST_TEST(left(1).value() == 22.0);
    BOOST_TEST(*t.gradient(left(1), x) == 3.0 + 4.0 * 4.0);
    const Eigen::Matrix<number, 1, 2> right = v.transpose() * m;
    BOOST_TEST(*t.gradient(right(1), x) == 2.0 + 4.0 * 4.0);
    BOOST_TEST(*t.gradient(number(v.norm()), x) == (2 * 2.0 + 4 * 8.0) / (2 * std::sqrt(20.0)), near);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
