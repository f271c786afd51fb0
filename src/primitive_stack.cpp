// SPDX-License-Identifier: BSL-1.0
// The primitive statement that puts values together as the rows of an array.
#include <etape/tape/primitive.hpp>

#include <algorithm>

#include <etape/tape/forward.hpp>

#include "primitive_memory.hpp"

namespace etape::primitive
{
    namespace
    {
        // Rows of an array, each from a value of its own.
        struct stack_node final : node
        {
            std::vector<active> rows;
            active out;
            std::size_t width = 1;

            window_layout row(std::size_t i) const
            {
                window_layout w;
                auto const& r = rows[i];
                if (!r.is_number())
                {
                    w = whole(r.values->shape, r.values->rank);
                }
                w.offset = static_cast<std::ptrdiff_t>(i * width);
                return w;
            }
            active part(active const& g, std::size_t i) const
            {
                return rows[i].is_number() ? element(g, i * width) : gather(g, row(i));
            }
            template <class T>
            void reverse_in(sweep& s) const
            {
                adjoint a;
                if (!s.take(out.id, a))
                    return;
                const auto g = s.template dense<T>(a, out.id);
                for (std::size_t i = 0; i < rows.size(); ++i)
                {
                    auto const& r = rows[i];
                    const T* from = g->template data<T>() + i * width;
                    if (!r.tracked())
                        continue;
                    if (r.is_number())
                    {
                        s.add_scalar(r.id, *from);
                        continue;
                    }
                    bool add = false;
                    T* to = s.template target<T>(r.id, true, add);
                    for (std::size_t k = 0; k < width; ++k)
                        to[k] = add ? to[k] + from[k] : from[k];
                }
            }
            void reverse(sweep& s) const override
            {
                out.single ? reverse_in<float>(s) : reverse_in<double>(s);
            }
            void reverse_active(active_sweep& s) const override
            {
                active g;
                if (!s.take(id_space::array, out.id, g))
                    return;
                for (std::size_t i = 0; i < rows.size(); ++i)
                    if (rows[i].tracked())
                        s.add(rows[i].space(), rows[i].id, part(g, i));
            }
            void forward_active(forward_state& level) const override
            {
                bool moves = false;
                std::vector<active> t;
                for (auto const& r : rows)
                {
                    t.push_back(constant(0, r.single));
                    if (r.tracked())
                        moves = level.find(r.space(), r.id, t.back()) || moves;
                    if (!r.is_number())
                        t.back() = reshape(t.back(), r.values->shape, r.values->rank);
                }
                if (moves)
                    level.set(id_space::array, out.id, stack(t, out.values->shape, out.values->rank));
            }
            std::size_t edge_count() const override
            {
                return rows.size();
            }
            output result() const override
            {
                return {id_space::array, out.id, 1};
            }
            void edges(std::size_t, std::vector<edge>& to) const override
            {
                for (auto const& r : rows)
                    if (r.tracked())
                    {
                        edge e;
                        e.space = r.space();
                        e.id = r.id;
                        to.push_back(e);
                    }
            }
            std::size_t own_bytes() const override
            {
                return sizeof(*this) + rows.size() * sizeof(active);
            }
        };
    }

    active stack(std::vector<active> const& rows, const std::size_t* shape, int rank)
    {
        const bool single = rows.front().single;
        auto out = fresh(single, shape, rank);
        const std::size_t width = out->size / rows.size();
        bool tracked = false;
        in_precision(single, [&](auto t)
            {
                using T = decltype(t);
                T* to = out->data<T>();
                for (auto const& r : rows)
                {
                    tracked = tracked || r.tracked();
                    if (r.is_number())
                        std::fill_n(to, width, static_cast<T>(r.number));
                    else
                        std::copy_n(r.values->data<T>(), width, to);
                    to += width;
                }
            });
        auto a = constant(std::move(out), single);
        if (!tracked || !runtime::thread.recording)
            return a;
        auto& log = *runtime::thread.log;
        auto& n = log.add_node<stack_node>();
        n.name = "stack";
        n.rows = rows;
        n.width = width;
        a.values->role = buffer_role::result;
        a.id = log.add_array(*a.values, n.name, n.where, log.position(), single);
        n.out = a;
        if (log.forward != nullptr)
            runtime::push_levels(log, n);
        return a;
    }
}
