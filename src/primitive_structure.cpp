// SPDX-License-Identifier: BSL-1.0
// Primitive statements that move numbers: sums, packs, changes of precision, matrix products.
#include <etape/tape/primitive.hpp>

#include <algorithm>
#include <limits>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>

#include <cblas.h>

#include "matrix.hpp"
#include "primitive_memory.hpp"
#include "primitive_rows.hpp"

namespace etape::primitive
{
    namespace
    {
        struct sum_node final : primitive_node
        {
            active pull(int, active const& g) const override
            {
                return g;
            }
            active push(active const* tangents) const override
            {
                return sum(tangents[0], in[0].values->shape, in[0].values->rank);
            }
        };
        struct polygamma_node final : primitive_node
        {
            int order;
            explicit polygamma_node(int n)
                : order(n)
            {
            }
            active pull(int, active const& g) const override
            {
                return guarded(g, multiply(g, polygamma(order + 1, in[0])));
            }
            active push(active const* tangents) const override
            {
                return guarded(tangents[0], multiply(tangents[0], polygamma(order + 1, in[0])));
            }
        };
        struct matmul_node final : matrix_node
        {
            bool transposed[2];
            std::size_t m, k, n;
            matmul_node(bool a, bool b, std::size_t rows, std::size_t inner, std::size_t columns)
                : transposed{a, b}
                , m(rows)
                , k(inner)
                , n(columns)
            {
            }
            active full(active const& g) const
            {
                return g.is_number() ? reshape(g, out.values->shape, out.values->rank) : g;
            }
            active full(active const& t, int j) const
            {
                auto const& like = *in[static_cast<std::size_t>(j)].values;
                return t.is_number() ? reshape(t, like.shape, like.rank) : t;
            }
            active pull(int j, active const& given) const override
            {
                const auto g = full(given);
                auto const& to = *in[static_cast<std::size_t>(j)].values;
                if (j == 0)
                    return transposed[0] ? matmul(in[1], transposed[1], g, true, k, n, m, to.shape, to.rank)
                                         : matmul(g, false, in[1], !transposed[1], m, n, k, to.shape, to.rank);
                return transposed[1] ? matmul(g, true, in[0], transposed[0], n, m, k, to.shape, to.rank)
                                     : matmul(in[0], !transposed[0], g, false, k, m, n, to.shape, to.rank);
            }
            active push(active const* tangents) const override
            {
                auto const& c = *out.values;
                const auto nothing = [](active const& t) { return t.is_number() && !t.tracked() && t.number == 0; };
                if (nothing(tangents[0]))
                    return matmul(in[0], transposed[0], full(tangents[1], 1), transposed[1], m, k, n, c.shape, c.rank);
                const auto first = matmul(full(tangents[0], 0), transposed[0], in[1], transposed[1], m, k, n, c.shape, c.rank);
                if (nothing(tangents[1]))
                    return first;
                return add(first, matmul(in[0], transposed[0], full(tangents[1], 1), transposed[1], m, k, n, c.shape, c.rank));
            }
        };
    }

    active sum(active const& a, const std::size_t* shape, int rank)
    {
        if (a.is_number())
        {
            std::size_t n = 1;
            for (int k = 0; k < rank; ++k)
                n *= shape[k];
            return multiply(a, constant(static_cast<double>(n), a.single));
        }
        double total = in_precision(a.single, [&](auto t)
            {
                using T = decltype(t);
                const T* p = a.values->data<T>();
                const std::size_t n = a.values->size;
                T part[4] = {};
                std::size_t i = 0;
                for (; i + 4 <= n; i += 4)
                    for (std::size_t k = 0; k < 4; ++k)
                        part[k] += p[i + k];
                for (; i < n; ++i)
                    part[0] += p[i];
                return static_cast<double>((part[0] + part[1]) + (part[2] + part[3]));
            });
        return record<sum_node>(constant(total, a.single), "sum", {&a});
    }

    active element(active const& a, std::size_t offset)
    {
        if (a.is_number())
            return a;
        window_layout w;
        w.offset = static_cast<std::ptrdiff_t>(offset);
        return sum(gather(a, w), w.shape, 0);
    }

