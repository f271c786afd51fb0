// SPDX-License-Identifier: BSL-1.0
// Levels of forward mode.
#include <etape/tape/level.hpp>

#include <etape/tape/plain_gradients.hpp>

namespace etape::runtime
{
    level::level(site const& where)
        : core_(false, true, where)
    {
        auto& log = core_.log();
        state_.outer = log.forward;
        log.forward = &state_;
        log.refresh();
    }
    level::~level()
    {
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
        auto* t = id == record_log::no_id ? nullptr : state_.array(id);
        return t == nullptr ? buffer_ptr() : buffer_ptr::share(t);
    }

    template bool level::set_scalar<double>(std::uint64_t&, double, std::uint64_t&);
    template bool level::set_scalar<float>(std::uint64_t&, float, std::uint64_t&);
    template double level::scalar<double>(std::uint64_t&, std::uint64_t&);
    template float level::scalar<float>(std::uint64_t&, std::uint64_t&);
}
