// SPDX-License-Identifier: BSL-1.0
// Explanations by the target and by the state of the tape when it was computed.
#include "explain_writer.hpp"

namespace etape::explaining
{
    std::string writer::opened() const
    {
        return tape_.opened_at.known() ? " opened at " + to_string(tape_.opened_at) : std::string();
    }

    std::string writer::by(buffer const& b)
    {
        const auto text = described_result(b);
        return text.empty() ? text : (b.operation != 0 ? " by " : " ") + text;
    }

    std::string writer::window() const
    {
        return tape_.reset_at.known() ? "this tape was reset" + at(tape_.reset_at) : "the tape that was opened" + at(tape_.opened_at);
    }

    std::string writer::before(buffer const& b) const
    {
        if (tape_.owned_here() && !b.owned_here())
            return "on another thread";
        return (b.tag.load(std::memory_order_relaxed) != 0 && !tape_.reset_at.known() ? "on a tape that finished, before " : "before ") + window();
    }

    std::unique_ptr<explanation> writer::unrecorded_target(search const& find)
    {
        const std::string missing = "no operation that this tape recorded produced the target; the tape was opened" + at(tape_.opened_at);
        const auto none = [&](std::string const& text) { return because(reason::target_not_recorded, "", tape_.opened_at, text); };
        if (n_targets_ == 0)
            return none(missing);
        auto const& r = targets_[0];
        if (r.space != id_space::array)
            return number_target(r, missing);
        auto const& b = *r.values;
        if (const auto id = tape_.view().find(b); id != record_log::no_id)
            if (auto const& s = log_.arrays[id]; s.node != 0)
                return none("the target was produced by " + described(s.name, s.made) + ", " + outside(s.node - 1));
        // The result of a rule has a note with the time, others have it in the buffer.
        const auto stamp = b.stamp != 0 ? stamp_of(b) : b.why != nullptr && b.why->why == reason::none ? b.why->stamp : 0;
        if (stamp != 0 && tape_.state_at_stamp(stamp) != nullptr)
            return apart(find, runtime::operation_name(b.operation), b.made,
                         "the target was produced" + by(b) + " from constants alone" + constants(find));
        if (b.role == buffer_role::result || b.operation != 0)
            return none("the target was produced" + by(b) + ", " + before(b));
        return none("the target is a variable" + (b.made.known() ? " made" + at(b.made) : std::string()) + "; " + missing);
    }

    std::uint64_t writer::stamp_of(buffer const& b) const
    {
        const auto now = log_.window_stamp;
        return now - static_cast<std::uint32_t>(static_cast<std::uint32_t>(now) - b.stamp);
    }

    std::string writer::outside(std::uint32_t position) const
    {
        const auto* s = position < tape_.first_position ? nullptr : tape_.state_at_position(position);
        if (s == nullptr)
            return "before the tape that was opened" + at(tape_.opened_at);
        return s->state == tape_state::closed ? "after the tape was closed" + at(s->where) : "while the tape was paused" + at(s->where);
    }

    std::unique_ptr<explanation> writer::number_target(target_request const& r, std::string const& missing)
    {
        const auto* s = tape_.view().stream(r.space);
        const auto number = *r.tag & tag_bits::number;
        if (number == 0)
            return because(reason::target_not_recorded, "", tape_.opened_at,
                           "the target is a constant: it was computed before " + window() +
                               ", or from nothing that is tracked, or as a derivative that depends on nothing, like that of a linear function");
        std::string text = missing;
        if (s != nullptr && number < s->base && number >> tag_bits::slot_shift == s->base >> tag_bits::slot_shift)
            text = "the target is a number that was computed " +
                std::string((*r.tag & tag_bits::leaf) != 0 ? "" : "on a tape that finished (or from such numbers alone) ") + "before " + window();
        if ((number & tag_bits::counter) == tag_bits::counter)
            text = "the target is a number that was computed from what another thread recorded, which this tape does not see";
        return because(reason::target_not_recorded, "", tape_.opened_at, text);
    }
}