    active pack(active const* numbers, const std::size_t* shape, int rank)
    {
        const bool single = numbers[0].single;
        auto out = fresh(single, shape, rank);
        return in_precision(single, [&](auto t)
            {
                using T = decltype(t);
                bool tracked = false;
                for (std::size_t i = 0; i < out->size; ++i)
                {
                    out->data<T>()[i] = static_cast<T>(numbers[i].number);
                    tracked = tracked || numbers[i].tracked();
                }
                if (!tracked || !runtime::thread.recording)
                    return constant(std::move(out), single);
                auto& log = *runtime::thread.log;
                auto& n = log.template add_node<pack_node<T>>();
                n.name = "pack";
                n.count = static_cast<std::uint32_t>(out->size);
                auto* ids = log.memory.template allocate_array<std::uint32_t>(out->size);
                for (std::size_t i = 0; i < out->size; ++i)
                    ids[i] = numbers[i].id;
                n.ids = ids;
                out->role = buffer_role::result;
                n.out = log.add_array(*out, "pack", site{}, log.position(), single);
                if (log.forward != nullptr)
                    runtime::push_levels(log, n);
                auto a = constant(std::move(out), single);
                a.id = n.out;
                return a;
            });
    }

    active polygamma(int n, active const& a)
    {
        if (a.is_number())
        {
            const double y = in_precision(a.single, [&](auto t)
                {
                    using T = decltype(t);
                    const T x = static_cast<T>(a.number);
                    T v;
                    polygamma_values<T>(n, 1, &x, &v);
                    return static_cast<double>(v);
                });
            return record<polygamma_node>(constant(y, a.single), "polygamma", {&a}, n);
        }
        auto out = fresh(a.single, a.values->shape, a.values->rank);
        in_precision(a.single, [&](auto t)
            {
                using T = decltype(t);
                polygamma_values<T>(n, out->size, a.values->data<T>(), out->data<T>());
            });
        return record<polygamma_node>(constant(std::move(out), a.single), "polygamma", {&a}, n);
    }

    active matmul(active const& a, bool ta, active const& b, bool tb, std::size_t m, std::size_t k, std::size_t n, const std::size_t* shape,
                  int rank)
    {
        auto out = fresh(a.single, shape, rank);
        if (std::max({m, k, n}) > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            throw_shape_error("matmul", "an extent of " + std::to_string(std::max({m, k, n})), "extents below 2^31");
        const int im = static_cast<int>(m), ik = static_cast<int>(k), in = static_cast<int>(n);
        const auto op_a = ta ? CblasTrans : CblasNoTrans, op_b = tb ? CblasTrans : CblasNoTrans;
        const int lda = std::max(1, ta ? im : ik), ldb = std::max(1, tb ? ik : in), ldc = std::max(1, in);
        if (m != 0 && n != 0)
        {
            if (k == 0)
                in_precision(a.single, [&](auto t) { std::fill_n(out->data<decltype(t)>(), out->size, decltype(t)(0)); });
            else if (a.single)
                cblas_sgemm(CblasRowMajor, op_a, op_b, im, in, ik, 1, a.values->data<float>(), lda, b.values->data<float>(), ldb, 0,
                            out->data<float>(), ldc);
            else
                cblas_dgemm(CblasRowMajor, op_a, op_b, im, in, ik, 1, a.values->data<double>(), lda, b.values->data<double>(), ldb, 0,
                            out->data<double>(), ldc);
        }
        return record<matmul_node>(constant(std::move(out), a.single), "matmul", {&a, &b}, ta, tb, m, k, n);
    }

    active convert(active const& a, bool single)
    {
        if (a.single == single)
            return a;
        const auto change = [&](auto from, auto to)
        {
            using From = decltype(from);
            using To = decltype(to);
            active out = a;
            out.id = record_log::no_id;
            out.single = single;
            if (a.is_number())
                out.number = static_cast<double>(static_cast<To>(a.number));
            else
            {
                out.values = make_buffer<To>(a.values->shape, a.values->rank);
                std::transform(a.values->data<From>(), a.values->data<From>() + a.values->size, out.values->data<To>(),
                               [](From v) { return static_cast<To>(v); });
            }
            if (!a.tracked() || !runtime::thread.recording)
                return out;
            auto& log = *runtime::thread.log;
            auto& n = log.template add_node<convert_node<From, To>>();
            n.name = "conversion";
            n.arrays = !a.is_number();
            n.in = a.id;
            if (a.is_number())
                n.out = log.template scalars<To>().local(log.template reserve_scalars<To>(1));
            else
            {
                out.values->role = buffer_role::result;
                n.out = log.add_array(*out.values, n.name, n.where, log.position(), single);
            }
            out.id = n.out;
            if (log.forward != nullptr)
                runtime::push_levels(log, n);
            return out;
        };
        return a.single ? change(float{}, double{}) : change(double{}, float{});
    }
}
