// SPDX-License-Identifier: BSL-1.0
// Forward over reverse between arrays and numbers, into parts of arrays, and through scalar statements.
#include <algorithm>
#include <memory>
#include <vector>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/run_node.hpp>

#include "dual_common.hpp"

namespace etape
{
    using dual_blocks::fill;
    using dual_blocks::zero_tangent;

    // ---- elements and packs ----
    template <class T>
    void elements_node<T>::forward_dual(dual_sweep& s) const
    {
        if (auto* t = s.tangent(array))
            for (std::uint32_t i = 0; i < count; ++i)
                s.tangent_of_number<T>(first + i) = t->template data<T>()[offset + i];
    }
    template <class T>
    void elements_node<T>::reverse_dual(dual_sweep& s) const
    {
        dual_memory<T> to;
        for (std::uint32_t i = 0; i < count; ++i)
        {
            dual_number<T> g;
            if (!s.arrived<T>(first + i, g))
                continue;
            bool add = false;
            if (to.v == nullptr)
                to = s.target<T>(array, false, add);
            to.v[offset + i] += g.v;
            to.d[offset + i] += g.d;
        }
    }
    template <class T>
    void pack_node<T>::forward_dual(dual_sweep& s) const
    {
        auto t = zero_tangent<T>(s.log(), out);
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
                t->template data<T>()[i] = s.tangent_of_number<T>(ids[i]);
        s.set_tangent(out, std::move(t));
    }
    template <class T>
    void pack_node<T>::reverse_dual(dual_sweep& s) const
    {
        buffer_ptr v, d;
        if (!s.take(out, v, d))
            return;
        for (std::uint32_t i = 0; i < count; ++i)
            if (ids[i] != record_log::no_id)
                s.add<T>(ids[i], {v->template data<T>()[i], d->template data<T>()[i]});
    }

    // ---- assignment into a part ----
    namespace
    {
        template <class T, class F>
        void each_in_window(assign_node<T> const& a, F&& f)
        {
            const dual_blocks::space space(a.rank, a.shape);
            static constexpr std::ptrdiff_t none[] = {0};
            const auto* strides = a.rank == 0 ? none : a.strides;
            dual_blocks::each_piece(space, strides, 0, space.total, [&](std::size_t at, std::ptrdiff_t offset, std::size_t n)
                {
                    for (std::size_t i = 0; i < n; ++i)
                        f(static_cast<std::size_t>(a.offset + offset + static_cast<std::ptrdiff_t>(i) * strides[space.rank - 1]), at + i);
                });
        }
        template <class T>
        buffer_ptr dual_copy(buffer const& b)
        {
            auto copy = make_buffer_like<T>(b);
            std::copy_n(b.data<T>(), b.size, copy->template data<T>());
            return copy;
        }
    }
    template <class T>
    void assign_node<T>::forward_dual(dual_sweep& s) const
    {
        auto* old = before == record_log::no_id ? nullptr : s.tangent(before);
        auto* put = value == record_log::no_id ? nullptr : s.tangent(value);
        if (old == nullptr && put == nullptr)
            return;
        // A loop that writes an array part by part changes one tangent all along.
        auto t = old == nullptr ? buffer_ptr() : s.last_tangent(before);
        if (!t)
        {
            t = zero_tangent<T>(s.log(), out);
            if (old != nullptr)
                std::copy_n(old->template data<T>(), t->size, t->template data<T>());
        }
        each_in_window(*this, [&](std::size_t to, std::size_t from) { t->template data<T>()[to] = put == nullptr ? T(0) : put->template data<T>()[from]; });
        s.set_tangent(out, std::move(t));
    }
    template <class T>
    void assign_node<T>::reverse_dual(dual_sweep& s) const
    {
        buffer_ptr v, d;
        if (!s.take(out, v, d))
            return;
        bool add = false;
        const T *gv = v->template data<T>(), *gd = d->template data<T>();
        if (value != record_log::no_id)
        {
            const auto to = s.target<T>(value, false, add);
            each_in_window(*this, [&](std::size_t from, std::size_t i)
                {
                    to.v[i] += gv[from];
                    to.d[i] += gd[from];
                });
        }
        if (before == record_log::no_id)
            return;
        // The rest goes to the version before; the window was overwritten and passes nothing.
        if (!v.sole() || !d.sole())
        {
            v = dual_copy<T>(*v);
            d = dual_copy<T>(*d);
        }
        each_in_window(*this, [&](std::size_t at, std::size_t) { v->template data<T>()[at] = d->template data<T>()[at] = T(0); });
        s.template contribute<T>(before, std::move(v), std::move(d));
    }

