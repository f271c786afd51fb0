// SPDX-License-Identifier: BSL-1.0
// Checks of an explanation: its reason, the places that it names, the words in its text, and that *g throws that text.
#pragma once
#include <semantics/expect.hpp>

#include <initializer_list>
#include <string>

namespace expect
{
    template <class T, std::size_t N>
    predicate_result because(ad::gradient_result<T, N> const& g, ad::reason why, std::initializer_list<std::string> words)
    {
        predicate_result r(true);
        auto fault = [&](std::string const& what)
        {
            r = predicate_result(false);
            r.message() << what << " in: " << g;
        };
        if (g.has_value() || g.why() != why)
        {
            fault(std::string("expected the reason ") + ad::to_string(why));
            return r;
        }
        auto const& e = g.why_not();
        for (auto const& w : words)
            if (e.text.find(w) == std::string::npos)
                fault("missing '" + w + "'");
        if (e.text.find(ad::to_string(why)) == std::string::npos)
            fault("no name of the reason");
        if (e.hint.empty() || e.text.find(e.hint) == std::string::npos)
            fault("no hint");
        if (e.text.find("unknown place") != std::string::npos)
            fault("an unknown place is mentioned");
        try
        {
            (void)*g;
            fault("*g does not throw");
        }
        catch (ad::missing_gradient const& x)
        {
            if (x.what() != e.text)
                fault("*g throws another text");
        }
        return r;
    }
    // "file.cpp:12"
    inline std::string place(const char* file, unsigned line)
    {
        std::string f = file;
        if (const auto slash = f.rfind('/'); slash != std::string::npos)
            f.erase(0, slash + 1);
        return f + ":" + std::to_string(line);
    }
}
// The place of this line, or of the one k lines above.
#define HERE ::expect::place(__FILE__, __LINE__)
#define LINE_ABOVE(k) ::expect::place(__FILE__, __LINE__ - (k))
using expect::because;
