// SPDX-License-Identifier: BSL-1.0
// Where sweeps of a finished tape by other threads meet the thread that recorded it. They read what is on its log; it may record
// on, because what was recorded stays where it is. The rare moments in which it does not (a table grows, the tape goes on or
// ends) wait for the sweeps in progress.
#pragma once
#include <atomic>

#include <etape/core/config.hpp>

namespace etape
{
    // Of a record log, made when the first persistent tape of it finishes; it outlives the log if a tape does.
    class sweep_gate
    {
    public:
        static sweep_gate* make();
        void retain() noexcept;
        void release() noexcept;

        // The log ends: waits for the sweeps in progress and lets no more in.
        void end() noexcept;

        sweep_gate(sweep_gate const&) = delete;
        sweep_gate& operator=(sweep_gate const&) = delete;

    private:
        friend class sweep_elsewhere;
        friend class no_sweeps;
        friend class name_lock;
        struct state;

        sweep_gate();
        ~sweep_gate();
        state& state_;
        std::atomic<int> holders_{1};
    };

    // A sweep by another thread than the log's. On one thread they nest (a rule that differentiates).
    class sweep_elsewhere
    {
    public:
        explicit sweep_elsewhere(sweep_gate& gate) noexcept
            : gate_(gate)
        {
        }
        ~sweep_elsewhere();
        // False: the tape was taken back meanwhile, or its log has ended.
        bool begin(std::atomic<bool> const& offered);
        sweep_elsewhere(sweep_elsewhere const&) = delete;
        sweep_elsewhere& operator=(sweep_elsewhere const&) = delete;

    private:
        sweep_gate& gate_;
        sweep_elsewhere* outer_ = nullptr;
        bool begun_ = false;
    };

    // No other thread sweeps while it lives. Null: nobody could.
    class no_sweeps
    {
    public:
        explicit no_sweeps(sweep_gate* gate) noexcept;
        ~no_sweeps();
        no_sweeps(no_sweeps const&) = delete;
        no_sweeps& operator=(no_sweeps const&) = delete;

    private:
        sweep_gate* gate_;
    };

    // For the tables in which a value's number is looked up and the notes behind explanations, which change in place. Held for
    // look-ups, not for a sweep; nothing that waits for sweeps happens under it. Null: nobody else could look.
    class name_lock
    {
    public:
        explicit name_lock(sweep_gate* gate) noexcept
            : gate_(gate)
        {
            if (gate_ != nullptr) [[unlikely]]
                lock();
        }
        ~name_lock()
        {
            if (gate_ != nullptr) [[unlikely]]
                unlock();
        }
        name_lock(name_lock const&) = delete;
        name_lock& operator=(name_lock const&) = delete;

    private:
        ETAPE_COLD void lock() noexcept;
        ETAPE_COLD void unlock() noexcept;
        sweep_gate* gate_;
    };
}
