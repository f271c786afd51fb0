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
        }
        ~silence()
        {
            thread.recording = recording_;
            thread.paused = paused_;
            thread.by_assignment = by_assignment_;
        }
        silence(silence const&) = delete;
        silence& operator=(silence const&) = delete;

    private:
        bool recording_, paused_, by_assignment_;
    };
}
