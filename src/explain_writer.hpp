// SPDX-License-Identifier: BSL-1.0
// One explanation: what it looks at, and its parts. The parts lie in explain*.cpp by what they explain.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <etape/tape/differentiate.hpp>

#include "explain_search.hpp"
#include "explain_words.hpp"

namespace etape::explaining
{
    class writer
    {
    public:
        writer(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const& s, site asked);

        std::unique_ptr<explanation> write();

    private:
        std::unique_ptr<explanation> because(reason why, std::string operation, site const& where, std::string const& detail,
                                             const char* hint = nullptr);
        // The numbers that the source may be known by.
        std::vector<key> source_keys();
        // A variable that nothing has read: on another thread it gets no number.
        bool unread() const;
        bool began_as_one_of_many() const;
        // True when a target has a place on the tape.
        bool walk(search& find);
        // By a statement in the tape's windows.
        bool produced(id_space space, std::uint32_t id) const;

        // ---- by the source: explain_source.cpp ----
        bool unwatched_frozen(std::vector<key> const& ids) const;
        std::unique_ptr<explanation> constant_source();
        // A handle that this recording does not know.
        std::unique_ptr<explanation> foreign_source();
        // The path is there, but the tape did not watch, or not yet.
        std::unique_ptr<explanation> unwatched(search const& find, broken const* b);
        // Where another tape was told to watch the source.
        site watched_elsewhere();
        // The target reads what the source was before an assignment.
        std::unique_ptr<explanation> overwritten_source(search const& find);

        // ---- by the break of the path: explain_path.cpp ----
        std::unique_ptr<explanation> broken_path(search const& find, broken const& b);
        // Computed while the tape was paused, closed or not open.
        std::unique_ptr<explanation> unrecorded(broken const& b, std::string const& op);
        std::string constants(search const& find) const;
        // No path leads to the source: unless a rule on the way captured it.
        std::unique_ptr<explanation> apart(search const& find, std::string operation, site const& where, std::string const& detail);
        std::unique_ptr<explanation> unconnected(search const& find);

        // ---- by the target and the state of the tape: explain_target.cpp ----
        std::string opened() const;
        // " by add at fit.cpp:14", " at fit.cpp:14", ""
        static std::string by(buffer const& b);
        // Since when the tape sees what is computed.
        std::string window() const;
        // When a handle was produced that this recording does not know.
        std::string before(buffer const& b) const;
        // None of the statements of this tape produced a target: what is known of the first one.
        std::unique_ptr<explanation> unrecorded_target(search const& find);
        // The buffer has the low half of it.
        std::uint64_t stamp_of(buffer const& b) const;
        // Where a statement of the log lies that is in no window of this tape.
        std::string outside(std::uint32_t position) const;
        // A scalar from before the recording has a number below those of the recording.
        std::unique_ptr<explanation> number_target(target_request const& r, std::string const& missing);

        tape_core& tape_;
        record_log& log_;
        target_request const* targets_;
        std::size_t n_targets_;
        source_request const& source_;
        site asked_;
        std::unique_ptr<explanation> e_ = std::make_unique<explanation>();
    };
}
