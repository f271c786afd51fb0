// SPDX-License-Identifier: BSL-1.0
// The scalar: a template for any number, here Newton's method for x^x = c, and its derivative by the tape.
#include <iostream>

#include <etape/etape.hpp>
namespace ad = etape;

template <class Number>
Number root(Number c)
{
    using std::exp, std::log;
    Number x = 2.0;
    for (int i = 0; i < 20; ++i)
        x -= (exp(x * log(x)) - c) / (exp(x * log(x)) * (log(x) + 1.0));
    return x;
}

int main()
{
    ad::variable<double> c = 27.0;
    ad::tape tape;
    auto x = root(c);
    auto slope = *tape.gradient(x, c);
    std::cout << x.value() << ' ' << slope << '\n';
}
// prints: 3 0.0176483
