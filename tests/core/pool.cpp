// SPDX-License-Identifier: BSL-1.0
// The pool: size classes waste at most a quarter, blocks are aligned and come back.
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <thread>
#include <vector>

#include <etape/core/pool.hpp>

namespace
{
    using namespace etape;
    using runtime::class_bytes;
    using runtime::class_of;

    // Sizes around every power of two and its quarters, up to 2^top.
    std::vector<std::size_t> interesting_sizes(int top)
    {
        std::vector<std::size_t> sizes{0, 1, 2, 63, 64, 65};
        for (int k = 8; k <= top; ++k)
            for (std::size_t quarter = 0; quarter < 4; ++quarter)
                for (std::size_t nudge = 0; nudge < 3; ++nudge)
                    sizes.push_back((std::size_t{1} << k) + quarter * (std::size_t{1} << (k - 2)) + nudge - 1);
        return sizes;
    }

    // 3500 bytes: a class that nothing else in this executable is likely to use.
    constexpr std::uint32_t probe = class_of(3500);
}

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(a_block_is_large_enough_and_wastes_at_most_a_quarter)
{
    for (const auto n : interesting_sizes(40))
    {
        const auto c = class_of(n);
        BOOST_TEST_REQUIRE(c < runtime::size_classes);
        const auto bytes = class_bytes(c);
        BOOST_TEST(bytes >= n);
        if (n > 512)
            BOOST_TEST(bytes - n <= n / 4, n << " bytes in a block of " << bytes);
        if (c > 0)
            BOOST_TEST(class_bytes(c - 1) < n, "a smaller class holds " << n);
    }
}

BOOST_AUTO_TEST_CASE(classes_grow_and_are_their_own_class)
{
    for (std::uint32_t c = 0; c < 4 * 40; ++c)
    {
        BOOST_TEST(class_bytes(c) < class_bytes(c + 1));
        BOOST_TEST(class_of(class_bytes(c)) == c);
        BOOST_TEST(class_of(class_bytes(c) + 1) == c + 1);
    }
    static_assert(class_of(0) == 0 && class_of(512) == 0 && class_of(513) == 1);
    static_assert(class_bytes(0) == 512 && class_bytes(1) == 640 && class_bytes(4) == 1024 && class_bytes(5) == 1280);
}

BOOST_AUTO_TEST_CASE(blocks_are_aligned_for_every_lane)
{
    for (const std::size_t n : {1u, 600u, 5000u, 5000000u})
    {
        const auto c = class_of(n);
        void* p = pool_allocate(c);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(p) % 64 == 0);
        static_cast<char*>(p)[class_bytes(c) - 1] = 1;
        pool_release(p, c);
    }
}

BOOST_AUTO_TEST_CASE(a_returned_block_is_handed_out_again)
{
    void* first = pool_allocate(probe);
    pool_release(first, probe);
    const auto before = pool_stats();
    void* again = pool_allocate(probe);
    BOOST_TEST(again == first);
    BOOST_TEST(pool_stats().fresh_blocks == before.fresh_blocks);
    BOOST_TEST(pool_stats().live_blocks == before.live_blocks + 1);
    pool_release(again, probe);
    BOOST_TEST(pool_stats().live_blocks == before.live_blocks);
}

BOOST_AUTO_TEST_CASE(a_warm_pool_asks_the_system_for_nothing)
{
    const auto round = []
    {
        std::vector<void*> held;
        for (int k = 0; k < 50; ++k)
            held.push_back(pool_allocate(probe));
        for (auto* p : held)
            pool_release(p, probe);
    };
    round();
    const auto warm = pool_stats();
    for (int k = 0; k < 10; ++k)
        round();
    BOOST_TEST(pool_stats().fresh_blocks == warm.fresh_blocks);
    BOOST_TEST(pool_stats().fresh_bytes == warm.fresh_bytes);
    BOOST_TEST(pool_stats().live_blocks == warm.live_blocks);
}

BOOST_AUTO_TEST_CASE(a_trimmed_pool_starts_again)
{
    pool_release(pool_allocate(probe), probe);
    pool_trim();
    const auto before = pool_stats();
    void* p = pool_allocate(probe);
    BOOST_TEST(pool_stats().fresh_blocks == before.fresh_blocks + 1);
    BOOST_TEST(pool_stats().fresh_bytes >= before.fresh_bytes + 3500);
    pool_release(p, probe);
}

BOOST_AUTO_TEST_CASE(each_thread_has_a_pool_of_its_own)
{
    pool_release(pool_allocate(probe), probe);
    pool_statistics there;
    std::thread([&]
        {
            pool_release(pool_allocate(probe), probe);
            pool_release(pool_allocate(probe), probe);
            there = pool_stats();
        }).join();
    BOOST_TEST(there.fresh_blocks == 1u);
    BOOST_TEST(there.live_blocks == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
