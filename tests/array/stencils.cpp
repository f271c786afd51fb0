// SPDX-License-Identifier: BSL-1.0
// Parts of one array shifted against each other: their adjoints overlap, some parts are read several times, rows are longer and
// shorter than the blocks that the reverse pass takes.
#include <array/check.hpp>

using check::array;
using check::modes_agree;
using expect::numbers;
using expect::same;

BOOST_AUTO_TEST_SUITE(stencils)

BOOST_AUTO_TEST_CASE(every_length_and_repetition)
{
    for (const std::ptrdiff_t n : {3, 4, 10, 34, 129, 130, 131, 258, 400})
    {
        const auto x = array(static_cast<std::size_t>(n)), y = array(static_cast<std::size_t>(n));
        const ad::variable<double> c = 0.3;
        BOOST_TEST_CONTEXT("length " << n)
        modes_agree(
            [n](auto a, auto const& b, auto const& k)
            {
                const auto left = xt::view(b, xt::range(0, n - 2)), middle = xt::view(b, xt::range(1, n - 1)), right = xt::view(b, xt::range(2, n));
                // `left` three times, `right` twice, `middle` once; another array and a number beside them
                const ad::tensor<double, 1> f = left * right + k * left * xt::view(a, xt::range(0, n - 2)) - middle / (2.0 + left * right);
                xt::view(a, xt::range(1, n - 1)) = xt::view(a, xt::range(1, n - 1)) + f * k;
                return a * b;
            },
            x, y, c);
    }
}
BOOST_AUTO_TEST_CASE(rows_of_matrices)
{
    for (const std::ptrdiff_t n : {5, 40, 135, 300})
    {
        const auto u = array(4, static_cast<std::size_t>(n));
        BOOST_TEST_CONTEXT("rows of " << n)
        modes_agree(
            [n](auto const& a)
            {
                auto inner = xt::range(1, n - 1);
                const auto middle = xt::view(a, xt::range(1, 3), inner);
                return ad::tensor<double, 2>(xt::view(a, xt::range(0, 2), inner) * xt::view(a, xt::range(2, 4), inner) -
                                             middle * (xt::view(a, xt::range(1, 3), xt::range(0, n - 2)) + xt::view(a, xt::range(1, 3), xt::range(2, n)) -
                                                       4.0 * middle));
            },
            u);
    }
}
BOOST_AUTO_TEST_CASE(exact_numbers)
{
    const ad::variable<double, 1> x{1, 2, 3, 4, 5};
    ad::tape t(true);
    const auto left = xt::view(x, xt::range(0, 3)), middle = xt::view(x, xt::range(1, 4)), right = xt::view(x, xt::range(2, 5));
    const ad::tensor<double, 1> f = left * right - middle * left + left;
    const ad::variable<double, 1> w{1, 10, 100};
    const ad::variable<double> y = ad::sum(f * w);
    // f = (1*3 - 2*1 + 1, 2*4 - 3*2 + 2, 3*5 - 4*3 + 3)
    BOOST_TEST(same(numbers(f), {2, 4, 6}));
    const std::vector<double> slopes{2, 20 - 1, 200 + 1 - 20, 20 - 300, 300};
    BOOST_TEST(same(numbers(*t.gradient(y, x)), slopes));
    BOOST_TEST(same(numbers(*t.gradient(y, x)), slopes));
}

BOOST_AUTO_TEST_SUITE_END()
