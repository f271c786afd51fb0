// SPDX-License-Identifier: BSL-1.0
// What the operators of active numbers ask of their thread: does a tape record, and on which log?
#pragma once
#include <cstdint>

namespace etape
{
    class record_log;

    struct thread_state
    {
        bool recording = false;      // some tape of this thread records
        bool paused = false;         // none records, but some may record again: what is lost meanwhile is noted
        // A derivative of a derivative may be asked for: several tapes (or levels of forward mode) record, or a persistent one,
        // whose sweeps may be recorded by itself. Statements then keep what such a sweep reads.
        bool higher_order = false;
        // Operators on scalars record for themselves (or note what is lost) instead of leaving it to the assignment.
        bool by_operator = false;
        // The assignment records: `recording` without `by_operator`.
        bool by_assignment = false;
        record_log* log = nullptr;
        std::uint32_t apart = 0;        // the number of the recording apart that this thread is in (tape/isolation.hpp), which grows; 0 = none
        std::uint64_t next_scalar = 0;  // numbers of scalars outside a recording; 0 = no slot yet
    };
    namespace runtime
    {
        inline constinit thread_local thread_state thread{};
    }
}
