// SPDX-License-Identifier: BSL-1.0
// docs/rules.md: written from verdicts, and read back to see whether it still describes the rule table.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace etape_test::proof
{
    // `origin` says how the numbers were made.
    void write_document(std::ostream& out, std::vector<verdict> const& all,
                        std::string const& origin);

    // What the document says that the table does not: rows, texts, bounds, and measured errors beyond a bound. Empty if it agrees.
    std::vector<std::string> differences(std::istream& document);
}
