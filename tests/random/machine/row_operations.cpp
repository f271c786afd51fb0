// SPDX-License-Identifier: BSL-1.0
// Statements of random programs whose result has a matrix's columns: fused expressions, views as sources and targets, updates.
#include <random/machine.hpp>

namespace programs
{
    operation_list const& row_operations()
    {
        using xt::placeholders::_;
        // clang-format off
        static const operation_list all{
            PROGRAM(a, a, a, a, d = xt::sin(x) * y + x * x * 0.3),
            PROGRAM(a, a, s, a, d = xt::tanh(x * y)),
            PROGRAM(a, a, a, a, d += x),
            PROGRAM(a, a, a, a, d *= xt::cos(x)),
            PROGRAM(a, a, a, a, d -= 0.5 * x * d),
            PROGRAM(a, a, a, s, d /= 1.5 + x * x),
            PROGRAM(a, a, a, a, d = x),
            PROGRAM_WITH_KINK(a, a, a, a, r.compare(x, y), d = xt::where(x > y, x * y, xt::exp(-x * x))),
            PROGRAM_WITH_KINK(a, a, a, s, r.compare(x, 0.3), d = xt::minimum(x, 0.3) * y),
            PROGRAM(a, a, a, s, d = xt::flip(x, 0) * y),
            PROGRAM(a, a, a, s, xt::view(d, xt::range(j, n)) = xt::view(x, xt::range(std::size_t(0), n - j))),
            PROGRAM(a, a, a, s, xt::view(d, xt::range(std::size_t(0), n - j)) = xt::view(d, xt::range(j, n)) * xt::view(x, xt::range(j, n))),
            PROGRAM(a, a, a, s, xt::view(d, xt::range(0, _, 2)) += xt::view(x, xt::range(0, _, 2)) * 0.7),
            PROGRAM(a, a, a, s, xt::view(d, xt::range(_, _, -1)) = x * 0.7 + y),
            PROGRAM(a, a, a, s, xt::view(d, j) = z * z),
            PROGRAM(a, a, a, s, xt::view(d, j) += z * x(j)),
            PROGRAM(a, a, a, s, xt::view(d, xt::range(j, n)) = 0.25),
            PROGRAM(a, w, a, s, d = xt::view(x, i) * y),
            PROGRAM(a, w, w, s, d = ad::sum(x * y, {0}) * 0.3),
            PROGRAM(a, w, w, s, d = ad::mean(x, {0}) + d),
            PROGRAM(a, c, w, s, d = ad::matmul(x, y) * 0.3),
            PROGRAM_WITH_KINK(a, w, s, s, r.extremum(x, 1, n, n), d = ad::amax(x, {0})),
            PROGRAM(a, a, a, s, d = ad::softmax(x, {0}) * y),
            PROGRAM(a, a, a, s, auto e = xt::sin(x) * y; x *= 0.5; d = e + x),
            PROGRAM(a, a, a, s, const ad::tensor<double, 1> e = x * y; d = e * e - e),
            PROGRAM(a, a, a, s, const xt::xtensor<double, 1> p = xt::linspace<double>(-1.0, 1.0, n); d = x * p + p),
            PROGRAM(a, w, a, s, const xt::xtensor<double, 2, xt::layout_type::column_major> p = xt::ones<double>({m, n}) * 0.4;
                    d = ad::sum(x * p + y, {0}) * 0.3),
            PROGRAM(a, a, a, s, d = ad::tensor<double, 1>(xt::cumsum(x, 0)) * 0.2),
            PROGRAM(a, a, a, s,
                    d = xt::concatenate(xt::xtuple(xt::view(x, xt::range(std::size_t(0), j)), xt::view(y, xt::range(j, n))), 0) * 1.0),
            PROGRAM(a, a, s, s, d = x * y - z),
        };
        // clang-format on
        return all;
    }
}
