// SPDX-License-Identifier: BSL-1.0
// Tapes are windows on one log: nested tapes, pauses, and the log that empties when the last of them ends.
#include <tape/recording.hpp>

#include <memory>

namespace
{
    std::size_t log_size()
    {
        auto& log = ad::record_log::of_this_thread();
        return log.nodes.size() + log.arrays.size();
    }
}

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(the_log_is_empty_when_the_last_tape_ends)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    {
        const ad::tape outer;
        {
            const ad::tape inner;
            const ad::tensor<double, 1> y = x * x;
            BOOST_TEST(log_size() == 3u);
        }
        BOOST_TEST(log_size() == 3u);
        BOOST_TEST(ad::runtime::thread.recording);
    }
    BOOST_TEST(log_size() == 0u);
    BOOST_TEST(!ad::runtime::thread.recording);
}

BOOST_AUTO_TEST_CASE(a_reset_tape_that_is_alone_gives_its_memory_back)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    ad::tape t;
    const ad::tensor<double, 1> y = x * x;
    t.reset();
    BOOST_TEST(log_size() == 0u);
    BOOST_TEST(t.statistics().statements == 0u);
    const ad::tensor<double, 1> z = x * 3.0;
    BOOST_TEST((*t.gradient(z, x))(0) == 3.0);
}

BOOST_AUTO_TEST_CASE(nothing_stays_alive_after_a_tape)
{
    const ad::variable<double, 1> x{1.0, 2.0};
    const auto live = ad::pool_stats().live_blocks;
    for (int k = 0; k < 3; ++k)
    {
        ad::tape t;
        const auto y = ad::sum(xt::exp(x) * x);
        if (k != 1)  // swept or not
            (void)*t.gradient(y, x);
    }
    BOOST_TEST(ad::pool_stats().live_blocks == live);
}

BOOST_AUTO_TEST_CASE(an_inner_tape_sees_its_own_window)
{
    const ad::variable<double> x = 2.0;
    ad::tape outer(true);
    const ad::variable<double> y = x * x;
    {
        ad::tape inner;
        const ad::variable<double> z = y * y;
        BOOST_TEST(*inner.gradient(z, y, ad::detached) == 8.0);
        BOOST_TEST(outer.statistics().edges > inner.statistics().edges);
    }
    const auto w = y * 3.0;
    BOOST_TEST(*outer.gradient(w, x) == 12.0);
}

BOOST_AUTO_TEST_CASE(an_inner_tape_has_no_gradient_through_what_was_before)
{
    const ad::variable<double> x = 2.0;
    const ad::tape outer;
    const ad::variable<double> y = x * x;
    ad::tape inner;
    const ad::variable<double> z = y * x;
    BOOST_TEST(*inner.gradient(z, x) == 4.0);  // y is a constant here
}

BOOST_AUTO_TEST_CASE(both_tapes_record_the_same_statements)
{
    const ad::variable<double, 1> x{2.0};
    ad::tape outer;
    ad::tape inner;
    const auto y = ad::sum(x * x * x);
    BOOST_TEST((*inner.gradient(y, x))(0) == 12.0);
    BOOST_TEST((*outer.gradient(y, x))(0) == 12.0);
}

BOOST_AUTO_TEST_CASE(a_pause_leaves_a_gap)
{
    const ad::variable<double> x = 2.0;
    ad::tape t;
    const auto y = x * x;
    {
        const auto pause = t.stop_recording();
        BOOST_TEST(!t.recording());
        const auto lost = y * x;
        (void)lost;
    }
    BOOST_TEST(t.recording());
    const auto z = y * 5.0;
    BOOST_TEST(*t.gradient(z, x) == 20.0);
}

BOOST_AUTO_TEST_CASE(an_outer_tape_records_on_while_the_inner_one_pauses)
{
    const ad::variable<double> x = 2.0;
    ad::tape outer;
    ad::tape inner;
    ad::variable<double> y;
    {
        const auto pause = inner.stop_recording();
        y = x * x;
    }
    const auto z = y * y;
    BOOST_TEST(*outer.gradient(z, x) == 32.0);
    BOOST_TEST(!inner.gradient(z, x).has_value());
}

BOOST_AUTO_TEST_CASE(many_windows)
{
    const ad::variable<double> x = 1.0;
    ad::tape t;
    ad::variable<double> y = x;
    for (int k = 0; k < 20; ++k)
    {
        y = y + x;
        t.close();
        t.resume();
    }
    BOOST_TEST(*t.gradient(y, x) == 21.0);
}

BOOST_AUTO_TEST_CASE(tapes_may_end_in_any_order)
{
    const ad::variable<double> x = 3.0;
    auto first = std::make_unique<ad::tape>();
    auto second = std::make_unique<ad::tape>();
    const auto y = x * x;
    first.reset();
    BOOST_TEST(*second->gradient(y, x) == 6.0);
    second.reset();
    BOOST_TEST(log_size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
