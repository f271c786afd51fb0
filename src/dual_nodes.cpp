// SPDX-License-Identifier: BSL-1.0
// Forward over reverse through the statements of the tape, in blocks of dual numbers.
#include <algorithm>
#include <cmath>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/dual_sweep.hpp>

#include "dual_common.hpp"

namespace etape
{
    using dual_blocks::block;
    using dual_blocks::fill;
    using dual_blocks::zero_tangent;

    namespace
    {
        // The loop of a kernel: its program and its operands with their tangents, block by block.
        template <class T>
        class blocks
        {
        public:
            blocks(dual_sweep& s, kernel_class<T> const& kernel, kept_operand<T> const* operands, int rank, const std::size_t* shape, bool every)
                : s_(s)
                , kernel_(kernel)
                , operands_(operands)
                , space_(rank, shape)
                , run_(*kernel.program, every, space_.total)
            {
                for (int j = 0; j < kernel.operands; ++j)
                    if (auto const& k = operands[j]; !kernel.operand[j].array)
                    {
                        const auto to = run_.room(j);
                        std::fill_n(to.v, run_.length(), k.scalar);
                        std::fill_n(to.d, run_.length(), k.id == record_log::no_id ? T(0) : s.tangent_of_number<T>(k.id));
                        run_.leaf(j, to.v, to.d);
                    }
                    else
                        run_.leaf(j, run_.zeros(), run_.zeros());
            }
            bool moves() const
            {
                bool any = false;
                for (int j = 0; j < kernel_.operands && !any; ++j)
                    if (auto const& k = operands_[j]; k.id != record_log::no_id)
                        any = kernel_.operand[j].array ? s_.tangent(k.id) != nullptr : s_.tangent_of_number<T>(k.id) != T(0);
                return any;
            }
            dual_blocks::space const& space() const
            {
                return space_;
            }
            dual_blocks::program<T>& run()
            {
                return run_;
            }
            const std::ptrdiff_t* strides(const std::ptrdiff_t* of) const
            {
                static constexpr std::ptrdiff_t none[] = {0};
                return single_element() ? none : of;
            }
            // f(first element, their number) for every block, after the values and tangents of all steps.
            template <class F>
            void each(F&& f)
            {
                for (std::size_t at = 0; at < space_.total; at += run_.length())
                {
                    const std::size_t n = std::min(run_.length(), space_.total - at);
                    for (int j = 0; j < kernel_.operands; ++j)
                        if (auto const& k = operands_[j]; kernel_.operand[j].array && (k.data != nullptr || k.id != record_log::no_id))
                        {
                            const auto room = run_.room(j);
                            const auto* t = k.id == record_log::no_id ? nullptr : s_.tangent(k.id);
                            // A copy of a part keeps no values.
                            const T* v = run_.zeros();
                            if (k.data != nullptr)
                                v = dual_blocks::gathered(space_, k.data, strides(k.packed ? k.strides + space_.rank : k.strides), at, n, room.v);
                            const T* d = run_.zeros();
                            if (t != nullptr)
                                d = dual_blocks::gathered(space_, const_cast<buffer*>(t)->template data<T>() + k.offset, strides(k.strides), at, n,
                                                          room.d);
                            run_.leaf(j, v, d);
                        }
                    run_.forward(n);
                    f(at, n);
                }
            }
            // Adjoints of all operands from that of the root: seed(first, n, to) fills in a block of them.
            template <class Seed>
            void reverse(Seed&& seed)
            {
                struct target
                {
                    dual_memory<T> memory;
                    bool add = false;
                    dual_number<T> sum;
                    bool arrived = false;
                };
                small_vector<target, 8> to;
                for (int j = 0; j < kernel_.operands; ++j)
                {
                    to.push_back({});
                    auto const& k = operands_[j];
                    if (kernel_.operand[j].array && kernel_.operand[j].active && k.id != record_log::no_id)
                        to.back().memory = s_.target<T>(k.id, k.covers, to.back().add);
                }
                each([&](std::size_t at, std::size_t n)
                    {
                        seed(at, n, run_.root_adjoint());
                        run_.reverse(n);
                        for (int j = 0; j < kernel_.operands; ++j)
                            deliver(to[static_cast<std::size_t>(j)], j, at, n);
                    });
                for (int j = 0; j < kernel_.operands; ++j)
                    if (auto const& t = to[static_cast<std::size_t>(j)]; t.arrived)
                        s_.add<T>(operands_[j].id, t.sum);
            }

