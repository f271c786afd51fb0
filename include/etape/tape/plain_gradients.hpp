// SPDX-License-Identifier: BSL-1.0
// Gradients that left as plain numbers inside another recording: if that one is differentiated later, they would be constants in
// it, and its derivative would lack their part without a word.
#pragma once
#include <etape/tape/differentiate.hpp>

namespace etape::runtime
{
    // The operation in the note on an array that is a plain gradient.
    inline constexpr char gradient_operation[] = "gradient";
    // After a plain sweep of t.
    void note_plain_gradient(tape_core& t, target_request const* targets, std::size_t n, site const& where);
    // After map_reduce_gradient, for a value that theta is made of.
    void note_plain_result(id_space space, std::uint32_t id, site const& where);
    // Before a plain sweep of a tape of another thread: rule_error when this thread records, as its recording cannot tell what the
    // result depends on.
    void refuse_plain_gradient(tape_core const& t, site const& where);
    // Before a sweep of t from targets to sources that are resolved. Throws rule_error when a target was recorded after a noted
    // gradient that depends on a source.
    void check_plain_gradients(tape_core& t, target_request const* targets, std::size_t n_targets, source_request const* sources,
                               std::size_t n_sources, site const& where);
    // The same for the result of a forward level.
    void check_plain_gradients(record_log const& log, forward_state const& level, id_space space, std::uint32_t result);
}