    // ---- scalar statements ----
    namespace
    {
        // f(statement, its program at its values and tangents) for the statements first ... last, in one direction.
        template <class T, class F>
        void each_statement(dual_sweep& s, std::uint32_t first, std::uint32_t last, bool backwards, F&& f)
        {
            auto const& r = s.log().replays<T>();
            const auto by_result = [](auto const& e, std::uint32_t id) { return e.result < id; };
            const auto from = std::lower_bound(r.entries.begin(), r.entries.end(), first, by_result);
            const auto to = std::lower_bound(from, r.entries.end(), last, by_result);
            std::unique_ptr<dual_blocks::program<T>> run;
            const replay_program* known = nullptr;
            const auto one = [&](auto const& e)
            {
                if (e.program != known)
                    run = std::make_unique<dual_blocks::program<T>>(*e.program, true, 1);
                known = e.program;
                const T* values = r.values.data() + e.first_leaf;
                const auto* ids = r.ids.data() + e.first_leaf;
                const auto load = [&]
                {
                    for (int j = 0; j < known->leaves; ++j)
                    {
                        const auto room = run->room(j);
                        std::fill_n(room.v, dual_blocks::widest_lane, values[j]);
                        std::fill_n(room.d, dual_blocks::widest_lane, ids[j] == record_log::no_id ? T(0) : s.tangent_of_number<T>(ids[j]));
                        run->leaf(j, room.v, room.d);
                    }
                    run->forward(1);
                };
                f(e.result, *known, ids, *run, load);
            };
            if (backwards)
                for (auto e = to; e != from;)
                    one(*--e);
            else
                for (auto e = from; e != to; ++e)
                    one(*e);
        }
    }
    template <class T>
    void run_node<T>::forward_dual(dual_sweep& s) const
    {
        each_statement<T>(s, this->first_id, this->end_id, false,
                          [&](std::uint32_t result, replay_program const&, const std::uint32_t*, dual_blocks::program<T>& run, auto const& load)
                          {
                              load();
                              s.tangent_of_number<T>(result) = run.root().d[0];
                          });
    }
    template <class T>
    void run_node<T>::reverse_dual(dual_sweep& s) const
    {
        each_statement<T>(s, this->first_id, this->end_id, true,
                          [&](std::uint32_t result, replay_program const& p, const std::uint32_t* ids, dual_blocks::program<T>& run, auto const& load)
                          {
                              dual_number<T> g;
                              if (!s.arrived<T>(result, g))
                                  return;
                              load();
                              fill(run.root_adjoint(), 1, g);
                              run.reverse(1);
                              for (int j = 0; j < p.leaves; ++j)
                                  if (const auto a = run.adjoint(j); a.v != nullptr && ids[j] != record_log::no_id)
                                      s.add<T>(ids[j], {a.v[0], a.d[0]});
                          });
    }

#define ETAPE_DUAL_NODES(NODE)                                                                                       \
    template void NODE<double>::forward_dual(dual_sweep&) const;                                                     \
    template void NODE<float>::forward_dual(dual_sweep&) const;                                                      \
    template void NODE<double>::reverse_dual(dual_sweep&) const;                                                     \
    template void NODE<float>::reverse_dual(dual_sweep&) const;
    ETAPE_DUAL_NODES(elements_node)
    ETAPE_DUAL_NODES(pack_node)
    ETAPE_DUAL_NODES(assign_node)
    ETAPE_DUAL_NODES(run_node)
#undef ETAPE_DUAL_NODES
}
