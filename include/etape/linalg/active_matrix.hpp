// SPDX-License-Identifier: BSL-1.0
// Linear algebra on the tape: matrices as active values, one statement an operation, whose derivatives are operations of the same kind. So
// every order and mode follows. Values by LAPACK. For etape/linalg/linalg.hpp, not for users.
#pragma once
#include <memory>

#include <etape/tape/primitive.hpp>

namespace etape
{
    // Who asks: for the texts of errors, and the place on the tape.
    struct linalg_call
    {
        const char* name;
        site where{};
    };

    // Matrices are dense arrays of rank 2, vectors of rank 1; adjoints and tangents may also be numbers, which stand for arrays with that number
    // everywhere. Sources of the rules: Giles, Collected matrix derivative results for forward and reverse mode algorithmic
    // differentiation (2008), where no other is named.
    namespace primitive
    {
        // The factorisation that a solution came from, shared with its derivatives.
        struct lu_factors;
        using shared_lu = std::shared_ptr<lu_factors const>;
        struct eigen_factors;
        using shared_eigen = std::shared_ptr<eigen_factors const>;
        struct qr_factors;
        using shared_qr = std::shared_ptr<qr_factors const>;

        // Throws shape_error unless a is square.
        shared_lu factorize(active const& a, linalg_call const& c);
        // a^-1 b, or a^-T b; b is a vector or a matrix. Throws linalg_error for a singular matrix.
        active solve(active const& a, shared_lu const& lu, bool transposed, active const& b, linalg_call const& c);
        active inverse(active const& a, shared_lu const& lu, linalg_call const& c);
        // Numbers.
        active determinant(active const& a, shared_lu const& lu, linalg_call const& c);
        active log_determinant(active const& a, shared_lu const& lu, linalg_call const& c);
        double determinant_sign(lu_factors const& lu);

        // The lower triangle L of (a + a^T)/2 = L L^T. Throws linalg_error for a matrix that is not positive definite.
        active cholesky(active const& a, linalg_call const& c);
        struct triangle
        {
            bool lower = true;
            bool transposed = false;
            bool unit_diagonal = false;
        };
        // op(a)^-1 b, where of a only the triangle is read.
        active solve_triangular(active const& a, triangle t, active const& b, linalg_call const& c);

        // (a + a^T)/2 = V diag(w) V^T, w ascending, the vectors in the columns of V.
        shared_eigen decompose_symmetric(active const& a, linalg_call const& c);
        active eigenvalues(active const& a, shared_eigen const& e, linalg_call const& c);
        active eigenvectors(active const& a, shared_eigen const& e, linalg_call const& c);

        // a = Q R, (m, n) = (m, n) (n, n), for m >= n.
        shared_qr decompose_qr(active const& a, linalg_call const& c);
        active qr_orthogonal(active const& a, shared_qr const& f, linalg_call const& c);
        active qr_triangle(active const& a, shared_qr const& f, linalg_call const& c);
        // Throws linalg_error where the columns of a depend on each other up to rounding.
        void check_full_rank(active const& a, qr_factors const& f, linalg_call const& c);

        // exp(a) by scaling and squaring of a Pade approximation (Higham, The scaling and squaring method for the matrix exponential revisited,
        // 2005), composed of recorded operations.
        active exponential(active const& a, linalg_call const& c);
        active power(active const& a, int n, linalg_call const& c);
        active trace(active const& a, linalg_call const& c);
        active least_squares(active const& a, active const& b, linalg_call const& c);
        // a[i] b[j]
        active outer(active const& a, active const& b, linalg_call const& c);
    }
}
