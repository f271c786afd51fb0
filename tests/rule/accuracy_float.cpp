// SPDX-License-Identifier: BSL-1.0
// Every row of the rule table on float lanes.
#include "table_accuracy.hpp"

BOOST_AUTO_TEST_SUITE(rule_accuracy)

BOOST_AUTO_TEST_CASE(float_lanes_keep_the_stated_bounds)
{
    etape_test::check_table<float>(etape_test::precision::single, "float", "batch<float>");
}

BOOST_AUTO_TEST_SUITE_END()
