// SPDX-License-Identifier: BSL-1.0
// Long recordings: a sweep is a loop, not a recursion.
#include <thread>

#include <tape/recording.hpp>

BOOST_AUTO_TEST_SUITE(length)

BOOST_AUTO_TEST_CASE(a_million_scalar_statements)
{
    const ad::variable<double> x = 1.0;
    ad::tape t;
    ad::variable<double> y = 0.0;
    for (int k = 0; k < 1000000; ++k)
        y = y + x;
    BOOST_TEST(t.statistics().statements >= 1000000u);
    BOOST_TEST(*t.gradient(y, x) == 1e6);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_array_statements)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    ad::variable<double, 1> y{0.0, 0.0};
    for (int k = 0; k < 100000; ++k)
        y += x;
    BOOST_TEST(t.statistics().statements >= 100000u);
    const auto g = t.gradient(y, x);
    BOOST_TEST((*g)(0) == 1e5);
    BOOST_TEST((*g)(1) == 1e5);
}

BOOST_AUTO_TEST_CASE(a_missing_gradient_at_the_end_of_a_long_recording)
{
    const ad::variable<double> x = 1.0, other = 2.0;
    ad::tape t;
    ad::variable<double> y = x;
    for (int k = 0; k < 100000; ++k)
        y = y * x;
    const auto g = t.gradient(y, other);
    BOOST_TEST((g.why() == ad::reason::unconnected));
}

// A thread whose numbers come to their end goes on with others, which no other thread has.
BOOST_AUTO_TEST_CASE(numbers_that_run_out)
{
    bool renewed = false;
    std::vector<double> slopes;
    const auto job = [&]
    {
        const ad::variable<double> x = 3.0;
        const ad::variable<double, 1> a{1.0, 2.0};
        const auto slope = [&](auto const& factor)
        {
            ad::tape t;
            ad::variable<double> y = x * x * factor;
            y = y + ad::sum(a * x);
            const auto [dx, da] = t.gradient(y, x, a);
            slopes.push_back(*dx);
            slopes.push_back((*da)(1));
        };
        slope(1.0);
        constexpr auto shift = ad::tag_bits::slot_shift;
        auto& next = ad::runtime::thread.next_scalar;
        const auto before = next >> shift;
        next = ((before + 1) << shift) - 100;
        const ad::variable<double> z = 2.0;
        slope(z);
        slope(1.0);
        renewed = next >> shift != before;
    };
    std::thread(job).join();
    BOOST_TEST(renewed);
    BOOST_TEST(slopes == (std::vector<double>{9, 3, 15, 3, 9, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
