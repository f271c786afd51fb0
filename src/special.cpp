// SPDX-License-Identifier: BSL-1.0
// From the number of a special function to its code.
#include "special.hpp"

#include <exception>
#include <string>

#include <etape/core/error.hpp>

namespace etape::runtime
{
    namespace
    {
        using special::real;
        using unary = void (*)(int, real, special::derivatives&);

        real of_one(unary f, int n, real x)
        {
            special::derivatives d;
            f(n, x, d);
            return d[static_cast<std::size_t>(n)];
        }
        real evaluate(special_function f, const int* n, const real* x)
        {
            switch (f)
            {
            case special_function::erfcx:
                return of_one(special::erfcx, n[0], x[0]);
            case special_function::erf_inv:
                return of_one(special::erf_inv, n[0], x[0]);
            case special_function::normal_logcdf:
                return of_one(special::normal_logcdf, n[0], x[0]);
            case special_function::normal_quantile:
                return of_one(special::normal_quantile, n[0], x[0]);
            case special_function::sinc:
                return of_one(special::sinc, n[0], x[0]);
            case special_function::lambert_w:
                return of_one(special::lambert_w, n[0], x[0]);
            case special_function::polygamma:
                return special::polygamma(x[0], n[1], x[1]);
            case special_function::beta:
                return special::beta(n[0], n[1], x[0], x[1]);
            case special_function::lbeta:
                return special::lbeta(n[0], n[1], x[0], x[1]);
            case special_function::gamma_p:
                return special::gamma_p(n[0], n[1], x[0], x[1], false);
            case special_function::gamma_q:
                return special::gamma_p(n[0], n[1], x[0], x[1], true);
            case special_function::ibeta:
                return special::ibeta(n[0], n[1], n[2], x[0], x[1], x[2]);
            case special_function::cyl_bessel_j:
                return special::bessel_j(x[0], n[1], x[1]);
            case special_function::cyl_neumann:
                return special::bessel_y(x[0], n[1], x[1]);
            case special_function::cyl_bessel_i:
                return special::bessel_i(x[0], n[1], x[1]);
            case special_function::cyl_bessel_k:
                return special::bessel_k(x[0], n[1], x[1]);
            }
            return special::not_a_number;
        }
        // Boost throws in places whatever the policy says: at arguments that no series takes, as NaN or infinite ones.
        real evaluate_or_nan(special_function f, const int* n, const real* x)
        {
            if (std::isnan(x[0]) || std::isnan(x[1]) || std::isnan(x[2]))
                return special::not_a_number;
            try
            {
                return evaluate(f, n, x);
            }
            catch (std::exception const&)
            {
                return special::not_a_number;
            }
        }
        std::size_t arguments(special_function f)
        {
            return f <= special_function::lambert_w ? 1 : f == special_function::ibeta ? 3 : 2;
        }

        template <class T>
        void loop(special_function f, derivative_orders orders, const T* const* x,
                  const std::ptrdiff_t* step, std::size_t count, T* y)
        {
            int n[max_special_arguments], total = 0;
            for (std::size_t j = 0; j < max_special_arguments; ++j)
                total += n[j] = order_by(j, orders);
            if (total > special::highest_order)
                throw rule_error(std::string("etape: derivative of ") + name_of(f) +
                                 ": found order " + std::to_string(total) + ", expected at most " +
                                 std::to_string(special::highest_order));
            const std::size_t m = arguments(f);
            for (std::size_t i = 0; i < count; ++i)
            {
                real at[max_special_arguments] = {};
                for (std::size_t j = 0; j < m; ++j)
                    at[j] = x[j][static_cast<std::ptrdiff_t>(i) * step[j]];
                y[i] = static_cast<T>(evaluate_or_nan(f, n, at));
            }
        }
    }

    const char* name_of(special_function f)
    {
        static constexpr const char* names[] = {
            "erfcx",        "erf_inv",     "normal_logcdf", "normal_quantile",
            "sinc",         "lambert_w",   "polygamma",     "beta",
            "lbeta",        "gamma_p",     "gamma_q",       "ibeta",
            "cyl_bessel_j", "cyl_neumann", "cyl_bessel_i",  "cyl_bessel_k"};
        return names[static_cast<std::size_t>(f)];
    }

    void special_values(special_function f, derivative_orders orders, const double* const* x,
                        const std::ptrdiff_t* step, std::size_t count, double* y)
    {
        loop(f, orders, x, step, count, y);
    }
    void special_values(special_function f, derivative_orders orders, const float* const* x,
                        const std::ptrdiff_t* step, std::size_t count, float* y)
    {
        loop(f, orders, x, step, count, y);
    }
}
