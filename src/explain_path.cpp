// SPDX-License-Identifier: BSL-1.0
// Explanations by the place where the path from the target breaks, or by what the target reads instead.
#include "explain_writer.hpp"

namespace etape::explaining
{
    std::unique_ptr<explanation> writer::broken_path(search& find, broken const& b)
    {
        const auto op = described(b.operation, b.where);
        const std::string reader =
            *b.reader != '\0' && (b.read_at.known() || *b.operation == '\0') ? ", read by " + described(b.reader, b.read_at) : std::string();
        switch (b.why)
        {
        case reason::not_watched:
            return unwatched(find, &b);
        case reason::non_differentiable:
            return because(b.why, b.operation, b.where, "every path goes through " + op + ", which has no derivative");
        case reason::control_only:
            return because(b.why, b.operation, b.where, "it is read only by " + op + ", which decides but passes no derivative");
        case reason::rule_missing:
            return because(b.why, b.operation, b.where,
                           "the path goes through the rule " + op + ", where it was registered with a jvp and without a vjp");
        case reason::detached:
            return because(b.why, b.operation, b.where, "the path was cut by " + op + reader);
        case reason::escaped:
            return because(b.why, b.operation, b.where, "its values were taken out of the engine by " + op + " and came back as constants" + reader);
        case reason::overwritten:
            return because(b.why, b.operation, b.where,
                           "what the target reads was overwritten by " + op + " with untracked values; the history before is not part of it");
        case reason::recorded_while_paused:
            return unrecorded(b, op);
        case reason::foreign_recording:
            if (*b.operation != '\0')
                return because(b.why, b.operation, b.where,
                               "the path goes through " + op + ", recorded before this tape was opened" + at(tape_.opened_at));
            [[fallthrough]];
        default:
            return because(b.why, b.operation, b.where.known() ? b.where : b.read_at,
                           "the path goes through a value that this tape does not know" + reader);
        }
    }

    std::unique_ptr<explanation> writer::unrecorded(broken const& b, std::string const& op)
    {
        const auto* s = b.state;
        if (s == nullptr)
            return because(reason::foreign_recording, b.operation, b.where,
                           "the path goes through " + op + ", computed before this tape was opened" + at(tape_.opened_at));
        if (s->state != tape_state::closed)
            return because(reason::recorded_while_paused, b.operation, b.where,
                           "the path goes through " + op + ", computed while the tape was paused" + at(s->where));
        return because(*b.reader == '\0' ? reason::target_not_recorded : reason::recorded_while_paused, b.operation, s->where,
                       std::string(*b.reader == '\0' ? "the target was" : "the path goes through a value that was") + " computed by " + op +
                           ", after the tape was closed" + at(s->where));
    }

    std::string writer::constants(search const& find) const
    {
        std::string text;
        for (auto const& s : find.strangers)
            text += (text.empty() ? "" : ", ") + s;
        return text.empty() ? text
                            : "; as constants it reads {" + text + "}, computed where the tape that was opened" + at(tape_.opened_at) +
                " does not see what they depend on";
    }

    std::unique_ptr<explanation> writer::apart(search const& find, std::string operation, site const& where, std::string const& detail)
    {
        if (find.captors.empty())
            return because(reason::unconnected, std::move(operation), where, detail);
        std::string rules;
        for (auto const& r : find.captors)
            rules += (rules.empty() ? "" : ", ") + r;
        const bool one = find.captors.size() == 1;
        return because(reason::unconnected, std::move(operation), where,
                       detail + "; the target goes through the rule" + (one ? " " : "s ") + rules +
                           ": what the function of a rule captures is a constant",
                       one ? "if the function of the rule captured it, pass it to the rule as an argument"
                           : "if the function of one of the rules captured it, pass it to that rule as an argument");
    }

    std::unique_ptr<explanation> writer::unconnected(search& find)
    {
        if (source_.zero_if_unread)
        {
            e_->why = reason::unconnected;  // all that is asked
            return std::move(e_);
        }
        const auto used = find.first_use(ids_);
        return apart(find, "", {},
                     "the target reads {" + asked_of_.leaves() + "}" + constants(find) +
                         "; nearest operation that uses the source: " + (used.empty() ? "none" : used));
    }
}
