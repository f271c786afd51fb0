// SPDX-License-Identifier: BSL-1.0
// One explanation: what it looks at, and its parts. The parts lie in explain*.cpp by what they explain.
// What the explanations of one call have in common is found once, when the first of them asks for it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <etape/tape/differentiate.hpp>

#include "explain_search.hpp"
#include "explain_words.hpp"

namespace etape::explaining
{
    // The targets of a call, and what is known of them. Sources have their numbers before it is asked for any of it.
    class inquiry
    {
    public:
        inquiry(tape_core& t, target_request const* targets, std::size_t n_targets, site const& asked);

        // From the targets back.
        search& find();
        // A target has a place on the tape.
        bool recorded();
        // "the array of shape (2,) made at fit.cpp:6, 3 scalars": at which the paths end.
        std::string const& leaves();
        // The first statement that keeps these values as a constant, or null.
        node const* reader(buffer const* constant);

        tape_core& tape;
        target_request const* targets;
        std::size_t n_targets;
        site asked;
        site where_target{};

    private:
        // By a statement in the tape's windows.
        bool produced(id_space space, std::uint32_t id) const;

        std::optional<search> find_;
        bool recorded_ = false;
        std::optional<std::string> leaves_;
        std::optional<std::unordered_map<buffer const*, node const*>> readers_;
    };

    class writer
    {
    public:
        writer(inquiry& i, source_request const& s, known_as const& ids);

        std::unique_ptr<explanation> write();

    private:
        std::unique_ptr<explanation> because(reason why, std::string operation, site const& where, std::string const& detail,
                                             const char* hint = nullptr);
        // A variable that nothing has read: on another thread it gets no number.
        bool unread() const;
        bool began_as_one_of_many() const;

        // ---- by the source: explain_source.cpp ----
        bool unwatched_frozen() const;
        std::unique_ptr<explanation> constant_source();
        // A handle that this recording does not know.
        std::unique_ptr<explanation> foreign_source();
        // The path is there, but the tape did not watch, or not yet.
        std::unique_ptr<explanation> unwatched(search& find, broken const* b);
        // Where another tape was told to watch the source.
        site watched_elsewhere();
        // The target reads what the source was before an assignment.
        std::unique_ptr<explanation> overwritten_source(search const& find);

        // ---- by the break of the path: explain_path.cpp ----
        std::unique_ptr<explanation> broken_path(search& find, broken const& b);
        // Computed while the tape was paused, closed or not open.
        std::unique_ptr<explanation> unrecorded(broken const& b, std::string const& op);
        std::string constants(search const& find) const;
        // No path leads to the source: unless a rule on the way captured it.
        std::unique_ptr<explanation> apart(search const& find, std::string operation, site const& where, std::string const& detail);
        std::unique_ptr<explanation> unconnected(search& find);

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

        inquiry& asked_of_;
        tape_core& tape_;
        record_log& log_;
        target_request const* targets_;
        std::size_t n_targets_;
        source_request const& source_;
        known_as const& ids_;
        std::unique_ptr<explanation> e_ = std::make_unique<explanation>();
    };
}
