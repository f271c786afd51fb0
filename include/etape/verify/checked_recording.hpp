// SPDX-License-Identifier: BSL-1.0
// Recording under suspicion: every statement is verified while it is recorded, so that a wrong rule is named with its place.
#pragma once
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <etape/core/config.hpp>
#include <etape/core/error.hpp>
#include <etape/core/site.hpp>

namespace etape::runtime
{
    // A statement whose rules do not fit together, or not its values.
    struct wrong_statement
    {
        std::string operation;   // as the tape calls it
        site where{};            // of arrays; unknown for operators on numbers
        std::size_t number = 0;  // of the statements that were checked, from 0
        std::string
            between;  // "reverse rule and forward rule" or "derivative rules and finite differences"
        double reverse = 0;  // <J'w, v>
        double forward = 0;  // <w, Jv>
        double difference =
            0;  // <w, (f(x + h v) - f(x - h v)) / 2h>, NaN when the statement cannot be evaluated again
        double allowed = 0;        // how far they may be apart
        site after{};              // the last known place before it
        std::string text() const;  // what, where, the numbers, and what to look at
        std::string json() const;
    };

    // Thrown where a wrong statement is recorded.
    struct wrong_rule : rule_error
    {
        wrong_rule(wrong_statement s)
            : rule_error(s.text()),
              statement(std::move(s))
        {
        }
        wrong_statement statement;
    };

    enum class on_wrong_rule
    {
        raise,   // wrong_rule, from the statement itself
        collect  // go on; see wrong()
    };

    // While it lives, each statement that this thread records is checked on its own with random v and w: its forward rule
    // against its reverse rule, <w, Jv> = <J'w, v>, and both against central differences of its value where it can be evaluated
    // again (all expressions, reductions and functions of the rule table; not matrix products and assignments, which are linear in
    // each operand). Rules that users write are checked like ours. Differences are not asked across a kink. A statement costs
    // about twenty evaluations; what is recorded is the same, but for updates of a part, which become two statements, and
    // expressions of scalars, which become one for each operator. Throws rule_error inside a jvp. A jvp that runs meanwhile is
    // not checked. To be destroyed on the thread that made it.
    class checked_recording
    {
    public:
        // relative: how far reverse and forward rule may be apart, of the sum of the products' magnitudes; 0: 2^-32 (2^-13 in
        // float), which finds wrong formulas and lets fused expressions cancel. A few units of the last place find lost digits.
        explicit checked_recording(on_wrong_rule what = on_wrong_rule::raise, double relative = 0,
                                   site const& where = site::current());
        ~checked_recording();
        checked_recording(checked_recording const&) = delete;
        checked_recording& operator=(checked_recording const&) = delete;

        std::size_t statements() const noexcept;   // checked so far
        std::size_t differences() const noexcept;  // of these, also against finite differences
        std::vector<wrong_statement> const& wrong() const noexcept;
        std::string text() const;
        std::string json() const;

    private:
        class observer;
        std::unique_ptr<observer> observer_;
    };
    std::ostream& operator<<(std::ostream& out, checked_recording const& c);
}

ETAPE_BEGIN_ARCH
namespace verify
{
    using runtime::checked_recording;
    using runtime::on_wrong_rule;
    using runtime::wrong_rule;
    using runtime::wrong_statement;
}
ETAPE_END_ARCH
