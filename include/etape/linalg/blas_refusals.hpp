// SPDX-License-Identifier: BSL-1.0
// xtensor-blas takes plain arrays. Where one of its functions is called with a tracked one, the first message says so.
#pragma once
#include <etape/array/functors.hpp>

namespace xt::linalg
{
    // A better match than xtensor-blas, whose parameters are the base class of expressions.
#define ETAPE_REFUSE_TRACKED(NAME, INSTEAD)                                                                                                          \
    template <class A, class... B>                                                                                                                   \
    requires(etape::detail::tracked_expression<A> || (etape::detail::tracked_expression<B> || ...)) void NAME(A const&, B const&...)                 \
    {                                                                                                                                                \
        static_assert(etape::detail::dependent_false<A>, "etape: xt::linalg::" #NAME " of a tracked array has no derivative: " INSTEAD);             \
    }
#define ETAPE_OWN(NAME) ETAPE_REFUSE_TRACKED(NAME, "use etape::linalg::" #NAME)
#define ETAPE_PRODUCT(NAME) ETAPE_REFUSE_TRACKED(NAME, "use etape::matmul, etape::dot, or a sum over a product")
#define ETAPE_NONE(NAME) ETAPE_REFUSE_TRACKED(NAME, "give it one with etape::custom_rule, or take the values with etape::value(x)")
    ETAPE_OWN(dot)
    ETAPE_PRODUCT(vdot)
    ETAPE_PRODUCT(tensordot)
    ETAPE_REFUSE_TRACKED(norm, "use etape::norm_l2(x), etape::norm_l1(x) or xt::norm_lp(x, p)")
    ETAPE_OWN(trace)
    ETAPE_OWN(solve)
    ETAPE_OWN(solve_triangular)
    ETAPE_REFUSE_TRACKED(solve_cholesky, "use etape::linalg::cho_solve")
    ETAPE_OWN(inv)
    ETAPE_NONE(pinv)
    ETAPE_OWN(det)
    ETAPE_OWN(slogdet)
    ETAPE_OWN(cholesky)
    ETAPE_OWN(qr)
    ETAPE_NONE(svd)
    ETAPE_NONE(eig)
    ETAPE_NONE(eigvals)
    ETAPE_OWN(eigh)
    ETAPE_OWN(eigvalsh)
    ETAPE_OWN(lstsq)
    ETAPE_OWN(matrix_power)
    ETAPE_NONE(matrix_rank)
    ETAPE_NONE(cond)
    ETAPE_NONE(cross)
#undef ETAPE_NONE
#undef ETAPE_PRODUCT
#undef ETAPE_OWN
#undef ETAPE_REFUSE_TRACKED
}
