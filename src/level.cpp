// SPDX-License-Identifier: BSL-1.0
// Levels of forward mode.
#include <etape/tape/level.hpp>

#include <algorithm>

#include <etape/tape/plain_gradients.hpp>

#include "statements.hpp"

namespace etape::runtime
{
    namespace
    {
        // Of this thread, from the outermost in.
        thread_local std::vector<level*> levels;
    }

    level::level(site const& where, asked when)
        : core_(false, true, where)
    {
        auto& log = core_.log();
        state_.begin(log);
        state_.core = &core_;
        state_.hidden = when == asked::afterwards;
        state_.outer = log.forward;
        log.forward = &state_;
        log.refresh();
        followed_ = log.position();
        levels.push_back(this);
    }
    level::~level()
    {
        std::erase(levels, this);
        for (auto** at = &core_.log().forward; *at != nullptr; at = &(*at)->outer)
            if (*at == &state_)
            {
                *at = state_.outer;
                return;
            }
    }

    template <class T>
    bool level::set_scalar(std::uint64_t& tag, T tangent, std::uint64_t& tangent_tag)
    {
        auto& log = core_.log();
        const auto id = log.id_of_scalar<T>(tag);
        active known;
        if (id == record_log::no_id)
            throw rule_error("etape: jvp: found an input that is a constant, expected a variable");
        if (state_.find(scalar_space<T>, id, known))
            return false;
        const auto from = (tangent_tag & tag_bits::number) == 0 ? record_log::no_id : log.id_of_scalar<T>(tangent_tag);
        state_.set(scalar_space<T>, id, primitive::of_number(static_cast<double>(tangent), from, sizeof(T) == sizeof(float)));
        return true;
    }
    bool level::set_array(buffer& b, buffer_ptr tangent, bool single)
    {
        const auto id = core_.log().id_of(b, single);
        active known;
        if (id == record_log::no_id)
            throw rule_error("etape: jvp: found an input that is a constant or frozen, expected a variable");
        if (state_.find(id_space::array, id, known))
            return false;
        state_.set(id_space::array, id, primitive::of(tangent, single));
        return true;
    }

    template <class T>
    T level::scalar(std::uint64_t& tag, std::uint64_t& tangent_tag)
    {
        auto& log = core_.log();
        const auto id = log.find_scalar<T>(tag);
        active t;
        tangent_tag = 0;
        check_plain_gradients(log, state_, scalar_space<T>, id);
        check_given(scalar_space<T>, id, tag & tag_bits::number, nullptr);
        if (id == record_log::no_id || !state_.find(scalar_space<T>, id, t))
            return T(0);
        if (t.tracked())
            tangent_tag = log.scalars<T>().base + t.id;
        return static_cast<T>(t.number);
    }
    buffer_ptr level::array(buffer& b)
    {
        const auto id = core_.log().find(b);
        check_plain_gradients(core_.log(), state_, id_space::array, id);
        check_given(id_space::array, id, 0, &b);
        auto* t = id == record_log::no_id ? nullptr : state_.array(id);
        return t == nullptr ? buffer_ptr() : buffer_ptr::share(t);
    }

    // ---- tangents that the program goes on with ----
    bool level::moves(id_space space, std::uint32_t id) const
    {
        active t;
        return id != record_log::no_id && state_.find(space, id, t);
    }
    bool level::inner_level_moves(buffer& b) const
    {
        const auto id = core_.log().find(b);
        return std::any_of(std::find(levels.begin(), levels.end(), this), levels.end(),
                           [&](level* l) { return l != this && l->moves(id_space::array, id); });
    }
    void level::take_note(given const& g, std::uint32_t of)
    {
        for (auto at = std::find(levels.begin(), levels.end(), this); at != levels.end(); ++at)
            if (*at != this && (*at)->moves(g.space, of))
                (*at)->given_.push_back(g);
    }
    template <class T>
    void level::give(std::uint64_t& of, std::uint64_t tangent, site const& where)
    {
        take_note({scalar_space<T>, tangent & tag_bits::number, {}, where, core_.opened_at}, core_.log().find_scalar<T>(of));
    }
    void level::give(buffer& of, buffer_ptr const& tangent, site const& where)
    {
        take_note({id_space::array, 0, tangent, where, core_.opened_at}, core_.log().find(of));
    }
    // Each statement is looked at once, in the order of recording: what it makes of a noted value is noted.
    void level::check_given(id_space space, std::uint32_t id, std::uint64_t tag, buffer const* array)
    {
        if (given_.empty())
            return;
        auto& log = core_.log();
        log.close_run();
        const auto note = [&](id_space s) -> std::vector<std::uint32_t>& { return made_of_[static_cast<std::size_t>(s)]; };
        const auto noted = [&](id_space s, std::uint32_t i) { return s < id_space::further && i < note(s).size() ? note(s)[i] : 0; };
        const auto mark = [&](id_space s, std::uint32_t i, std::uint32_t g)
        {
            if (note(s).size() <= i)
                note(s).resize(i + 1 + i / 2, 0);
            note(s)[i] = g;
        };
        for (std::uint32_t k = 0; k < given_.size(); ++k)
        {
            auto& g = given_[k];
            if (array != nullptr ? g.array.get() == array : g.space == space && g.tag == tag)
                refuse(g);
            if (g.numbered)
                continue;
            auto of = g.tag;
            if (const auto known = g.array ? log.find(*g.array) : log.find_scalar(g.space, of); known != record_log::no_id)
            {
                g.numbered = true;
                mark(g.space, known, k + 1);
            }
        }
        for (; followed_ < log.position(); ++followed_)
        {
            auto const& n = *log.nodes[followed_];
            const auto out = n.result();
            const auto statements = n.statements();
            each_statement_in_order(n, [&](std::size_t k, std::vector<edge> const& edges)
                {
                    const auto e = std::find_if(edges.begin(), edges.end(),
                                                [&](edge const& x) { return x.tracked && (x.paths & 1u) != 0 && noted(x.space, x.id) != 0; });
                    if (e == edges.end())
                        return;
                    const auto g = noted(e->space, e->id);
                    for (std::uint32_t j = 0; j < (statements == 1 ? out.count : 1); ++j)
                        mark(out.space, out.first + static_cast<std::uint32_t>(statements == 1 ? j : k), g);
                });
        }
        if (id != record_log::no_id && noted(space, id) != 0)
            refuse(given_[noted(space, id) - 1]);
    }
    void level::refuse(given const& g) const
    {
        throw rule_error("etape: jvp: found a value made of a tangent that the forward_accumulator at " + to_string(g.opened) + " gave at " +
                         to_string(g.where) + ", whose derivative the later forward_accumulator at " + to_string(core_.opened_at) +
                         " does not follow; expected outer.jvp(inner.jvp(y)): the one that began last is asked first; or value(tangent), for a "
                         "constant on purpose");
    }

    template void level::give<double>(std::uint64_t&, std::uint64_t, site const&);
    template void level::give<float>(std::uint64_t&, std::uint64_t, site const&);
    template bool level::set_scalar<double>(std::uint64_t&, double, std::uint64_t&);
    template bool level::set_scalar<float>(std::uint64_t&, float, std::uint64_t&);
    template double level::scalar<double>(std::uint64_t&, std::uint64_t&);
    template float level::scalar<float>(std::uint64_t&, std::uint64_t&);
}
