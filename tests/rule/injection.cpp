// SPDX-License-Identifier: BSL-1.0
// The check is checked: rules with the mistakes that were found in the wild must all be caught.
#include <boost/test/unit_test.hpp>

#include <etape/rule/table.hpp>

#include "proof/dense.hpp"
#include "proof/lanes.hpp"
#include "proof/verdict.hpp"

namespace
{
    using namespace etape_test::proof;
    namespace rule = etape::rule;

    // Rows that take everything but the named rule from the right row.
    struct square_with_wrong_factor : rule::square
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T& a)
        {
            return g * a * etape::lane::constant<T>(2.1);
        }
    };
    struct cos_with_wrong_sign : rule::cos
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T& aux, const T&)
        {
            return g * aux;
        }
    };
    struct expm1_by_its_value : rule::expm1
    {
        template <int J, class T>
        static T pull(const T& g, const T& y, const T&, const T&)
        {
            return g * (y + etape::lane::constant<T>(1.0));
        }
    };
    struct tanh_by_its_value : rule::tanh
    {
        template <class T, class D>
        static D push(const T& y, const T&, const T&, const D& da)
        {
            return da * (etape::lane::constant<T>(1.0) - y * y);
        }
    };
    struct erfc_with_rounded_square : rule::erfc
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T& a)
        {
            return -(g * etape::lane::two_over_sqrt_pi<T>() * etape::lane::exp(T(-(a * a))));
        }
    };
    struct erf_with_fifteen_digits : rule::erf
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T& a)
        {
            return g * etape::lane::constant<T>(1.12837916709551) *
                etape::lane::exp_minus_square(a);
        }
    };
    struct sub_without_sign : rule::sub
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T&, const T&)
        {
            return g;
        }
    };
    struct maximum_on_the_wrong_side : rule::maximum
    {
        template <int J, class T>
        static T pull(const T& g, const T& y, const T& aux, const T& a, const T& b)
        {
            return rule::maximum::pull<1 - J>(g, y, aux, a, b);
        }
    };
    // Right everywhere but on the tie itself.
    struct maximum_with_ties_to_the_first : rule::maximum
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T& a, const T& b)
        {
            const T none = etape::lane::zero<T>();
            return J == 0 ? etape::lane::select<T>(etape::lane::ge(a, b), g, none) : etape::lane::select<T>(etape::lane::lt(a, b), g, none);
        }
    };
    struct abs_with_a_slope_at_zero : rule::abs
    {
        template <int J, class T>
        static T pull(const T& g, const T&, const T&, const T& a)
        {
            return etape::lane::select<T>(etape::lane::ge(a, etape::lane::zero<T>()), g, T(-g));
        }
    };
    struct sin_with_short_value : rule::sin
    {
        template <class T>
        static T value(const T& a)
        {
            return etape::lane::sin(a) * etape::lane::constant<T>(1.0 + 1e-14);
        }
    };

    // Five roundings instead of three: beyond 4 ulp at one argument in thousands.
    struct sigmoid_by_both_tails : rule::sigmoid
    {
        template <class T>
        static T value_aux(T& aux, const T& a)
        {
            const auto s = rule::detail::logistic_with_slope(aux, a);
            if constexpr (!etape::lane::has_tangents_v<T>)
            {
                aux = s.up * s.down;
            }
            return s.up;
        }
    };

    template <class Rule>
    std::vector<row_on_lane> on_double()
    {
        return {{info_of<Rule>(), "double", false, on_lane<Rule, double>::width, &on_lane<Rule, double>::run}};
    }
    template <class Rule>
    bool caught()
    {
        return !prove(on_double<Rule>(), 100, 1).faults.empty();
    }
    template <class Rule>
    bool caught_by_the_scan()
    {
        const auto lanes = on_double<Rule>();
        verdict v;
        v.info = lanes.front().info;
        return scan(v, lanes, 1, 1) && !v.faults.empty();
    }
}

BOOST_AUTO_TEST_SUITE(rule_injection)

BOOST_AUTO_TEST_CASE(right_rules_pass)
{
    BOOST_TEST(!caught<rule::square>());
    BOOST_TEST(!caught<rule::erfc>());
    BOOST_TEST(!caught<rule::maximum>());
    BOOST_TEST(!caught<rule::abs>());
}

BOOST_AUTO_TEST_CASE(wrong_rules_are_caught)
{
    BOOST_TEST(caught<square_with_wrong_factor>());
    BOOST_TEST(caught<cos_with_wrong_sign>());
    BOOST_TEST(caught<expm1_by_its_value>());
    BOOST_TEST(caught<tanh_by_its_value>());
    BOOST_TEST(caught<erfc_with_rounded_square>());
    BOOST_TEST(caught<erf_with_fifteen_digits>());
    BOOST_TEST(caught<sub_without_sign>());
    BOOST_TEST(caught<maximum_on_the_wrong_side>());
    BOOST_TEST(caught<maximum_with_ties_to_the_first>());
    BOOST_TEST(caught<abs_with_a_slope_at_zero>());
    BOOST_TEST(caught<sin_with_short_value>());
}

BOOST_AUTO_TEST_CASE(the_scan_finds_what_a_few_points_miss)
{
    BOOST_TEST(!caught<sigmoid_by_both_tails>());
    BOOST_TEST(caught_by_the_scan<sigmoid_by_both_tails>());
    BOOST_TEST(!caught_by_the_scan<rule::sigmoid>());
}

BOOST_AUTO_TEST_SUITE_END()
