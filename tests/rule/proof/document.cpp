// SPDX-License-Identifier: BSL-1.0
// One line of a Markdown table for each row of the rule table.
#include "document.hpp"
#include "complex_step.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

namespace etape_test::proof
{
    namespace
    {
        constexpr std::size_t text_cells =
            7;  // name, derivative, domain, convention, three bounds; measured ones follow
        constexpr std::size_t measured_cells = 6;

        std::string number(double x)
        {
            if (std::isinf(x))
            {
                return x < 0 ? "-inf" : "inf";
            }
            std::ostringstream text;
            text << x;
            return text.str();
        }
        std::string escaped(std::string const& text)
        {
            std::string r;
            for (const char c : text)
            {
                r += c == '|' ? std::string("\\|") : std::string(1, c);
            }
            return r;
        }
        std::string domain(row_info const& row)
        {
            std::string text;
            for (std::size_t j = 0; j < row.arity; ++j)
            {
                auto const& d = row.domain[j];
                const bool all = std::isinf(d.low) && std::isinf(d.high);
                text += (j == 0 ? "" : ", ") +
                    (all ? "all" : "[" + number(d.low) + ", " + number(d.high) + "]");
            }
            return text;
        }
        std::vector<std::string> texts(row_info const& row)
        {
            std::string remarks = row.convention;
            if (!row.note.empty())
            {
                remarks += (remarks.empty() ? "" : "; ") + row.note;
            }
            return {"`" + row.name + "`",  escaped(row.derivative), domain(row),
                    escaped(remarks),      number(row.value_ulp),   number(row.derivative_ulp),
                    number(row.second_ulp)};
        }
        std::string measured(double ulp)
        {
            char text[32];
            std::snprintf(text, sizeof text, "%.2f", ulp);
            return text;
        }
        std::string line(std::vector<std::string> const& cells)
        {
            std::string text = "|";
            for (auto const& c : cells)
            {
                text += " " + c + " |";
            }
            return text + "\n";
        }
        std::vector<std::string> cells_of(std::string const& text)
        {
            std::vector<std::string> cells;
            std::string cell;
            for (std::size_t i = 1; i < text.size(); ++i)
            {
                if (text[i] == '|' && text[i - 1] != '\\')
                {
                    const auto first = cell.find_first_not_of(' '),
                               last = cell.find_last_not_of(' ');
                    cells.push_back(
                        first == std::string::npos ? "" : cell.substr(first, last - first + 1));
                    cell.clear();
                }
                else
                {
                    cell += text[i];
                }
            }
            return cells;
        }
    }

    void write_document(std::ostream& out, std::vector<verdict> const& all,
                        std::string const& origin)
    {
        out << "# Rules\n\n"
               "Every row of the rule table, as measured by `./run verify`, which writes this page. "
            << origin
            << "\n\n"
               "Errors are in units in the last place (ulp) of the exact result, not rounded; the reference has 100 digits. Each "
               "function is measured on scalars and SIMD batches, alone and inside a fused kernel; first derivatives by the reverse "
               "rule and by the forward rule, second ones forward over reverse and forward over forward. The points are the edges of "
               "the domain, zeros, subnormal and the largest numbers, kinks, poles and branch points with their neighbours, ties, and "
               "random numbers of ordinary size and of all magnitudes. Smooth functions that have closed forms are also scanned against "
               "these in wider types: at a grid of all floats, at hundreds of thousands of random doubles, and around the worst points that "
               "were found.\n\n"
               "The stated bounds hold in the whole domain. Below the smallest normal number the unit is that number: results there may "
               "be flushed to zero. Derivatives are bounded where the value is in the range of the type; second derivatives where all "
               "derivatives are in its normal range. In the derivatives, y is the value and a, b, c are the arguments.\n\n"
               "At NaN, infinities, zeros of both signs, subnormal and the largest numbers, in all combinations of arguments, scalars and "
               "batches, both modes, alone and fused, give the same kind of number, and values the kind that `<cmath>` gives "
               "(`tests/rule/edges.cpp`). Outside of the domain a value is NaN and a derivative that of the formula. A quotient by -0 has "
               "the sign of that zero: sqrt'(-0) = -inf.\n\n"
               "Reductions: `amax` and `amin` share ties evenly; `norm_l1` has the slope 0 at 0, `norm_l2` and `stddev` have it where they are 0; "
               "the gradient of `prod` is the product of the others, also with zeros and where the product overflows; extrema, `logsumexp` and "
               "`softmax` of nothing are errors, `mean` of nothing is NaN. A branch or a side that was not chosen contributes exactly nothing, also "
               "where it is infinite or NaN (`tests/semantics/conventions.cpp`, `tests/kernel/reducers.cpp`).\n\n"
               "| function | derivative | domain | convention | value | first | second | value, double | value, float | first, double | "
               "first, float | second, double | second, float |\n"
               "|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
        for (auto const& v : all)
        {
            auto cells = texts(v.info);
            for (const double u :
                 {v.of_double.value.ulp, v.of_float.value.ulp, v.of_double.first.ulp,
                  v.of_float.first.ulp, v.of_double.second.ulp, v.of_float.second.ulp})
            {
                cells.push_back(measured(u));
            }
            out << line(cells);
        }
        out << "\nThe columns value, first and second are the stated bounds; the others are the worst errors that were found.\n\n"
            << complex_step_text() << "\n";
    }

    std::vector<std::string> differences(std::istream& document)
    {
        std::map<std::string, std::vector<std::string>> lines;
        std::string text;
        bool complex_step_named = false;
        while (std::getline(document, text))
        {
            complex_step_named = complex_step_named || text == complex_step_text();
            if (text.rfind("| `", 0) == 0)
            {
                const auto cells = cells_of(text);
                lines[cells.front()] = cells;
            }
        }
        std::vector<std::string> faults;
        if (!complex_step_named)
        {
            faults.push_back("the page does not name the rows that the complex step checks");
        }
        for (auto const& row : table())
        {
            row_info const& info = row.front().info;
            const auto expected = texts(info);
            const auto found = lines.find(expected.front());
            if (found == lines.end())
            {
                faults.push_back("the table has no line for " + info.name);
                continue;
            }
            auto const& cells = found->second;
            if (cells.size() != text_cells + measured_cells)
            {
                faults.push_back("the line of " + info.name + " has " +
                                 std::to_string(cells.size()) + " cells");
            }
            else
            {
                for (std::size_t k = 0; k < text_cells; ++k)
                {
                    if (cells[k] != expected[k])
                    {
                        faults.push_back("the line of " + info.name + " says '" + cells[k] +
                                         "', the rule '" + expected[k] + "'");
                    }
                }
                const double bounds[] = {info.value_ulp, info.derivative_ulp, info.second_ulp};
                for (std::size_t k = 0; k < measured_cells; ++k)
                {
                    // The cells are rounded to hundredths.
                    if (!(std::atof(cells[text_cells + k].c_str()) <= bounds[k / 2] + 0.005))
                    {
                        faults.push_back("the line of " + info.name + " has " +
                                         cells[text_cells + k] + " ulp, stated are " +
                                         number(bounds[k / 2]));
                    }
                }
            }
            lines.erase(found);
        }
        for (auto const& rest : lines)
        {
            faults.push_back("the table has a line for " + rest.first + ", which is no rule");
        }
        return faults;
    }
}
