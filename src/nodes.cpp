// SPDX-License-Identifier: BSL-1.0
// Reverse passes of the statements on arrays.
#include <etape/tape/array_nodes.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "packed_part.hpp"

namespace etape
{
    namespace
    {
        constexpr std::size_t few = 16;  // operands for which the stack serves

        // A scalar adjoint that arrived; -0.0 is ambiguous and decided by structure.
        template <class T>
        bool arrived(sweep& s, std::uint32_t id, T a)
        {
            return !sweep::untouched(a) || s.reaches(scalar_space<T>, id);
        }
    }

    void kept_memory::add(buffer const* b)
    {
        if (b == nullptr)
            return;
        const buffer* memory = b->parent != nullptr ? b->parent : b;
        if (!b->borrowed && !memory->borrowed && seen_.insert(memory).second)
            bytes_ += memory->bytes;
    }
    void node::list_kept(kept_memory&) const
    {
    }

    // ---- a fused kernel ----
    template <class T>
    kernel_node<T>::~kernel_node()
    {
        // Without a look at the operands, which are no longer in the cache, where there is nothing to release.
        if (holds)
            for (int j = 0; j < kernel->operands; ++j)
            {
                buffer_ptr::release(operands[j].keep);
                release_origin(operands[j].why);
            }
        buffer_ptr::release(result_values);
    }

    template <class T>
    void kernel_node<T>::reverse(sweep& s) const
    {
        adjoint a;
        if (s.take(out, a))
            pull(s, a.kind == adjoint_kind::dense ? a.values->template data<T>() : nullptr, seed_strides, a.factor);
    }
    template <class T>
    void kernel_node<T>::pull(sweep& s, const T* seed, const std::ptrdiff_t* strides, double factor) const
    {
        const int n = kernel->operands;
        // Raw memory: only the operands that there are get a value.
        using given = kernel_args::operand<T>;
        alignas(given) std::array<std::byte, few * sizeof(given)> small;
        std::vector<given> large;
        auto* ops = reinterpret_cast<given*>(small.data());
        if (static_cast<std::size_t>(n) > few)
        {
            large.resize(static_cast<std::size_t>(n));
            ops = large.data();
        }
        kernel_args::loop<T> l;
        bool any = false, packed = false;
        std::uint32_t last = record_log::no_id;  // operands that are one array follow each other in most kernels
        T* adjoint_of_last = nullptr;
        for (int j = 0; j < n; ++j)
        {
            auto const& k = operands[j];
            auto const& c = kernel->operand[j];
            auto& o = *new (ops + j) given;
            o.data = k.data;
            o.strides = k.strides;
            o.scalar = k.scalar;
            packed = packed || k.packed;
            if (!c.active || k.id == record_log::no_id)
                continue;
            any = true;
            if (!c.array)
                continue;
            if (k.id == last)
                o.add = true;
            else
            {
                adjoint_of_last = s.template target<T>(k.id, k.covers, o.add);
                last = k.id;
            }
            o.adjoint = adjoint_of_last + k.offset;
        }
        if (!any)
            return;
        l.rank = rank;
        l.shape = shape;
        l.operands = ops;
        l.unit = unit;
        l.seed_factor = static_cast<T>(factor * seed_scale);
        l.seed = seed;
        l.seed_strides = strides;
        if (result_values != nullptr)
        {
            l.result = result_values->template data<T>();
            l.result_strides = seed_strides;
        }
        if (packed) [[unlikely]]
            pull_packed(l);
        else if (!shifted || !reverse_apart(l))
            kernel->reverse(l);
        for (int j = 0; j < n; ++j)
            if (auto const& k = operands[j]; !kernel->operand[j].array && kernel->operand[j].active && k.id != record_log::no_id)
                s.add_scalar(k.id, ops[j].scalar_adjoint);
    }

    // Each element goes where it is in the array: adjoints lie there, and kernels go through both with the same strides. What is between
    // the elements is neither written nor read.
    template <class T>
    void kernel_node<T>::pull_packed(kernel_args::loop<T>& l) const
    {
        std::size_t total = 0;
        std::ptrdiff_t first = 0;
        for (int j = 0; j < kernel->operands; ++j)
            if (auto const& k = operands[j]; k.packed)
                total += packed_part::span(rank, shape, k.strides, first);
        const auto memory = make_buffer<T>(&total, 1);
        T* free = memory->template data<T>();
        for (int j = 0; j < kernel->operands; ++j)
        {
            auto const& k = operands[j];
            if (!k.packed)
                continue;
            const std::size_t span = packed_part::span(rank, shape, k.strides, first);
            T* at = free - first;
            packed_part::each(rank, shape, k.strides, k.strides + rank, [&](std::ptrdiff_t in_array, std::ptrdiff_t in_copy) { at[in_array] = k.data[in_copy]; });
            l.operands[j].data = at;
            free += span;
        }
        if (!shifted || !reverse_apart(l))
            kernel->reverse(l);
    }

