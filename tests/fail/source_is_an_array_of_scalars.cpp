// SPDX-License-Identifier: BSL-1.0
// The gradient with respect to an xtensor container of scalar variables, which is not one variable.
// EXPECT: etape: gradient() takes an array of variables as variable<T, N>, which is one; scalars of an xtensor container one by one, or in a std::vector
#include <etape/etape.hpp>

void program(etape::tape& t)
{
#ifdef ETAPE_CONTROL
    const std::vector<etape::variable<double>> x(2);
#else
    const xt::xtensor<etape::variable<double>, 1> x = xt::ones<double>({2});
#endif
    (void)t.gradient(x[0] * x[1], x);
}
