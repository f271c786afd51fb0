// SPDX-License-Identifier: BSL-1.0
// Special functions: Boost.Math in 100 digits, with the derivatives of the handbooks.
#include "reference_math.hpp"

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        real two_over_sqrt_pi() { return 2 / sqrt(bm::constants::pi<real>()); }
    }

    void define_special(definitions& d)
    {
        // where the formulas of the SIMD lanes meet
        const std::vector<double> seams{0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 4.5, -4.5};
        d["erf"] = {F { return bm::erf(x[0], quiet()); },
                    seams,
                    {F { return two_over_sqrt_pi() * exp(-x[0] * x[0]); }},
                    {F { return -2 * x[0] * two_over_sqrt_pi() * exp(-x[0] * x[0]); }}};
        d["erfc"] = {F { return bm::erfc(x[0], quiet()); },
                     seams,
                     {F { return -two_over_sqrt_pi() * exp(-x[0] * x[0]); }},
                     {F { return 2 * x[0] * two_over_sqrt_pi() * exp(-x[0] * x[0]); }}};
        d["tgamma"] = {F { return x[0] == 0 ? undefined() : bm::tgamma(x[0], quiet()); }, {0}};
        d["lgamma"] = {F { return x[0] == 0 ? undefined() : bm::lgamma(x[0], quiet()); }, {0, 1, 2}};
        d["digamma"] = {F { return x[0] == 0 ? undefined() : bm::digamma(x[0], quiet()); }, {0}};
        for (const char* name : {"erf", "erfc", "tgamma", "lgamma", "digamma"})
        {
            d[name].costly = true;
        }
    }
}