        private:
            bool single_element() const
            {
                return space_.rank == 1 && space_.total == 1;
            }
            template <class Target>
            void deliver(Target& t, int j, std::size_t at, std::size_t n)
            {
                auto const& k = operands_[j];
                if (k.id == record_log::no_id || !kernel_.operand[j].active)
                    return;
                const auto a = run_.adjoint(j);
                if (!kernel_.operand[j].array)
                {
                    if (a.v == nullptr)
                        return;
                    t.arrived = true;
                    t.sum.v += dual_blocks::total(n, a.v);
                    t.sum.d += dual_blocks::total(n, a.d);
                    return;
                }
                const T* v = a.v != nullptr ? a.v : run_.zeros();
                const T* d = a.v != nullptr ? a.d : run_.zeros();
                dual_blocks::scattered(space_, t.memory.v + k.offset, strides(k.strides), at, n, v, t.add);
                dual_blocks::scattered(space_, t.memory.d + k.offset, strides(k.strides), at, n, d, t.add);
            }

            dual_sweep& s_;
            kernel_class<T> const& kernel_;
            kept_operand<T> const* operands_;
            dual_blocks::space space_;
            dual_blocks::program<T> run_;
        };
    }

    // ---- a fused kernel ----
    template <class T>
    void kernel_node<T>::forward_dual(dual_sweep& s) const
    {
        if (!s.read(id_space::array, out))
            return;
        blocks<T> b(s, *kernel, operands, rank, shape, true);
        if (!b.moves())
            return;
        auto t = zero_tangent<T>(s.log(), out);
        const bool add = t->size != b.space().total;
        const T scale = static_cast<T>(seed_scale);
        b.each([&](std::size_t at, std::size_t n)
            {
                // the root's own memory, unless the root is a leaf
                const auto from = b.run().root();
                const auto to = b.run().root_adjoint();
                dual_blocks::scaled(n, scale, from.d, to.d);
                dual_blocks::scattered(b.space(), t->template data<T>(), b.strides(seed_strides), at, n, static_cast<const T*>(to.d), add);
            });
        s.set_tangent(out, std::move(t));
    }
    template <class T>
    void kernel_node<T>::reverse_dual(dual_sweep& s) const
    {
        buffer_ptr v, d;
        if (!s.take(out, v, d))
            return;
        blocks<T> b(s, *kernel, operands, rank, shape, false);
        const T scale = static_cast<T>(seed_scale);
        b.reverse([&](std::size_t at, std::size_t n, block<T> to)
            {
                const auto get = [&](buffer& from, T* room)
                {
                    const T* p = dual_blocks::gathered(b.space(), from.template data<T>(), b.strides(seed_strides), at, n, room);
                    dual_blocks::scaled(dual_blocks::padded(n), scale, p, room);
                };
                get(*v, to.v);
                get(*d, to.d);
            });
    }

    // ---- a full reduction ----
    namespace
    {
        // d result / d element and its tangent, for a block of elements.
        template <class T>
        class weights
        {
        public:
            weights(kept_reduction<T> const& k, blocks<T>& b)
                : k_(k)
                , n_(static_cast<T>(b.space().total))
            {
                if (k.kind == reducer_kind::variance || k.kind == reducer_kind::stddev)
                {
                    sum(b, [](T v, T d) { return dual_number<T>{v, d}; });
                    total_.v /= n_;
                    total_.d /= n_;
                }
                else if (k.kind == reducer_kind::extremum)
                    sum(b, [&](T v, T) { return dual_number<T>{v == k.value || v != v ? T(1) : T(0), T(0)}; });
            }
            // Does the tangent of a weight contain that of the result?
            static bool reads_tangent(reducer_kind kind)
            {
                return kind == reducer_kind::norm_l2 || kind == reducer_kind::logsumexp || kind == reducer_kind::stddev;
            }
            // dy: of the result.
            dual_number<T> of(T e, T de, T dy) const
            {
                switch (k_.kind)
                {
                case reducer_kind::mean:
                    return {T(1) / n_, T(0)};
                case reducer_kind::norm_l1:
                    return {e > T(0) ? T(1) : e < T(0) ? T(-1) : e, T(0)};
                case reducer_kind::norm_sq:
                    return {2 * e, 2 * de};
                case reducer_kind::norm_l2:
                    return ratio(e, de, k_.value, dy);
                case reducer_kind::extremum:
                    return {e == k_.value || e != e ? T(1) / total_.v : T(0), T(0)};
                case reducer_kind::logsumexp:
                {
                    if (std::isinf(k_.value))
                        return {T(0), T(0)};
                    const T w = std::exp(e - k_.value);
                    return {w, w * (de - dy)};
                }
                case reducer_kind::variance:
                    return {2 * (e - total_.v) / n_, 2 * (de - total_.d) / n_};
                case reducer_kind::stddev:
                    return ratio(e - total_.v, de - total_.d, n_ * k_.value, n_ * dy);
                default:
                    return {T(1), T(0)};
                }
            }

