// SPDX-License-Identifier: BSL-1.0
// compare_modes agrees on reductions and products.
#include <verify/agree.hpp>

using namespace modes_of;

BOOST_AUTO_TEST_SUITE(modes_of_reductions)

BOOST_AUTO_TEST_CASE(full_reductions)
{
    AGREE([](auto const& v) { return ad::mean(v * v) + ad::prod(v) + ad::norm_l2(v) * ad::stddev(v); }, x);
}
BOOST_AUTO_TEST_CASE(reductions_over_an_axis)
{
    AGREE([](auto const& m) { return ad::sum(m * m, {1}); }, a);
}
BOOST_AUTO_TEST_CASE(largest_of_each_column)
{
    AGREE([](auto const& m) { return ad::amax(m, {0}); }, a);
}
BOOST_AUTO_TEST_CASE(softmax)
{
    AGREE([](auto const& m) { return ad::softmax(m, {1}); }, a);
}
BOOST_AUTO_TEST_CASE(logsumexp)
{
    AGREE([](auto const& v) { return ad::logsumexp(v * 3.0); }, x);
}
BOOST_AUTO_TEST_CASE(products)
{
    AGREE([](auto const& m, auto const& v) { return ad::matmul(m, v); }, a, x);
}
BOOST_AUTO_TEST_CASE(several_statements)
{
    const auto f = [](auto const& m, auto const& v)
    {
        const ad::tensor<double, 1> rows = ad::sum(m * v, {1});
        return ad::sum(rows * rows) * ad::mean(v);
    };
    AGREE(f, a, x);
}

BOOST_AUTO_TEST_SUITE_END()
