// SPDX-License-Identifier: BSL-1.0
// Targets and seeds: numbers, arrays, expressions, several of them; seeds of ones, zeros, numbers and arrays.
#include <boost/test/unit_test.hpp>

#include <tuple>
#include <vector>

#include <etape/api/tape.hpp>

namespace
{
    namespace ad = etape;
    using number = ad::variable<double>;
    using plain = xt::xtensor<double, 1>;

    const ad::variable<double, 1> v{1.0, 2.0, 3.0};
}

BOOST_AUTO_TEST_SUITE(targets)

BOOST_AUTO_TEST_CASE(an_array_counts_as_its_sum)
{
    ad::tape t;
    const ad::tensor<double, 1> y = v * v;
    const auto g = t.gradient(y, v);
    BOOST_TEST(((*g)(0) == 2.0 && (*g)(2) == 6.0));
}

BOOST_AUTO_TEST_CASE(an_expression_is_evaluated_and_recorded)
{
    ad::tape t;
    BOOST_TEST((*t.gradient(v * v + v, v))(2) == 7.0);
    BOOST_TEST(t.statistics().statements == 1u);
}

BOOST_AUTO_TEST_CASE(a_source_as_target)
{
    ad::tape t(true);
    BOOST_TEST((*t.gradient(v, v))(1) == 1.0);
    BOOST_TEST((*t.gradient(v, v, ad::seed(4.0)))(1) == 4.0);
}

BOOST_AUTO_TEST_CASE(an_array_of_seeds)
{
    ad::tape t(true);
    const ad::tensor<double, 1> y = v * v;
    const auto g = t.gradient(y, v, ad::seed(plain{1.0, 10.0, -1.0}));
    BOOST_TEST(((*g)(0) == 2.0 && (*g)(1) == 40.0 && (*g)(2) == -6.0));
    const auto lazy = t.gradient(y, v, ad::seed(plain{1.0, 10.0, -1.0} * 2.0));
    BOOST_TEST((*lazy)(1) == 80.0);
    const ad::constant<double, 1> w(plain{0.0, 1.0, 0.0});
    BOOST_TEST((*t.gradient(y, v, ad::seed(w)))(2) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_number_as_seed)
{
    const number x = 3.0;
    ad::tape t(true);
    const number y = x * x;
    BOOST_TEST(*t.gradient(y, x, ad::seed(0.5)) == 3.0);
    BOOST_TEST(*t.gradient(y, x, ad::seed(2)) == 12.0);
    const auto zero = t.gradient(y, x, ad::seed(0.0));
    BOOST_TEST(zero.has_value());
    BOOST_TEST(*zero == 0.0);
}

BOOST_AUTO_TEST_CASE(several_targets_are_added)
{
    const number x = 2.0;
    ad::tape t(true);
    const number y = x * x;
    const ad::tensor<double, 1> z = v * x;
    BOOST_TEST(*t.gradient(std::tuple(y, z), x) == 10.0);
    BOOST_TEST(*t.gradient(std::tuple(y, z), x, ad::seed(std::tuple(10.0, plain{0.0, 0.0, 1.0}))) == 43.0);
    BOOST_TEST(*t.gradient(std::vector<number>{y, y, x}, x) == 9.0);
    BOOST_TEST(*t.gradient(std::vector<number>{y, x}, x, ad::seed(std::vector<double>{1.0, 100.0})) == 104.0);
}

BOOST_AUTO_TEST_CASE(seeds_that_do_not_fit)
{
    const number x = 2.0;
    ad::tape t(true);
    const ad::tensor<double, 1> y = v * x;
    BOOST_CHECK_THROW(t.gradient(y, x, ad::seed(plain{1.0, 2.0})), ad::shape_error);
    BOOST_CHECK_THROW(t.gradient(x * x, x, ad::seed(plain{1.0, 2.0})), ad::shape_error);
    BOOST_CHECK_THROW(t.gradient(std::vector<number>{x, x}, x, ad::seed(std::vector<double>{1.0})), ad::shape_error);
    BOOST_TEST(*t.gradient(y, x) == 6.0);
}

BOOST_AUTO_TEST_CASE(in_float)
{
    const ad::variable<float, 1> x{1.0f, 2.0f};
    ad::tape t;
    const ad::tensor<float, 1> y = x * x;
    const auto g = t.gradient(y, x, ad::seed(3.0));
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(*g)>, ad::constant<float, 1>>);
    BOOST_TEST((*g)(1) == 12.0f);
}

BOOST_AUTO_TEST_SUITE_END()
