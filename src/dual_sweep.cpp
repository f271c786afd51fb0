// SPDX-License-Identifier: BSL-1.0
// The state of a pass forward over reverse.
#include <etape/tape/dual_sweep.hpp>

#include <algorithm>

namespace etape
{
    namespace
    {
        template <class F>
        void each_node(tape_core& t, F&& f)
        {
            auto const& windows = t.windows();
            for (std::size_t w = 0; w < windows.size(); ++w)
                for (auto p = windows[w].first; p < windows[w].second; ++p)
                    f(*t.log().nodes[p], p);
        }
    }

    bool dual_sweep::possible(tape_core& t)
    {
        bool all = true;
        each_node(t, [&](node const& n, std::uint32_t) { all = all && n.has_dual(); });
        return all;
    }

    dual_sweep::dual_sweep(tape_core& t)
        : tape_(t)
        , log_(t.log())
    {
        t.windows();
        clear();
        mark_reads();
    }
    void dual_sweep::clear()
    {
        arrays_.clear();
        arrays_.resize(log_.arrays.size());
        doubles_.resize(log_.scalars<double>().count);
        floats_.resize(log_.scalars<float>().count);
    }

    void dual_sweep::mark_reads()
    {
        read_[0].assign(log_.arrays.size(), false);
        read_[1].assign(log_.scalars<double>().count, false);
        read_[2].assign(log_.scalars<float>().count, false);
        const auto mark = [&](id_space space, std::uint32_t id)
        {
            if (id != record_log::no_id)
                read_[static_cast<int>(space)][id] = true;
        };
        last_read_.assign(log_.arrays.size(), always_);
        std::vector<edge> edges;
        each_node(tape_, [&](node const& n, std::uint32_t p)
            {
                if (n.statements() != 1 || n.result().space >= id_space::further)
                    return;  // scalar statements note what they read, below
                edges.clear();
                n.edges(0, edges);
                for (auto const& e : edges)
                    if (e.tracked)
                    {
                        if (e.space == id_space::array && e.id != record_log::no_id)
                            last_read_[e.id] = n.moves_numbers() && (last_read_[e.id] != always_ || !read(e.space, e.id)) ? p : always_;
                        mark(e.space, e.id);
                    }
            });
        for (auto id : log_.replays<double>().ids)
            mark(id_space::scalar_double, id);
        for (auto id : log_.replays<float>().ids)
            mark(id_space::scalar_float, id);
    }

    void dual_sweep::forward()
    {
        each_node(tape_, [&](node const& n, std::uint32_t p)
            {
                position_ = p;
                n.forward_dual(*this);
            });
    }
    void dual_sweep::reverse()
    {
        auto const& windows = tape_.windows();
        for (std::size_t w = windows.size(); w-- > 0;)
            for (auto p = windows[w].second; p-- > windows[w].first;)
                log_.nodes[p]->reverse_dual(*this);
    }

    bool dual_sweep::take(std::uint32_t id, buffer_ptr& v, buffer_ptr& d)
    {
        auto& a = arrays_[id];
        if (!a.v)
            return false;
        if (a.wanted)
        {
            v = a.v;
            d = a.d;
        }
        else
        {
            v = std::move(a.v);
            d = std::move(a.d);
        }
        return true;
    }
    template <class T>
    dual_memory<T> dual_sweep::target(std::uint32_t id, bool covers, bool& add)
    {
        auto& a = arrays_[id];
        add = static_cast<bool>(a.v);
        if (!add)
        {
            auto const& slot = log_.arrays[id];
            a.v = make_buffer<T>(slot.shape, slot.rank, slot.order);
            a.d = make_buffer<T>(slot.shape, slot.rank, slot.order);
            if (!covers)
            {
                std::fill_n(a.v->data<T>(), a.v->size, T(0));
                std::fill_n(a.d->data<T>(), a.d->size, T(0));
                add = true;
            }
        }
        return {a.v->data<T>(), a.d->data<T>()};
    }
    template <class T>
    void dual_sweep::contribute(std::uint32_t id, buffer_ptr v, buffer_ptr d)
    {
        auto& a = arrays_[id];
        if (!a.v && v.sole() && d.sole())
        {
            a.v = std::move(v);
            a.d = std::move(d);
            return;
        }
        bool add = false;
        const auto to = target<T>(id, false, add);
        for (std::size_t i = 0; i < v->size; ++i)
        {
            to.v[i] += v->data<T>()[i];
            to.d[i] += d->data<T>()[i];
        }
    }
    template void dual_sweep::contribute<double>(std::uint32_t, buffer_ptr, buffer_ptr);
    template void dual_sweep::contribute<float>(std::uint32_t, buffer_ptr, buffer_ptr);
    template dual_memory<double> dual_sweep::target<double>(std::uint32_t, bool, bool&);
    template dual_memory<float> dual_sweep::target<float>(std::uint32_t, bool, bool&);

    void node::forward_dual(dual_sweep&) const
    {
    }
    void node::reverse_dual(dual_sweep&) const
    {
    }
}
