// SPDX-License-Identifier: BSL-1.0
// psi^(n)(x), the derivatives of log gamma, on any lane: what the rules of gamma functions need at every order.
#pragma once

#include <array>
#include <cstddef>

#include <etape/rule/constants.hpp>
#include <etape/rule/detail/special_values.hpp>
#include <etape/rule/lane_memory.hpp>

ETAPE_BEGIN_ARCH
namespace lane
{
    namespace detail
    {
        // Bernoulli numbers B_2, B_4, ...
        inline constexpr std::array bernoulli{1.0 / 6,     -1.0 / 30, 1.0 / 42,        -1.0 / 30,
                                              5.0 / 66,    -691.0 / 2730, 7.0 / 6,     -3617.0 / 510,
                                              43867.0 / 798};

        template <class T, std::size_t N>
        ETAPE_ALWAYS_INLINE T polynomial(const T& x, const std::array<double, N>& c)
        {
            T y = constant<T>(c[N - 1]);
            for (std::size_t k = N - 1; k-- > 0;)
            {
                y = muladd(y, x, constant<T>(c[k]));
            }
            return y;
        }

        // psi(x) = (x - root)(Y + P(x-1)/Q(x-1)) on [1, 2]: relative accuracy through the root. The root is split in
        // three so that x - root is exact. Coefficients: Boost.Math digamma (J. Maddock, BSL-1.0), 53 bits.
        template <class T>
        ETAPE_ALWAYS_INLINE T digamma_one_two(const T& x)
        {
            constexpr std::array p{0.25479851061131551,  -0.32555031186804491,  -0.65031853770896507,
                                   -0.28919126444774784, -0.045251321448739056, -0.0020713321167745952};
            constexpr std::array q{1.0,
                                   2.0767117023730469,
                                   1.4606242909763515,
                                   0.43593529692665969,
                                   0.054151797245674225,
                                   0.0021284987017821144,
                                   -0.55789841321675513e-6};
            constexpr bool wide = sizeof(scalar_t<T>) >= 8;
            const T g = ((x - constant<T>(wide ? 1569415565.0 / 1073741824.0 : 1532632.0 / 1048576.0)) -
                         constant<T>(wide ? 381566830.0 / 1073741824.0 / 1073741824.0
                                          : 0.3700660185912626595423257213284682051735604e-6)) -
                        constant<T>(wide ? 0.9016312093258695918615325266959189453125e-19 : 0.0);
            const T u = x - constant<T>(1.0);
            return g * (constant<T>(0.99558162689208984) + polynomial(u, p) / polynomial(u, q));
        }

        // x > 0: x is moved into [1, 2] by psi(x) = psi(x - 1) + 1/(x - 1) (no cancellation), or from 10 on
        // psi(x) ~ log x - 1/(2x) - sum B_2k/(2k x^2k).
        template <class T>
        ETAPE_ALWAYS_INLINE T digamma_positive(const T& x)
        {
            const T one = constant<T>(1.0), two = constant<T>(2.0);
            const auto big = ge(x, constant<T>(10.0));
            T w = select<T>(big, two, x);
            const auto below = lt(w, one);
            T sum = select<T>(below, -(one / w), zero<T>());
            w = select<T>(below, w + one, w);
            for (auto above = gt(w, two); any(above); above = gt(w, two))
            {
                w = select<T>(above, w - one, w);
                sum = select<T>(above, sum + one / w, sum);
            }
            T y = digamma_one_two(w) + sum;
            if (any(big))
            {
                const T r = one / x;
                const T r2 = r * r;
                T tail = zero<T>();
                for (std::size_t k = bernoulli.size(); k-- > 0;)
                {
                    tail = (tail + constant<T>(bernoulli[k] / (2.0 * static_cast<double>(k + 1)))) * r2;
                }
                y = select<T>(big, (log(x) - constant<T>(0.5) * r) - tail, y);
            }
            return y;
        }

