// SPDX-License-Identifier: BSL-1.0
// Names of the reasons; life of origins, released without recursion.
#include <etape/tape/origin.hpp>

#include <atomic>

#include <etape/core/error.hpp>

namespace etape
{
    id_space runtime::next_number_space()
    {
        static std::atomic<unsigned> next{static_cast<unsigned>(id_space::further)};
        const auto space = next.fetch_add(1, std::memory_order_relaxed);
        if (space > 250)
            throw rule_error("etape: found variables of more than 250 number types in one program, expected fewer");
        return static_cast<id_space>(space);
    }

    const char* to_string(reason r) noexcept
    {
        switch (r)
        {
        case reason::none:
            return "none";
        case reason::unconnected:
            return "unconnected";
        case reason::not_watched:
            return "not_watched";
        case reason::watched_after_use:
            return "watched_after_use";
        case reason::foreign_recording:
            return "foreign_recording";
        case reason::escaped:
            return "escaped";
        case reason::non_differentiable:
            return "non_differentiable";
        case reason::overwritten:
            return "overwritten";
        case reason::rule_missing:
            return "rule_missing";
        case reason::recorded_while_paused:
            return "recorded_while_paused";
        case reason::detached:
            return "detached";
        case reason::target_not_recorded:
            return "target_not_recorded";
        case reason::tape_consumed:
            return "tape_consumed";
        case reason::control_only:
            return "control_only";
        case reason::not_watched_by_outer:
            return "not_watched_by_outer";
        }
        return "unknown";
    }

    void retain_origin(origin* o) noexcept
    {
        if (o != nullptr)
            __atomic_fetch_add(&o->refs, 1u, __ATOMIC_RELAXED);
    }

    origin* note_of_copy(origin* o)
    {
        if (o == nullptr || o->why != reason::overwritten)
        {
            retain_origin(o);
            return o;
        }
        auto* copy = new origin;
        copy->operation = o->operation;
        copy->where = o->where;
        copy->stamp = o->stamp;
        copy->foreign = o->foreign;
        copy->depth = o->depth + 1;
        copy->parents.push_back(o);
        retain_origin(o);
        return copy;
    }

    void release_origin(origin* o) noexcept
    {
        // A chain of origins can be as long as the program ran: a work list instead of recursion. The list is threaded
        // through the `parents` vectors that are being given up, so that nothing is allocated here.
        std::vector<origin*> work;
        while (o != nullptr)
        {
            if (__atomic_sub_fetch(&o->refs, 1u, __ATOMIC_ACQ_REL) == 0)
            {
                if (work.empty())
                    work.swap(o->parents);
                else
                    work.insert(work.end(), o->parents.begin(), o->parents.end());
                delete o;
            }
            o = nullptr;
            if (!work.empty())
            {
                o = work.back();
                work.pop_back();
            }
        }
    }
}
