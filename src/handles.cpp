// SPDX-License-Identifier: BSL-1.0
// Element ranges, packed arrays, versions of a variable.
#include <etape/array/pack.hpp>

#include <algorithm>

#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>

namespace etape::runtime
{
    namespace
    {
        // Of a large array that a loop writes part by part so many elements are read alone, each with a node of its own, before all get
        // numbers, whose adjoints a sweep has to visit for every version of the array.
        constexpr std::size_t large = 256;
        int most_alone(std::size_t elements)
        {
            return static_cast<int>(std::clamp<std::size_t>(elements / 64, 8, 64));
        }

        template <class T>
        elements_node<T> const& elements_at(record_log const& log, std::uint32_t position)
        {
            return static_cast<elements_node<T> const&>(*log.nodes[position - 1]);
        }
        // The position + 1 of the node is left in the slot.
        template <class T>
        std::uint32_t add_elements(record_log& log, std::uint32_t id, std::uint32_t offset, std::uint32_t count, bool whole, std::uint32_t before)
        {
            const auto tag = log.template reserve_scalars<T>(count);
            auto& e = log.add_node<elements_node<T>>();
            e.name = "element access";
            e.array = id;
            e.first = log.template scalars<T>().local(tag);
            e.count = count;
            e.offset = offset;
            e.whole = whole;
            e.before = before;
            auto& slot = log.arrays[id];
            slot.element_stamp = log.window_stamp | (!whole ? array_slot::read_alone : before != 0 ? array_slot::read_both_ways : 0);
            slot.first_element = whole && before == 0 ? e.first : log.position();
            if (log.forward != nullptr && !log.forward->fused())
                push_levels(log, e);
            else if (log.forward != nullptr)
                if (auto* t = log.forward->array(id))
                    for (std::uint32_t i = 0; i < count; ++i)
                        log.forward->set_scalar<T>(e.first + i, t->data<T>()[offset + i]);
            return e.first;
        }
        // Of one element that has been read alone; no_id: it has not. reads: how many have.
        template <class T>
        std::uint32_t find_alone(record_log const& log, std::uint32_t last, std::size_t offset, int& reads)
        {
            for (reads = 0; last != 0; ++reads)
            {
                auto const& e = elements_at<T>(log, last);
                if (e.offset == offset)
                    return e.first;
                last = e.before;
            }
            return record_log::no_id;
        }
    }

    template <class T>
    std::uint32_t element_range(record_log& log, std::uint32_t id, buffer& b)
    {
        auto const& known = log.arrays[id];
        if (known.element_stamp == log.window_stamp)
            return known.first_element;
        if (known.element_stamp == (log.window_stamp | array_slot::read_both_ways))
            return elements_at<T>(log, known.first_element).first;
        if (b.size >= record_log::no_id)
            throw tape_error("etape: element access: found an array of " + std::to_string(b.size) + " elements, expected fewer than 2^32");
        const bool alone = known.element_stamp == (log.window_stamp | array_slot::read_alone);
        return add_elements<T>(log, id, 0, static_cast<std::uint32_t>(b.size), true, alone ? known.first_element : 0);
    }

    template <class T>
    std::uint32_t element_id(record_log& log, std::uint32_t id, buffer& b, std::size_t offset)
    {
        auto const& known = log.arrays[id];
        if (known.element_stamp == log.window_stamp || !b.written_in_parts || b.size < large)
            return element_range<T>(log, id, b) + static_cast<std::uint32_t>(offset);
        const bool both = known.element_stamp == (log.window_stamp | array_slot::read_both_ways);
        std::uint32_t last = both || known.element_stamp == (log.window_stamp | array_slot::read_alone) ? known.first_element : 0;
        if (both)
            last = elements_at<T>(log, last).before;
        int reads = 0;
        if (const auto found = find_alone<T>(log, last, offset, reads); found != record_log::no_id)
            return found;
        if (both || reads == most_alone(b.size))
            return element_range<T>(log, id, b) + static_cast<std::uint32_t>(offset);
        return add_elements<T>(log, id, static_cast<std::uint32_t>(offset), 1, false, last);
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
    void refuse_moved_from()
    {
        throw_shape_error("array", "one that was moved from", "one with values");
    }
    void check_dimensions(std::size_t rank)
    {
        if (rank > static_cast<std::size_t>(max_rank))
            throw_shape_error("array expression", "rank " + std::to_string(rank), "rank at most " + std::to_string(max_rank));
    }

    template std::uint32_t element_range<double>(record_log&, std::uint32_t, buffer&);
    template std::uint32_t element_range<float>(record_log&, std::uint32_t, buffer&);
    template std::uint32_t element_id<double>(record_log&, std::uint32_t, buffer&, std::size_t);
    template std::uint32_t element_id<float>(record_log&, std::uint32_t, buffer&, std::size_t);
    template std::uint64_t lost_element<double>(record_log&, buffer&);
    template std::uint64_t lost_element<float>(record_log&, buffer&);
    template class packer<double>;
    template class packer<float>;
}
