// SPDX-License-Identifier: BSL-1.0
// The report of a checked recording.
#include <etape/verify/checked_recording.hpp>

#include <cmath>
#include <ostream>

#include "json.hpp"

namespace etape::runtime
{
    std::string wrong_statement::text() const
    {
        std::string s = "etape: " + operation +
            (where.known() || !after.known() ? " at " + to_string(where)
                                             : " after " + to_string(after)) +
            ": the " + between + " disagree (statement " + std::to_string(number) +
            " of the check): <J'w, v> = " + json::number(reverse) +
            " in reverse mode, <w, Jv> = " + json::number(forward) + " in forward mode";
        if (!std::isnan(difference))
            s += ", " + json::number(difference) + " by finite differences";
        s += ", expected equal up to " + json::number(allowed) + "; ";
        return s +
            (std::isnan(difference)
                 ? "compare the vjp with the jvp: a transposed Jacobian, a missing term or factor, a contribution that counts twice"
                 : "both rules agree with each other and not with the value: a wrong formula, or a value that is not what it says");
    }
    std::string checked_recording::text() const
    {
        std::string s = std::to_string(statements()) + " statements checked, " +
            std::to_string(differences()) + " of them against finite differences: " +
            (wrong().empty() ? "no wrong rule" : std::to_string(wrong().size()) + " wrong") + "\n";
        for (auto const& w : wrong())
            s += "  " + w.text() + "\n";
        return s;
    }
    std::string wrong_statement::json() const
    {
        using json::quoted;
        return "{\"operation\": " + quoted(operation) + ", \"where\": " + quoted(to_string(where)) +
            ", \"number\": " + std::to_string(number) + ", \"between\": " + quoted(between) +
            ", \"reverse\": " + json::number(reverse) + ", \"forward\": " + json::number(forward) +
            ", \"difference\": " + json::number(difference) +
            ", \"allowed\": " + json::number(allowed) + "}";
    }
    std::string checked_recording::json() const
    {
        std::string s = "{\"statements\": " + std::to_string(statements()) +
            ", \"differences\": " + std::to_string(differences()) + ", \"wrong\": [";
        for (std::size_t k = 0; k < wrong().size(); ++k)
            s += (k == 0 ? "" : ", ") + wrong()[k].json();
        return s + "]}";
    }
    std::ostream& operator<<(std::ostream& out, checked_recording const& c)
    {
        return out << c.text();
    }
}
