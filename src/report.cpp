// SPDX-License-Identifier: BSL-1.0
// The report of a comparison of modes.
#include <etape/verify/report.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

namespace etape::runtime
{
    double ulp_distance(double a, double b, bool single)
    {
        if (a == b || (std::isnan(a) && std::isnan(b)))
            return 0;
        if (!std::isfinite(a) || !std::isfinite(b))
            return std::numeric_limits<double>::infinity();
        const double m = std::max(std::abs(a), std::abs(b));
        const double ulp = single ? static_cast<double>(std::nextafter(static_cast<float>(m), std::numeric_limits<float>::infinity())) -
                                        static_cast<double>(static_cast<float>(m))
                                  : std::nextafter(m, std::numeric_limits<double>::infinity()) - m;
        return std::abs(a - b) / ulp;
    }

    void summarise(comparison& c, bool single, double tolerance)
    {
        c.entries = c.all.size();
        double largest = 0;
        for (auto const& e : c.all)
            largest = std::max({largest, std::abs(e.reverse), std::abs(e.forward)});
        c.agree = c.missing.empty();
        double worst = -1, worst_difference = -1;
        for (auto& e : c.all)
        {
            e.ulps = ulp_distance(e.reverse, e.forward, single);
            const bool both_nan = std::isnan(e.reverse) && std::isnan(e.forward);
            const double gap = both_nan || e.reverse == e.forward ? 0 : std::abs(e.reverse - e.forward) / (largest > 0 ? largest : 1);
            if (!(gap <= worst))
            {
                worst = gap;
                c.worst = e;
            }
            const double off = std::abs(e.reverse - e.finite_difference);
            const double allowed = e.difference_error + tolerance * largest;
            const double relative = both_nan ? 0 : off / (allowed > 0 ? allowed : std::numeric_limits<double>::min());
            if (!(relative <= worst_difference))
            {
                worst_difference = relative;
                c.worst_difference = e;
            }
            // not (a <= b) so that NaN disagrees
            if (!(gap <= tolerance) || !(relative <= 10))
                c.agree = false;
        }
        c.worst_relative = std::max(worst, 0.0);
        c.worst_difference_relative = std::max(worst_difference, 0.0);
    }

    std::string comparison::text() const
    {
        char line[512];
        std::string s;
        std::snprintf(line, sizeof line, "%zu gradient entries: reverse, dual numbers and finite differences %s\n", entries,
                      agree ? "agree" : "DISAGREE");
        s += line;
        if (!missing.empty())
            s += "  " + missing + "\n";
        auto row = [&](const char* what, entry const& e)
        {
            std::snprintf(line, sizeof line,
                          "  worst, reverse against %s: argument %zu, entry %zu\n    reverse            % .17g\n    dual numbers       % .17g  (%.3g ulp)\n"
                          "    finite differences % .17g  (+- %.2g)\n",
                          what, e.input, e.index, e.reverse, e.forward, e.ulps, e.finite_difference, e.difference_error);
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
        char line[512];
        auto number = [](double x)
        {
            char b[40];
            if (!std::isfinite(x))
                return std::string("null");
            std::snprintf(b, sizeof b, "%.17g", x);
            return std::string(b);
        };
        auto row = [&](entry const& e)
        {
            return "{\"argument\": " + std::to_string(e.input) + ", \"index\": " + std::to_string(e.index) + ", \"reverse\": " + number(e.reverse) +
                   ", \"forward\": " + number(e.forward) + ", \"finite_difference\": " + number(e.finite_difference) +
                   ", \"finite_difference_error\": " + number(e.difference_error) + ", \"ulps\": " + number(e.ulps) + "}";
        };
        std::snprintf(line, sizeof line, "{\"agree\": %s, \"entries\": %zu, ", agree ? "true" : "false", entries);
        std::string s = line;
        s += "\"worst_relative\": " + number(worst_relative) + ", \"worst\": " + row(worst) + ", \"worst_difference\": " + row(worst_difference);
        std::string escaped;
        for (char ch : missing)
            escaped += ch == '"' || ch == '\\' ? std::string{'\\', ch} : std::string{ch};
        return s + ", \"missing\": \"" + escaped + "\"}";
    }

    std::ostream& operator<<(std::ostream& out, comparison const& c)
    {
        return out << c.text();
    }
}
