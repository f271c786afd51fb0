// SPDX-License-Identifier: BSL-1.0
// Assignment into a window of an array: in place or into a copy, and its statement.
#include <etape/array/part.hpp>
#include <etape/tape/array_nodes.hpp>
#include <etape/tape/forward.hpp>
#include <etape/tape/primitive.hpp>

#include <algorithm>
#include <string>

#include <etape/core/error.hpp>

namespace etape::runtime
{
    namespace
    {
        // from: dense, row-major, of the window's shape; null: zeros.
        template <class T>
        void write_window(T* to, part const& w, const T* from)
        {
            if (w.size() == 0)
                return;
            to += w.offset;
            const int inner = w.rank - 1;
            const std::size_t n = inner < 0 ? 1 : w.shape[inner];
            const std::ptrdiff_t step = inner < 0 ? 0 : w.strides[inner];
            std::size_t rows = w.size() / n;
            std::size_t index[max_rank] = {};
            while (true)
            {
                if (from == nullptr)
                    for (std::size_t i = 0; i < n; ++i)
                        to[static_cast<std::ptrdiff_t>(i) * step] = T(0);
                else if (step == 1)
                {
                    std::copy_n(from, n, to);
                    from += n;
                }
                else
                    for (std::size_t i = 0; i < n; ++i)
                        to[static_cast<std::ptrdiff_t>(i) * step] = *from++;
                if (--rows == 0)
                    return;
                for (int k = inner - 1; k >= 0; --k)
                {
                    if (++index[k] < w.shape[k])
                    {
                        to += w.strides[k];
                        break;
                    }
                    index[k] = 0;
                    to -= w.strides[k] * static_cast<std::ptrdiff_t>(w.shape[k] - 1);
                }
            }
        }
        template <class T>
        buffer_ptr copy_of(buffer const& b)
        {
            auto c = make_buffer_like<T>(b);
            std::copy_n(b.data<T>(), b.size, c->template data<T>());
            return c;
        }
        template <class T>
        buffer_ptr tangent_of(forward_state& f, std::uint32_t before, std::uint32_t value, buffer const& like, bool in_place, part const& w)
        {
            buffer_ptr t = in_place && before != record_log::no_id && value != before ? f.take_array(before) : buffer_ptr();
            if (t && t.sole())
                ;
            else if (auto* b = t ? t.get() : before == record_log::no_id ? nullptr : f.array(before))
                t = copy_of<T>(*b);
            else
            {
                t = make_buffer_like<T>(like);
                std::fill_n(t->template data<T>(), t->size, T(0));
            }
            auto* v = value == record_log::no_id ? nullptr : f.array(value);
            write_window(t->template data<T>(), w, v == nullptr ? nullptr : v->data<T>());
            return t;
        }
        const std::uint16_t view_operation = operation_number("assignment to a view");
        // The same memory as a new value: nothing of the old identity stays but the leaf that it began as.
        void renew(buffer& b, buffer_role role, site const& where)
        {
            if (thread.recording && b.source == 0 && b.role != buffer_role::result)
                if (const auto id = thread.log->find(b); id != record_log::no_id)
                    b.source = thread.log->array_tag(id);
            if (!thread.recording)
                b.source = 0;
            b.tag.store(0, std::memory_order_relaxed);
            release_origin(b.why);
            b.why = nullptr;
            b.role = role;
            b.made = where;
            b.operation = view_operation;
        }
    }

    void check_window(const char* call, const std::size_t* value, std::size_t value_rank, const std::size_t* shape, std::size_t rank)
    {
        bool fits = value_rank <= rank;
        for (std::size_t k = 0; fits && k < value_rank; ++k)
            fits = value[k] == 1 || value[k] == shape[rank - value_rank + k];
        if (!fits)
            throw_shape_error(call, "a right-hand side of shape " + shape_text(value, value_rank),
                              "a shape that broadcasts to the view's " + shape_text(shape, rank));
    }
    void check_window(const char* call, buffer const& value, const std::size_t* shape, std::size_t rank)
    {
        check_window(call, value.shape, value.rank, shape, rank);
    }
    void check_target(buffer const& now, buffer const& then)
    {
        if (now.rank != then.rank || !std::equal(now.shape, now.shape + now.rank, then.shape))
            throw_shape_error("assignment to a view", "a variable whose shape has become " + shape_text(now.shape, now.rank),
                              "the shape that the view was made for, " + shape_text(then.shape, then.rank));
    }

