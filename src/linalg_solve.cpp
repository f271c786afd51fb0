// SPDX-License-Identifier: BSL-1.0
// Solutions, inverse and determinant from an LU factorisation, which their derivatives share.
#include <cmath>
#include <vector>

#include "lapack.hpp"
#include "matrix.hpp"

namespace etape::primitive
{
    // a^T = P L U by columns, that is a by rows.
    struct lu_factors
    {
        buffer_ptr values;
        std::vector<int> pivots;  // from 1
        int n = 0;
        bool single = false;
        int singular = 0;  // the first pivot that is 0, from 1; 0: none
    };

    shared_lu factorize(active const& a, linalg_call const& c)
    {
        auto f = std::make_shared<lu_factors>();
        f->n = square(a, c);
        f->single = a.single;
        f->values = copy_of(a);
        f->pivots.resize(static_cast<std::size_t>(f->n));
        if (f->n > 0)
            in_precision(a.single, [&](auto t) { lapack::getrf(f->n, f->values->data<decltype(t)>(), f->pivots.data(), f->singular); });
        return f;
    }

    namespace
    {
        void check_regular(lu_factors const& lu, linalg_call const& c)
        {
            if (lu.singular != 0)
                throw_linalg_error(c.name, "a singular matrix (pivot " + std::to_string(lu.singular) + " of its LU factorisation is 0)",
                                   "one of full rank");
        }

        // x = op(a)^-1 b in place, x by rows
        template <class T>
        void solve_in_place(lu_factors const& lu, bool transposed, T* x, std::size_t k, linalg_call const& c)
        {
            const auto n = static_cast<std::size_t>(lu.n);
            if (n == 0 || k == 0)
                return;
            int info = 0;
            const char op = transposed ? 'N' : 'T';
            const T* factors = lu.values->data<T>();
            if (k == 1)
                return lapack::getrs(op, lu.n, 1, factors, lu.pivots.data(), x, info);
            const std::size_t size = n * k;
            const auto memory = make_buffer<T>(&size, 1);  // from the pool
            T* by_columns = memory->template data<T>();
            transpose_into(by_columns, x, n, k);
            lapack::getrs(op, lu.n, extent(k, c), factors, lu.pivots.data(), by_columns, info);
            transpose_into(x, by_columns, k, n);
        }

        // X = op(A)^-1 B;  B' = op(A)^-T X',  A' = -B' X^T or its transpose;  dX = op(A)^-1 (dB - op(dA) X)
        struct solve_node final : system_node
        {
            shared_lu lu;
            bool transposed;
            solve_node(shared_lu f, bool t)
                : lu(std::move(f))
                , transposed(t)
            {
            }
            active of_right_hand_side(active const& g) const override
            {
                return solve(in[0], lu, !transposed, full(g, out), {name});
            }
            active of_matrix(active const& of_b) const override
            {
                return negate(transposed ? matrix_of(out, false, of_b, true) : matrix_of(of_b, false, out, true));
            }
            active push(active const* t) const override
            {
                auto right = full(t[1], out);
                if (!is_zero(t[0]))
                {
                    auto const& x = *out.values;
                    const auto n = rows(out);
                    right = subtract(right, matmul(full(t[0], in[0]), transposed, out, false, n, n, columns(out), x.shape, x.rank));
                }
                return solve(in[0], lu, transposed, right, {name});
            }
        };

        // C = A^-1;  A' = -C^T C' C^T;  dC = -C dA C
        struct inverse_node final : matrix_node
        {
            active pull(int, active const& g) const override
            {
                return negate(matrix_of(matrix_of(out, true, full(g, out), false), false, out, true));
            }
            active push(active const* t) const override
            {
                return negate(matrix_of(matrix_of(out, false, full(t[0], out), false), false, out, false));
            }
        };

        double exchange_sign(lu_factors const& lu, std::size_t i)
        {
            return lu.pivots[i] == static_cast<int>(i) + 1 ? 1 : -1;
        }
        template <class T>
        double determinant_of(lu_factors const& lu)
        {
            double d = 1;
            const auto n = static_cast<std::size_t>(lu.n);
            for (std::size_t i = 0; i < n; ++i)
                d *= exchange_sign(lu, i) * static_cast<double>(lu.values->data<T>()[i * (n + 1)]);
            return d;
        }

