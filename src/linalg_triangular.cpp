// SPDX-License-Identifier: BSL-1.0
// Triangular systems, and the factorisations whose derivatives are made of them: Cholesky, QR.
#include <cmath>
#include <vector>

#include <cblas.h>

#include "lapack.hpp"
#include "matrix.hpp"

namespace etape::primitive
{
    namespace
    {
        void trsm(triangle t, int n, int k, const double* a, double* x)
        {
            cblas_dtrsm(CblasRowMajor, CblasLeft, t.lower ? CblasLower : CblasUpper, t.transposed ? CblasTrans : CblasNoTrans,
                        t.unit_diagonal ? CblasUnit : CblasNonUnit, n, k, 1, a, n, x, k);
        }
        void trsm(triangle t, int n, int k, const float* a, float* x)
        {
            cblas_strsm(CblasRowMajor, CblasLeft, t.lower ? CblasLower : CblasUpper, t.transposed ? CblasTrans : CblasNoTrans,
                        t.unit_diagonal ? CblasUnit : CblasNonUnit, n, k, 1, a, n, x, k);
        }

        // The part of a matrix that such a system reads.
        active part(active const& a, triangle t)
        {
            const double on = t.unit_diagonal ? 0 : 1;
            return t.lower ? masked(a, 1, on, 0) : masked(a, 0, on, 1);
        }

        // op(L) X = B;  B' = op(L)^-T X',  L' = the triangle of -B' X^T or its transpose;  dX = op(L)^-1 (dB - op(dL) X)
        struct triangular_node final : system_node
        {
            triangle t;
            explicit triangular_node(triangle which)
                : t(which)
            {
            }
            active of_right_hand_side(active const& g) const override
            {
                auto other = t;
                other.transposed = !t.transposed;
                return solve_triangular(in[0], other, full(g, out), {name});
            }
            active of_matrix(active const& of_b) const override
            {
                return negate(part(t.transposed ? matrix_of(out, false, of_b, true) : matrix_of(of_b, false, out, true), t));
            }
            active push(active const* d) const override
            {
                auto right = full(d[1], out);
                if (!is_zero(d[0]))
                {
                    auto const& x = *out.values;
                    const auto n = rows(out);
                    right = subtract(right, matmul(part(full(d[0], in[0]), t), t.transposed, out, false, n, n, columns(out), x.shape, x.rank));
                }
                return solve_triangular(in[0], t, right, {name});
            }
        };

        // A = L L^T. With P(M) the lower triangle of M, half of its diagonal: A' = sym(L^-T P(L^T L') L^-1), dL = L P(L^-1 dA L^-T)
        // (Murray, Differentiation of the Cholesky decomposition, 2016).
        struct cholesky_node final : matrix_node
        {
            active pull(int, active const& given) const override
            {
                const auto middle = masked(matrix_of(out, true, full(given, out), false), 1, 0.5, 0);
                const triangle upper{true, true, false};
                const auto left = solve_triangular(out, upper, middle, {name});
                return symmetric_part(solve_triangular(out, upper, transpose(left), {name}));
            }
            active push(active const* d) const override
            {
                const auto left = solve_triangular(out, {}, symmetric_part(full(d[0], in[0])), {name});
                const auto both = solve_triangular(out, {}, transpose(left), {name});
                return matrix_of(out, false, masked(both, 1, 0.5, 0), false);
            }
        };
    }

