// SPDX-License-Identifier: BSL-1.0
// Places in messages are the user's: what the standard library constructs for him has none.
#include <explain/because.hpp>

#include <memory>

BOOST_AUTO_TEST_SUITE(explain_places)

BOOST_AUTO_TEST_CASE(a_tape_made_by_make_unique)
{
    ad::variable<double, 1> x{1.0, 2.0};
    const ad::tensor<double, 1> before = x * x;
    auto tape = std::make_unique<ad::tape>();
    const auto g = tape->gradient(before, x);
    BOOST_TEST(because(g, ad::reason::target_not_recorded, {"before the tape that was opened"}));
    BOOST_TEST(g.why_not().text.find("unique_ptr") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
