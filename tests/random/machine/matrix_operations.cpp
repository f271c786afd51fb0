// SPDX-License-Identifier: BSL-1.0
// Statements of random programs whose result is a matrix: broadcasts of rows, columns and numbers, transposes, products, parts.
#include <random/machine.hpp>

namespace programs
{
    operation_list const& matrix_operations()
    {
        using xt::placeholders::_;
        // clang-format off
        static const operation_list all{
            PROGRAM(w, w, a, w, d = x * y + z),
            PROGRAM(w, w, c, w, d = xt::sin(x) * xt::view(y, xt::all(), xt::newaxis())),
            PROGRAM(w, w, s, w, d += x * y * 0.5),
            PROGRAM(w, c, a, w, d = xt::view(x, xt::all(), xt::newaxis()) * y),
            PROGRAM(w, w, w, w, d = ad::matmul(ad::matmul(x, xt::transpose(y)), z) * 0.1),
            PROGRAM(w, a, w, w, xt::view(d, i) = x * xt::view(y, i)),
            PROGRAM(w, a, w, w, xt::view(d, i) *= x),
            PROGRAM(w, c, c, w, xt::view(d, xt::all(), j) = x * y),
            PROGRAM(w, c, c, w, xt::view(d, xt::all(), j) += x),
            PROGRAM(w, w, w, w, xt::view(d, xt::all(), xt::range(0, _, 2)) = xt::view(x, xt::all(), xt::range(0, _, 2)) * 0.5),
            PROGRAM(w, a, w, w, xt::view(d, xt::range(std::size_t(1), m)) = xt::view(d, xt::range(std::size_t(0), m - 1)) * x),
            PROGRAM(w, w, w, w, xt::view(d, xt::range(_, _, -1)) -= xt::view(x, xt::all(), xt::range(_, _, -1)) * 0.5),
            PROGRAM_WITH_KINK(w, w, a, w, r.compare(x, y), d = xt::where(x > y, x, y * y)),
            PROGRAM_WITH_KINK(w, w, w, w, r.compare(x, y), d = xt::maximum(x, y) * 0.8),
            PROGRAM(w, w, w, w, d = x),
            PROGRAM(w, w, c, w, d = xt::transpose(xt::transpose(x) * y)),
            PROGRAM(w, w, w, w, d = ad::softmax(x, {1}) - y),
            PROGRAM(w, w, s, w, d = xt::exp(-x * x) - y),
            PROGRAM(w, w, w, w, d = xt::reshape_view(xt::flatten(x) * 0.5, {m, n})),
            PROGRAM_WITH_KINK(w, w, w, w, r.compare(x, -0.5); r.compare(x, 0.5), d = xt::clip(x, -0.5, 0.5) + y),
            PROGRAM(w, w, s, w, d = xt::pow(1.3 + xt::sin(x), y)),
            PROGRAM(w, w, w, w, d = x - ad::mean(x, {0})),
            PROGRAM(w, w, w, w, d = x * xt::sum(y * x, {0}) * 0.2),
            PROGRAM(w, w, w, w, d.fill(0.3)),
            PROGRAM(w, w, w, w, for (std::size_t k = 0; k < m; ++k) xt::view(d, k) += xt::view(d, (k + 1) % m) * 0.5),
            PROGRAM(w, w, w, w, d = ad::hypot(x, y + 2.0) - xt::atan2(x, z + 3.0)),
            PROGRAM(w, w, a, s, d = (x * y - z) / (1.0 + xt::square(x * y - z))),
        };
        // clang-format on
        return all;
    }
}