        private:
            // a / b, and 0 at b = 0
            static dual_number<T> ratio(T a, T da, T b, T db)
            {
                if (b == T(0))
                    return {T(0), T(0)};
                const T q = a / b;
                return {q, (da - q * db) / b};
            }
            template <class F>
            void sum(blocks<T>& b, F&& f)
            {
                b.each([&](std::size_t, std::size_t n)
                    {
                        const auto e = b.run().root();
                        for (std::size_t i = 0; i < n; ++i)
                        {
                            const auto g = f(e.v[i], e.d[i]);
                            total_.v += g.v;
                            total_.d += g.d;
                        }
                    });
            }

            kept_reduction<T> const& k_;
            T n_;
            dual_number<T> total_{};
        };
        bool uniform(reducer_kind kind)
        {
            return kind == reducer_kind::sum || kind == reducer_kind::mean;
        }
    }
    template <class T>
    void reduction_node<T>::forward_dual(dual_sweep& s) const
    {
        auto const& k = *kept;
        if (!s.read(scalar_space<T>, out) && !weights<T>::reads_tangent(k.kind))
            return;
        blocks<T> b(s, *k.kernel, k.operands, k.rank, k.shape, true);
        if (!b.moves())
            return;
        const weights<T> w(k, b);
        T dy = 0;
        b.each([&](std::size_t, std::size_t n)
            {
                const auto e = b.run().root();
                if (uniform(k.kind))
                    dy += dual_blocks::total(n, e.d);
                else
                    for (std::size_t i = 0; i < n; ++i)
                        if (e.d[i] != T(0))
                            dy += w.of(e.v[i], T(0), T(0)).v * e.d[i];
            });
        if (k.kind == reducer_kind::mean)
            dy /= static_cast<T>(b.space().total);
        s.tangent_of_number<T>(out) = k.scale * dy;
    }
    template <class T>
    void reduction_node<T>::reverse_dual(dual_sweep& s) const
    {
        dual_number<T> g;
        if (!s.arrived<T>(out, g))
            return;
        auto const& k = *kept;
        blocks<T> b(s, *k.kernel, k.operands, k.rank, k.shape, !uniform(k.kind));
        g.v *= k.scale;
        g.d *= k.scale;
        if (uniform(k.kind))
        {
            const T n = k.kind == reducer_kind::mean ? static_cast<T>(b.space().total) : T(1);
            const dual_number<T> seed{g.v / n, g.d / n};
            // the same for every block
            return b.reverse([&](std::size_t at, std::size_t, block<T> to)
                {
                    if (at == 0)
                        fill(to, b.run().length(), seed);
                });
        }
        const weights<T> w(k, b);
        const T dy = k.scale == T(0) ? T(0) : s.tangent_of_number<T>(out) / k.scale;
        b.reverse([&](std::size_t, std::size_t n, block<T> to)
            {
                const auto e = b.run().root();
                fill(to, n, {});
                for (std::size_t i = 0; i < n; ++i)
                {
                    const auto one = w.of(e.v[i], e.d[i], dy);
                    to.v[i] = g.v * one.v;
                    to.d[i] = g.d * one.v + g.v * one.d;
                }
            });
    }

#define ETAPE_DUAL_NODES(NODE)                                                                                       \
    template void NODE<double>::forward_dual(dual_sweep&) const;                                                     \
    template void NODE<float>::forward_dual(dual_sweep&) const;                                                      \
    template void NODE<double>::reverse_dual(dual_sweep&) const;                                                     \
    template void NODE<float>::reverse_dual(dual_sweep&) const;
    ETAPE_DUAL_NODES(kernel_node)
    ETAPE_DUAL_NODES(reduction_node)
#undef ETAPE_DUAL_NODES
}