        // x > 0, n >= 1: all terms have one sign,
        //     (-1)^(n+1) psi^(n)(x)/n! = sum_{k<m} (x+k)^-(n+1) + 1/(n z^n) + 1/(2 z^(n+1))
        //                               + sum_j B_2j (2j+n-1)!/((2j)! n!) z^-(2j+n),   z = x + m >= 10 + n.
        template <int n, class T>
        ETAPE_ALWAYS_INLINE T polygamma_positive(const T& x)
        {
            const T one = constant<T>(1.0);
            const auto power = [](const T& r)
            {
                T y = r;
                for (int i = 0; i < n; ++i)
                {
                    y = y * r;
                }
                return y;
            };
            T z = x;
            T sum = zero<T>();
            const T target = constant<T>(10.0 + n);
            for (auto low = lt(z, target); any(low); low = lt(z, target))
            {
                sum = select<T>(low, sum + power(T(one / z)), sum);
                z = select<T>(low, z + one, z);
            }
            double factor = 0.5 * (n + 1);
            std::array<double, bernoulli.size()> c{};
            double factorial = 1;
            for (std::size_t j = 0; j < c.size(); ++j)
            {
                const double m = 2.0 * static_cast<double>(j) + 2.0; // 2j of the formula
                // (m+n-1)!/(m! n!): from m = 2, (n+1)!/(2 n!) = (n+1)/2, times (m+n)(m+n+1)/((m+1)(m+2)) a step
                c[j] = bernoulli[j] * factor;
                factor *= (m + n) * (m + n + 1) / ((m + 1) * (m + 2));
            }
            for (int i = 2; i <= n; ++i)
            {
                factorial *= i;
            }
            const T r = one / z;
            const T r2 = r * r;
            T tail = zero<T>();
            for (std::size_t j = c.size(); j-- > 0;)
            {
                tail = (tail + constant<T>(c[j])) * r2;
            }
            T rn = r; // z^-n
            for (int i = 1; i < n; ++i)
            {
                rn = rn * r;
            }
            sum = sum + rn * ((tail + constant<T>(0.5) * r) + constant<T>(1.0 / n));
            return sum * constant<T>(n % 2 == 0 ? -factorial : factorial);
        }

        // Negative lanes: psi^(n)(x) = (-1)^n psi^(n)(1 - x) - pi d^n/dx^n cot(pi x), whose terms cancel where psi^(n) crosses
        // zero between the poles; compiled, in long double.
        template <int n, class T>
        ETAPE_NOINLINE T polygamma_reflected(const T& x, T y)
        {
            using S = scalar_t<T>;
            constexpr std::size_t width = lane_size<T>;
            const S order = S(n);
            S in[width], out[width];
            // Qualified: xsimd has a store of its own, which wants aligned memory.
            lane::store(in, x);
            lane::store(out, y);
            for (std::size_t l = 0; l < width; ++l)
            {
                if (in[l] < S(0))
                {
                    const S* arguments[] = {&order, in + l};
                    const std::ptrdiff_t step[] = {0, 1};
                    runtime::special_values(runtime::special_function::polygamma, 0, arguments, step, 1, out + l);
                }
            }
            return load<T>(out);
        }

        template <int n, class T>
        ETAPE_NOINLINE T polygamma_lane(T x)
        {
            const auto negative = lt(x, zero<T>());
            const T z = select<T>(negative, constant<T>(1.0), x);
            T y;
            if constexpr (n == 0)
            {
                y = digamma_positive(z);
            }
            else
            {
                y = polygamma_positive<n>(z);
            }
            return any(negative) ? polygamma_reflected<n>(x, y) : y;
        }
    }

    // polygamma<0> is digamma. On dual lanes the tangent is the next order.
    template <int n, class T>
    ETAPE_ALWAYS_INLINE T polygamma(const T& x)
    {
        if constexpr (requires { lane_traits<T>::template polygamma<n>(x); })
        {
            return lane_traits<T>::template polygamma<n>(x);
        }
        else if constexpr (is_composite_v<T>)
        {
            return T(polygamma<n>(x.v), x.d * polygamma<n + 1>(x.v));
        }
        else
        {
            return detail::polygamma_lane<n>(x);
        }
    }
}
ETAPE_END_ARCH