    template <class T>
    std::size_t kernel_node<T>::edge_count() const
    {
        std::size_t n = 0;
        for (int j = 0; j < kernel->operands; ++j)
            n += operands[j].id != record_log::no_id;
        return n;
    }
    template <class T>
    void kernel_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        for (int j = 0; j < kernel->operands; ++j)
        {
            auto const& k = operands[j];
            auto const& c = kernel->operand[j];
            if (k.id == record_log::no_id && k.tag == 0 && k.why == nullptr && k.keep == nullptr)
                continue;
            edge e;
            e.space = c.array ? id_space::array : scalar_space<T>;
            e.id = k.id;
            e.tracked = k.id != record_log::no_id;
            e.paths = c.paths;
            e.cut = c.cut;
            e.tag = k.tag;
            e.why = k.why;
            e.values = k.keep;
            to.push_back(e);
        }
    }
    template <class T>
    void kernel_node<T>::list_kept(kept_memory& to) const
    {
        to.add(result_values);
        for (int j = 0; j < kernel->operands; ++j)
            to.add(operands[j].keep);
    }

    // ---- a full reduction ----
    template <class T>
    reduction_node<T>::~reduction_node()
    {
        for (int j = 0; j < count; ++j)
        {
            buffer_ptr::release(partials[j].values);
            release_origin(partials[j].why);
        }
        for (int j = 0; kept != nullptr && j < kept->kernel->operands; ++j)
        {
            buffer_ptr::release(kept->operands[j].keep);
            release_origin(kept->operands[j].why);
        }
    }
    namespace
    {
        // Elements outside of the part that was read have a slope of 0, which an infinite adjoint must not turn into NaN.
        template <class T>
        buffer_ptr scaled_where_read(buffer const& slopes, T factor)
        {
            auto scaled = make_buffer_like<T>(slopes);
            const T* from = slopes.template data<T>();
            std::transform(from, from + slopes.size, scaled->template data<T>(), [&](T p) { return p == T(0) ? T(0) : p * factor; });
            return scaled;
        }
    }

    template <class T>
    void reduction_node<T>::reverse(sweep& s) const
    {
        const T g = s.template scalars<T>()[out];
        if (!arrived(s, out, g))
            return;
        const double f = static_cast<double>(g) * factor;
        for (int j = 0; j < count; ++j)
        {
            auto& p = partials[j];
            if (p.id == record_log::no_id || (p.paths & 1u) == 0)
                continue;
            // An adjoint of 0 passes 0, also through a slope that is infinite or NaN.
            if (!p.array)
                s.add_scalar(p.id, g == T(0) ? T(0) : static_cast<T>(f * p.scalar));
            else if (g == T(0))
                s.template contribute_constant<T>(p.id, 0);
            else if (p.values == nullptr)
                s.template contribute_constant<T>(p.id, f * p.scalar);
            else if (!std::isfinite(f)) [[unlikely]]
                s.template contribute<T>(p.id, scaled_where_read<T>(*p.values, static_cast<T>(f)), 1);
            else if (s.consuming())
                s.template contribute<T>(p.id, buffer_ptr(std::exchange(p.values, nullptr)), f);
            else
                s.template contribute<T>(p.id, buffer_ptr::share(p.values), f);
        }
    }
    template <class T>
    std::size_t reduction_node<T>::edge_count() const
    {
        std::size_t n = 0;
        for (int j = 0; j < count; ++j)
            n += partials[j].id != record_log::no_id;
        return n;
    }
    template <class T>
    void reduction_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        for (int j = 0; j < count; ++j)
        {
            auto const& p = partials[j];
            if (p.id == record_log::no_id && p.tag == 0 && p.why == nullptr)
                continue;
            edge e;
            e.space = p.array ? id_space::array : scalar_space<T>;
            e.id = p.id;
            e.tracked = p.id != record_log::no_id;
            e.paths = p.paths;
            e.cut = p.cut;
            e.tag = p.tag;
            e.why = p.why;
            to.push_back(e);
        }
    }
    template <class T>
    void reduction_node<T>::list_kept(kept_memory& to) const
    {
        for (int j = 0; j < count; ++j)
            to.add(partials[j].values);
        for (int j = 0; kept != nullptr && j < kept->kernel->operands; ++j)
            to.add(kept->operands[j].keep);
    }

    // ---- elements and packs ----
    template <class T>
    void elements_node<T>::reverse(sweep& s) const
    {
        const T* from = s.template scalars<T>() + first;
        bool any = false;
        for (std::uint32_t i = 0; i < count && !any; ++i)
            any = !sweep::untouched(from[i]);
        for (std::uint32_t i = 0; i < count && !any; ++i)
            any = s.reaches(scalar_space<T>, first + i);
        if (!any)
            return;
        bool add = false;
        T* to = s.template target<T>(array, whole, add) + offset;
        for (std::uint32_t i = 0; i < count; ++i)
            to[i] = (add ? to[i] : T(0)) + from[i];
    }
    template <class T>
    void elements_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        edge e;
        e.id = array;
        to.push_back(e);
    }

    template <class T>
    void pack_node<T>::reverse(sweep& s) const
    {
        adjoint a;
        if (!s.take(out, a))
            return;
        if (a.kind == adjoint_kind::constant)
        {
            for (std::uint32_t i = 0; i < count; ++i)
                if (ids[i] != record_log::no_id)
                    s.add_scalar(ids[i], static_cast<T>(a.factor));
            return;
        }
        const T f = static_cast<T>(a.factor);
        const T* from = a.values->template data<T>();
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
                s.add_scalar(ids[i], f * from[i]);
    }
    template <class T>
    void pack_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
            {
                edge e;
                e.space = scalar_space<T>;
                e.id = ids[i];
                to.push_back(e);
            }
    }

    // ---- assignment into a part ----
    namespace
    {
        // f(offset in the array, running index in the window, row-major)
        template <class F>
        void each_element(int rank, const std::size_t* shape, const std::ptrdiff_t* strides, std::ptrdiff_t offset, F&& f)
        {
            std::size_t total = 1;
            for (int k = 0; k < rank; ++k)
                total *= shape[k];
            std::size_t index[max_rank] = {};
            for (std::size_t i = 0; i < total; ++i)
            {
                f(offset, i);
                for (int k = rank - 1; k >= 0; --k)
                {
                    if (++index[k] < shape[k])
                    {
                        offset += strides[k];
                        break;
                    }
                    index[k] = 0;
                    offset -= strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
                }
            }
        }
    }
    template <class T>
    void assign_node<T>::reverse(sweep& s) const
    {
        adjoint a;
        if (!s.take(out, a))
            return;
        auto g = s.template dense<T>(a, out);
        if (value != record_log::no_id)
        {
            bool add = false;
            T* to = s.template target<T>(value, true, add);
            const T* from = g->template data<T>();
            each_element(rank, shape, strides, offset, [&](std::ptrdiff_t at, std::size_t i)
                { to[i] = add ? to[i] + from[at] : from[at]; });
        }
        if (before == record_log::no_id)
            return;
        // The rest goes to the version before; the window was overwritten and passes nothing.
        a.values = buffer_ptr();
        if (!g.sole())
        {
            auto fresh = make_buffer_like<T>(*g);
            std::copy_n(g->template data<T>(), g->size, fresh->template data<T>());
            g = std::move(fresh);
        }
        T* p = g->template data<T>();
        each_element(rank, shape, strides, offset, [&](std::ptrdiff_t at, std::size_t) { p[at] = T(0); });
        s.template contribute<T>(before, std::move(g), 1);
    }
    template <class T>
    void assign_node<T>::edges(std::size_t, std::vector<edge>& to) const
    {
        for (auto id : {before, value})
            if (id != record_log::no_id)
            {
                edge e;
                e.id = id;
                to.push_back(e);
            }
        if (tag != 0 || why != nullptr)
        {
            edge e;
            e.id = record_log::no_id;
            e.tracked = false;
            e.tag = tag;
            e.why = why;
            to.push_back(e);
        }
    }

    // ---- change of type ----
    template <class From, class To>
    void convert_node<From, To>::reverse(sweep& s) const
    {
        if (!arrays)
        {
            const To g = s.template scalars<To>()[out];
            if (arrived(s, out, g))
                s.add_scalar(in, static_cast<From>(g));
            return;
        }
        adjoint a;
        if (!s.take(out, a))
            return;
        if (a.kind == adjoint_kind::constant)
            return s.template contribute_constant<From>(in, a.factor);
        bool add = false;
        From* to = s.template target<From>(in, true, add);
        const To* from = a.values->template data<To>();
        for (std::size_t i = 0; i < a.values->size; ++i)
        {
            const From g = static_cast<From>(a.factor) * static_cast<From>(from[i]);
            to[i] = add ? to[i] + g : g;
        }
    }
    template <class From, class To>
    void convert_node<From, To>::edges(std::size_t, std::vector<edge>& to) const
    {
        edge e;
        e.space = arrays ? id_space::array : scalar_space<From>;
        e.id = in;
        to.push_back(e);
    }

    template struct kernel_node<double>;
    template struct kernel_node<float>;
    template struct reduction_node<double>;
    template struct reduction_node<float>;
    template struct elements_node<double>;
    template struct elements_node<float>;
    template struct pack_node<double>;
    template struct pack_node<float>;
    template struct assign_node<double>;
    template struct assign_node<float>;
    template struct convert_node<double, float>;
    template struct convert_node<float, double>;
}
