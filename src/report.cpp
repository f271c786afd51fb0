// SPDX-License-Identifier: BSL-1.0
// The report of a comparison of modes.
#include <etape/verify/report.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

#include <etape/tape/log.hpp>

#include "json.hpp"

namespace etape::runtime
{
    double ulp_distance(double a, double b, bool single)
    {
        if (a == b || (std::isnan(a) && std::isnan(b)))
            return 0;
        if (!std::isfinite(a) || !std::isfinite(b))
            return std::numeric_limits<double>::infinity();
        const double m = std::max(std::abs(a), std::abs(b));
        const double ulp = single
            ? static_cast<double>(
                  std::nextafter(static_cast<float>(m), std::numeric_limits<float>::infinity())) -
                static_cast<double>(static_cast<float>(m))
            : std::nextafter(m, std::numeric_limits<double>::infinity()) - m;
        return std::abs(a - b) / ulp;
    }

    namespace
    {
        // Equal within the finite differences' own error, or within what the modes may differ by.
        struct judge
        {
            tolerances allowed;
            double largest = 0;

            double gap(entry const& e) const
            {
                if (e.reverse == e.forward || (std::isnan(e.reverse) && std::isnan(e.forward)))
                    return 0;
                return std::abs(e.reverse - e.forward) / (largest > 0 ? largest : 1);
            }
            double relative(double slope, entry const& e) const
            {
                if (std::isnan(slope) && std::isnan(e.finite_difference))
                    return 0;
                const double room = e.difference_error + allowed.relative * largest;
                return std::abs(slope - e.finite_difference) /
                    (room > 0 ? room : std::numeric_limits<double>::min());
            }
            // not (a > b), so that NaN disagrees
            bool modes(entry const& e) const
            {
                return gap(e) <= allowed.relative && e.ulps <= allowed.ulps;
            }
            bool differences(double slope, entry const& e) const
            {
                return relative(slope, e) <= allowed.differences;
            }
        };

        void find_the_odd_one(comparison& c, judge const& j, entry const& e)
        {
            const bool reverse = j.differences(e.reverse, e), forward = j.differences(e.forward, e);
            c.oracle = "none";
            if (e.missing && !reverse)
            {
                c.odd_one_out = "reverse mode";
                c.oracle = forward ? "dual numbers and finite differences" : "none";
                c.suggestion = "reverse mode has no gradient for this argument: " + c.missing;
            }
            else if (j.modes(e) && !reverse)
            {
                c.odd_one_out = "finite differences";
                if (std::isfinite(e.finite_difference))
                    c.oracle = "finite differences";
                c.suggestion =
                    "both modes have it wrong, or there is a kink here: a formula that both rules share, a part that is cut off "
                    "(value, stop_gradient), a rule that does not fit its value";
            }
            else if (reverse && !forward)
            {
                c.odd_one_out = "forward mode";
                c.oracle = "reverse mode and finite differences";
                c.suggestion = "look at the forward rule (jvp, push) of the statement";
            }
            else if (forward && !reverse)
            {
                c.odd_one_out = "reverse mode";
                c.oracle = "dual numbers and finite differences";
                c.suggestion =
                    "look at the reverse rule (vjp, pull) of the statement: a wrong or transposed factor, a contribution that is "
                    "lost or counted twice";
            }
            else if (reverse && forward)
            {
                c.odd_one_out = "nobody";
                c.suggestion =
                    "reverse and forward mode differ by less than finite differences can tell: one of the rules loses digits here";
            }
            else
            {
                c.odd_one_out = "nobody";
                c.suggestion =
                    "all three differ: several rules are wrong, or the function jumps here";
            }
        }
    }

