// SPDX-License-Identifier: BSL-1.0
// Statements of random programs whose result has a matrix's rows: reductions along them, products, columns.
#include <random/machine.hpp>

namespace programs
{
    operation_list const& column_operations()
    {
        // clang-format off
        static const operation_list all{
            PROGRAM(c, w, a, c, d = ad::sum(x * y, {1}) * 0.3),
            PROGRAM(c, w, a, c, d = ad::matmul(x, y) * 0.3 + z),
            PROGRAM(c, w, c, c, d = xt::view(x, xt::all(), j) * y),
            PROGRAM(c, w, c, c, d -= xt::view(x, xt::all(), j)),
            PROGRAM_WITH_KINK(c, w, c, c, r.extremum(x, 1, m, 1), d = xt::amax(x, {1}) * y),
            PROGRAM(c, w, c, c, d = ad::logsumexp(x, {1})),
            PROGRAM(c, w, c, c, d = xt::sum(x, {1}) * 0.3),
            PROGRAM(c, c, c, c, d += xt::cos(x) * y),
            PROGRAM(c, c, c, c, d /= 1.5 + x * x),
            PROGRAM(c, w, c, c, d = ad::prod(xt::cos(x), {1})),
            PROGRAM(c, w, a, s, d = ad::matmul(x, y * z) * 0.3),
            PROGRAM_WITH_KINK(c, c, c, c, r.compare(x, 0.0), d = xt::abs(x) + y),
            PROGRAM(c, c, s, c, xt::view(d, i) = y * x(i)),
        };
        // clang-format on
        return all;
    }
}
