// SPDX-License-Identifier: BSL-1.0
// The slow side of reference counts: other threads, and the joining of the two counts.
#include <etape/core/shared_count.hpp>

#include <mutex>
#include <utility>

namespace etape
{
    // What other threads gave back to a thread that lives.
    struct thread_record
    {
        std::uint64_t number = 0;
        std::atomic<bool> waiting{false};
        shared_count* list = nullptr;
        thread_record* next = nullptr;

        thread_record() noexcept;
        ~thread_record();
        thread_record(thread_record const&) = delete;
        thread_record& operator=(thread_record const&) = delete;

        static void end_all(shared_count* list) noexcept
        {
            while (list != nullptr)
            {
                auto* c = std::exchange(list, list->next_);
                if (c->join(-1))
                    runtime::end(c);
            }
        }
    };

    namespace
    {
        // Never destroyed: other threads may end after the static objects.
        struct registry
        {
            std::mutex guard;
            std::uint64_t threads = 0;
            thread_record* living = nullptr;
        };
        registry& all() noexcept
        {
            static registry& r = *new registry;
            return r;
        }
    }

    thread_record::thread_record() noexcept
    {
        auto& r = all();
        const std::lock_guard lock(r.guard);
        number = ++r.threads;
        next = r.living;
        r.living = this;
        runtime::thread_number = number;
        runtime::returned = &waiting;
    }
    thread_record::~thread_record()
    {
        shared_count* rest = nullptr;
        {
            auto& r = all();
            const std::lock_guard lock(r.guard);
            auto** at = &r.living;
            while (*at != this)
                at = &(*at)->next;
            *at = next;
            rest = list;
            runtime::thread_number = runtime::ended_thread;
            runtime::returned = nullptr;
        }
        end_all(rest);
    }

    namespace runtime
    {
        namespace
        {
            thread_record& record()
            {
                static thread_local thread_record r;
                return r;
            }
        }
        ETAPE_COLD void number_thread() noexcept
        {
            (void)record();
        }
        ETAPE_COLD void take_returned() noexcept
        {
            shared_count* list = nullptr;
            {
                const std::lock_guard lock(all().guard);
                auto& r = record();
                list = std::exchange(r.list, nullptr);
                r.waiting.store(false, std::memory_order_relaxed);
            }
            thread_record::end_all(list);
        }
    }

    void shared_count::start_joined() noexcept
    {
        owner_.store(nobody, std::memory_order_relaxed);
        local_.store(0, std::memory_order_relaxed);
        shared_.store(one | joined, std::memory_order_relaxed);
    }

    void shared_count::retain_elsewhere() noexcept
    {
        shared_.fetch_add(one, std::memory_order_relaxed);
    }

    void shared_count::release_slowly() noexcept
    {
        auto s = shared_.load(std::memory_order_acquire);
        if (owned_here())
        {
            // Our last. Without references of others, nobody else can see what is counted.
            if (s == 0)
                return runtime::end(this);
            local_.store(0, std::memory_order_relaxed);
            owner_.store(nobody, std::memory_order_relaxed);
            while (!shared_.compare_exchange_weak(s, (s & ~flags) | joined, std::memory_order_acq_rel, std::memory_order_acquire))
            {
            }
            if ((s & ~flags) == 0)
                runtime::end(this);
            return;
        }
        std::int64_t to = 0;
        // A reference that the owner counted: it is the list's until the owner has joined the counts.
        do
            to = s == 0 ? returned : s - one;
        while (!shared_.compare_exchange_weak(s, to, std::memory_order_acq_rel, std::memory_order_acquire));
        if (s == 0)
            give_back();
        else if (to == joined)
            runtime::end(this);
    }

    // One count of all references, plus `extra`: true when none is left.
    bool shared_count::join(std::int64_t extra) noexcept
    {
        const auto own = static_cast<std::int64_t>(local_.load(std::memory_order_relaxed));
        auto s = shared_.load(std::memory_order_acquire);
        std::int64_t left = 0;
        do
            left = (s >> 2) + own + extra;
        while (!shared_.compare_exchange_weak(s, left * one | joined, std::memory_order_acq_rel, std::memory_order_acquire));
        local_.store(0, std::memory_order_relaxed);
        owner_.store(nobody, std::memory_order_relaxed);
        return left == 0;
    }

    void shared_count::give_back() noexcept
    {
        bool last = false;
        {
            auto& r = all();
            const std::lock_guard lock(r.guard);
            const auto owner = owner_.load(std::memory_order_relaxed);
            auto* t = r.living;
            while (t != nullptr && t->number != owner)
                t = t->next;
            if (owner != nobody && t != nullptr)
            {
                next_ = std::exchange(t->list, this);
                t->waiting.store(true, std::memory_order_relaxed);
                return;
            }
            // The owner has joined the counts already, or has ended: its count will not change any more.
            last = join(-1);
        }
        if (last)
            runtime::end(this);
    }
}