    active solve_triangular(active const& a, triangle t, active const& b, linalg_call const& c)
    {
        const int n = square(a, c);
        check_right_hand_side(a, b, c);
        auto x = copy_of(b);
        in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                const T* p = a.values->data<T>();
                for (std::size_t i = 0; !t.unit_diagonal && i < rows(a); ++i)
                    if (p[i * (rows(a) + 1)] == T(0))
                        throw_linalg_error(c.name, "a triangular matrix with 0 in place " + std::to_string(i) + " of its diagonal",
                                           "one of full rank");
                if (n > 0 && columns(b) > 0)
                    trsm(t, n, extent(columns(b), c), p, x->data<T>());
            });
        return record_at<triangular_node>(c.where, constant(std::move(x), a.single), c.name, {&a, &b}, t);
    }

    active cholesky(active const& a, linalg_call const& c)
    {
        const int n = square(a, c);
        auto l = fresh(a.single, a.values->shape, 2);
        in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                const auto un = rows(a);
                const T* from = a.values->data<T>();
                T* to = l->data<T>();
                bool finite = true;
                for (std::size_t i = 0; i < un; ++i)
                    for (std::size_t j = 0; j < un; ++j)
                    {
                        to[i * un + j] = j <= i ? (from[i * un + j] + from[j * un + i]) / 2 : T(0);
                        finite = finite && std::isfinite(to[i * un + j]);
                    }
                if (!finite)
                    throw_linalg_error(c.name, "a matrix with NaN or infinite elements", "a positive definite one");
                int info = 0;
                if (n > 0)
                    lapack::potrf('U', n, to, info);  // by columns: the upper triangle
                if (info > 0)
                    throw_linalg_error(c.name, "a matrix that is not positive definite (its leading minor of order " + std::to_string(info) + ")",
                                       "a positive definite one");
            });
        return record_at<cholesky_node>(c.where, constant(std::move(l), a.single), c.name, {&a});
    }

    // ---- QR ----
    struct qr_factors
    {
        buffer_ptr q, r;
    };

    namespace
    {
        // Whether 2 m eps |S^-1| < 1, as far as one step of inverse iteration sees it, for S = R D^-1 with columns of length 1: units of columns are no
        // loss, and columns that depend on each other but for rounded elements have |S^-1| of about 1/eps. The diagonal alone would not tell:
        // where the first columns nearly depend on each other, rounding leaves more than eps on it. (m, n) is the shape of what was factorised.
        // Starts from y = S^-T e with signs in e that let it grow (Cline, Moler, Stewart, Wilkinson, An estimate for the condition number of a
        // matrix, 1979), that is R^T y = D e; then S x = y, that is R z = y and x = D z.
        template <class T>
        bool full_rank(const T* r, std::size_t m, std::size_t n)
        {
            double largest = std::numeric_limits<double>::min();
            for (std::size_t k = 0; k < n * n; ++k)
                largest = std::max(largest, std::abs(static_cast<double>(r[k])));
            const double unit = 1 / largest;  // squares neither overflow nor vanish
            const auto at = [&](std::size_t i, std::size_t j) { return static_cast<double>(r[i * n + j]) * unit; };
            std::vector<double> length(n), rest(n), y(n);
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = i; j < n; ++j)
                    length[j] += at(i, j) * at(i, j);
            for (auto& l : length)
                l = std::sqrt(l);
            const double small = 2 * static_cast<double>(m) * static_cast<double>(std::numeric_limits<T>::epsilon());
            double of_y = 0, of_x = 0;
            for (std::size_t i = 0; i < n; ++i)
            {
                if (r[i * n + i] == T(0))
                    return false;
                y[i] = (rest[i] + std::copysign(length[i], rest[i])) / at(i, i);
                // an element of S^-T e is at most sqrt(n) |S^-1|; without this y could overflow
                if (small * std::abs(y[i]) >= std::sqrt(static_cast<double>(n)))
                    return false;
                for (std::size_t j = i + 1; j < n; ++j)
                    rest[j] -= at(i, j) * y[i];
                of_y += y[i] * y[i];
            }
            auto& z = rest;
            for (std::size_t i = n; i-- > 0;)
            {
                double right = y[i];
                for (std::size_t j = i + 1; j < n; ++j)
                    right -= at(i, j) * z[j];
                z[i] = right / at(i, i);
                of_x += length[i] * z[i] * (length[i] * z[i]);
            }
            return !(small * std::sqrt(of_x) >= std::sqrt(of_y));  // NaN goes on, as in arithmetic
        }
    }

    void check_full_rank(active const& a, qr_factors const& f, linalg_call const& c)
    {
        in_precision(a.single, [&](auto number)
            {
                if (!full_rank(f.r->data<decltype(number)>(), rows(a), columns(a)))
                    throw_linalg_error(c.name, "a matrix whose columns depend on each other up to rounding", "one of full column rank");
            });
    }

    shared_qr decompose_qr(active const& a, linalg_call const& c)
    {
        if (a.values->rank != 2 || rows(a) < columns(a))
            throw_shape_error(c.name, shape_of(a), "a matrix with at least as many rows as columns");
        const int m = extent(rows(a), c), n = extent(columns(a), c);
        auto f = std::make_shared<qr_factors>();
        const std::size_t small[] = {columns(a), columns(a)};
        f->q = fresh(a.single, a.values->shape, 2);
        f->r = fresh(a.single, small, 2);
        in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                const auto um = rows(a), un = columns(a);
                if (un == 0)
                    return;
                const auto memory = copy_of(a);
                T* by_columns = memory->data<T>();
                transpose_into(by_columns, a.values->data<T>(), um, un);
                std::vector<T> tau(un);
                T wanted[2] = {};
                int info = 0;
                lapack::geqrf(m, n, by_columns, tau.data(), &wanted[0], -1, info);
                lapack::orgqr(m, n, by_columns, tau.data(), &wanted[1], -1, info);
                std::vector<T> room(static_cast<std::size_t>(std::max(wanted[0], wanted[1])));
                lapack::geqrf(m, n, by_columns, tau.data(), room.data(), static_cast<int>(room.size()), info);
                for (std::size_t i = 0; i < un; ++i)
                    for (std::size_t j = 0; j < un; ++j)
                        f->r->data<T>()[i * un + j] = j < i ? T(0) : by_columns[j * um + i];
                lapack::orgqr(m, n, by_columns, tau.data(), room.data(), static_cast<int>(room.size()), info);
                transpose_into(f->q->data<T>(), by_columns, un, um);
            });
        return f;
    }

    namespace
    {
        // The symmetric matrix with the lower triangle of m.
        active from_lower(active const& m)
        {
            return add(masked(m, 1, 1, 0), transpose(masked(m, 1, 0, 0)));
        }
        // y R^-T and y R^-1
        active divided(active const& y, active const& r, bool transposed, const char* name)
        {
            return transpose(solve_triangular(r, {false, !transposed, false}, transpose(y), {name}));
        }

        // A' = (Q' + Q C) R^-T with C the symmetric matrix of the lower triangle of R R'^T - Q'^T Q (Liao, Liu, Wang, Xiang, Differentiable
        // programming tensor networks, 2019); X = dA R^-1, O = L - L^T with L the triangle below the diagonal of Q^T X: dQ = X - Q Q^T X + Q O,
        // dR = (Q^T X - O) R.
        struct qr_node : matrix_node
        {
            shared_qr f;
            explicit qr_node(shared_qr factors)
                : f(std::move(factors))
            {
            }
            struct directions
            {
                active x, along, turn;  // X, Q^T X, O
            };
            directions move(active const* d, active const& q, active const& r) const
            {
                check_full_rank(in[0], *f, {name});
                directions m;
                m.x = divided(full(d[0], in[0]), r, false, name);
                m.along = matrix_of(q, true, m.x, false);
                const auto below = masked(m.along, 1, 0, 0);
                m.turn = subtract(below, transpose(below));
                return m;
            }
        };
        struct orthogonal_node final : qr_node
        {
            using qr_node::qr_node;
            active pull(int, active const& given) const override
            {
                check_full_rank(in[0], *f, {name});
                const auto g = full(given, out);
                const auto r = qr_triangle(in[0], f, {name});
                const auto c = from_lower(negate(matrix_of(g, true, out, false)));
                return divided(add(g, matrix_of(out, false, c, false)), r, true, name);
            }
            active push(active const* d) const override
            {
                const auto m = move(d, out, qr_triangle(in[0], f, {name}));
                return add(m.x, matrix_of(out, false, subtract(m.turn, m.along), false));
            }
        };
        struct triangle_node final : qr_node
        {
            using qr_node::qr_node;
            active pull(int, active const& given) const override
            {
                check_full_rank(in[0], *f, {name});
                const auto q = qr_orthogonal(in[0], f, {name});
                const auto c = from_lower(matrix_of(out, false, full(given, out), true));
                return divided(matrix_of(q, false, c, false), out, true, name);
            }
            active push(active const* d) const override
            {
                const auto m = move(d, qr_orthogonal(in[0], f, {name}), out);
                return matrix_of(subtract(m.along, m.turn), false, out, false);
            }
        };
    }

    active qr_orthogonal(active const& a, shared_qr const& f, linalg_call const& c)
    {
        return record_at<orthogonal_node>(c.where, constant(copy_of(constant(f->q, a.single)), a.single), c.name, {&a}, f);
    }
    active qr_triangle(active const& a, shared_qr const& f, linalg_call const& c)
    {
        return record_at<triangle_node>(c.where, constant(copy_of(constant(f->r, a.single)), a.single), c.name, {&a}, f);
    }
}
