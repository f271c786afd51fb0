// SPDX-License-Identifier: BSL-1.0
// Derivatives of derivatives of the tape's statements: their adjoints and tangents as active values.
#include <algorithm>
#include <cmath>

#include <etape/array/pack.hpp>
#include <etape/core/error.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>

#include "explain_words.hpp"
#include "primitive_memory.hpp"
#include "reduction_weights.hpp"
#include "replay.hpp"

namespace etape
{
    namespace
    {
        struct extents
        {
            int rank = 0;
            std::size_t shape[max_rank];
            extents() = default;
            extents(const std::size_t* s, int r)
                : rank(r)
            {
                std::copy_n(s, r, shape);
            }
            // A copy: what is recorded meanwhile moves the slots.
            extents(record_log const& log, std::uint32_t id)
                : extents(log.arrays[id].shape, log.arrays[id].rank)
            {
            }
            friend bool operator==(extents const& a, extents const& b)
            {
                return a.rank == b.rank && std::equal(a.shape, a.shape + a.rank, b.shape);
            }
            std::size_t size() const
            {
                std::size_t n = 1;
                for (int k = 0; k < rank; ++k)
                    n *= shape[k];
                return n;
            }
        };

        // The loop of a kernel and its operands. Arrays that all have one shape and are walked in order keep that shape;
        // otherwise everything is brought into the shape of the loop, and back.
        template <class T>
        class kernel_loop
        {
        public:
            kernel_loop(record_log& log, kernel_class<T> const& kernel, kept_operand<T> const* operands, int rank, const std::size_t* shape)
                : log_(log)
                , kernel_(kernel)
                , operands_(operands)
                , loop_(shape, rank)
            {
                for (int j = 0; j < kernel.operands; ++j)
                    if (known(j))
                        align(array_of(j), operands[j].strides, operands[j].offset);
            }
            // The result takes part, too.
            void result(std::uint32_t id, const std::ptrdiff_t* strides)
            {
                align(extents(log_, id), strides, 0);
            }
            extents const& shape() const
            {
                return aligned_ && any_ ? common_ : loop_;
            }

            active into(active const& a, const std::ptrdiff_t* strides, std::ptrdiff_t offset) const
            {
                return aligned_ ? a : primitive::gather(a, window(strides, offset));
            }
            active out_of(active const& a, const std::ptrdiff_t* strides, std::ptrdiff_t offset, extents const& to) const
            {
                return aligned_ ? a : primitive::scatter(a, window(strides, offset), to.shape, to.rank);
            }

            std::vector<active> leaves() const
            {
                std::vector<active> all(static_cast<std::size_t>(kernel_.operands));
                for (int j = 0; j < kernel_.operands; ++j)
                {
                    auto const& k = operands_[j];
                    auto& to = all[static_cast<std::size_t>(j)];
                    to = primitive::of_number(static_cast<double>(k.scalar), k.id, primitive::is_float<T>);
                    if (!kernel_.operand[j].array)
                        continue;
                    to.id = record_log::no_id;
                    if (k.keep == nullptr)
                        continue;
                    to = primitive::constant(buffer_ptr::share(k.keep), primitive::is_float<T>);
                    to.id = k.id;
                    to = into(to, k.strides, k.offset);
                }
                return all;
            }
            void deliver(active_sweep& s, std::vector<replay::adjoint_of_leaf> const& adjoints) const
            {
                for (int j = 0; j < kernel_.operands; ++j)
                {
                    auto const& k = operands_[j];
                    auto const& a = adjoints[static_cast<std::size_t>(j)];
                    if (!a.present || k.id == record_log::no_id || !kernel_.operand[j].active)
                        continue;
                    if (kernel_.operand[j].array && aligned_)
                        s.add(id_space::array, k.id, a.value);
                    else if (const extents to = kernel_.operand[j].array ? extents(log_, k.id) : extents(); kernel_.operand[j].array)
                        s.add_part(k.id, window(k.strides, k.offset), a.value, to.shape, to.rank);
                    else
                        s.add(scalar_space<T>, k.id, primitive::sum(a.value, shape().shape, shape().rank));
                }
            }
            // False when nothing moves.
            bool tangents(forward_state const& level, std::vector<active>& t, std::vector<bool>& moves) const
            {
                const auto n = static_cast<std::size_t>(kernel_.operands);
                t.assign(n, primitive::constant(0, primitive::is_float<T>));
                moves.assign(n, false);
                bool any = false;
                for (std::size_t j = 0; j < n; ++j)
                {
                    auto const& k = operands_[j];
                    const bool array = kernel_.operand[j].array;
                    if (k.id == record_log::no_id || !level.find(array ? id_space::array : scalar_space<T>, k.id, t[j]))
                        continue;
                    if (array)
                        t[j] = into(t[j], k.strides, k.offset);
                    moves[j] = any = true;
                }
                return any;
            }