    bool sole_version(buffer const& now, std::uint32_t references)
    {
        return now.is(references) && !now.borrowed && now.parent == nullptr;
    }
    template <class T>
    buffer_ptr next_version(buffer_ptr const& now, bool in_place, site const& where)
    {
        buffer_ptr out = in_place ? now : copy_of<T>(*now);
        if (in_place)
            renew(*out, buffer_role::result, where);
        out->role = buffer_role::result;
        out->made = where;
        out->written_in_parts = true;
        return out;
    }

    template <class T>
    buffer_ptr assign_part(buffer_ptr const& now, part const& w, buffer& value, std::uint32_t references, site const& where)
    {
        constexpr bool is_float = sizeof(T) == sizeof(float);
        std::uint32_t before = record_log::no_id, with = record_log::no_id;
        if (thread.recording)
        {
            before = thread.log->id_of(*now, is_float);
            with = thread.log->id_of(value, is_float);
        }
        const bool tracked = before != record_log::no_id || with != record_log::no_id;
        // A recorded value may be written over when no statement keeps it: the tape knows arrays by number, and a log that knows
        // a leaf by its address (several threads) keeps it. An unrecorded one only when no tape could still ask for it.
        const bool alone = sole_version(*now, references);
        const bool in_place = alone && (tracked || (!thread.recording && !thread.paused));
        const auto role = tracked ? buffer_role::result : now->role == buffer_role::frozen ? buffer_role::frozen : buffer_role::leaf;

        buffer_ptr tangent;
        if (tracked && thread.log->forward != nullptr && forward_state::fused())
            tangent = tangent_of<T>(*thread.log->forward, before, with, *now, in_place, w);
        buffer_ptr out = in_place ? now : copy_of<T>(*now);
        if (in_place)
            renew(*out, role, where);
        else
            out->born = thread.apart;
        out->role = role;
        out->made = where;
        out->written_in_parts = tracked;
        write_window(out->template data<T>(), w, static_cast<const T*>(value.data<T>()));
        if (!tracked)
        {
            out->why = note_of_copy(value.why);
            return out;
        }
        auto& log = *thread.log;
        auto& n = log.add_node<assign_node<T>>();
        n.name = "assignment to a view";
        n.where = where;
        n.before = before;
        n.value = with;
        n.in_place = in_place;
        if (with == record_log::no_id)
        {
            n.tag = value.tag.load(std::memory_order_relaxed);
            n.why = value.why;
            retain_origin(n.why);
        }
        n.rank = w.rank;
        const auto dimensions = static_cast<std::size_t>(std::max(w.rank, 1));
        auto* shape = log.memory.allocate_array<std::size_t>(dimensions);
        auto* strides = log.memory.allocate_array<std::ptrdiff_t>(dimensions);
        std::copy_n(w.shape, w.rank, shape);
        std::copy_n(w.strides, w.rank, strides);
        n.shape = shape;
        n.strides = strides;
        n.offset = w.offset;
        n.out = log.add_array(*out, n.name, where, log.position(), is_float);
        log.arrays[n.out].replaced = before + 1;  // none for no_id
        if (tangent)
            log.forward->set_array(n.out, std::move(tangent));
        else if (log.forward != nullptr)
            push_levels(log, n);
        return out;
    }

    template buffer_ptr next_version<double>(buffer_ptr const&, bool, site const&);
    template buffer_ptr next_version<float>(buffer_ptr const&, bool, site const&);
    template buffer_ptr assign_part<double>(buffer_ptr const&, part const&, buffer&, std::uint32_t, site const&);
    template buffer_ptr assign_part<float>(buffer_ptr const&, part const&, buffer&, std::uint32_t, site const&);
}
