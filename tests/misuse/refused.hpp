// SPDX-License-Identifier: BSL-1.0
// A call that must be refused: with this type of exception, with these words, and with the engine usable afterwards.
#pragma once
#include <semantics/expect.hpp>

#include <initializer_list>
#include <string>

namespace expect
{
    // A recording of numbers and arrays gives the right gradients.
    inline bool engine_works()
    {
        ad::variable<double> s = 3.0;
        ad::variable<double, 1> x{1.0, 2.0};
        ad::tape t;
        auto y = ad::sum(xt::exp(x * 0.0) * x * x) * s * s;
        auto [gs, gx] = t.gradient(y, s, x);
        return gs && gx && *gs == 30.0 && numbers(*gx) == std::vector<double>{18, 36};
    }

    template <class Exception, class F>
    predicate_result refused(F&& call, std::initializer_list<std::string> words)
    {
        predicate_result r(true);
        auto fault = [&](std::string const& what)
        {
            r = predicate_result(false);
            r.message() << what << "; ";
        };
        try
        {
            call();
            fault("nothing is thrown");
        }
        catch (Exception const& e)
        {
            const std::string text = e.what();
            for (auto const& w : words)
                if (text.find(w) == std::string::npos)
                    fault("missing '" + w + "' in: " + text);
            if (text.find("unknown place") != std::string::npos)
                fault("an unknown place in: " + text);
        }
        catch (std::exception const& e)
        {
            fault(std::string("another exception: ") + e.what());
        }
        if (!engine_works())
            fault("the engine does not work afterwards");
        return r;
    }
}
using expect::refused;
