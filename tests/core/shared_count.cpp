// SPDX-License-Identifier: BSL-1.0
// Reference counts across threads: nothing is lost, nothing ends twice, and what other threads give back comes home.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <thread>
#include <utility>
#include <vector>

#include <etape/core/buffer.hpp>

namespace
{
    using namespace etape;

    buffer_ptr numbers(std::size_t n = 100)
    {
        auto b = make_buffer<double>(&n, 1);
        std::fill_n(b->data<double>(), n, 2.0);
        return b;
    }
    template <class F>
    void elsewhere(F&& f)
    {
        std::thread(std::forward<F>(f)).join();
    }
    // Blocks that this thread has made and nobody has ended: what other threads gave back ends first.
    std::size_t live()
    {
        runtime::poll_returned();
        return pool_stats().live_blocks;
    }
}

BOOST_AUTO_TEST_SUITE(shared_counts)

BOOST_AUTO_TEST_CASE(the_owner_knows_its_references)
{
    auto a = numbers();
    BOOST_TEST(a->owned_here());
    BOOST_TEST(a.unique());
    {
        const auto b = a;
        BOOST_TEST(a->is(2));
        BOOST_TEST(!a.unique());
    }
    BOOST_TEST(a.unique());
}

BOOST_AUTO_TEST_CASE(a_reference_made_elsewhere)
{
    auto a = numbers();
    buffer_ptr theirs;
    elsewhere([&] { theirs = a; });
    BOOST_TEST(!a.unique());
    theirs = buffer_ptr();  // counted elsewhere, released here: the counts are joined
    BOOST_TEST(a.unique());
    auto b = a;
    BOOST_TEST(a->is(2));
    b = buffer_ptr();
    BOOST_TEST(a.unique());
}

BOOST_AUTO_TEST_CASE(a_reference_given_back_elsewhere)
{
    const auto before = live();
    {
        auto a = numbers();
        elsewhere([b = a]() mutable { b = buffer_ptr(); });
        BOOST_TEST(a.unique());
        BOOST_TEST(a->data<double>()[7] == 2.0);
    }
    BOOST_TEST(live() == before);
}

BOOST_AUTO_TEST_CASE(the_last_reference_given_back_elsewhere_comes_home)
{
    const auto before = live();
    auto a = numbers();
    elsewhere([b = std::move(a)]() mutable { b = buffer_ptr(); });
    BOOST_TEST(live() == before);
}

BOOST_AUTO_TEST_CASE(memory_of_a_thread_that_ended)
{
    buffer_ptr a, b;
    elsewhere([&]
        {
            a = numbers();
            b = a;
        });
    BOOST_TEST(!a->owned_here());
    BOOST_TEST(a->data<double>()[99] == 2.0);
    auto c = a;
    c = buffer_ptr();
    a = buffer_ptr();
    BOOST_TEST(b.unique());  // joined when the first of the owner's references came back
    b = buffer_ptr();
}

BOOST_AUTO_TEST_CASE(memory_that_outlives_what_a_thread_counts_with)
{
    // Destroyed after the thread's own record: it was made before it.
    struct late
    {
        buffer_ptr held;
        ~late()
        {
            held = numbers(10);
            auto again = held;
            BOOST_TEST(!held.unique());
            again = buffer_ptr();
            BOOST_TEST(held.unique());
        }
    };
    elsewhere([]
        {
            static thread_local late l;
            l.held = numbers(20);
        });
}

BOOST_AUTO_TEST_CASE(an_alias_ends_on_another_thread_than_its_memory)
{
    const auto before = live();
    auto a = numbers();
    elsewhere([b = make_alias<double>(*a)]() mutable { b = buffer_ptr(); });
    runtime::poll_returned();
    BOOST_TEST(a.unique());
    a = buffer_ptr();
    BOOST_TEST(live() == before);
}

BOOST_AUTO_TEST_CASE(threads_that_share_and_hand_on)
{
    constexpr std::size_t threads = 4, buffers = 64, rounds = 2000;
    const auto before = live();
    std::array<buffer_ptr, threads> mail;
    {
        std::vector<buffer_ptr> shared;
        for (std::size_t k = 0; k < buffers; ++k)
            shared.push_back(numbers(16));
        std::array<double, threads> sums{};
        std::barrier together(threads);
        std::vector<std::thread> all;
        for (std::size_t me = 0; me < threads; ++me)
            all.emplace_back([&, me, mine = shared]() mutable
                {
                    for (std::size_t k = 0; k < rounds; ++k)
                    {
                        auto a = shared[(k + me) % buffers], b = mine[k % buffers];
                        auto c = std::move(a);
                        sums[me] += c->data<double>()[k % 16] + b->data<double>()[0];
                        if (k % 64 == 0)
                        {
                            // Everybody makes one, leaves it to the next, and drops what it found.
                            mail[me] = numbers(16);
                            together.arrive_and_wait();
                            auto found = std::move(mail[(me + 1) % threads]);
                            sums[me] += found->data<double>()[15] - 2;
                            together.arrive_and_wait();
                        }
                    }
                    mine.clear();
                });
        for (auto& t : all)
            t.join();
        for (const double sum : sums)
            BOOST_TEST(sum == 4.0 * rounds);
        for (auto const& b : shared)
            BOOST_TEST(b.unique());
    }
    BOOST_TEST(live() == before);
}

BOOST_AUTO_TEST_SUITE_END()
