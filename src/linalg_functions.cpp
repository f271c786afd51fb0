// SPDX-License-Identifier: BSL-1.0
// Symmetric eigenproblems, and functions of matrices: exponential, powers, trace.
#include <cmath>
#include <vector>

#include "lapack.hpp"
#include "matrix.hpp"

namespace etape::primitive
{
    struct eigen_factors
    {
        buffer_ptr values, vectors;
    };

    shared_eigen decompose_symmetric(active const& a, linalg_call const& c)
    {
        const int n = square(a, c);
        auto e = std::make_shared<eigen_factors>();
        e->values = fresh(a.single, a.values->shape, 1);
        e->vectors = fresh(a.single, a.values->shape, 2);
        in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                const auto un = rows(a);
                if (un == 0)
                    return;
                const T* from = a.values->data<T>();
                const auto memory = fresh(a.single, a.values->shape, 2);
                T* m = memory->data<T>();
                for (std::size_t i = 0; i < un; ++i)
                    for (std::size_t j = 0; j < un; ++j)
                        m[i * un + j] = (from[i * un + j] + from[j * un + i]) / 2;
                if (std::any_of(m, m + un * un, [](T v) { return !std::isfinite(v); }))
                    throw_linalg_error(c.name, "a matrix with NaN or infinite elements", "finite ones");
                T room_wanted = 0;
                int integers_wanted = 0, info = 0;
                lapack::syevd(n, m, e->values->data<T>(), &room_wanted, -1, &integers_wanted, -1, info);
                std::vector<T> room(static_cast<std::size_t>(room_wanted));
                std::vector<int> integers(static_cast<std::size_t>(integers_wanted));
                lapack::syevd(n, m, e->values->data<T>(), room.data(), static_cast<int>(room.size()), integers.data(), integers_wanted, info);
                if (info != 0)
                    throw_linalg_error(c.name, "a matrix whose eigenvalues did not converge", "finite elements");
                transpose_into(e->vectors->data<T>(), m, un, un);
            });
        return e;
    }

    namespace
    {
        struct eigen_node : matrix_node
        {
            shared_eigen e;
            explicit eigen_node(shared_eigen factors)
                : e(std::move(factors))
            {
            }
            // V^T sym(dA) V
            active along(active const* d, active const& v) const
            {
                return matrix_of(v, true, matrix_of(symmetric_part(full(d[0], in[0])), false, v, false), false);
            }
        };
        // A' = V diag(w') V^T;  dw = diag(V^T dA V)
        struct eigenvalues_node final : eigen_node
        {
            using eigen_node::eigen_node;
            active pull(int, active const& g) const override
            {
                const auto v = eigenvectors(in[0], e, {name});
                return matrix_of(multiply(v, spread(full(g, out), rows(v), true)), false, v, true);
            }
            active push(active const* d) const override
            {
                return gather(along(d, eigenvectors(in[0], e, {name})), diagonal_of(rows(in[0])));
            }
        };
        // With F[i, j] = 1 / (w[j] - w[i]), 0 on the diagonal: A' = sym(V (F * V^T V') V^T), dV = V (F * V^T dA V).
        struct eigenvectors_node final : eigen_node
        {
            using eigen_node::eigen_node;
            // F * m. Where nothing arrives nothing goes on, also between equal eigenvalues, whose vectors have no derivative.
            active over_gaps(active const& m) const
            {
                const auto n = rows(out);
                const auto w = eigenvalues(in[0], e, {name});
                const auto gaps = add(subtract(spread(w, n, true), spread(w, n, false)), triangles(out.single, n, 0, 1, 0));
                const auto others = masked(m, 1, 0, 1);
                return guarded(others, divide(others, gaps));
            }
            active pull(int, active const& g) const override
            {
                const auto inner = over_gaps(matrix_of(out, true, full(g, out), false));
                return symmetric_part(matrix_of(out, false, matrix_of(inner, false, out, true), false));
            }
            active push(active const* d) const override
            {
                return matrix_of(out, false, over_gaps(along(d, out)), false);
            }
        };

        // A' = t' I;  dt = tr(dA)
        struct trace_node final : matrix_node
        {
            active pull(int, active const& g) const override
            {
                const auto n = rows(in[0]);
                const std::size_t shape[] = {n};
                return scatter(g.is_number() ? reshape(g, shape, 1) : g, diagonal_of(n), in[0].values->shape, 2);
            }
            active push(active const* d) const override
            {
                return trace(full(d[0], in[0]), {name});
            }
        };
    }

    namespace
    {
        // C = a b^T;  a' = C' b, b' = C'^T a;  dC = da b^T + a db^T
        struct outer_node final : matrix_node
        {
            active pull(int j, active const& given) const override
            {
                const auto g = full(given, out);
                const auto m = rows(in[0]), n = rows(in[1]);
                return j == 0 ? matmul(g, false, in[1], false, m, n, 1, &m, 1) : matmul(g, true, in[0], false, n, m, 1, &n, 1);
            }
            active push(active const* d) const override
            {
                if (is_zero(d[0]))
                    return outer(in[0], full(d[1], in[1]), {name});
                const auto first = outer(full(d[0], in[0]), in[1], {name});
                return is_zero(d[1]) ? first : add(first, outer(in[0], full(d[1], in[1]), {name}));
            }
        };
    }

    active eigenvalues(active const& a, shared_eigen const& e, linalg_call const& c)
    {
        return record_at<eigenvalues_node>(c.where, constant(copy_of(constant(e->values, a.single)), a.single), c.name, {&a}, e);
    }
    active eigenvectors(active const& a, shared_eigen const& e, linalg_call const& c)
    {
        return record_at<eigenvectors_node>(c.where, constant(copy_of(constant(e->vectors, a.single)), a.single), c.name, {&a}, e);
    }

    active trace(active const& a, linalg_call const& c)
    {
        square(a, c);
        const double t = in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                T total = 0;
                for (std::size_t i = 0; i < rows(a); ++i)
                    total += a.values->data<T>()[i * (rows(a) + 1)];
                return static_cast<double>(total);
            });
        return record_at<trace_node>(c.where, constant(t, a.single), c.name, {&a});
    }

    // ---- functions composed of recorded operations ----
    namespace
    {
        active identity(bool single, std::size_t n, double times)
        {
            return triangles(single, n, 0, times, 0);
        }
        active scaled(double s, active const& a)
        {
            return multiply(constant(s, a.single), a);
        }
        // The largest sum of magnitudes in a column.
        template <class T>
        double norm_of(active const& a)
        {
            const auto n = rows(a);
            double largest = 0;
            for (std::size_t j = 0; j < n; ++j)
            {
                double column = 0;
                for (std::size_t i = 0; i < n; ++i)
                    column += std::abs(static_cast<double>(a.values->data<T>()[i * n + j]));
                largest = column > largest || std::isnan(column) ? column : largest;
            }
            return largest;
        }

        // Numerator p(a) = u + v and denominator p(-a) = v - u of the approximation of a degree, u odd and v even in a.
        struct pade
        {
            active u, v;
        };
        pade low_degree(active const& a, std::vector<double> const& b)
        {
            const auto n = rows(a);
            const auto square = matrix_of(a, false, a, false);
            auto odd = identity(a.single, n, b[1]), even = identity(a.single, n, b[0]);
            auto power = square;
            for (std::size_t k = 2; k + 1 < b.size(); k += 2)
            {
                even = add(even, scaled(b[k], power));
                odd = add(odd, scaled(b[k + 1], power));
                if (k + 3 < b.size())
                    power = matrix_of(power, false, square, false);
            }
            return {matrix_of(a, false, odd, false), even};
        }
        pade degree_13(active const& a)
        {
            constexpr double b[] = {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800,
                                    33522128640,       1323241920,        40840800,         960960,           16380,           182,            1};
            const auto n = rows(a);
            const auto a2 = matrix_of(a, false, a, false), a4 = matrix_of(a2, false, a2, false), a6 = matrix_of(a4, false, a2, false);
            const auto sum = [&](double c6, double c4, double c2) { return add(add(scaled(c6, a6), scaled(c4, a4)), scaled(c2, a2)); };
            const auto odd = add(add(matrix_of(a6, false, sum(b[13], b[11], b[9]), false), sum(b[7], b[5], b[3])), identity(a.single, n, b[1]));
            const auto even = add(add(matrix_of(a6, false, sum(b[12], b[10], b[8]), false), sum(b[6], b[4], b[2])), identity(a.single, n, b[0]));
            return {matrix_of(a, false, odd, false), even};
        }
    }

    active exponential(active const& given, linalg_call const& c)
    {
        square(given, c);
        struct degree
        {
            double up_to;  // of the norm
            std::vector<double> b;
        };
        static const degree degrees[] = {
            {1.495585217958292e-2, {120, 60, 12, 1}},
            {2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
            {9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
            {2.097847961257068, {17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1}}};
        constexpr double largest = 5.371920351148152;
        const double norm = given.single ? norm_of<float>(given) : norm_of<double>(given);
        int squarings = 0;
        pade p;
        const auto* low = std::find_if(std::begin(degrees), std::end(degrees), [&](degree const& d) { return norm <= d.up_to; });
        if (low != std::end(degrees))
            p = low_degree(given, low->b);
        else
        {
            if (std::isfinite(norm) && norm > largest)
                squarings = static_cast<int>(std::ceil(std::log2(norm / largest)));
            p = degree_13(squarings == 0 ? given : scaled(std::ldexp(1.0, -squarings), given));
        }
        const auto denominator = subtract(p.v, p.u);
        auto x = solve(denominator, factorize(denominator, c), false, add(p.u, p.v), c);
        for (int i = 0; i < squarings; ++i)
            x = matrix_of(x, false, x, false);
        return x;
    }

    active least_squares(active const& a, active const& b, linalg_call const& c)
    {
        const auto f = decompose_qr(a, c);
        check_right_hand_side(a, b, c);
        check_full_rank(a, *f, c);
        const auto q = qr_orthogonal(a, f, c), r = qr_triangle(a, f, c);
        const std::size_t shape[] = {columns(a), columns(b)};
        const auto right = matmul(q, true, b, false, shape[0], rows(a), shape[1], shape, b.values->rank);
        return solve_triangular(r, {false, false, false}, right, c);
    }
    active outer(active const& a, active const& b, linalg_call const& c)
    {
        const std::size_t shape[] = {rows(a), rows(b)};
        auto out = fresh(a.single, shape, 2);
        in_precision(a.single, [&](auto number)
            {
                using T = decltype(number);
                T* to = out->data<T>();
                for (std::size_t i = 0; i < shape[0]; ++i)
                    for (std::size_t j = 0; j < shape[1]; ++j)
                        *to++ = a.values->data<T>()[i] * b.values->data<T>()[j];
            });
        return record_at<outer_node>(c.where, constant(std::move(out), a.single), c.name, {&a, &b});
    }

    active power(active const& a, int n, linalg_call const& c)
    {
        square(a, c);
        // a^0 depends on a, though not on its values: a derivative of 0, not none
        if (n == 0)
            return add(masked(a, 0, 0, 0), identity(a.single, rows(a), 1));
        auto base = n < 0 ? inverse(a, factorize(a, c), c) : a;
        active result;
        bool begun = false;
        for (auto left = n < 0 ? -static_cast<long>(n) : static_cast<long>(n); left > 0; left /= 2)
        {
            if (left % 2 != 0)
            {
                result = begun ? matrix_of(result, false, base, false) : base;
                begun = true;
            }
            if (left > 1)
                base = matrix_of(base, false, base, false);
        }
        return result;
    }
}
