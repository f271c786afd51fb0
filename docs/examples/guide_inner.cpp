// SPDX-License-Identifier: BSL-1.0
// A program that uses derivatives, differentiated: the minimum of a function by Newton's method, and how it moves with a parameter.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

int main()
{
    auto minimum = [](auto const& w)
    {
        using std::cosh;
        auto energy = [&](auto const& x) { return cosh(x) - w * x; };
        std::remove_cvref_t<decltype(w)> x = 0.0;
        for (;;)
        {
            auto slope = ad::grad(energy)(x);
            if (abs(slope) < 1e-12)
                return x;                                           // asinh(w)
            x -= slope / ad::grad(ad::grad(energy))(x);
        }
    };

    auto [x, by_w] = ad::value_and_grad(minimum)(0.75);             // reverse over reverse over reverse
    auto along = ad::jvp(minimum, 0.75, 1.0).tangent;               // forward over the same
    std::cout << x << ' ' << by_w << ' ' << along << '\n';
}
// prints: 0.693147 0.8 0.8
