// SPDX-License-Identifier: BSL-1.0
// Adjoints of a sweep, and the search for what a target is connected to.
#include <etape/tape/sweep.hpp>

#include <etape/tape/prefetch.hpp>
#include <etape/tape/run_node.hpp>

#include <algorithm>
#include <cassert>
#include <memory>

namespace etape
{
    namespace
    {
        // A node and its operands lie one after the other in the arena: asked for before their turn.
        constexpr std::uint32_t nodes_ahead = 2;
        constexpr std::size_t node_lines = 8;

        template <class T>
        void scale(T* p, std::size_t n, T f)
        {
            for (std::size_t i = 0; i < n; ++i)
                p[i] *= f;
        }
        template <class T>
        void scaled_copy(T* to, const T* from, std::size_t n, T f)
        {
            for (std::size_t i = 0; i < n; ++i)
                to[i] = f * from[i];
        }
        template <class T>
        void add_scaled(T* to, const T* from, std::size_t n, T f)
        {
            for (std::size_t i = 0; i < n; ++i)
                to[i] += f * from[i];
        }

        template <class T>
        buffer_ptr new_adjoint(array_slot const& s)
        {
            return make_buffer<T>(s.shape, s.rank, s.order);
        }
    }

    sweep::sweep(log_view const& view, bool consuming)
        : view_(view)
        , consuming_(consuming)
        , space_(free_workspace(record_log::of_this_thread().workspaces))
        , arrays_(space_.arrays)
        , doubles_(space_.doubles)
        , floats_(space_.floats)
    {
        if (arrays_.size() < view.arrays())
            arrays_.resize(std::max<std::size_t>(view.arrays(), 2 * arrays_.size()));
        if (const auto n = view.count<double>(); n != 0)
            doubles_.start(n);
        if (const auto n = view.count<float>(); n != 0)
            floats_.start(n);
        constexpr auto compiled = static_cast<std::size_t>(id_space::further);
        if (const auto spaces = view.spaces(); spaces > compiled)
        {
            if (space_.further.size() < spaces - compiled)
                space_.further.resize(spaces - compiled);
            for (auto k = compiled; k < spaces; ++k)
                if (auto const* s = view.stream(static_cast<id_space>(k)); s != nullptr)
                {
                    auto& a = space_.further[k - compiled];
                    if (a == nullptr)
                        a = s->make_adjoints();
                    a->start(view.extent(static_cast<id_space>(k)).count);
                }
        }
    }

    sweep::sweep(record_log& log, one_statement_t)
        : view_(log)
        , consuming_(false)
        , space_(free_workspace(log.workspaces))
        , arrays_(space_.arrays)
        , doubles_(space_.doubles)
        , floats_(space_.floats)
    {
        if (arrays_.size() < log.arrays.size())
            arrays_.resize(std::max(log.arrays.size(), 2 * arrays_.size()));
        doubles_.start_undefined(log.scalars<double>().count);
        floats_.start_undefined(log.scalars<float>().count);
    }
    void sweep::prepare(id_space space, std::uint32_t id)
    {
        if (space == id_space::scalar_double)
            doubles_.data()[id] = -0.0;
        else if (space == id_space::scalar_float)
            floats_.data()[id] = -0.0f;
    }

