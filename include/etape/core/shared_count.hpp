// SPDX-License-Identifier: BSL-1.0
// A reference count that belongs to the thread that made it. That thread counts without atomic operations, all others with them;
// the two counts are joined when the owner's falls to zero, or when another thread gives back what the owner had counted. The
// algorithm: J. Choi, T. Shull, J. Torrellas, "Biased reference counting", PACT 2018.
#pragma once
#include <atomic>
#include <cstdint>

#include <etape/core/config.hpp>

namespace etape
{
    class shared_count;

    namespace runtime
    {
        // Never used again, unlike the thread ids of the system. 0: not known yet.
        inline constinit thread_local std::uint64_t thread_number = 0;
        constexpr std::uint64_t ended_thread = ~std::uint64_t{0} - 1;
        void number_thread() noexcept;
        // Other threads have given back what this one had counted.
        inline constinit thread_local std::atomic<bool>* returned = nullptr;
        ETAPE_COLD void take_returned() noexcept;
        // Call it now and then: memory that other threads gave back is free only afterwards (and at the end of the thread).
        ETAPE_ALWAYS_INLINE void poll_returned() noexcept
        {
            if (returned != nullptr && returned->load(std::memory_order_relaxed)) [[unlikely]]
                take_returned();
        }
        // Nothing refers to what is counted any more.
        void end(shared_count* c) noexcept;
    }

    class shared_count
    {
    public:
        // One reference, of this thread.
        ETAPE_ALWAYS_INLINE shared_count() noexcept
        {
            if (runtime::thread_number == 0) [[unlikely]]
                runtime::number_thread();
            owner_.store(runtime::thread_number, std::memory_order_relaxed);
            if (runtime::thread_number == runtime::ended_thread) [[unlikely]]
                start_joined();
        }
        shared_count(shared_count const&) = delete;
        shared_count& operator=(shared_count const&) = delete;

        ETAPE_ALWAYS_INLINE void retain() noexcept
        {
            if (owned_here()) [[likely]]
                local_.store(local_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            else
                retain_elsewhere();
        }
        // Ends what is counted when this was the last reference.
        ETAPE_ALWAYS_INLINE void release() noexcept
        {
            if (const auto n = local_.load(std::memory_order_relaxed); owned_here() && n != 1) [[likely]]
                local_.store(n - 1, std::memory_order_relaxed);
            else
                release_slowly();
        }
        ETAPE_ALWAYS_INLINE bool owned_here() const noexcept
        {
            return owner_.load(std::memory_order_relaxed) == runtime::thread_number;
        }
        // Is it known that there are n references and no more? What another thread counts for itself is not known here.
        bool is(std::uint32_t n) const noexcept
        {
            if (owned_here() && (shared_.load(std::memory_order_relaxed) & returned) != 0) [[unlikely]]
                runtime::take_returned();
            const auto s = shared_.load(std::memory_order_acquire);
            if (owned_here())
                return s == 0 && local_.load(std::memory_order_relaxed) == n;
            return s == (one * static_cast<std::int64_t>(n) | joined);
        }

    private:
        friend struct thread_record;
        // The count of the other threads and two flags.
        static constexpr std::int64_t one = 4, returned = 1, joined = 2, flags = 3;
        static constexpr std::uint64_t nobody = ~std::uint64_t{0};

        ETAPE_COLD void start_joined() noexcept;
        ETAPE_COLD void retain_elsewhere() noexcept;
        ETAPE_COLD void release_slowly() noexcept;
        bool join(std::int64_t extra) noexcept;
        void give_back() noexcept;

        std::atomic<std::uint64_t> owner_;
        std::atomic<std::int64_t> shared_{0};
        std::atomic<std::uint32_t> local_{1};  // written by the owner alone

        shared_count* next_ = nullptr;  // in the list of what was given back
    };
}