    void summarise(comparison& c, bool single, tolerances const& allowed)
    {
        c.entries = c.all.size();
        judge j{allowed};
        for (auto const& e : c.all)
            j.largest = std::max({j.largest, std::abs(e.reverse), std::abs(e.forward)});
        double worst = -1, worst_ulps = -1, worst_difference = -1;
        const entry* wrong = nullptr;
        for (auto& e : c.all)
        {
            e.ulps = ulp_distance(e.reverse, e.forward, single);
            const double gap = j.gap(e), relative = j.relative(e.reverse, e);
            if (!(gap <= worst))
            {
                worst = gap;
                c.worst = e;
            }
            if (!(e.ulps <= worst_ulps))
            {
                worst_ulps = e.ulps;
                c.worst_ulps = e;
            }
            const bool worse = !(relative <= worst_difference);
            if (worse)
            {
                worst_difference = relative;
                c.worst_difference = e;
            }
            if (!j.modes(e) || !j.differences(e.reverse, e))
                if (wrong == nullptr || worse)
                    wrong = &e;
        }
        c.worst_relative = std::max(worst, 0.0);
        c.worst_difference_relative = std::max(worst_difference, 0.0);
        const double room = 1e3 * (single ? 0x1p-23 : 0x1p-52) * std::max(1.0, std::abs(c.value));
        const bool same = c.value == c.again || (std::isnan(c.value) && std::isnan(c.again)) ||
            std::abs(c.value - c.again) <= room;
        c.agree = wrong == nullptr && same;
        c.oracle = c.agree ? "dual numbers, finite differences" : "none";
        if (!same)
        {
            c.odd_one_out = "the function";
            c.suggestion =
                "it returned two values for the same input: it has to depend on its arguments alone (random numbers, static state, "
                "an argument that is changed for the caller)";
        }
        else if (wrong != nullptr)
            find_the_odd_one(c, j, *wrong);
    }

    bool forward_in_progress() noexcept
    {
        return thread.log != nullptr && thread.log->forward != nullptr;
    }

    std::string comparison::place(entry const& e) const
    {
        std::string s = "argument " + std::to_string(e.input) + ", entry ";
        if (e.input >= shapes.size() || shapes[e.input].size() < 2)
            return s + std::to_string(e.index);
        auto const& shape = shapes[e.input];
        std::string position;
        std::size_t rest = e.index;
        for (std::size_t k = shape.size(); k-- > 0;)
        {
            position = std::to_string(rest % shape[k]) + (position.empty() ? "" : ", ") + position;
            rest /= shape[k];
        }
        return s + "(" + position + ")";
    }

    std::string comparison::text() const
    {
        char line[512];
        std::string s;
        std::snprintf(line, sizeof line,
                      "%zu gradient entries: reverse, dual numbers and finite differences %s\n",
                      entries, agree ? "agree" : "DISAGREE");
        s += line;
        if (!missing.empty())
            s += "  " + missing + "\n";
        if (!agree)
        {
            s += "  odd one out: " + odd_one_out + "\n  oracle: " + oracle + "\n  suggestion: " + suggestion + "\n";
            if (odd_one_out == "the function")
            {
                std::snprintf(line, sizeof line, "  values % .17g and % .17g\n", value, again);
                s += line;
            }
        }
        for (auto const& w : wrong_statements)
            s += "  " + w.text() + "\n";
        auto row = [&](const char* what, entry const& e)
        {
            s += "  worst, reverse against " + std::string(what) + ": " + place(e) + "\n";
            std::snprintf(
                line, sizeof line,
                "    reverse            % .17g\n    dual numbers       % .17g  (%.3g ulp)\n    finite differences % .17g  (+- %.2g)\n",
                e.reverse, e.forward, e.ulps, e.finite_difference, e.difference_error);
            s += line;
        };
        if (entries != 0)
        {
            row("dual numbers", worst);
            row("finite differences", worst_difference);
        }
        return s;
    }

    std::string comparison::json() const
    {
        using json::number;
        using json::quoted;
        auto row = [&](entry const& e)
        {
            return "{\"argument\": " + std::to_string(e.input) +
                ", \"index\": " + std::to_string(e.index) + ", \"reverse\": " + number(e.reverse) +
                ", \"forward\": " + number(e.forward) +
                ", \"finite_difference\": " + number(e.finite_difference) +
                ", \"finite_difference_error\": " + number(e.difference_error) +
                ", \"ulps\": " + number(e.ulps) + "}";
        };
        std::string s = std::string("{\"agree\": ") + (agree ? "true" : "false") +
            ", \"entries\": " + std::to_string(entries);
        s += ", \"worst_relative\": " + number(worst_relative) + ", \"worst\": " + row(worst) +
            ", \"worst_ulps\": " + row(worst_ulps) +
            ", \"worst_difference\": " + row(worst_difference) +
            ", \"missing\": " + quoted(missing) + ", \"odd_one_out\": " + quoted(odd_one_out) +
            ", \"oracle\": " + quoted(oracle) + ", \"suggestion\": " + quoted(suggestion) + ", \"wrong_statements\": [";
        for (std::size_t k = 0; k < wrong_statements.size(); ++k)
            s += (k == 0 ? "" : ", ") + wrong_statements[k].json();
        return s + "]}";
    }

    std::ostream& operator<<(std::ostream& out, comparison const& c)
    {
        return out << c.text();
    }
}
