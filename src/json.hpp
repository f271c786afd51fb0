// SPDX-License-Identifier: BSL-1.0
// The two kinds of leaves that our reports write as JSON. Records of fixed fields do not justify that the library depends on a
// JSON package.
#pragma once
#include <cmath>
#include <cstdio>
#include <string>

namespace etape::runtime::json
{
    // JSON has no infinities and no NaN: null.
    inline std::string number(double x)
    {
        if (!std::isfinite(x))
            return "null";
        char b[40];
        std::snprintf(b, sizeof b, "%.17g", x);
        return b;
    }
    inline std::string quoted(std::string const& text)
    {
        std::string s = "\"";
        for (const char ch : text)
            if (ch == '"' || ch == '\\')
                s += {'\\', ch};
            else if (static_cast<unsigned char>(ch) < 0x20)
            {
                char b[8];
                std::snprintf(b, sizeof b, "\\u%04x",
                              static_cast<unsigned>(static_cast<unsigned char>(ch)));
                s += b;
            }
            else
                s += ch;
        return s + "\"";
    }
}
