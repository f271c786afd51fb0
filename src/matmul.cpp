// SPDX-License-Identifier: BSL-1.0
// The statement behind matmul: C = A B; A' = C' B^T, B' = A^T C' (Giles, Collected matrix derivative results, 2008).
#include <etape/linalg/matmul.hpp>
#include <etape/tape/dual_sweep.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>
#include <etape/tape/row_pattern.hpp>

#include <cblas.h>

#include <algorithm>
#include <vector>

namespace etape::runtime
{
    namespace
    {
        int blas_int(std::size_t n)
        {
            if (n > 0x7fffffff)
                throw_shape_error("matmul", "an extent of " + std::to_string(n), "at most 2^31 - 1");
            return static_cast<int>(n);
        }

        // C = alpha op(A) op(B) + beta C; op(A) is m x k, op(B) is k x n, all row-major.
        template <class T>
        void product(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, T alpha, const T* a, const T* b, T beta, T* c)
        {
            if (m == 0 || n == 0)
                return;
            if (k == 0)
            {
                for (std::size_t i = 0; i < m * n; ++i)
                    c[i] = beta == T(0) ? T(0) : beta * c[i];
                return;
            }
            const int lda = blas_int(ta ? m : k), ldb = blas_int(tb ? k : n), ldc = blas_int(n);
            const auto op_a = ta ? CblasTrans : CblasNoTrans, op_b = tb ? CblasTrans : CblasNoTrans;
            const int im = blas_int(m), in = blas_int(n), ik = blas_int(k);
            if constexpr (sizeof(T) == sizeof(double))
            {
                if (n == 1)
                    cblas_dgemv(CblasRowMajor, op_a, ta ? ik : im, ta ? im : ik, alpha, a, lda, b, 1, beta, c, 1);
                else if (m == 1)
                    cblas_dgemv(CblasRowMajor, tb ? CblasNoTrans : CblasTrans, tb ? in : ik, tb ? ik : in, alpha, b, ldb, a, 1, beta, c, 1);
                else
                    cblas_dgemm(CblasRowMajor, op_a, op_b, im, in, ik, alpha, a, lda, b, ldb, beta, c, ldc);
            }
            else
            {
                if (n == 1)
                    cblas_sgemv(CblasRowMajor, op_a, ta ? ik : im, ta ? im : ik, alpha, a, lda, b, 1, beta, c, 1);
                else if (m == 1)
                    cblas_sgemv(CblasRowMajor, tb ? CblasNoTrans : CblasTrans, tb ? in : ik, tb ? ik : in, alpha, b, ldb, a, 1, beta, c, 1);
                else
                    cblas_sgemm(CblasRowMajor, op_a, op_b, im, in, ik, alpha, a, lda, b, ldb, beta, c, ldc);
            }
        }

        template <class T>
        struct product_node final : node
        {
            std::uint32_t ids[2] = {record_log::no_id, record_log::no_id};
            buffer* values[2] = {nullptr, nullptr};  // A, B as far as the other one's adjoint needs them
            std::size_t m = 0, k = 0, n = 0;
            std::uint32_t out = 0;
            std::uint64_t tags[2] = {0, 0};  // of constants that once had a history
            origin* whys[2] = {nullptr, nullptr};