        private:
            bool known(int j) const
            {
                return kernel_.operand[j].array && (operands_[j].keep != nullptr || operands_[j].id != record_log::no_id);
            }
            extents array_of(int j) const
            {
                auto const& k = operands_[j];
                return k.keep != nullptr ? extents(k.keep->shape, k.keep->rank) : extents(log_, k.id);
            }
            void align(extents const& e, const std::ptrdiff_t* strides, std::ptrdiff_t offset)
            {
                std::ptrdiff_t step = 1;
                bool in_order = offset == 0;
                for (int k = loop_.rank - 1; k >= 0 && in_order; --k)
                {
                    in_order = loop_.shape[k] == 1 || strides[k] == step;
                    step *= static_cast<std::ptrdiff_t>(loop_.shape[k]);
                }
                aligned_ = aligned_ && in_order && static_cast<std::size_t>(step) == e.size() && (!any_ || common_ == e);
                common_ = e;
                any_ = true;
            }
            window_layout window(const std::ptrdiff_t* strides, std::ptrdiff_t offset) const
            {
                window_layout w;
                w.rank = loop_.rank;
                std::copy_n(loop_.shape, loop_.rank, w.shape);
                std::copy_n(strides, loop_.rank, w.strides);
                w.offset = offset;
                return w;
            }

            record_log& log_;
            kernel_class<T> const& kernel_;
            kept_operand<T> const* operands_;
            extents loop_, common_;
            bool aligned_ = true, any_ = false;
        };

        active scaled(active const& a, double by)
        {
            return by == 1 ? a : primitive::multiply(a, primitive::constant(by, a.single));
        }
    }

    // ---- a fused kernel ----
    template <class T>
    void kernel_node<T>::reverse_active(active_sweep& s) const
    {
        active g;
        if (!s.take(id_space::array, out, g))
            return;
        kernel_loop<T> l(s.log(), *kernel, operands, rank, shape);
        l.result(out, seed_strides);
        g = scaled(l.into(g, seed_strides, 0), seed_scale);
        active root;
        if (result_values != nullptr)
        {
            root = primitive::constant(buffer_ptr::share(result_values), primitive::is_float<T>);
            root.id = out;
            root = l.into(root, seed_strides, 0);
        }
        const auto values = replay::evaluate(*kernel->program, l.leaves().data(), replay::values::needed, result_values != nullptr ? &root : nullptr);
        l.deliver(s, replay::reverse(*kernel->program, values, g));
    }
    template <class T>
    void kernel_node<T>::forward_active(forward_state& level) const
    {
        auto& log = *runtime::thread.log;
        kernel_loop<T> l(log, *kernel, operands, rank, shape);
        l.result(out, seed_strides);
        std::vector<active> t;
        std::vector<bool> moves;
        if (!l.tangents(level, t, moves))
            return;
        const auto values = replay::evaluate(*kernel->program, l.leaves().data(), replay::values::all);
        const auto d = scaled(replay::forward(*kernel->program, values, t.data(), moves), seed_scale);
        level.set(id_space::array, out, l.out_of(d, seed_strides, 0, extents(log, out)));
    }

