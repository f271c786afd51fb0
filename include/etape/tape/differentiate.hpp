// SPDX-License-Identifier: BSL-1.0
// The gradient of targets with respect to sources on a tape, without types: what the interface is a wrapper of.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/tape/number_adjoints.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape
{
    // Why there is no gradient: the reason, the places, and a text that puts them together.
    struct explanation
    {
        reason why = reason::none;
        std::string operation;  // that broke the path, if one did
        site where_source{};    // the source was made, or first read
        site where_target{};    // the target was computed
        site where_break{};
        std::string hint;
        std::string text;
    };

    struct target_request
    {
        id_space space = id_space::array;
        buffer* values = nullptr;     // arrays
        std::uint64_t* tag = nullptr; // scalars
        buffer_ptr seed;              // null: ones
        double scalar_seed = 1;
        std::unique_ptr<number_slot> number_seed;  // of a further number type; null: one
        bool single = false;
        std::uint64_t seed_tag = 0;  // of a scalar seed that is a value on the tape; 0: a constant
        // resolved
        std::uint32_t id = record_log::no_id;
    };
    struct source_request
    {
        id_space space = id_space::array;
        buffer* values = nullptr;
        std::uint64_t* tag = nullptr;
        bool single = false;
        bool constant = false;  // a handle that cannot be tracked
        bool zero_if_unread = false;  // the caller wants no words for a source that the function does not look at
        bool zero_anyway = false;     // nor for any other: `missing` will say no more than that there is no gradient
        // result
        buffer_ptr gradient;   // arrays
        double scalar = 0;     // scalars
        std::unique_ptr<number_slot> number;  // scalars of a further number type: made by the caller, zero when there is no gradient
        std::uint64_t scalar_tag = 0;  // of a recorded derivative; 0: a constant
        std::unique_ptr<explanation> missing;
        // in progress
        std::uint32_t candidates[2] = {record_log::no_id, record_log::no_id};
        std::uint32_t cut[2] = {0, 0};  // contributions of statements before this position do not count
        bool harvested[2] = {false, false};
        bool connected[2] = {false, false};
    };

    // A source that is a scalar of double or float: there may be thousands of them.
    struct scalar_request
    {
        std::uint64_t tag = 0;
        double value = 0;  // result
        std::unique_ptr<explanation> missing;
        // in progress
        std::uint32_t candidates[2] = {record_log::no_id, record_log::no_id};
    };

    // Sweeps the tape. Every source gets a gradient or an explanation. Throws thread_error on a foreign thread, shape_error for a
    // seed whose shape is not the target's.
    // keep: further sweeps follow, so a tape that is not persistent is not used up yet. detached: the results are constants to
    // other recordings on purpose (see tape/plain_gradients.hpp).
    void differentiate(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources, site const& where,
                       bool keep = false, bool detached = false);
    // The same for scalars of T. zero_anyway: as in source_request, of all of them.
    template <class T>
    void differentiate(tape_core& t, target_request* targets, std::size_t n_targets, scalar_request* sources, std::size_t n_sources, site const& where,
                       bool detached, bool zero_anyway = false);
    extern template void differentiate<double>(tape_core&, target_request*, std::size_t, scalar_request*, std::size_t, site const&, bool, bool);
    extern template void differentiate<float>(tape_core&, target_request*, std::size_t, scalar_request*, std::size_t, site const&, bool, bool);
    // The same with operations that are recorded by every tape that records now: gradients carry their identity (the tag of the
    // array, scalar_tag), and seeds may. Throws rule_error for a statement whose derivative is not recorded.
    void differentiate_recorded(tape_core& t, target_request* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources,
                                site const& where);
    // Gradients of zeros for a source that has none.
    buffer_ptr zeros_like(buffer const& b, bool single);

    // The search for the reasons; only after a failure. Of the sources whose `missing` is there and gives no reason yet; they share the
    // walks through the recording, so that many cost little more than one.
    void explain(tape_core& t, target_request const* targets, std::size_t n_targets, source_request* sources, std::size_t n_sources,
                 site const& where);
}
