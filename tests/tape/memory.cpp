// SPDX-License-Identifier: BSL-1.0
// A recording like the one before allocates nothing: neither through operator new nor from the system's pool.
#include <tape/recording.hpp>

#include <cstdlib>
#include <new>

namespace
{
    thread_local std::size_t calls = 0;

    void* counted(std::size_t bytes)
    {
        ++calls;
        if (void* p = std::malloc(bytes != 0 ? bytes : 1))
            return p;
        throw std::bad_alloc();
    }
    void* counted(std::size_t bytes, std::align_val_t alignment)
    {
        ++calls;
        const auto a = static_cast<std::size_t>(alignment);
        if (void* p = std::aligned_alloc(a, (bytes + a - 1) / a * a))
            return p;
        throw std::bad_alloc();
    }
}
std::size_t recording::allocations() noexcept
{
    return calls;
}

// The others call these.
void* operator new(std::size_t bytes)
{
    return counted(bytes);
}
void* operator new[](std::size_t bytes)
{
    return counted(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment)
{
    return counted(bytes, alignment);
}
void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept  // what std::stable_sort calls
{
    ++calls;
    return std::malloc(bytes != 0 ? bytes : 1);
}
void operator delete(void* p) noexcept
{
    std::free(p);
}
void operator delete[](void* p) noexcept
{
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}
void operator delete[](void* p, std::size_t) noexcept
{
    std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept
{
    std::free(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept
{
    std::free(p);
}

namespace
{
    // Twice to warm up (the second recording still merges what the first one learnt), then nothing.
    template <class F>
    void allocates_nothing(F once)
    {
        once();
        once();
        const auto calls_before = recording::allocations();
        const auto pool_before = ad::pool_stats();
        for (int k = 0; k < 5; ++k)
            once();
        const auto calls_now = recording::allocations();
        const auto pool_now = ad::pool_stats();
        BOOST_TEST(calls_now - calls_before == 0u);
        BOOST_TEST(pool_now.fresh_blocks - pool_before.fresh_blocks == 0u);
        BOOST_TEST(pool_now.live_blocks == pool_before.live_blocks);
    }
}

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(operator_new_is_counted)
{
    const auto before = recording::allocations();
    delete new int(1);
    BOOST_TEST(recording::allocations() == before + 1);
}

BOOST_AUTO_TEST_CASE(of_a_fused_reduction)
{
    const ad::variable<double, 1> x(xt::linspace<double>(0.1, 2.0, 1000));
    double g = 0;
    allocates_nothing([&]
        {
            ad::tape t;
            const auto y = ad::sum(xt::exp(x) * xt::sin(x) + x * x);
            g = (*t.gradient(y, x))(7);
        });
    BOOST_TEST(g != 0.0);
}

BOOST_AUTO_TEST_CASE(of_several_array_statements)
{
    const ad::variable<double, 2> a(xt::ones<double>({20, 30}));
    const ad::variable<double, 1> b(xt::linspace<double>(0.1, 2.0, 30));
    const xt::xtensor<double, 2> plain = xt::ones<double>({20, 30});
    allocates_nothing([&]
        {
            ad::tape t;
            const ad::tensor<double, 2> u = a * b + plain;
            const ad::tensor<double, 1> rows = ad::sum(u * u, {1});
            const auto y = ad::logsumexp(rows);
            const auto [ga, gb] = t.gradient(y, a, b);
            (void)*ga;
            (void)*gb;
        });
}

BOOST_AUTO_TEST_CASE(of_scalars)
{
    const ad::variable<double> x = 0.5;
    allocates_nothing([&]
        {
            ad::tape t;
            ad::variable<double> y = x;
            for (int k = 0; k < 1000; ++k)
                y = ad::sin(y) * x + 1;
            (void)*t.gradient(y, x);
        });
}

BOOST_AUTO_TEST_CASE(of_products_and_in_place_updates)
{
    const ad::variable<double, 2> a(xt::ones<double>({8, 5}));
    const ad::variable<double, 1> x(xt::ones<double>({5}));
    allocates_nothing([&]
        {
            ad::variable<double, 1> v = x;
            ad::tape t;
            v *= 2.0;
            v += x;
            const auto y = ad::sum(ad::matmul(a, v));
            (void)*t.gradient(y, x);
        });
}

BOOST_AUTO_TEST_CASE(of_a_persistent_tape_that_is_swept_and_reset)
{
    const ad::variable<double, 1> x(xt::ones<double>({50}));
    ad::tape t(true);
    allocates_nothing([&]
        {
            const auto y = ad::sum(xt::exp(x));
            t.close();  // what is computed on a tape that records is noted, for explanations
            (void)*t.gradient(y, x);
            (void)*t.gradient(y, x);
            t.reset();
        });
}

BOOST_AUTO_TEST_SUITE_END()
