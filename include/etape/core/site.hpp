// SPDX-License-Identifier: BSL-1.0
// A place in the user's source: one per recorded statement, so that a message can name it.
#pragma once
#include <cstddef>
#include <string>

namespace etape
{
    // Builtins instead of std::source_location: clang 14 has the former only.
    struct site
    {
        const char* file = "";
        const char* function = "";
        std::size_t line = 0;  // three words without a gap: a copy can be read while it is still being stored

        static constexpr site current(const char* file = __builtin_FILE(),
                                      const char* function = __builtin_FUNCTION(),
                                      std::size_t line = __builtin_LINE()) noexcept
        {
            return {file, function, line};
        }
        // False also for a place in the standard library, which is where std::make_unique and emplace construct what they are given: such
        // a place tells users nothing. For messages; costs a search in the name of the file.
        bool known() const noexcept;
    };

    // "fit.cpp:21 (in train)"; "an unknown place" where nothing was captured.
    std::string to_string(site const& s);
}
