// SPDX-License-Identifier: BSL-1.0
// Calls of the functional interface inside other derivatives.
#include <etape/tape/call.hpp>

#include <algorithm>

#include <etape/kernel/replay.hpp>
#include <etape/tape/forward.hpp>

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
        if (log.forward != nullptr && log.forward->observer != nullptr)
        {
            const auto own = primitive::apply(row_number::pos, primitive::of_number(static_cast<double>(v), id, sizeof(T) == sizeof(float)));
            return log.scalars<T>().base + own.id;
        }
        const T one(1);
        const auto own_tag = log.push_statement<T>(&one, &id, 1);
        const auto own = log.scalars<T>().local(own_tag);
        if (thread.higher_order)
            note_statement<T>(log, own, kernel::replay_of_row<rule::pos>::value, &v, &id);
        else if (log.forward != nullptr)
            log.forward->set_scalar<T>(own, log.forward->scalar<T>(id));
        return own_tag;
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
        // Marks of what was numbered since the call began; what is older is captured.
        std::vector<bool> reached[3];
        bool captured = false;
        const auto in = [&](id_space s) -> std::vector<bool>& { return reached[static_cast<int>(s) - static_cast<int>(first)]; };
        const auto mark = [&](id_space s, std::uint32_t i)
        {
            if (i < before_.in(s))
                captured = true;
            else
                in(s)[i - before_.in(s)] = true;
        };
        const auto marked = [&](id_space s, std::uint32_t i) { return i >= before_.in(s) && in(s)[i - before_.in(s)]; };
        for (auto s = first; s <= last; s = static_cast<id_space>(static_cast<int>(s) + 1))
            in(s).assign(now.in(s) - before_.in(s), false);
        mark(r.space, id);
        std::vector<edge> edges;
        for (std::uint32_t p = log.position(); p-- > position_ && !captured;)
        {
            auto const& n = *log.nodes[p];
            const auto out = n.result();
            if (out.space < first || out.space > last)
                continue;
            const std::size_t statements = n.statements();
            for (std::size_t k = statements; k-- > 0;)
            {
                bool any = false;
                for (std::uint32_t j = 0; j < (statements == 1 ? out.count : 1) && !any; ++j)
                    any = marked(out.space, out.first + static_cast<std::uint32_t>(statements == 1 ? j : k));
                if (!any)
                    continue;
                edges.clear();
                n.edges(k, edges);
                for (auto const& e : edges)
                    if (e.tracked && (e.paths & 1u) != 0)
                        mark(e.space, e.id);
            }
        }
        // Variables that were read for the first time inside.
        const auto adopted = [&](id_space s)
        {
            if (s == id_space::array)
            {
                for (std::uint32_t i = arguments_.in(s); i < now.in(s); ++i)
                    if (marked(s, i) && log.arrays[i].node == 0)
                        return true;
                return false;
            }
            auto const& stream = *log.stream(s);
            const auto new_leaves = std::lower_bound(stream.leaves.begin(), stream.leaves.end(), arguments_.in(s));
            if (std::none_of(new_leaves, stream.leaves.end(), [&](std::uint32_t i) { return marked(s, i); }))
                return false;
            for (auto i : stream.adopted.ids())
                if (i >= arguments_.in(s) && marked(s, i))
                    return true;
            return false;
        };
        for (auto s = first; s <= last && !captured; s = static_cast<id_space>(static_cast<int>(s) + 1))
            captured = adopted(s);
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
