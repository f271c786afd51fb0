// SPDX-License-Identifier: BSL-1.0
// docs/rules.md describes the rule table as it is: the same rows, texts and bounds, and no error beyond a bound.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

#include "proof/document.hpp"

BOOST_AUTO_TEST_SUITE(rule_document)

BOOST_AUTO_TEST_CASE(the_committed_table_is_that_of_the_rules)
{
    std::ifstream file("docs/rules.md");
    BOOST_TEST_REQUIRE(file.good());
    for (auto const& fault : etape_test::proof::differences(file))
    {
        BOOST_ERROR(fault + ": run ./run verify");
    }
}

BOOST_AUTO_TEST_CASE(a_table_that_differs_is_noticed)
{
    using namespace etape_test::proof;
    std::vector<verdict> all;
    for (auto const& row : table())
    {
        all.emplace_back().info = row.front().info;
    }
    const auto faults_of = [&]
    {
        std::stringstream text;
        write_document(text, all, "");
        return differences(text).size();
    };
    BOOST_TEST(faults_of() == 0u);
    all[3].of_float.first.ulp = 1000;
    BOOST_TEST(faults_of() == 1u);
    all[3].of_float.first.ulp = 0;
    all[3].info.convention += " or not";
    BOOST_TEST(faults_of() == 1u);
    all[3].info.name += "_old";
    BOOST_TEST(faults_of() == 2u);
    all.pop_back();
    BOOST_TEST(faults_of() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
