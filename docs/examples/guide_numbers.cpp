// SPDX-License-Identifier: BSL-1.0
// The guide, numbers: templates, copies that are the same variable, fresh variables.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

template <class Number>
Number norm(Number const& x, Number const& y)
{
    using std::sqrt;
    if (x > y)                                                      // a comparison reads values; the branch taken is recorded
        return x * sqrt(1.0 + y / x * (y / x));
    return y * sqrt(1.0 + x / y * (x / y));
}

int main()
{
    ad::variable<double> x = 3.0, y = 4.0;
    ad::variable<double> same = x;                                  // the same variable by another name
    ad::variable<double> fresh = x.value();                         // another one with the same value
    ad::tape tape;
    ad::variable<double> r = norm(x, y) + 10.0 * same + 100.0 * fresh;
    auto [to_x, to_y, to_fresh] = tape.gradient(r, x, y, fresh);
    std::cout << norm(3.0, 4.0) << ' ' << *to_x << ' ' << *to_y << ' ' << *to_fresh << '\n';
}
// prints: 5 10.6 0.8 100
