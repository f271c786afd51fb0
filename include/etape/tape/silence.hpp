// SPDX-License-Identifier: BSL-1.0
// A stretch in which this thread records nothing.
#pragma once
#include <etape/tape/log.hpp>

namespace etape::runtime
{
    class silence
    {
    public:
        silence() noexcept
            : recording_(thread.recording)
            , paused_(thread.paused)
            , by_assignment_(thread.by_assignment)
        {
            thread.recording = thread.paused = thread.by_assignment = false;
            if (counted())
                thread.log->leave_numbers();
            next_scalar_ = thread.next_scalar;
        }
        ~silence()
        {
            // A scalar that was made in silence may outlive it: its number is not given again.
            if (counted() && thread.next_scalar != next_scalar_)
                thread.log->take_numbers();
            thread.recording = recording_;
            thread.paused = paused_;
            thread.by_assignment = by_assignment_;
        }
        silence(silence const&) = delete;
        silence& operator=(silence const&) = delete;

    private:
        bool counted() const noexcept
        {
            return recording_ || paused_;
        }
        bool recording_, paused_, by_assignment_;
        std::uint64_t next_scalar_;
    };
}
