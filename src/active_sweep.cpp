// SPDX-License-Identifier: BSL-1.0
// A sweep whose operations are recorded: its adjoints; and the levels of forward mode.
#include <etape/core/error.hpp>
#include <etape/tape/active.hpp>
#include <etape/tape/forward.hpp>

#include "derived_statement.hpp"
#include "primitive_memory.hpp"

namespace etape
{
    // ---- what a node offers unless it says otherwise ----
    void node::reverse_active(active_sweep&) const
    {
        throw rule_error(std::string("etape: derivative of a derivative: found '") + name + "'" + (where.known() ? " at " + to_string(where) : std::string()) +
                         ", which has a reverse rule for plain sweeps only, expected operations whose derivatives are recorded");
    }
    void node::forward_active(forward_state&) const
    {
        throw rule_error(std::string("etape: nested forward mode: found '") + name + "'" + (where.known() ? " at " + to_string(where) : std::string()) +
                         ", which has a forward rule for plain tangents only, expected operations whose derivatives are recorded");
    }

    // ---- adjoints ----
    namespace
    {
        template <class T>
        active sum_once(record_log& log, active const& a, active const& b)
        {
            derived_statement<T> sum;
            sum.read(T(1), a.id);
            sum.read(T(1), b.id);
            return sum.record(log, static_cast<T>(a.number) + static_cast<T>(b.number));
        }
    }
    active_sweep::active_sweep(record_log& log, bool once)
        : log_(log)
        , space_(free_workspace(log.active_workspaces))
        , first_{static_cast<std::uint32_t>(log.arrays.size()), log.scalars<double>().count, log.scalars<float>().count}
        , once_(once)
    {
    }
    active_sweep::~active_sweep()
    {
        for (auto const& [space, id] : space_.touched)
            *space_.find(space, id) = {};
        space_.touched.clear();
        space_.results.clear();
        space_.busy = false;
    }
    active_workspace::slot& active_sweep::at(id_space space, std::uint32_t id)
    {
        auto& s = space_.at(space, id);
        if (!s.present && !s.wanted)
            space_.touched.emplace_back(space, id);
        return s;
    }
    bool active_sweep::find(id_space space, std::uint32_t id, active& out) const
    {
        auto const* s = space_.find(space, id);
        if (s == nullptr || !s->present)
            return false;
        out = s->value;
        return true;
    }
    bool active_sweep::take(id_space space, std::uint32_t id, active& out)
    {
        auto* s = space_.find(space, id);
        if (s == nullptr || !s->present)
            return false;
        if (s->wanted)
            out = s->value;
        else
        {
            out = std::move(s->value);
            *s = {};
        }
        return true;
    }
    void active_sweep::add_part(std::uint32_t id, window_layout const& w, active const& contribution, const std::size_t* shape, int rank)
    {
        std::size_t n = 1;
        for (int k = 0; k < rank; ++k)
            n *= shape[k];
        const bool in_place = 2 * w.size() <= n && primitive::once_each(w);
        auto& s = at(id_space::array, id);
        if (!in_place || !s.present || s.value.is_number())
            return add(id_space::array, id, primitive::scatter(contribution, w, shape, rank));
        const auto sum = primitive::add(primitive::gather(s.value, w), contribution);
        s.value = primitive::with_part(std::move(s.value), w, sum, shape, rank);
    }
    void active_sweep::add(id_space space, std::uint32_t id, active const& contribution)
    {
        auto& s = at(space, id);
        if (!s.present)
            s.value = contribution;
        else if (once_ && s.value.is_number() && contribution.is_number())
            s.value = s.value.single ? sum_once<float>(log_, s.value, contribution) : sum_once<double>(log_, s.value, contribution);
        else
            s.value = primitive::add(s.value, contribution);
        s.present = true;
    }
    namespace
    {
        std::uint64_t result_key(id_space space, std::uint32_t id)
        {
            return static_cast<std::uint64_t>(space) << 32 | id;
        }
    }
    void active_sweep::note_result(id_space space, std::uint32_t id)
    {
        const auto first = space == id_space::array ? first_[0] : space == id_space::scalar_double ? first_[1] : first_[2];
        auto& results = space_.results;
        const auto key = result_key(space, id);
        if (const auto known = results.find(key); known == results.end())
            results.emplace(key, id < first);
        else
            results.begin()[known - results.begin()].second = true;
    }
    bool active_sweep::is_shared(id_space space, std::uint32_t id) const
    {
        auto const& results = space_.results;
        const auto known = results.find(result_key(space, id));
        return known != results.end() && known->second;
    }
    void active_sweep::want(id_space space, std::uint32_t id)
    {
        at(space, id).wanted = true;
    }
    void active_sweep::run(std::uint32_t from, std::uint32_t to)
    {
        for (std::uint32_t p = to; p-- > from;)
            log_.nodes[p]->reverse_active(*this);
    }

    // ---- tangents ----
    template <class T>
    bool forward_state::find_number(std::uint32_t id, active& out) const
    {
        auto const& n = scalars<T>();
        auto const* identity = n.ids.find(id);
        const bool identified = identity != nullptr && *identity != 0;
        auto const* value = n.values.find(id);
        if (!identified && (value == nullptr || *value == T(0)))
            return false;
        out = primitive::of_number(static_cast<double>(*value), identified ? *identity - 1 : record_log::no_id, sizeof(T) == sizeof(float));
        return true;
    }
    template <class T>
    void forward_state::set_number(std::uint32_t id, active const& t)
    {
        set_scalar<T>(id, static_cast<T>(t.number));
        auto& ids = scalars<T>().ids;
        if (t.tracked() || ids.find(id) != nullptr)
            ids.set(id, t.tracked() ? t.id + 1 : 0);
    }
    bool forward_state::find(id_space space, std::uint32_t id, active& out) const
    {
        if (observer != nullptr)
        {
            const bool array = space == id_space::array;
            const bool single = array ? runtime::thread.log->arrays[id].single : space == id_space::scalar_float;
            out = array ? primitive::constant(buffer_ptr::share(observer->operand_tangent(id)), single)
                        : primitive::constant(observer->operand_tangent(space, id), single);
            return true;
        }
        switch (space)
        {
        case id_space::scalar_double:
            return find_number<double>(id, out);
        case id_space::scalar_float:
            return find_number<float>(id, out);
        default:
            auto* b = array(id);
            if (b == nullptr)
                return false;
            out = primitive::of(buffer_ptr::share(b), runtime::thread.log->arrays[id].single);
            return true;
        }
    }
    void forward_state::set(id_space space, std::uint32_t id, active const& t)
    {
        if (observer != nullptr && space != id_space::array)
            return observer->result(space, id, t.number, "");
        switch (space)
        {
        case id_space::scalar_double:
            return set_number<double>(id, t);
        case id_space::scalar_float:
            return set_number<float>(id, t);
        default:
            auto const& slot = runtime::thread.log->arrays[id];
            std::size_t shape[max_rank];
            const int rank = slot.rank;
            for (int k = 0; k < rank; ++k)
                shape[k] = slot.shape[k];
            auto values = primitive::reshape(t, shape, rank).values;
            if (observer != nullptr)
                return observer->result(id, std::move(values));
            put_array(id, std::move(values));
        }
    }
    void forward_state::no_nested_rule(std::uint32_t id)
    {
        throw rule_error(std::string("etape: nested forward mode: found '") + runtime::thread.log->arrays[id].name +
                         "', which has a forward rule for plain tangents only, expected operations whose derivatives are recorded");
    }
}
