// SPDX-License-Identifier: BSL-1.0
// Every row of the rule table on double lanes.
#include "table_accuracy.hpp"

BOOST_AUTO_TEST_SUITE(rule_accuracy)

BOOST_AUTO_TEST_CASE(double_lanes_keep_the_stated_bounds)
{
    etape_test::check_table<double>(etape_test::precision::full, "double", "batch<double>");
}

BOOST_AUTO_TEST_SUITE_END()
