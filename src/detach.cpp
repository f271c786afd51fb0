// SPDX-License-Identifier: BSL-1.0
// Notes about values that leave the tape.
#include <etape/array/detach.hpp>

namespace etape::runtime
{
    void note_detached(buffer& now, buffer const& from, reason why, const char* operation, site const& where)
    {
        if (!thread.recording && !thread.paused)
            return;
        auto* o = new origin;
        o->why = why;
        o->operation = operation;
        o->where = where;
        if (const auto id = thread.log->find(from); id != record_log::no_id)
            o->reads.push_back({id_space::array, thread.log->array_tag(id)});
        else if (from.role == buffer_role::leaf || from.role == buffer_role::frozen)
        {
            thread.log->adopt(const_cast<buffer&>(from), from.bytes == from.size * sizeof(float));
            if (const auto fresh = thread.log->find(from); fresh != record_log::no_id)
                o->reads.push_back({id_space::array, thread.log->array_tag(fresh)});
        }
        if (from.why != nullptr)
        {
            retain_origin(from.why);
            o->parents.push_back(from.why);
        }
        now.why = o;
    }

    std::uint64_t detached_scalar(id_space space, std::uint64_t tag, site const& where)
    {
        if (!thread.recording && !thread.paused)
            return number_scalar() | tag_bits::leaf;
        const auto fresh = thread.log->stream(space)->new_leaf(*thread.log);
        auto* o = new origin;
        o->why = reason::detached;
        o->operation = "stop_gradient";
        o->where = where;
        o->reads.push_back({space, tag & tag_bits::number});
        thread.log->note_scalar(space, fresh, o);
        return fresh;
    }
}