    // ---- a full reduction ----
    namespace
    {
        template <class T>
        kept_reduction<T> const& kept_of(reduction_node<T> const& n)
        {
            if (n.kept == nullptr)
                replay::refuse_unkept(std::string("'") + n.name + "'" + explaining::at(n.where));
            return *n.kept;
        }
    }
    template <class T>
    void reduction_node<T>::reverse_active(active_sweep& s) const
    {
        active g;
        if (!s.take(scalar_space<T>, out, g))
            return;
        auto const& k = kept_of(*this);
        const kernel_loop<T> l(s.log(), *k.kernel, k.operands, k.rank, k.shape);
        const auto values = replay::evaluate(*k.kernel->program, l.leaves().data(), replay::values::all);
        const auto w = reduction_weights(k.kind, values.back(), static_cast<double>(k.value), l.shape().shape, l.shape().rank);
        l.deliver(s, replay::reverse(*k.kernel->program, values, primitive::multiply(scaled(g, static_cast<double>(k.scale)), w)));
    }
    template <class T>
    void reduction_node<T>::forward_active(forward_state& level) const
    {
        auto const& k = kept_of(*this);
        const kernel_loop<T> l(*runtime::thread.log, *k.kernel, k.operands, k.rank, k.shape);
        std::vector<active> t;
        std::vector<bool> moves;
        if (!l.tangents(level, t, moves))
            return;
        const auto values = replay::evaluate(*k.kernel->program, l.leaves().data(), replay::values::all);
        const auto w = reduction_weights(k.kind, values.back(), static_cast<double>(k.value), l.shape().shape, l.shape().rank);
        const auto d = primitive::multiply(w, replay::forward(*k.kernel->program, values, t.data(), moves));
        level.set(scalar_space<T>, out, scaled(primitive::sum(d, l.shape().shape, l.shape().rank), static_cast<double>(k.scale)));
    }

    // ---- elements and packs ----
    namespace
    {
        // The elements of an array as numbers with identities.
        template <class T>
        std::vector<active> elements_of(active const& a, std::size_t n)
        {
            std::vector<active> all(n, a);
            if (a.is_number())
                return all;
            std::uint32_t first = record_log::no_id;
            if (a.tracked() && runtime::thread.recording)
                first = runtime::element_range<T>(*runtime::thread.log, a.id, *a.values);
            for (std::size_t i = 0; i < n; ++i)
                all[i] = primitive::of_number(static_cast<double>(a.values->template data<T>()[i]),
                                              first == record_log::no_id ? first : first + static_cast<std::uint32_t>(i), primitive::is_float<T>);
            return all;
        }
    }
    template <class T>
    void elements_node<T>::reverse_active(active_sweep& s) const
    {
        std::vector<active> g(count, primitive::constant(0, primitive::is_float<T>));
        std::size_t present = 0, last = 0;
        for (std::uint32_t i = 0; i < count; ++i)
            if (s.take(scalar_space<T>, first + i, g[i]))
            {
                ++present;
                last = i;
            }
        if (present == 0)
            return;
        const extents e(s.log(), array);
        if (present > 1)
            return s.add(id_space::array, array, primitive::pack(g.data(), e.shape, e.rank));
        window_layout one;
        one.offset = static_cast<std::ptrdiff_t>(offset + last);
        s.add_part(array, one, g[last], e.shape, e.rank);
    }
    template <class T>
    void elements_node<T>::forward_active(forward_state& level) const
    {
        active t;
        if (!level.find(id_space::array, array, t))
            return;
        if (!whole)
            return level.set(scalar_space<T>, first, t.is_number() ? t : primitive::element(t, offset));
        const auto all = elements_of<T>(t, count);
        for (std::uint32_t i = 0; i < count; ++i)
            level.set(scalar_space<T>, first + i, all[i]);
    }
    template <class T>
    void pack_node<T>::reverse_active(active_sweep& s) const
    {
        active g;
        if (!s.take(id_space::array, out, g))
            return;
        const auto all = elements_of<T>(g, count);
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
                s.add(scalar_space<T>, ids[i], all[i]);
    }
    template <class T>
    void pack_node<T>::forward_active(forward_state& level) const
    {
        std::vector<active> t(count, primitive::constant(0, primitive::is_float<T>));
        bool moves = false;
        for (std::uint32_t i = 0; i < count; ++i)
            moves = (ids[i] != record_log::no_id && level.find(scalar_space<T>, ids[i], t[i])) || moves;
        if (!moves)
            return;
        const extents e(*runtime::thread.log, out);
        level.set(id_space::array, out, primitive::pack(t.data(), e.shape, e.rank));
    }

