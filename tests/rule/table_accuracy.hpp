// SPDX-License-Identifier: BSL-1.0
// Walks the rule table: every row keeps its stated bounds on scalar and batch, in both modes.
#pragma once

#include <boost/hana/for_each.hpp>
#include <boost/test/unit_test.hpp>

#include <etape/rule/table.hpp>

#include "accuracy.hpp"

namespace etape_test
{
    template <class Rule, class T>
    void check(const char* lane_name, const std::vector<sample>& points)
    {
        const worst_error w = measure<Rule, T>(points);
        BOOST_TEST_MESSAGE(Rule::name << " " << lane_name << ": value " << w.value << ", reverse " << w.reverse
                                      << ", forward " << w.forward);
        BOOST_TEST(w.value <= Rule::value_ulp, Rule::name << " on " << lane_name << ": value off by " << w.value
                                                          << " ulp at " << w.value_at << ", stated " << Rule::value_ulp);
        BOOST_TEST(w.reverse <= Rule::derivative_ulp, Rule::name << " on " << lane_name << ": reverse rule off by "
                                                                 << w.reverse << " ulp at " << w.reverse_at
                                                                 << ", stated " << Rule::derivative_ulp);
        BOOST_TEST(w.forward <= Rule::derivative_ulp, Rule::name << " on " << lane_name << ": forward rule off by "
                                                                 << w.forward << " ulp at " << w.forward_at
                                                                 << ", stated " << Rule::derivative_ulp);
        BOOST_TEST(w.between <= 2 * Rule::derivative_ulp, Rule::name << " on " << lane_name << ": modes differ by "
                                                                     << w.between << " ulp");
    }

    template <class S>
    void check_table(precision p, const char* scalar_name, const char* batch_name)
    {
        boost::hana::for_each(etape::rule::table,
                              [&](auto type)
                              {
                                  using rule = typename decltype(type)::type;
                                  BOOST_TEST_CONTEXT(rule::name)
                                  {
                                      BOOST_TEST_REQUIRE(has_reference(rule::name));
                                      const auto points = samples(rule::name, rule::arity, rule::domain, p);
                                      check<rule, S>(scalar_name, points);
                                      check<rule, xsimd::batch<S>>(batch_name, points);
                                  }
                              });
    }
}
