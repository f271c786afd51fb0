// SPDX-License-Identifier: BSL-1.0
// What the statements of linear algebra share: extents and their checks, transposes, products, triangles.
#pragma once
#include <algorithm>
#include <limits>
#include <string>

#include <etape/linalg/active_matrix.hpp>

#include "primitive_memory.hpp"

namespace etape::primitive
{
    // Constants that lost their history tell the explanation what they were.
    struct matrix_node : primitive_node
    {
        void edges(std::size_t k, std::vector<edge>& to) const override
        {
            primitive_node::edges(k, to);
            for (int j = 0; j < operands; ++j)
            {
                auto const& a = in[static_cast<std::size_t>(j)];
                if (a.tracked() || a.is_number())
                    continue;
                edge e;
                e.tracked = false;
                e.id = record_log::no_id;
                e.tag = a.values->tag.load(std::memory_order_relaxed);
                e.why = a.values->why;
                if (e.tag != 0 || e.why != nullptr)
                    to.push_back(e);
            }
        }
    };

    inline std::size_t rows(active const& a)
    {
        return a.values->shape[0];
    }
    inline std::size_t columns(active const& a)
    {
        return a.values->rank == 2 ? a.values->shape[1] : 1;
    }
    inline std::string shape_of(active const& a)
    {
        return "shape " + shape_text(a.values->shape, a.values->rank);
    }
    // For LAPACK.
    inline int extent(std::size_t n, linalg_call const& c)
    {
        if (n > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            throw_shape_error(c.name, "an extent of " + std::to_string(n), "extents below 2^31");
        return static_cast<int>(n);
    }
    inline int square(active const& a, linalg_call const& c)
    {
        if (a.values->rank != 2 || rows(a) != columns(a))
            throw_shape_error(c.name, shape_of(a), "a square matrix");
        return extent(rows(a), c);
    }
    inline void check_right_hand_side(active const& a, active const& b, linalg_call const& c)
    {
        if (rows(b) != rows(a))
            throw_shape_error(c.name, "a right-hand side of " + shape_of(b) + " for a matrix of " + shape_of(a),
                              "one of " + std::to_string(rows(a)) + " rows");
    }

    // op(A) X = B:  B' = op(A)^-T X',  A' = -B' X^T or its transpose
    struct system_node : matrix_node
    {
        virtual active of_right_hand_side(active const& g) const = 0;
        virtual active of_matrix(active const& adjoint_of_b) const = 0;

        active pull(int j, active const& g) const override
        {
            const auto b = of_right_hand_side(g);
            return j == 1 ? b : of_matrix(b);
        }
        void pull_all(active const& g, const bool* wanted, active* to) const override
        {
            const auto b = of_right_hand_side(g);
            if (wanted[0])
                to[0] = of_matrix(b);
            if (wanted[1])
                to[1] = b;
        }
    };

    // An adjoint or tangent as an array like `a`.
    inline active full(active const& g, active const& a)
    {
        return g.is_number() ? reshape(g, a.values->shape, a.values->rank) : g;
    }
    inline bool is_zero(active const& g)
    {
        return g.is_number() && !g.tracked() && g.number == 0;
    }

    inline active matrix_of(active const& a, bool ta, active const& b, bool tb)
    {
        const std::size_t shape[] = {ta ? columns(a) : rows(a), tb ? rows(b) : columns(b)};
        return matmul(a, ta, b, tb, shape[0], ta ? rows(a) : columns(a), shape[1], shape, 2);
    }
    inline active transpose(active const& a)
    {
        window_layout w;
        w.rank = 2;
        w.shape[0] = columns(a);
        w.shape[1] = rows(a);
        w.strides[0] = 1;
        w.strides[1] = static_cast<std::ptrdiff_t>(columns(a));
        return gather(a, w);
    }
    // (a + a^T)/2
    inline active symmetric_part(active const& a)
    {
        return multiply(constant(0.5, a.single), add(a, transpose(a)));
    }
    inline window_layout diagonal_of(std::size_t n)
    {
        window_layout w;
        w.rank = 1;
        w.shape[0] = n;
        w.strides[0] = static_cast<std::ptrdiff_t>(n) + 1;
        return w;
    }
    // a vector as the rows (by_row) or columns of an (n, n) matrix
    inline active spread(active const& v, std::size_t n, bool by_row)
    {
        window_layout w;
        w.rank = 2;
        w.shape[0] = w.shape[1] = n;
        w.strides[0] = by_row ? 0 : 1;
        w.strides[1] = by_row ? 1 : 0;
        return gather(v, w);
    }

    // An (n, n) constant: `below` under the diagonal, `on` it, `above` over it.
    inline active triangles(bool single, std::size_t n, double below, double on, double above)
    {
        const std::size_t shape[] = {n, n};
        auto b = fresh(single, shape, 2);
        in_precision(single, [&](auto t)
            {
                using T = decltype(t);
                T* p = b->template data<T>();
                for (std::size_t i = 0; i < n; ++i)
                    for (std::size_t j = 0; j < n; ++j)
                        *p++ = static_cast<T>(j < i ? below : j == i ? on : above);
            });
        return constant(std::move(b), single);
    }
    // The part of a square matrix in which a factor is not 0; elements outside may be anything.
    inline active masked(active const& a, double below, double on, double above)
    {
        const auto mask = triangles(a.single, rows(a), below, on, above);
        return apply(row_number::where, mask, multiply(mask, a), constant(0, a.single));
    }

    // Numbers by columns and numbers by rows.
    template <class T>
    void transpose_into(T* to, const T* from, std::size_t n_rows, std::size_t n_columns)
    {
        for (std::size_t i = 0; i < n_rows; ++i)
            for (std::size_t j = 0; j < n_columns; ++j)
                to[j * n_rows + i] = from[i * n_columns + j];
    }
    inline buffer_ptr copy_of(active const& a)
    {
        auto b = fresh(a.single, a.values->shape, a.values->rank);
        std::copy_n(a.values->data<char>(), a.values->bytes, b->data<char>());
        return b;
    }
}
