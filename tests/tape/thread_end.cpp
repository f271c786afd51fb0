// SPDX-License-Identifier: BSL-1.0
// Threads that end after main, as those of a pool do: their recordings end when everything static of the engine may be gone.
#include <boost/test/unit_test.hpp>

#include <future>
#include <thread>

#include <etape/etape.hpp>

namespace ad = etape;

namespace
{
    // Constructed before the engine's first recording, so destroyed after whatever that made static.
    struct pool_thread
    {
        std::promise<void> end;
        std::thread worker;
        ~pool_thread()
        {
            if (!worker.joinable())
                return;
            end.set_value();
            worker.join();
        }
    };
    pool_thread late;
}

BOOST_AUTO_TEST_CASE(a_thread_that_recorded_may_end_after_main)
{
    std::promise<double> slope;
    late.worker = std::thread(
        [&slope, ended = late.end.get_future()]() mutable
        {
            {
                const ad::variable<double> x = 3.0;
                ad::tape t;
                const ad::variable<double> y = x * x;
                slope.set_value(*t.gradient(y, x));
            }
            ended.wait();
        });
    BOOST_TEST(slope.get_future().get() == 6.0);
}
