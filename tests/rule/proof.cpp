// SPDX-License-Identifier: BSL-1.0
// Every row of the rule table keeps its stated bounds on every lane type, alone and fused, up to second derivatives.
#include <boost/test/unit_test.hpp>

#include "proof/verdict.hpp"

BOOST_AUTO_TEST_SUITE(rule_proof)

BOOST_AUTO_TEST_CASE(every_row_keeps_its_bounds)
{
    using namespace etape_test::proof;
    BOOST_TEST_REQUIRE(table().size() > 70u);
    for (auto const& row : table())
    {
        const verdict v = prove(row, 40, 20260101);
        for (auto const& fault : v.faults)
        {
            BOOST_ERROR(fault);
        }
        // Rows without a derivative have values all the same.
        BOOST_TEST(v.points > 40u, v.info.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
