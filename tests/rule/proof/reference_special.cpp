// SPDX-License-Identifier: BSL-1.0
// Special functions: Boost.Math in 100 digits, with the derivatives of the handbooks.
#include "reference_math.hpp"

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/factorials.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/polygamma.hpp>

// clang-format off
#define F []([[maybe_unused]] const real* x) -> real

namespace etape_test::proof
{
    namespace
    {
        bool pole(real const& x) { return x <= 0 && floor(x) == x; }
        // psi^(n): for negative arguments by the recurrence while it is short, which shares nothing with the reflection of the rules.
        template <int n>
        real psi(real x)
        {
            if (pole(x))
                return undefined();
            real sum = 0;
            if (x > -100)
                for (; x < 0; x += 1)
                    sum += (n % 2 == 0 ? -1 : 1) * bm::factorial<real>(n) / pow(x, n + 1);
            return sum + (n == 0 ? bm::digamma(x, quiet()) : bm::polygamma(n, x, quiet()));
        }
        real gamma(real const& x)
        {
            return x < -1000 ? real(0) : bm::tgamma(x, quiet());  // far below the smallest number of the types
        }
        // What cancels between the poles
        template <int n>
        real mirrored(const real* x)
        {
            return x[0] < 0 ? real(abs(psi<n>(real(1 - x[0]))) / 64) : real(0);
        }
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
        // poles, zeros, and where |Gamma| is 1
        const std::vector<double> places{0,  -1, -2,     -3,      -10,     -100,   -0.5,
                                         1,  2,  1.4616, -0.5041, -1.5735, -2.457, -2.7477};
        d["tgamma"] = {F { return pole(x[0]) ? undefined() : gamma(x[0]); },
                       places,
                       {F { return pole(x[0]) ? undefined() : gamma(x[0]) * psi<0>(x[0]); }},
                       {F { return pole(x[0]) ? undefined() : gamma(x[0]) * (psi<0>(x[0]) * psi<0>(x[0]) + psi<1>(x[0])); }}};
        d["tgamma"].first_scale = {F { return pole(x[0]) ? real(0) : abs(gamma(x[0]) * mirrored<0>(x)); }};
        d["lgamma"] = {F { return pole(x[0]) ? undefined() : bm::lgamma(x[0], quiet()); },
                       places,
                       {F { return psi<0>(x[0]); }},
                       {F { return psi<1>(x[0]); }}};
        d["lgamma"].first_scale = {mirrored<0>};
        d["digamma"] = {F { return psi<0>(x[0]); }, places, {F { return psi<1>(x[0]); }}, {F { return psi<2>(x[0]); }}};
        d["digamma"].value_scale = mirrored<0>;
        d["digamma"].second_scale = {mirrored<2>};
        for (const char* name : {"erf", "erfc", "tgamma", "lgamma", "digamma"})
        {
            d[name].costly = true;
        }
    }
}
