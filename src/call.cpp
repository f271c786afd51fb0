// SPDX-License-Identifier: BSL-1.0
// Calls of the functional interface inside other derivatives.
#include <etape/tape/call.hpp>

#include <etape/tape/active.hpp>

namespace etape::runtime
{
    template <class T>
    std::uint64_t own_scalar(T v, std::uint64_t& tag)
    {
        if (!thread.recording)
            return 0;
        auto& log = *thread.log;
        const auto id = log.id_of_scalar<T>(tag);
        if (id == record_log::no_id)
            return 0;
        const auto own = primitive::apply(row_number::pos, primitive::of_number(static_cast<double>(v), id, sizeof(T) == sizeof(float)));
        return log.scalars<T>().base + own.id;
    }
    template std::uint64_t own_scalar<double>(double, std::uint64_t&);
    template std::uint64_t own_scalar<float>(float, std::uint64_t&);

    buffer_ptr own_array(buffer_ptr const& b, bool single)
    {
        if (!thread.recording)
            return {};
        const auto a = primitive::of(b, single);
        return a.tracked() ? primitive::apply(row_number::pos, a).values : buffer_ptr();
    }

    outer_call::numbers outer_call::count(record_log const& log)
    {
        numbers n{{static_cast<std::uint32_t>(log.arrays.size()), log.scalars<double>().count, log.scalars<float>().count}, {}};
        for (auto const& s : log.further())
            n.further.push_back(s != nullptr ? s->count : 0);
        return n;
    }
    std::uint32_t outer_call::numbers::in(id_space s) const noexcept
    {
        if (s < id_space::further)
            return of[static_cast<int>(s)];
        const auto k = static_cast<std::size_t>(s) - static_cast<std::size_t>(id_space::further);
        return k < further.size() ? further[k] : 0;
    }
    outer_call::outer_call(const char* name)
        : name_(name)
        , nested_(thread.recording)
    {
        if (nested_)
            before_ = count(*thread.log);
    }
    void outer_call::arguments_made()
    {
        if (!nested_)
            return;
        auto& log = *thread.log;
        log.close_run();
        arguments_ = count(log);
        position_ = log.position();
    }
    void outer_call::adopt(buffer& argument, bool single)
    {
        thread.log->id_of(argument, single);
    }

    void outer_call::check_captured(target_request const& r) const
    {
        if (!nested_)
            return;
        auto& log = *thread.log;
        log.close_run();
        std::uint32_t id = record_log::no_id;
        if (r.space == id_space::array)
            id = log.find(*r.values);
        else
            id = log.find_scalar(r.space, *r.tag);
        if (id == record_log::no_id)
            return;
        const auto now = count(log);
        // Values of a further number type depend on values of that type alone, the others on none of these.
        const bool further = r.space >= id_space::further;
        const auto first = further ? r.space : id_space::array, last = further ? r.space : id_space::scalar_float;
        std::vector<bool> reached[3];
        const auto in = [&](id_space s) -> std::vector<bool>& { return reached[static_cast<int>(s) - static_cast<int>(first)]; };
        const auto each_space = [&](auto&& f)
        {
            for (auto s = first; s <= last; s = static_cast<id_space>(static_cast<int>(s) + 1))
                f(s);
        };
        each_space([&](id_space s) { in(s).assign(now.in(s), false); });
        in(r.space)[id] = true;
        std::vector<edge> edges;
        for (std::uint32_t p = log.position(); p-- > position_;)
        {
            auto const& n = *log.nodes[p];
            const auto out = n.result();
            if (out.space < first || out.space > last)
                continue;
            auto const& of = in(out.space);
            const std::size_t statements = n.statements();
            for (std::size_t k = statements; k-- > 0;)
            {
                bool any = false;
                for (std::uint32_t j = 0; j < (statements == 1 ? out.count : 1) && !any; ++j)
                    any = of[out.first + (statements == 1 ? j : k)];
                if (!any)
                    continue;
                edges.clear();
                n.edges(k, edges);
                for (auto const& e : edges)
                    if (e.tracked && (e.paths & 1u) != 0)
                        in(e.space)[e.id] = true;
            }
        }
        bool captured = false;
        each_space(
            [&](id_space s)
            {
                for (std::uint32_t i = 0; i < before_.in(s) && !captured; ++i)
                    captured = in(s)[i];
                // Variables that were read for the first time inside.
                if (s == id_space::array)
                    for (std::uint32_t i = arguments_.in(s); i < now.in(s) && !captured; ++i)
                        captured = in(s)[i] && log.arrays[i].node == 0;
                else
                    for (auto i : log.stream(s)->adopted.ids())
                        captured = captured || (i >= arguments_.in(s) && in(s)[i]);
            });
        if (captured)
            throw rule_error(std::string("etape: ") + name_ +
                             ": found plain arguments and a function that reads tracked values from outside while a tape or a forward mode "
                             "records them, expected an argument that is a variable: the result is then tracked, too");
    }

    void zero_or_throw(explanation const& missing)
    {
        switch (missing.why)
        {
        case reason::unconnected:
        case reason::target_not_recorded:
        case reason::control_only:
        case reason::non_differentiable:
        case reason::detached:
        case reason::not_watched:
            return;
        default:
            throw missing_gradient(missing.text);
        }
    }
}
