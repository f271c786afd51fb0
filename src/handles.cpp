// SPDX-License-Identifier: BSL-1.0
// Element ranges, packed arrays, versions of a variable.
#include <etape/array/pack.hpp>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>

namespace etape::runtime
{
    template <class T>
    std::uint32_t element_range(record_log& log, std::uint32_t id, buffer& b)
    {
        auto const& known = log.arrays[id];
        if (known.element_stamp == log.window_stamp)
            return known.first_element;
        if (b.size >= record_log::no_id)
            throw tape_error("etape: element access: found an array of " + std::to_string(b.size) + " elements, expected fewer than 2^32");
        const auto n = static_cast<std::uint32_t>(b.size);
        const auto tag = log.template reserve_scalars<T>(n);
        auto& e = log.add_node<elements_node<T>>();
        e.name = "element access";
        e.array = id;
        e.first = log.template scalars<T>().local(tag);
        e.count = n;
        auto& slot = log.arrays[id];
        slot.element_stamp = log.window_stamp;
        slot.first_element = e.first;
        if (log.forward != nullptr && !log.forward->fused())
            push_levels(log, e);
        else if (log.forward != nullptr)
            if (auto* t = log.forward->array(id))
                for (std::uint32_t i = 0; i < n; ++i)
                    log.forward->set_scalar<T>(e.first + i, t->data<T>()[i]);
        return e.first;
    }

    template <class T>
    std::uint64_t lost_element(record_log& log, buffer& b)
    {
        if (b.role == buffer_role::leaf || b.role == buffer_role::frozen)
            log.adopt(b, sizeof(T) == sizeof(float));
        const auto tag = log.template new_leaf<T>();
        auto* o = new origin;
        o->why = reason::recorded_while_paused;
        o->operation = "element access";
        if (const auto id = log.find(b); id != record_log::no_id)
            o->reads.push_back({id_space::array, log.array_tag(id)});
        if (b.why != nullptr)
        {
            retain_origin(b.why);
            o->parents.push_back(b.why);
        }
        log.note_scalar(scalar_space<T>, tag, o);
        return tag;
    }

    template <class T>
    void packer<T>::finish(site const& where)
    {
        if (!lost_.empty())
        {
            auto* o = new origin;
            o->why = reason::recorded_while_paused;
            o->operation = "pack";
            o->where = where;
            o->stamp = thread.log->window_stamp;
            for (auto tag : lost_)
                o->reads.push_back({scalar_space<T>, tag & tag_bits::number});
            b_.why = o;
        }
        if (ids_.empty())
            return;
        auto& log = *thread.log;
        auto& n = log.add_node<pack_node<T>>();
        n.name = "pack";
        n.where = where;
        n.count = static_cast<std::uint32_t>(ids_.size());
        auto* ids = log.memory.allocate_array<std::uint32_t>(ids_.size());
        std::copy(ids_.begin(), ids_.end(), ids);
        n.ids = ids;
        n.out = log.add_array(b_, "pack", where, log.position(), sizeof(T) == sizeof(float));
        if (log.forward != nullptr && !log.forward->fused())
            push_levels(log, n);
        else if (log.forward != nullptr)
        {
            auto t = make_buffer_like<T>(b_);
            for (std::uint32_t i = 0; i < n.count; ++i)
                t->template data<T>()[i] = ids[i] == record_log::no_id ? T(0) : log.forward->scalar<T>(ids[i]);
            log.forward->set_array(n.out, std::move(t));
        }
    }

    void succeed(buffer& now, buffer const& before)
    {
        auto& log = *thread.log;
        // The leaf that the variable began as on this log.
        const auto tag = before.tag.load(std::memory_order_relaxed);
        if (before.source != 0)
            now.source = before.source;
        else if (before.role == buffer_role::leaf || before.role == buffer_role::frozen)
        {
            if (const auto id = log.find(before); id != record_log::no_id)
                now.source = log.array_tag(id);
        }
        // For explanations: which version it replaces.
        if (const auto own = now.tag.load(std::memory_order_relaxed);
            log.holds(tag) && log.holds(own) && own != tag)
            log.arrays[log.local(own)].replaced = log.local(tag) + 1;
        if (now.role != buffer_role::leaf || now.why != nullptr)
            return;
        // Untracked values over a recorded result: its history ends here; or over such values that nothing has read.
        if (before.role == buffer_role::leaf && before.why != nullptr &&
            before.why->why == reason::overwritten && !log.holds(tag))
        {
            now.why = before.why;
            retain_origin(now.why);
        }
        else if (before.role == buffer_role::result && log.holds(tag))
        {
            auto* o = new origin;
            o->why = reason::overwritten;
            o->operation = "assignment";
            o->where = now.made;
            o->reads.push_back({id_space::array, tag});
            now.why = o;
        }
    }

    void check_rank(const char* call, int found, std::size_t expected)
    {
        if (static_cast<std::size_t>(found) != expected)
            throw_shape_error(call, "rank " + std::to_string(found), "rank " + std::to_string(expected));
    }
    void check_dimensions(std::size_t rank)
    {
        if (rank > static_cast<std::size_t>(max_rank))
            throw_shape_error("array expression", "rank " + std::to_string(rank), "rank at most " + std::to_string(max_rank));
    }

    template std::uint32_t element_range<double>(record_log&, std::uint32_t, buffer&);
    template std::uint32_t element_range<float>(record_log&, std::uint32_t, buffer&);
    template std::uint64_t lost_element<double>(record_log&, buffer&);
    template std::uint64_t lost_element<float>(record_log&, buffer&);
    template class packer<double>;
    template class packer<float>;
}
