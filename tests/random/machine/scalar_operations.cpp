// SPDX-License-Identifier: BSL-1.0
// Statements of random programs whose result is a number: scalar arithmetic, branches, elements, reductions over everything.
#include <random/machine.hpp>

namespace programs
{
    operation_list const& scalar_operations()
    {
        // clang-format off
        static const operation_list all{
            PROGRAM(s, s, s, s, d = ad::sin(x) * y + x),
            PROGRAM(s, s, s, s, d += x * y),
            PROGRAM(s, s, s, s, d *= ad::tanh(x)),
            PROGRAM(s, s, s, s, d = x / (1.0 + y * y) - 0.5 * z),
            PROGRAM(s, s, s, s, if (decide(x.value() > 0.2)) d = x * y; else d = ad::exp(-x * x)),
            PROGRAM(s, s, s, s, for (int k = 0; k < 9 && decide(d.value() > 1.0); ++k) d *= 0.5; d -= x),
            PROGRAM_WITH_KINK(s, s, s, s, decide(x.value() > y.value()), d = ad::maximum(x, y) * z),
            PROGRAM(s, a, a, s, d = ad::sum(x * y) * 0.3),
            PROGRAM(s, a, a, s, d = ad::mean(xt::sin(x) * y + x)),
            PROGRAM(s, w, w, s, d += ad::sum(x * y * z) * 0.2),
            PROGRAM(s, w, a, s, d = ad::sum(x * y) * 0.2),
            PROGRAM(s, w, s, s, d = ad::norm_l2(x + 0.25) * y),
            PROGRAM(s, a, s, s, d = ad::prod(xt::cos(x)) + y),
            PROGRAM_WITH_KINK(s, a, s, s, r.extremum(x, 1, 1, 1), d = ad::amax(x) * y),
            PROGRAM_WITH_KINK(s, w, s, s, r.extremum(x, -1, 1, 1), d = ad::amin(x)),
            PROGRAM(s, w, s, s, d = ad::logsumexp(x)),
            PROGRAM(s, a, a, s, d = ad::variance(x * y)),
            PROGRAM(s, a, a, s, d = ad::matmul(x, y) * 0.2),
            PROGRAM(s, a, c, s, d = x(j) * y(i)),
            PROGRAM(s, a, s, s, for (std::size_t k = 0; k < n; ++k) d = d * 0.5 + x(k) * x((k + 1) % n)),
            PROGRAM(s, w, a, s, d = ad::sum(xt::view(x, i) * y)),
            PROGRAM(s, w, c, s, d = ad::sum(xt::square(xt::view(x, xt::all(), j) - y)) * 0.3),
            PROGRAM(s, c, c, s, d = ad::sum(x) - ad::norm_sq(y) * 0.2),
            PROGRAM(s, w, s, s, d = ad::sum(xt::transpose(x) * y) * ad::mean(x)),
            PROGRAM(s, a, a, s, d = ad::sum(xt::flip(x, 0) * y) * 0.2),
        };
        // clang-format on
        return all;
    }
}