    // ---- assignment into a part ----
    namespace
    {
        template <class T>
        window_layout window_of(assign_node<T> const& n)
        {
            window_layout w;
            w.rank = n.rank;
            std::copy_n(n.shape, n.rank, w.shape);
            std::copy_n(n.strides, n.rank, w.strides);
            w.offset = n.offset;
            return w;
        }
    }
    template <class T>
    void assign_node<T>::reverse_active(active_sweep& s) const
    {
        active g;
        if (!s.take(id_space::array, out, g))
            return;
        const auto w = window_of(*this);
        if (value != record_log::no_id)
        {
            const extents e(s.log(), value);
            auto part = primitive::gather(g, w);
            s.add(id_space::array, value, part.is_number() ? part : primitive::reshape(part, e.shape, e.rank));
        }
        if (before != record_log::no_id)
        {
            const extents e(s.log(), before);
            s.add(id_space::array, before, primitive::with_part(std::move(g), w, primitive::constant(0, primitive::is_float<T>), e.shape, e.rank));
        }
    }
    template <class T>
    void assign_node<T>::forward_active(forward_state& level) const
    {
        active old = primitive::constant(0, primitive::is_float<T>), part = old;
        const bool kept = before != record_log::no_id && level.find(id_space::array, before, old);
        if (kept && in_place && before != value && !old.is_number())
            level.take_array(before);
        const bool put = value != record_log::no_id && level.find(id_space::array, value, part);
        if (!kept && !put)
            return;
        const auto w = window_of(*this);
        const extents e(*runtime::thread.log, out);
        level.set(id_space::array, out, primitive::with_part(std::move(old), w, part, e.shape, e.rank));
    }

    // ---- change of type ----
    template <class From, class To>
    void convert_node<From, To>::reverse_active(active_sweep& s) const
    {
        active g;
        if (s.take(arrays ? id_space::array : scalar_space<To>, out, g))
            s.add(arrays ? id_space::array : scalar_space<From>, in, primitive::convert(g, primitive::is_float<From>));
    }
    template <class From, class To>
    void convert_node<From, To>::forward_active(forward_state& level) const
    {
        active t;
        if (level.find(arrays ? id_space::array : scalar_space<From>, in, t))
            level.set(arrays ? id_space::array : scalar_space<To>, out, primitive::convert(t, primitive::is_float<To>));
    }

#define ETAPE_ACTIVE_NODES(T)                                                                                        \
    template void kernel_node<T>::reverse_active(active_sweep&) const;                                               \
    template void kernel_node<T>::forward_active(forward_state&) const;                                              \
    template void reduction_node<T>::reverse_active(active_sweep&) const;                                            \
    template void reduction_node<T>::forward_active(forward_state&) const;                                           \
    template void elements_node<T>::reverse_active(active_sweep&) const;                                             \
    template void elements_node<T>::forward_active(forward_state&) const;                                            \
    template void pack_node<T>::reverse_active(active_sweep&) const;                                                 \
    template void pack_node<T>::forward_active(forward_state&) const;                                                \
    template void assign_node<T>::reverse_active(active_sweep&) const;                                               \
    template void assign_node<T>::forward_active(forward_state&) const;
    ETAPE_ACTIVE_NODES(double)
    ETAPE_ACTIVE_NODES(float)
#undef ETAPE_ACTIVE_NODES
    template void convert_node<double, float>::reverse_active(active_sweep&) const;
    template void convert_node<double, float>::forward_active(forward_state&) const;
    template void convert_node<float, double>::reverse_active(active_sweep&) const;
    template void convert_node<float, double>::forward_active(forward_state&) const;
}
