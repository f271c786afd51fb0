// SPDX-License-Identifier: BSL-1.0
// The words that explanations have in common: reasons and their hints, places, arrays, operations.
#include "explain_words.hpp"

#include <etape/tape/differentiate.hpp>

namespace etape::explaining
{
    const char* hint_for(reason r)
    {
        switch (r)
        {
        case reason::unconnected:
            return "check that the target really reads it; value_or_zero() or unconnected::zero asks for a zero instead";
        case reason::not_watched:
            return "watch it with tape.watch(x) before its first use, or make it a trainable variable";
        case reason::watched_after_use:
            return "move the watch before the first use";
        case reason::foreign_recording:
            return "compute it while this tape records, or start from a new variable with its value";
        case reason::escaped:
            return "keep the tracked handle instead of value(x)";
        case reason::non_differentiable:
            return "use a smooth replacement, or straight_through for an estimate";
        case reason::overwritten:
            return "ask for the gradient with respect to what was assigned, or of a target computed before the assignment";
        case reason::rule_missing:
            return "give the rule a vjp, or ask in forward mode";
        case reason::recorded_while_paused:
            return "compute it while the tape records";
        case reason::detached:
            return "remove stop_gradient where the path should go on";
        case reason::target_not_recorded:
            return "compute the target while the tape records, from tracked numbers: what x.value() hands out is plain";
        case reason::tape_consumed:
            return "make the tape persistent, or ask for all sources in one call";
        case reason::control_only:
            return "it only steers control flow; write the dependence as arithmetic";
        case reason::not_watched_by_outer:
            return "watch it with the outer tape too";
        default:
            return "";
        }
    }

    std::string at(site const& s)
    {
        return s.known() ? " at " + to_string(s) : std::string();
    }
    std::string array_text(const std::size_t* shape, std::size_t rank, site const& made)
    {
        return "the array of shape " + shape_text(shape, rank) + (made.known() ? " made at " + to_string(made) : std::string());
    }
    std::string described(const char* operation, site const& where)
    {
        std::string text = *operation != '\0' ? operation : "an operation";
        if (where.known())
            text += " at " + to_string(where);
        return text;
    }
    std::string described_result(buffer const& b)
    {
        std::string text = runtime::operation_name(b.operation);
        if (b.made.known())
            text += (text.empty() ? "at " : " at ") + to_string(b.made);
        return text;
    }
}
