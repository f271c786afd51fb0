// SPDX-License-Identifier: BSL-1.0
// Primitive statements on windows of arrays: gather, scatter, another part in a window, other shapes.
#include <etape/tape/primitive.hpp>

#include <algorithm>

#include <etape/array/update.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>

#include "primitive_memory.hpp"

namespace etape::primitive
{
    namespace
    {
        // f(position in the array, running number in the window)
        template <class F>
        void each_position(window_layout const& w, F&& f)
        {
            const std::size_t total = w.size();
            std::size_t index[max_rank] = {};
            std::ptrdiff_t at = w.offset;
            const int inner = w.rank - 1;
            for (std::size_t i = 0; i < total;)
            {
                if (inner < 0)
                {
                    f(at, i);
                    return;
                }
                for (std::size_t k = 0; k < w.shape[inner]; ++k)
                    f(at + static_cast<std::ptrdiff_t>(k) * w.strides[inner], i + k);
                i += w.shape[inner];
                for (int k = inner - 1; k >= 0; --k)
                {
                    at += w.strides[k];
                    if (++index[k] < w.shape[k])
                        break;
                    at -= w.strides[k] * static_cast<std::ptrdiff_t>(w.shape[k]);
                    index[k] = 0;
                }
            }
        }
        // The elements of an array of n, each once and in order?
        bool in_order(window_layout const& w, std::size_t n)
        {
            std::ptrdiff_t step = 1;
            for (int k = w.rank - 1; k >= 0; --k)
            {
                if (w.shape[k] != 1 && w.strides[k] != step)
                    return false;
                step *= static_cast<std::ptrdiff_t>(w.shape[k]);
            }
            return w.offset == 0 && static_cast<std::size_t>(step) == n;
        }
        bool same_shape(buffer const& b, const std::size_t* shape, int rank)
        {
            return b.rank == rank && std::equal(shape, shape + rank, b.shape);
        }
        // In place of an operand whose values are not needed: it stays an array.
        buffer_ptr no_values(bool single)
        {
            static thread_local const buffer_ptr none[] = {make_buffer<double>(nullptr, 0), make_buffer<float>(nullptr, 0)};
            return none[single];
        }
        // The same memory as another array.
        buffer_ptr alias(active const& a, const std::size_t* shape, int rank)
        {
            auto b = in_precision(a.single, [&](auto t) { return make_alias<decltype(t)>(*a.values); });
            b->rank = static_cast<std::uint8_t>(rank);
            std::copy_n(shape, rank, b->shape);
            dense_strides(*b);
            return b;
        }

        struct gather_node final : primitive_node
        {
            window_layout window;
            int rank;
            std::size_t shape[max_rank];  // of the operand
            gather_node(window_layout const& w, buffer const& from)
                : window(w)
                , rank(from.rank)
            {
                std::copy_n(from.shape, rank, shape);
            }
            // Its values are of no use, and kept they would have to be copied when the array is written.
            void forget_operands()
            {
                in[0].values = no_values(in[0].single);
            }
            active pull(int, active const& g) const override
            {
                return scatter(g, window, shape, rank);
            }
            void reverse_active(active_sweep& s) const override
            {
                active g;
                if (s.take(out.space(), out.id, g))
                    s.add_part(in[0].id, window, g, shape, rank);
            }
            active push(active const* tangents) const override
            {
                return gather(tangents[0], window);
            }
        };
        struct scatter_node final : primitive_node
        {
            window_layout window;
            explicit scatter_node(window_layout const& w)
                : window(w)
            {
            }
            active pull(int, active const& g) const override
            {
                return gather(g, window);
            }
            active push(active const* tangents) const override
            {
                return scatter(tangents[0], window, out.values->shape, out.values->rank);
            }
        };
        struct broadcast_node final : primitive_node
        {
            active pull(int, active const& g) const override
            {
                return sum(g, out.values->shape, out.values->rank);
            }
            active push(active const* tangents) const override
            {
                return tangents[0];
            }
        };
    }

    active gather(active const& a, window_layout const& w)
    {
        if (a.is_number())
            return a;
        if (in_order(w, a.values->size))
            return reshape(a, w.shape, w.rank);
        auto out = fresh(a.single, w.shape, w.rank);
        in_precision(a.single, [&](auto t)
            {
                using T = decltype(t);
                const T* from = a.values->data<T>();
                T* to = out->data<T>();
                each_position(w, [&](std::ptrdiff_t at, std::size_t i) { to[i] = from[at]; });
            });
        return record<gather_node>(constant(std::move(out), a.single), "gather", {&a}, w, *a.values);
    }

    active scatter(active const& given, window_layout const& w, const std::size_t* shape, int rank)
    {
        const auto a = reshape(given, w.shape, w.rank);
        std::size_t n = 1;
        for (int k = 0; k < rank; ++k)
            n *= shape[k];
        if (in_order(w, n))
            return reshape(a, shape, rank);
        auto out = fresh(a.single, shape, rank);
        in_precision(a.single, [&](auto t)
            {
                using T = decltype(t);
                const T* from = a.values->data<T>();
                T* to = out->data<T>();
                std::fill_n(to, out->size, T(0));
                each_position(w, [&](std::ptrdiff_t at, std::size_t i) { to[at] += from[i]; });
            });
        return record<scatter_node>(constant(std::move(out), a.single), "scatter", {&a}, w);
    }

    active with_part(active given, window_layout const& w, active const& part, const std::size_t* shape, int rank)
    {
        std::size_t n = 1;
        for (int k = 0; k < rank; ++k)
            n *= shape[k];
        const auto inside = reshape(part, w.shape, w.rank);
        if (in_order(w, n))
            return reshape(inside, shape, rank);
        if (given.is_number() && !given.tracked() && given.number == 0)
            return scatter(inside, w, shape, rank);
        active a = given.is_number() ? reshape(given, shape, rank) : std::move(given);
        const auto values = std::move(a.values);
        return in_precision(a.single, [&](auto t)
            {
                using T = decltype(t);
                if (runtime::thread.recording && (a.tracked() || inside.tracked()))
                {
                    etape::part window;
                    window.rank = w.rank;
                    window.offset = w.offset;
                    std::copy_n(w.shape, w.rank, window.shape);
                    std::copy_n(w.strides, w.rank, window.strides);
                    return of(runtime::assign_part<T>(values, window, *inside.values, 1, site{}), a.single);
                }
                const bool ours = runtime::sole_version(*values, 1) && values->tag.load(std::memory_order_relaxed) == 0;
                const auto out = ours ? values : make_buffer_like<T>(*values);
                if (!ours)
                    std::copy_n(values->data<T>(), values->size, out->template data<T>());
                const T* from = inside.values->data<T>();
                T* to = out->template data<T>();
                each_position(w, [&](std::ptrdiff_t at, std::size_t i) { to[at] = from[i]; });
                return constant(out, a.single);
            });
    }

    active reshape(active const& a, const std::size_t* shape, int rank)
    {
        if (a.is_number())
        {
            auto out = fresh(a.single, shape, rank);
            in_precision(a.single, [&](auto t) { std::fill_n(out->data<decltype(t)>(), out->size, static_cast<decltype(t)>(a.number)); });
            return record<broadcast_node>(constant(std::move(out), a.single), "broadcast", {&a});
        }
        if (same_shape(*a.values, shape, rank))
            return a;
        return record<gather_node>(constant(alias(a, shape, rank), a.single), "reshape", {&a}, whole(shape, rank), *a.values);
    }
}
