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
        return {{static_cast<std::uint32_t>(log.arrays.size()), log.scalars<double>().count, log.scalars<float>().count}};
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
        std::vector<bool> reached[3];
        for (int s = 0; s < 3; ++s)
            reached[s].assign(now.of[s], false);
        reached[static_cast<int>(r.space)][id] = true;
        std::vector<edge> edges;
        for (std::uint32_t p = log.position(); p-- > position_;)
        {
            auto const& n = *log.nodes[p];
            const auto out = n.result();
            if (out.space >= id_space::further)
                continue;  // reaches none of the others
            auto const& of = reached[static_cast<int>(out.space)];
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
                        reached[static_cast<int>(e.space)][e.id] = true;
            }
        }
        bool captured = false;
        for (int s = 0; s < 3; ++s)
            for (std::uint32_t i = 0; i < before_.of[s] && !captured; ++i)
                captured = reached[s][i];
        // Variables that were read for the first time inside.
        for (std::uint32_t i = arguments_.of[0]; i < now.of[0] && !captured; ++i)
            captured = reached[0][i] && log.arrays[i].node == 0;
        auto adopted = [&]<class T>(scalar_stream<T> const& stream)
        {
            for (auto i : stream.adopted.ids())
                if (i >= arguments_.of[static_cast<int>(scalar_space<T>)])
                    captured = captured || reached[static_cast<int>(scalar_space<T>)][i];
        };
        adopted(log.scalars<double>());
        adopted(log.scalars<float>());
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
