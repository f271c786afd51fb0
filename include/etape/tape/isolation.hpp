// SPDX-License-Identifier: BSL-1.0
// A recording apart: a function runs on a log of its own, which knows nothing of the one outside and is forgotten afterwards.
#pragma once
#include <etape/tape/log.hpp>

namespace etape::runtime
{
    // While it lives this thread records on another log (logs are kept and used again). A tracked value from outside that the
    // function reads would be a constant there, and its derivative lost: reading it is a rule_error.
    class isolation
    {
    public:
        explicit isolation(const char* call)
            : isolation(call, thread.log)
        {
        }
        // On a thread that works for another, whose recording waits: outside is the log of that.
        isolation(const char* call, record_log* outside);
        ~isolation();
        isolation(isolation const&) = delete;
        isolation& operator=(isolation const&) = delete;

        record_log& log() const noexcept
        {
            return *thread.log;
        }
        // At the end: variables that were read and are older than the recording came from outside, too.
        void check_captured() const;

    private:
        thread_state outer_;
        void* mine_;
    };
    [[noreturn]] void throw_captured(const char* call);

    // What an array or a number of a result was, in short: a sweep that runs a function again notices when it gives others.
    struct result_digest
    {
        std::size_t elements = 0;
        double sum = 0, size = 0;  // of the elements with weights by position, and without signs

        // Up to what rounding makes of it: a compiler may contract one of two copies of the same code.
        bool same(result_digest const& b, bool single) const noexcept;
    };
    result_digest digest_of(buffer const& b, bool single);
}