            ~product_node() override
            {
                for (auto* o : whys)
                    release_origin(o);
                buffer_ptr::release(values[0]);
                buffer_ptr::release(values[1]);
            }
            void reverse(sweep& s) const override
            {
                adjoint a;
                if (!s.take(out, a))
                    return;
                const T f = static_cast<T>(a.factor);
                if (a.kind == adjoint_kind::constant)
                    return reverse_constant(s, f);
                const T* g = a.values->template data<T>();
                bool add = false;
                if (ids[0] != record_log::no_id)
                {
                    T* to = s.template target<T>(ids[0], true, add);
                    product<T>(false, true, m, k, n, f, g, values[1]->template data<T>(), add ? T(1) : T(0), to);
                }
                if (ids[1] != record_log::no_id)
                {
                    T* to = s.template target<T>(ids[1], true, add);
                    product<T>(true, false, k, n, m, f, values[0]->template data<T>(), g, add ? T(1) : T(0), to);
                }
            }
            // The seed is f everywhere: A' has equal rows f * (row sums of B), B' equal columns f * (column sums of A).
            void reverse_constant(sweep& s, T f) const
            {
                bool add = false;
                if (ids[0] != record_log::no_id)
                {
                    const auto memory = make_buffer<T>(&k, 1);  // from the pool
                    T* const row = memory->template data<T>();
                    std::fill_n(row, k, T(0));
                    const T* b = values[1]->template data<T>();
                    for (std::size_t i = 0; i < k; ++i)
                        for (std::size_t j = 0; j < n; ++j)
                            row[i] += b[i * n + j];
                    T* to = s.template target<T>(ids[0], true, add);
                    for (std::size_t i = 0; i < m; ++i)
                        for (std::size_t j = 0; j < k; ++j)
                            to[i * k + j] = (add ? to[i * k + j] : T(0)) + f * row[j];
                }
                if (ids[1] != record_log::no_id)
                {
                    const auto memory = make_buffer<T>(&k, 1);  // from the pool
                    T* const column = memory->template data<T>();
                    std::fill_n(column, k, T(0));
                    const T* a = values[0]->template data<T>();
                    for (std::size_t i = 0; i < m; ++i)
                        for (std::size_t j = 0; j < k; ++j)
                            column[j] += a[i * k + j];
                    T* to = s.template target<T>(ids[1], true, add);
                    for (std::size_t i = 0; i < k; ++i)
                        for (std::size_t j = 0; j < n; ++j)
                            to[i * n + j] = (add ? to[i * n + j] : T(0)) + f * column[i];
                }
            }
            active operand(int j) const
            {
                auto a = primitive::constant(buffer_ptr::share(values[j]), sizeof(T) == sizeof(float));
                a.id = ids[j];
                return a;
            }
            void reverse_active(active_sweep& s) const override
            {
                active g;
                if (!s.take(id_space::array, out, g))
                    return;
                const std::size_t c[] = {m, n}, to_a[] = {m, k}, to_b[] = {k, n};
                g = primitive::reshape(g, c, 2);
                for (int j = 0; j < 2; ++j)
                    if (ids[j] != record_log::no_id)
                    {
                        auto const& slot = s.log().arrays[ids[j]];
                        std::size_t shape[max_rank];
                        const int rank = slot.rank;
                        std::copy_n(slot.shape, rank, shape);
                        const auto d = j == 0 ? primitive::matmul(g, false, operand(1), true, m, n, k, to_a, 2)
                                              : primitive::matmul(operand(0), true, g, false, k, m, n, to_b, 2);
                        s.add(id_space::array, ids[j], primitive::reshape(d, shape, rank));
                    }
            }
            void forward_active(forward_state& level) const override
            {
                const std::size_t c[] = {m, n}, of_a[] = {m, k}, of_b[] = {k, n};
                active t, first, second;
                const bool a = ids[0] != record_log::no_id && level.find(id_space::array, ids[0], t);
                if (a)
                    first = primitive::matmul(primitive::reshape(t, of_a, 2), false, operand(1), false, m, k, n, c, 2);
                const bool b = ids[1] != record_log::no_id && level.find(id_space::array, ids[1], t);
                if (b)
                    second = primitive::matmul(operand(0), false, primitive::reshape(t, of_b, 2), false, m, k, n, c, 2);
                if (!a && !b)
                    return;
                auto const& slot = thread.log->arrays[out];
                std::size_t shape[max_rank];
                const int rank = slot.rank;
                std::copy_n(slot.shape, rank, shape);
                level.set(id_space::array, out, primitive::reshape(!b ? first : !a ? second : primitive::add(first, second), shape, rank));
            }
            bool has_dual() const override
            {
                return true;
            }
            void forward_dual(dual_sweep& s) const override
            {
                T rest = 0;
                buffer_ptr t;
                const auto next = [&]() -> T*
                {
                    if (!t)
                    {
                        auto const& slot = s.log().arrays[out];
                        t = make_buffer<T>(slot.shape, slot.rank, slot.order);
                    }
                    return t->template data<T>();
                };
                if (auto* a = ids[0] == record_log::no_id ? nullptr : s.tangent(ids[0]))
                {
                    product<T>(false, false, m, n, k, 1, a->template data<T>(), values[1]->template data<T>(), rest, next());
                    rest = 1;
                }
                if (auto* b = ids[1] == record_log::no_id ? nullptr : s.tangent(ids[1]))
                    product<T>(false, false, m, n, k, 1, values[0]->template data<T>(), b->template data<T>(), rest, next());
                if (t)
                    s.set_tangent(out, std::move(t));
            }
            // A' = C' B^T and its tangent, B' = A^T C' and its tangent.
            void reverse_dual(dual_sweep& s) const override
            {
                buffer_ptr v, d;
                if (!s.take(out, v, d))
                    return;
                const T *gv = v->template data<T>(), *gd = d->template data<T>();
                bool add = false;
                if (ids[0] != record_log::no_id)
                {
                    const auto to = s.template target<T>(ids[0], true, add);
                    const T *b = values[1]->template data<T>(), rest = add ? T(1) : T(0);
                    product<T>(false, true, m, k, n, 1, gv, b, rest, to.v);
                    product<T>(false, true, m, k, n, 1, gd, b, rest, to.d);
                    if (auto* t = ids[1] == record_log::no_id ? nullptr : s.tangent(ids[1]))
                        product<T>(false, true, m, k, n, 1, gv, t->template data<T>(), 1, to.d);
                }
                if (ids[1] != record_log::no_id)
                {
                    const auto to = s.template target<T>(ids[1], true, add);
                    const T *a = values[0]->template data<T>(), rest = add ? T(1) : T(0);
                    product<T>(true, false, k, n, m, 1, a, gv, rest, to.v);
                    product<T>(true, false, k, n, m, 1, a, gd, rest, to.d);
                    if (auto* t = ids[0] == record_log::no_id ? nullptr : s.tangent(ids[0]))
                        product<T>(true, false, k, n, m, 1, t->template data<T>(), gv, 1, to.d);
                }
            }
            void spread_rows(row_pattern& r) const override
            {
                const auto label = [&](int j, std::size_t first, std::size_t step)
                {
                    std::int32_t all = row_pattern::none;
                    if (ids[j] == record_log::no_id || r.array(ids[j]).empty())
                        return all;
                    for (std::size_t i = 0; i < k; ++i)
                        all = row_pattern::join(all, r.array(ids[j])[first + i * step]);
                    return all;
                };
                std::vector<std::int32_t> columns(n);
                for (std::size_t j = 0; j < n; ++j)
                    columns[j] = label(1, j, n);
                auto& to = r.set_array(out);
                for (std::size_t i = 0; i < m; ++i)
                {
                    const auto row = label(0, i * k, 1);
                    for (std::size_t j = 0; j < n; ++j)
                        to[i * n + j] = row_pattern::join(row, columns[j]);
                }
            }
            std::size_t edge_count() const override
            {
                return (ids[0] != record_log::no_id ? 1u : 0u) + (ids[1] != record_log::no_id ? 1u : 0u);
            }
            output result() const override
            {
                return {id_space::array, out, 1};
            }
            void edges(std::size_t, std::vector<edge>& to) const override
            {
                for (int j = 0; j < 2; ++j)
                {
                    if (ids[j] == record_log::no_id && tags[j] == 0 && whys[j] == nullptr)
                        continue;
                    edge e;
                    e.id = ids[j];
                    e.tracked = ids[j] != record_log::no_id;
                    e.tag = tags[j];
                    e.why = whys[j];
                    to.push_back(e);
                }
            }
            void list_kept(kept_memory& to) const override
            {
                for (auto* v : values)
                    to.add(v);
            }
            std::size_t own_bytes() const override
            {
                return sizeof(*this);
            }
        };
    }