    bool sweep::is_short(window_list const& w) const
    {
        // Not worth a look.
        constexpr std::size_t few = 1024;
        const std::size_t known = view_.arrays() + std::size_t{view_.count<double>()} + view_.count<float>();
        if (known < few)
            return false;
        for (auto const& stream : log().further())
            if (stream != nullptr && stream->count != 0)
                return false;
        std::size_t nodes = 0, touched = 0;
        for (std::size_t k = 0; k < w.size(); ++k)
            nodes += w[k].second - w[k].first;
        if (4 * nodes > view_.nodes() && !log().has_gaps())
            return false;
        for (std::size_t k = 0; k < w.size(); ++k)
            for (auto p = w[k].first; p < w[k].second; ++p)
            {
                touched += log().nodes[p]->edge_count() + log().nodes[p]->result().count;
                if (16 * touched > known)
                    return false;
            }
        return true;
    }
    void sweep::set_windows(window_list const* w)
    {
        windows_ = w;
        short_ = is_short(*w);
        known_ = {view_.nodes(), view_.arrays(), view_.count<double>(), view_.count<float>()};
    }
    void sweep::clear(id_space space, std::uint32_t id)
    {
        if (space == id_space::array && id < known_.arrays)
            arrays_[id] = adjoint{};
        else if (space == id_space::scalar_double && id < known_.doubles)
            doubles_.data()[id] = -0.0;
        else if (space == id_space::scalar_float && id < known_.floats)
            floats_.data()[id] = -0.0f;
    }
    void sweep::clear_touched()
    {
        auto& edges = space_.edges;
        for (std::size_t w = windows_->size(); w-- > 0;)
            for (auto p = std::min((*windows_)[w].second, known_.nodes); p-- > (*windows_)[w].first;)
            {
                auto const& n = *log().nodes[p];
                edges.clear();
                for (auto k = n.statements(); k-- > 0;)
                    n.edges(k, edges);
                for (auto const& e : edges)
                    if (e.tracked)
                        clear(e.space, e.id);
                const auto out = n.result();
                for (std::uint32_t k = 0; k < out.count; ++k)
                    clear(out.space, out.first + k);
            }
        for (auto const& [space, id] : targets_)
            clear(space, id);
        for (auto id : wanted_)
            clear(id_space::array, id);
        if (known_.doubles != 0)
            doubles_.restored();
        if (known_.floats != 0)
            floats_.restored();
        assert(std::all_of(arrays_.begin(), arrays_.begin() + known_.arrays,
                           [](adjoint const& a) { return a.kind == adjoint_kind::empty && !a.wanted; }));
        assert(std::all_of(doubles_.data(), doubles_.data() + known_.doubles, untouched<double>));
        assert(std::all_of(floats_.data(), floats_.data() + known_.floats, untouched<float>));
    }

    sweep::~sweep()
    {
        if (short_)
        {
            clear_touched();
            space_.busy = false;
            return;
        }
        const std::size_t n = std::min<std::size_t>(arrays_.size(), view_.arrays());
        for (std::size_t i = 0; i < n; ++i)
            if (arrays_[i].kind != adjoint_kind::empty || arrays_[i].wanted)
                arrays_[i] = adjoint{};
        space_.busy = false;
    }

    bool sweep::take(std::uint32_t id, adjoint& out)
    {
        auto& a = arrays_[id];
        if (a.kind == adjoint_kind::empty)
            return false;
        if (a.wanted)
            out = a;
        else
        {
            out = std::move(a);
            a = adjoint{};
        }
        return true;
    }

    template <class T>
    void sweep::make_unique_dense(adjoint& a, std::uint32_t id)
    {
        auto const& slot = view_.array(id);
        const T f = static_cast<T>(a.factor);
        if (a.kind == adjoint_kind::constant)
        {
            a.values = new_adjoint<T>(slot);
            std::fill_n(a.values->template data<T>(), slot.size, f);
        }
        else if (!a.values.sole())
        {
            auto fresh = new_adjoint<T>(slot);
            scaled_copy(fresh->template data<T>(), a.values->template data<T>(), slot.size, f);
            a.values = std::move(fresh);
        }
        else if (a.factor != 1)
            scale(a.values->template data<T>(), slot.size, f);
        a.kind = adjoint_kind::dense;
        a.factor = 1;
    }

    template <class T>
    T* sweep::target(std::uint32_t id, bool covers, bool& add)
    {
        auto& a = arrays_[id];
        if (a.kind == adjoint_kind::empty)
        {
            auto const& slot = view_.array(id);
            a.values = new_adjoint<T>(slot);
            a.kind = adjoint_kind::dense;
            a.factor = 1;
            if (!covers)
                std::fill_n(a.values->template data<T>(), slot.size, T(0));
            add = !covers;
        }
        else
        {
            make_unique_dense<T>(a, id);
            add = true;
        }
        return a.values->template data<T>();
    }

    template <class T>
    void sweep::contribute(std::uint32_t id, buffer_ptr values, double factor)
    {
        auto& a = arrays_[id];
        if (a.kind == adjoint_kind::empty)
        {
            a.values = std::move(values);
            a.factor = factor;
            a.kind = adjoint_kind::dense;
            return;
        }
        make_unique_dense<T>(a, id);
        add_scaled(a.values->template data<T>(), values->template data<T>(), view_.array(id).size, static_cast<T>(factor));
    }

    template <class T>
    void sweep::contribute_constant(std::uint32_t id, double value)
    {
        auto& a = arrays_[id];
        if (a.kind == adjoint_kind::empty)
        {
            a.kind = adjoint_kind::constant;
            a.factor = value;
        }
        else if (a.kind == adjoint_kind::constant)
            a.factor = static_cast<double>(static_cast<T>(a.factor) + static_cast<T>(value));
        else
        {
            make_unique_dense<T>(a, id);
            T* p = a.values->template data<T>();
            for (std::size_t i = 0; i < view_.array(id).size; ++i)
                p[i] += static_cast<T>(value);
        }
    }

