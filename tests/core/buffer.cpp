// SPDX-License-Identifier: BSL-1.0
// Buffers: dense strides, references, aliases, borrowed memory.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include <etape/core/buffer.hpp>

namespace
{
    using namespace etape;
    using strides = std::vector<std::ptrdiff_t>;

    buffer_ptr numbers(std::vector<std::size_t> shape, memory_order_tag order = memory_order_tag::row_major)
    {
        return make_buffer<double>(shape.data(), static_cast<int>(shape.size()), order);
    }
    strides strides_of(buffer const& b)
    {
        return {b.strides, b.strides + b.rank};
    }
}

BOOST_AUTO_TEST_SUITE(buffers)

BOOST_AUTO_TEST_CASE(row_major_strides)
{
    BOOST_TEST(strides_of(*numbers({2, 3, 4})) == (strides{12, 4, 1}), boost::test_tools::per_element());
    BOOST_TEST(strides_of(*numbers({5})) == (strides{1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(column_major_strides)
{
    BOOST_TEST(strides_of(*numbers({2, 3, 4}, memory_order_tag::column_major)) == (strides{1, 2, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_extent_of_one_broadcasts)
{
    BOOST_TEST(strides_of(*numbers({2, 1, 4})) == (strides{4, 0, 1}), boost::test_tools::per_element());
    BOOST_TEST(strides_of(*numbers({1, 1})) == (strides{0, 0}), boost::test_tools::per_element());
    BOOST_TEST(strides_of(*numbers({1, 3}, memory_order_tag::column_major)) == (strides{0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sizes)
{
    BOOST_TEST(numbers({})->size == 1u);
    BOOST_TEST(numbers({0})->size == 0u);
    BOOST_TEST(numbers({3, 0, 2})->size == 0u);
    BOOST_TEST(numbers({3, 0, 2})->bytes == 0u);
    BOOST_TEST(numbers({3, 2})->bytes == 6 * sizeof(double));
    const std::size_t shape[] = {3, 2};
    BOOST_TEST(make_buffer<float>(shape, 2)->bytes == 6 * sizeof(float));
}

BOOST_AUTO_TEST_CASE(the_data_are_aligned_and_fit)
{
    for (const std::size_t n : {1u, 7u, 40u, 1000u})
    {
        auto b = numbers({n});
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(b->memory) % 64 == 0);
        BOOST_TEST(runtime::class_bytes(b->size_class) >= buffer_header + n * sizeof(double));
        std::fill_n(b->data<double>(), n, 1.0);
    }
}

BOOST_AUTO_TEST_CASE(like_another)
{
    auto a = numbers({2, 3}, memory_order_tag::column_major);
    auto b = make_buffer_like<double>(*a);
    BOOST_TEST((b->order == memory_order_tag::column_major));
    BOOST_TEST(strides_of(*b) == strides_of(*a), boost::test_tools::per_element());
    BOOST_TEST(b->memory != a->memory);
}

BOOST_AUTO_TEST_CASE(a_copy_shares_and_a_move_hands_over)
{
    auto a = numbers({4});
    BOOST_TEST(a.unique());
    {
        auto b = a;
        BOOST_TEST(a->is(2));
        BOOST_TEST(!a.unique());
        auto c = std::move(b);
        BOOST_TEST(a->is(2));
        BOOST_TEST(b.get() == nullptr);
        BOOST_TEST(c.get() == a.get());
        auto const& same = c;
        c = same;
        BOOST_TEST(a->is(2));
    }
    BOOST_TEST(a.unique());
    static_assert(std::is_nothrow_move_constructible_v<buffer_ptr> && std::is_nothrow_copy_constructible_v<buffer_ptr>);
}

BOOST_AUTO_TEST_CASE(assignment_releases_what_was_there)
{
    const auto live = pool_stats().live_blocks;
    {
        auto a = numbers({4});
        a = numbers({5});
        BOOST_TEST(pool_stats().live_blocks == live + 1);
        a = buffer_ptr();
        BOOST_TEST(pool_stats().live_blocks == live);
    }
    BOOST_TEST(pool_stats().live_blocks == live);
}

BOOST_AUTO_TEST_CASE(share_adds_a_reference_and_detach_keeps_one)
{
    auto a = numbers({4});
    auto b = buffer_ptr::share(a.get());
    BOOST_TEST(a->is(2));
    buffer* raw = b.detach();
    BOOST_TEST(!b);
    BOOST_TEST(a->is(2));
    const buffer_ptr back(raw);
    BOOST_TEST(a->is(2));
}

BOOST_AUTO_TEST_CASE(an_empty_pointer_is_harmless)
{
    buffer_ptr a;
    auto b = a;
    a = std::move(b);
    BOOST_TEST(!a);
    BOOST_TEST(!buffer_ptr::share(nullptr));
}

BOOST_AUTO_TEST_CASE(an_alias_is_another_identity_of_the_same_memory)
{
    const auto live = pool_stats().live_blocks;
    {
        auto a = numbers({2, 2});
        a->tag.store(17);
        a->data<double>()[3] = 5;
        auto alias = make_alias<double>(*a);
        BOOST_TEST(alias->memory == a->memory);
        BOOST_TEST(alias->tag.load() == 0u);
        BOOST_TEST(a->is(2));
        a = buffer_ptr();
        BOOST_TEST(alias->data<double>()[3] == 5.0);
    }
    BOOST_TEST(pool_stats().live_blocks == live);
}

BOOST_AUTO_TEST_CASE(an_alias_of_an_alias_points_at_the_owner)
{
    auto a = numbers({3});
    auto second = make_alias<double>(*make_alias<double>(*a));
    BOOST_TEST(second->parent == a.get());
    BOOST_TEST(a->is(2));
}

BOOST_AUTO_TEST_CASE(borrowed_memory_is_left_alone)
{
    std::array<double, 6> memory{1, 2, 3, 4, 5, 6};
    const std::size_t shape[] = {2, 3};
    {
        auto b = make_borrowed<double>(memory.data(), shape, 2);
        BOOST_TEST(bool(b->borrowed));
        BOOST_TEST(b->memory == memory.data());
        BOOST_TEST(b->bytes == sizeof memory);
        const auto alias = make_alias<double>(*b);
        BOOST_TEST(bool(alias->borrowed));
    }
    BOOST_TEST(memory[5] == 6.0);
}

BOOST_AUTO_TEST_SUITE_END()
