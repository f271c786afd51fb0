// SPDX-License-Identifier: BSL-1.0
// Shapes of products: extents of zero and one, and the errors of shapes that do not fit.
#include <boost/test/unit_test.hpp>

#include <string>

#include <etape/api/tape.hpp>
#include <etape/linalg/matmul.hpp>

namespace
{
    namespace ad = etape;

    ad::variable<double, 2> ones(std::size_t m, std::size_t n)
    {
        return ad::variable<double, 2>(xt::xtensor<double, 2>(xt::ones<double>({m, n})));
    }
    ad::variable<double, 1> ones(std::size_t n)
    {
        return ad::variable<double, 1>(xt::xtensor<double, 1>(xt::ones<double>({n})));
    }
    auto says(std::string part)
    {
        return [part](ad::shape_error const& e)
        {
            const bool found = std::string(e.what()).find(part) != std::string::npos;
            BOOST_TEST(found, e.what());
            return found;
        };
    }
}

BOOST_AUTO_TEST_SUITE(product_shapes)

BOOST_AUTO_TEST_CASE(no_inner_extent_gives_zeros)
{
    const auto a = ones(2, 0), b = ones(0, 3);
    ad::tape t;
    const auto c = ad::matmul(a, b);
    BOOST_TEST(c.size() == 6u);
    for (const auto& x : c)
        BOOST_TEST(x.value() == 0.0);
    const auto [ga, gb] = t.gradient(ad::sum(c), a, b);
    BOOST_TEST(ga->size() == 0u);
    BOOST_TEST((gb->shape()[0] == 0u && gb->shape()[1] == 3u));
}

BOOST_AUTO_TEST_CASE(no_rows_or_no_columns)
{
    const auto a = ones(0, 4), b = ones(4, 3), none = ones(4, 0);
    ad::tape t(true);
    const auto c = ad::matmul(a, b);
    BOOST_TEST((c.shape()[0] == 0u && c.shape()[1] == 3u));
    const auto gb = t.gradient(c, b);
    BOOST_TEST(gb->size() == 12u);
    for (const double x : *gb)
        BOOST_TEST(x == 0.0);
    const auto d = ad::matmul(b, ones(3, 0));
    BOOST_TEST(d.size() == 0u);
    const auto v = ad::matmul(a, ones(4));
    BOOST_TEST(v.size() == 0u);
    BOOST_TEST(ad::matmul(ones(3, 4), none).size() == 0u);
}

BOOST_AUTO_TEST_CASE(extents_of_one)
{
    const auto a = ones(1, 1);
    ad::tape t;
    const auto c = ad::matmul(ad::matmul(ones(3, 1), a), ones(1, 2));
    BOOST_TEST(c.size() == 6u);
    BOOST_TEST((*t.gradient(c, a))(0, 0) == 6.0);
}

BOOST_AUTO_TEST_CASE(the_dot_product_of_nothing)
{
    const auto x = ones(0);
    ad::tape t;
    const auto y = ad::matmul(x, x);
    BOOST_TEST(y.value() == 0.0);
    BOOST_TEST(t.gradient(y, x)->size() == 0u);
}

BOOST_AUTO_TEST_CASE(inner_extents_must_be_equal)
{
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2, 3), ones(4, 5)), ad::shape_error, says("etape: matmul: found shapes (2, 3) and (4, 5)"));
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2, 3), ones(2)), ad::shape_error, says("(2, 3) and (2,)"));
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2), ones(3, 2)), ad::shape_error, says("(2,) and (3, 2)"));
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2), ones(3)), ad::shape_error, says("inner extents 2 and 3"));
    // an extent of 1 does not broadcast here
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2, 1), ones(3, 2)), ad::shape_error, says("(2, 1) and (3, 2)"));
    BOOST_CHECK_EXCEPTION(ad::dot(ones(1), ones(3)), ad::shape_error, says("inner extents 1 and 3"));
    const xt::xtensor<double, 2> plain = xt::ones<double>({5, 5});
    BOOST_CHECK_EXCEPTION(ad::matmul(ones(2, 3), plain), ad::shape_error, says("(2, 3) and (5, 5)"));
}

BOOST_AUTO_TEST_CASE(a_failed_product_leaves_the_tape_usable)
{
    const auto a = ones(2, 3), b = ones(3, 2);
    ad::tape t;
    BOOST_CHECK_THROW(ad::matmul(a, a), ad::shape_error);
    const auto c = ad::matmul(a, b);
    BOOST_TEST((*t.gradient(c, a))(1, 2) == 2.0);
}

BOOST_AUTO_TEST_SUITE_END()
