// SPDX-License-Identifier: BSL-1.0
// Readers and the one writer of a log's finished part.
#include <etape/tape/sweep_gate.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

namespace etape
{
    struct sweep_gate::state
    {
        std::mutex guard;
        std::condition_variable changed;
        std::size_t sweeps = 0;   // in progress
        std::size_t changes = 0;  // that wait for them, or are under way: new sweeps let them pass first
        bool ended = false;
        std::mutex names;
    };

    namespace
    {
        constinit thread_local sweep_elsewhere* innermost = nullptr;
    }

    sweep_gate::sweep_gate()
        : state_(*new state)
    {
    }
    sweep_gate::~sweep_gate()
    {
        delete &state_;
    }
    sweep_gate* sweep_gate::make()
    {
        return new sweep_gate;
    }
    void sweep_gate::retain() noexcept
    {
        holders_.fetch_add(1, std::memory_order_relaxed);
    }
    void sweep_gate::release() noexcept
    {
        if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }

    bool sweep_elsewhere::begin(std::atomic<bool> const& offered)
    {
        auto& s = gate_.state_;
        std::unique_lock lock(s.guard);
        // A sweep inside another of the same log must not wait for a change that waits for the outer one.
        const auto* same = innermost;
        while (same != nullptr && &same->gate_ != &gate_)
            same = same->outer_;
        if (same == nullptr)
            s.changed.wait(lock, [&] { return s.changes == 0; });
        if (s.ended || !offered.load(std::memory_order_relaxed))
            return false;
        ++s.sweeps;
        outer_ = std::exchange(innermost, this);
        return begun_ = true;
    }
    sweep_elsewhere::~sweep_elsewhere()
    {
        if (!begun_)
            return;
        innermost = outer_;
        auto& s = gate_.state_;
        const std::lock_guard lock(s.guard);
        if (--s.sweeps == 0 && s.changes != 0)
            s.changed.notify_all();
    }
    void sweep_gate::end() noexcept
    {
        const no_sweeps wait(this);
        const std::lock_guard lock(state_.guard);
        state_.ended = true;
    }

    no_sweeps::no_sweeps(sweep_gate* gate) noexcept
        : gate_(gate)
    {
        if (gate_ == nullptr)
            return;
        auto& s = gate_->state_;
        std::unique_lock lock(s.guard);
        ++s.changes;
        s.changed.wait(lock, [&] { return s.sweeps == 0; });
    }
    no_sweeps::~no_sweeps()
    {
        if (gate_ == nullptr)
            return;
        auto& s = gate_->state_;
        const std::lock_guard lock(s.guard);
        if (--s.changes == 0)
            s.changed.notify_all();
    }

    void name_lock::lock() noexcept
    {
        gate_->state_.names.lock();
    }
    void name_lock::unlock() noexcept
    {
        gate_->state_.names.unlock();
    }
}
