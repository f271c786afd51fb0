// SPDX-License-Identifier: BSL-1.0
// Logs for recordings apart, one for each depth of nesting.
#include <etape/tape/isolation.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include <etape/core/error.hpp>

namespace etape::runtime
{
    namespace
    {
        struct spare
        {
            thread_state state;
            std::unique_ptr<record_log> log;
            bool busy = false;

            spare()
            {
                // A log takes its numbers from the state of the thread, and gives them back to it.
                struct restore
                {
                    thread_state outer = std::exchange(thread, thread_state{});
                    ~restore()
                    {
                        thread = outer;
                    }
                } const afterwards;  // also where no log can be made
                log = std::make_unique<record_log>();
                thread.log = log.get();
                state = thread;
            }
            ~spare()
            {
                const auto outer = std::exchange(thread, state);
                log.reset();
                thread = outer;
            }
        };
        // Logs that a thread keeps: deeper nests make theirs anew, for there are only so many of all threads.
        constexpr std::size_t kept_spares = 8;
        std::vector<std::unique_ptr<spare>>& spares()
        {
            static thread_local std::vector<std::unique_ptr<spare>> all;
            return all;
        }
    }

    isolation::isolation(const char* call, record_log* outside)
    {
        auto& all = spares();
        const auto idle = std::find_if(all.begin(), all.end(), [](auto const& s) { return !s->busy; });
        auto* const mine = idle != all.end() ? idle->get() : all.emplace_back(std::make_unique<spare>()).get();
        mine->busy = true;
        mine_ = mine;
        mine->log->apart = {outside, call};
        outer_ = std::exchange(thread, mine->state);
        static std::atomic<std::uint32_t> last{0};
        do
            thread.apart = ++last;
        while (thread.apart == 0);
    }
    isolation::~isolation()
    {
        auto& mine = *static_cast<spare*>(mine_);
        mine.state = std::exchange(thread, outer_);
        mine.busy = false;
        if (auto& all = spares(); all.size() > kept_spares && all.back().get() == &mine)
            all.pop_back();
    }
    void isolation::check_captured() const
    {
        if (thread.log->read_outside())
            throw_captured(thread.log->apart.call);
    }
    void throw_captured(const char* call)
    {
        throw rule_error(std::string("etape: ") + call +
                         ": found a function that reads a tracked value from outside, expected it among the arguments (its derivative would be "
                         "lost), or as a plain number");
    }
}