    template <class T>
    buffer_ptr sweep::dense(adjoint& a, std::uint32_t id)
    {
        if (a.kind != adjoint_kind::dense || a.factor != 1)
            make_unique_dense<T>(a, id);
        return a.values;
    }

    void sweep::mark_target(id_space space, std::uint32_t id)
    {
        targets_.push_back({space, id});
    }

    void sweep::run(std::uint32_t from, std::uint32_t to)
    {
        auto const& nodes = log().nodes;
        for (std::uint32_t p = to; p-- > from;)
        {
            if (p >= from + nodes_ahead)
                for (std::size_t line = 0; line < node_lines; ++line)
                    runtime::prefetch_to_read(reinterpret_cast<const char*>(nodes[p - nodes_ahead]) + 64 * line, 0);
            nodes[p]->reverse(*this);
        }
    }
    void sweep::run(window_list const& windows)
    {
        for (std::size_t k = windows.size(); k-- > 0;)
            run(windows[k].first, windows[k].second);
    }

    template <class T>
    void sweep::leaves_only(window_list const& windows) noexcept
    {
        auto const& l = log();
        if (l.nodes.size() != 1 || windows.size() != 1 || windows[0].first != 0 || windows[0].second != 1)
            return;
        auto const* run = dynamic_cast<run_node<T> const*>(l.nodes[0]);
        restores_ = run != nullptr && run->first_id == 0 && run->end_id == view_.count<T>();
    }
    template <class T>
    void sweep::restore() noexcept
    {
        if (!restores_)
            return;
        T* const adj = scalars<T>();
        for (auto id : log().scalars<T>().leaves)
            adj[id] = T(-0.0);
        if constexpr (sizeof(T) == sizeof(float))
            floats_.restored();
        else
            doubles_.restored();
    }
    template void sweep::leaves_only<double>(window_list const&) noexcept;
    template void sweep::leaves_only<float>(window_list const&) noexcept;
    template void sweep::restore<double>() noexcept;
    template void sweep::restore<float>() noexcept;

    bool sweep::reaches(id_space space, std::uint32_t id, std::uint32_t from)
    {
        if (!reach_known_ || reach_from_ != from)
        {
            // Asked for earlier and earlier positions (watches that began one after the other), the walk goes on where it stopped.
            const auto walked = reach_known_ && from < reach_from_ ? reach_from_ : ~std::uint32_t{0};
            if (walked == ~std::uint32_t{0})
            {
                reached_ = view_.unmarked();
                for (auto const& [s, i] : targets_)
                    reached_[static_cast<std::size_t>(s)][i] = true;
            }
            reach_known_ = true;
            reach_from_ = from;
            std::vector<edge> edges;
            for (std::size_t w = windows_ != nullptr ? windows_->size() : 0; w-- > 0;)
                for (std::uint32_t p = std::min((*windows_)[w].second, walked); p-- > std::max((*windows_)[w].first, from);)
                {
                    auto const& n = *log().nodes[p];
                    const auto out = n.result();
                    auto& of = reached_[static_cast<std::size_t>(out.space)];
                    const std::size_t count = n.statements();
                    for (std::size_t k = count; k-- > 0;)
                    {
                        bool any = false;
                        if (count == 1)
                            for (std::uint32_t j = 0; j < out.count && !any; ++j)
                                any = of[out.first + j];
                        else
                            any = of[out.first + k];
                        if (!any)
                            continue;
                        edges.clear();
                        n.edges(k, edges);
                        for (auto const& e : edges)
                            if (e.tracked && (e.paths & 1u) != 0)
                                reached_[static_cast<std::size_t>(e.space)][e.id] = true;
                    }
                }
        }
        auto const& r = reached_[static_cast<std::size_t>(space)];
        return id < r.size() && r[id];
    }

    template double* sweep::target<double>(std::uint32_t, bool, bool&);
    template float* sweep::target<float>(std::uint32_t, bool, bool&);
    template void sweep::contribute<double>(std::uint32_t, buffer_ptr, double);
    template void sweep::contribute<float>(std::uint32_t, buffer_ptr, double);
    template void sweep::contribute_constant<double>(std::uint32_t, double);
    template void sweep::contribute_constant<float>(std::uint32_t, double);
    template void sweep::make_unique_dense<double>(adjoint&, std::uint32_t);
    template void sweep::make_unique_dense<float>(adjoint&, std::uint32_t);
    template buffer_ptr sweep::dense<double>(adjoint&, std::uint32_t);
    template buffer_ptr sweep::dense<float>(adjoint&, std::uint32_t);
}