        // The cofactors of a matrix without an inverse: det(U) det(V) U diag(products of the other singular values) V^T.
        template <class T>
        buffer_ptr cofactors(active const& a, linalg_call const& c)
        {
            const int n = square(a, c);
            const auto un = static_cast<std::size_t>(n);
            const auto work = copy_of(a);
            auto left = fresh(a.single, a.values->shape, 2), right = fresh(a.single, a.values->shape, 2);
            std::vector<T> s(un);
            std::vector<int> integers(8 * un);
            T wanted = 0;
            int info = 0;
            lapack::gesdd(n, work->data<T>(), s.data(), right->data<T>(), left->data<T>(), &wanted, -1, integers.data(), info);
            std::vector<T> room(static_cast<std::size_t>(wanted));
            // By columns the matrix is a^T = (V^T)^T diag(s) U^T: what comes back as V^T, read by rows, is U; and U, read by rows, is V^T.
            lapack::gesdd(n, work->data<T>(), s.data(), right->data<T>(), left->data<T>(), room.data(), static_cast<int>(room.size()),
                          integers.data(), info);
            if (info != 0)
                throw_linalg_error(c.name, "a matrix whose singular values did not converge", "finite elements");
            const auto orientation = [&](buffer_ptr const& b)
            { return determinant_of<T>(*factorize(constant(b, a.single), c)) < 0 ? T(-1) : T(1); };
            const T sign = orientation(left) * orientation(right);
            for (std::size_t j = 0; j < un; ++j)
            {
                T others = sign;
                for (std::size_t k = 0; k < un; ++k)
                    others *= k == j ? T(1) : s[k];
                for (std::size_t i = 0; i < un; ++i)
                    left->data<T>()[i * un + j] *= others;
            }
            return matrix_of(constant(left, a.single), false, constant(right, a.single), false).values;
        }

        // Whether n eps cond(S) >= 1 in the norm of row sums, for S = a with its rows and then its columns divided by their largest elements, which
        // takes units out of the judgement: diag(1, 1e-20) is as good as the identity. A matrix of rank n - 1 with rounded elements has
        // eps cond(S) >= 2 (measured, n = 2 to 300), and a second derivative of the determinant is wrong by about eps cond(S) of the largest.
        template <class T>
        bool singular_up_to_rounding(active const& a, active const& inverse)
        {
            const auto n = rows(a);
            const T* p = a.values->data<T>();
            const T* q = inverse.values->data<T>();
            std::vector<double> row(n), column(n);
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    row[i] = std::max(row[i], std::abs(static_cast<double>(p[i * n + j])));
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    column[j] = std::max(column[j], std::abs(static_cast<double>(p[i * n + j])) / row[i]);
            double norm = 0, norm_of_inverse = 0;
            for (std::size_t i = 0; i < n; ++i)
            {
                double of_a = 0, of_inverse = 0;
                for (std::size_t j = 0; j < n; ++j)
                {
                    of_a += std::abs(static_cast<double>(p[i * n + j])) / row[i] / column[j];
                    of_inverse += std::abs(static_cast<double>(q[i * n + j])) * row[j] * column[i];
                }
                norm = std::max(norm, of_a);
                norm_of_inverse = std::max(norm_of_inverse, of_inverse);
            }
            // false where there are NaN: these go on as in arithmetic
            return static_cast<double>(n) * static_cast<double>(std::numeric_limits<T>::epsilon()) * norm * norm_of_inverse >= 1;
        }

