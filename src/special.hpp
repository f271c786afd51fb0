// SPDX-License-Identifier: BSL-1.0
// What the files of special functions share: one function each, any partial derivative, in long double.
#pragma once
#include <array>
#include <cmath>
#include <limits>

#include <boost/math/policies/policy.hpp>

#include <etape/rule/detail/special_values.hpp>

namespace etape::special
{
    using real = long double;
    namespace bm = boost::math;
    // Values instead of exceptions: NaN outside the domain, infinities at poles.
    using quiet =
        bm::policies::policy<bm::policies::domain_error<bm::policies::ignore_error>,
                             bm::policies::pole_error<bm::policies::ignore_error>,
                             bm::policies::overflow_error<bm::policies::ignore_error>,
                             bm::policies::underflow_error<bm::policies::ignore_error>,
                             bm::policies::denorm_error<bm::policies::ignore_error>,
                             bm::policies::rounding_error<bm::policies::ignore_error>,
                             bm::policies::evaluation_error<bm::policies::ignore_error>,
                             bm::policies::indeterminate_result_error<bm::policies::ignore_error>>;
    inline constexpr real not_a_number = std::numeric_limits<real>::quiet_NaN();
    inline constexpr real infinite = std::numeric_limits<real>::infinity();

    inline constexpr int highest_order = 6;
    using derivatives = std::array<real, highest_order + 1>;  // f, f', f'', ...

    // Functions of one argument: all derivatives up to the order n.
    void erfcx(int n, real x, derivatives& d);
    void erf_inv(int n, real x, derivatives& d);
    void normal_logcdf(int n, real x, derivatives& d);
    void normal_quantile(int n, real p, derivatives& d);
    void sinc(int n, real x, derivatives& d);
    void lambert_w(int n, real x, derivatives& d);

    real polygamma(real order, int n, real x);
    real bessel_j(real order, int n, real x);
    real bessel_y(real order, int n, real x);
    real bessel_i(real order, int n, real x);
    real bessel_k(real order, int n, real x);

    // i, j: orders of the derivative by each argument.
    real lbeta(int i, int j, real a, real b);
    real beta(int i, int j, real a, real b);
    real gamma_p(int i, int j, real a, real x, bool complement);
    real ibeta(int i, int j, int k, real a, real b, real x);
}