    template <class T>
    buffer_ptr multiply(product_operand const& a, product_operand const& b, const std::size_t* shape, int rank, bool keep, site const& where)
    {
        auto c = make_buffer<T>(shape, rank);
        c->role = buffer_role::result;
        c->made = where;
        product<T>(false, false, a.rows, b.cols, a.cols, T(1), a.values->template data<T>(), b.values->template data<T>(), T(0),
                   c->template data<T>());
        if (!keep)
            return c;
        auto& log = *thread.log;
        auto& n = log.template add_node<product_node<T>>();
        n.name = "matmul";
        n.where = where;
        n.m = a.rows;
        n.k = a.cols;
        n.n = b.cols;
        n.ids[0] = a.id;
        n.ids[1] = b.id;
        const auto note = [&](int j, product_operand const& o)
        {
            if (o.id != record_log::no_id)
                return;
            n.tags[j] = o.values->tag.load(std::memory_order_relaxed);
            n.whys[j] = o.values->why;
            retain_origin(n.whys[j]);
        };
        note(0, a);
        note(1, b);
        if (b.id != record_log::no_id || thread.higher_order)
        {
            buffer_ptr::retain(a.values);
            n.values[0] = a.values;
        }
        if (a.id != record_log::no_id || thread.higher_order)
        {
            buffer_ptr::retain(b.values);
            n.values[1] = b.values;
        }
        n.out = log.add_array(*c, "matmul", where, log.position(), sizeof(T) == sizeof(float));
        if (log.forward != nullptr && !log.forward->fused())
            push_levels(log, n);
        else if (log.forward != nullptr)
        {
            // C. = A. B + A B.
            auto t = make_buffer_like<T>(*c);
            std::fill_n(t->template data<T>(), t->size, T(0));
            buffer* ta = a.id == record_log::no_id ? nullptr : log.forward->array(a.id);
            buffer* tb = b.id == record_log::no_id ? nullptr : log.forward->array(b.id);
            if (ta != nullptr)
                product<T>(false, false, n.m, n.n, n.k, T(1), ta->data<T>(), b.values->template data<T>(), T(1), t->template data<T>());
            if (tb != nullptr)
                product<T>(false, false, n.m, n.n, n.k, T(1), a.values->template data<T>(), tb->data<T>(), T(1), t->template data<T>());
            log.forward->set_array(n.out, std::move(t));
        }
        return c;
    }
    template buffer_ptr multiply<double>(product_operand const&, product_operand const&, const std::size_t*, int, bool, site const&);
    template buffer_ptr multiply<float>(product_operand const&, product_operand const&, const std::size_t*, int, bool, site const&);
}