        // d = det(A);  A' = d' d A^-T;  dd = d tr(A^-1 dA)
        struct determinant_node final : matrix_node
        {
            shared_lu lu;
            explicit determinant_node(shared_lu f)
                : lu(std::move(f))
            {
            }
            // d d / d A. Its own derivative, d (C_ji C_lk - C_li C_jk) with C the inverse, is a difference of numbers that are larger than it by the
            // condition of A: nothing is left of it where A is singular up to rounding, whatever its last pivot came out as.
            active slope() const
            {
                const bool further = runtime::thread.recording && runtime::thread.higher_order && in[0].tracked();
                if (lu->singular == 0)
                {
                    const auto c = inverse(in[0], lu, {name});
                    if (further && (c.single ? singular_up_to_rounding<float>(in[0], c) : singular_up_to_rounding<double>(in[0], c)))
                        refuse_further("a matrix that is singular up to rounding");
                    return multiply(out, transpose(c));
                }
                if (further)
                    refuse_further("a singular matrix");
                return constant(in[0].single ? cofactors<float>(in[0], {name}) : cofactors<double>(in[0], {name}), in[0].single);
            }
            [[noreturn]] void refuse_further(const char* found) const
            {
                throw_linalg_error(name, found, "one of full rank where a derivative of the derivative may be asked for");
            }
            active pull(int, active const& g) const override
            {
                return multiply(g, slope());
            }
            active push(active const* t) const override
            {
                return sum(multiply(slope(), full(t[0], in[0])), in[0].values->shape, 2);
            }
        };
        // l = log|det(A)|;  A' = l' A^-T
        struct log_determinant_node final : matrix_node
        {
            shared_lu lu;
            explicit log_determinant_node(shared_lu f)
                : lu(std::move(f))
            {
            }
            active slope() const
            {
                return transpose(inverse(in[0], lu, {name}));
            }
            active pull(int, active const& g) const override
            {
                return multiply(g, slope());
            }
            active push(active const* t) const override
            {
                return sum(multiply(slope(), full(t[0], in[0])), in[0].values->shape, 2);
            }
        };
    }

    active solve(active const& a, shared_lu const& lu, bool transposed, active const& b, linalg_call const& c)
    {
        check_right_hand_side(a, b, c);
        check_regular(*lu, c);
        auto x = copy_of(b);
        in_precision(a.single, [&](auto t) { solve_in_place(*lu, transposed, x->data<decltype(t)>(), columns(b), c); });
        return record_at<solve_node>(c.where, constant(std::move(x), a.single), c.name, {&a, &b}, lu, transposed);
    }

    active inverse(active const& a, shared_lu const& lu, linalg_call const& c)
    {
        check_regular(*lu, c);
        auto x = triangles(a.single, rows(a), 0, 1, 0).values;
        in_precision(a.single, [&](auto t) { solve_in_place(*lu, false, x->data<decltype(t)>(), rows(a), c); });
        return record_at<inverse_node>(c.where, constant(std::move(x), a.single), c.name, {&a});
    }

    active determinant(active const& a, shared_lu const& lu, linalg_call const& c)
    {
        const double d = a.single ? determinant_of<float>(*lu) : determinant_of<double>(*lu);
        return record_at<determinant_node>(c.where, constant(d, a.single), c.name, {&a}, lu);
    }
    active log_determinant(active const& a, shared_lu const& lu, linalg_call const& c)
    {
        double l = 0;
        in_precision(a.single, [&](auto t)
            {
                const auto n = static_cast<std::size_t>(lu->n);
                for (std::size_t i = 0; i < n; ++i)
                    l += std::log(std::abs(static_cast<double>(lu->values->data<decltype(t)>()[i * (n + 1)])));
            });
        return record_at<log_determinant_node>(c.where, constant(l, a.single), c.name, {&a}, lu);
    }
    double determinant_sign(lu_factors const& lu)
    {
        double sign = 1;
        const auto n = static_cast<std::size_t>(lu.n);
        const auto with = [&](double u) { return std::isnan(u) ? u : u > 0 ? 1.0 : u < 0 ? -1.0 : 0.0; };
        for (std::size_t i = 0; i < n; ++i)
            sign *= exchange_sign(lu, i) *
                with(lu.single ? static_cast<double>(lu.values->data<float>()[i * (n + 1)]) : lu.values->data<double>()[i * (n + 1)]);
        return sign;
    }
}
