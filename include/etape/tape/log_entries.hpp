// SPDX-License-Identifier: BSL-1.0
// What the record log keeps besides statements: arrays, windows, programs of scalar statements, plain gradients.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/core/small_vector.hpp>
#include <etape/tape/arena.hpp>
#include <etape/tape/origin.hpp>
#include <etape/tape/scalar_stream.hpp>

namespace etape
{
    class tape_core;
    struct replay_program;

    // What is known of an array on the log.
    struct array_slot
    {
        site made{};
        const char* name = "";
        std::uint32_t node = 0;  // position of its statement + 1; 0: a leaf
        buffer_role role = buffer_role::leaf;
        bool single = false;  // float
        std::uint8_t rank = 0;
        memory_order_tag order = memory_order_tag::row_major;
        std::size_t size = 0;
        origin* why = nullptr;  // of a leaf: what its assignment overwrote, or how it lost its history
        site watched_at{};      // by name, with some tape
        // Scalar ids of the elements, once they were read one by one, and in which window generation: the first of all; with a bit in
        // the stamp the position + 1 of a node: of the last that was made for one element alone, or of the one for all that came after
        // such.
        static constexpr std::uint64_t read_alone = std::uint64_t(1) << 63;
        static constexpr std::uint64_t read_both_ways = std::uint64_t(1) << 62;
        std::uint32_t first_element = 0;
        std::uint32_t replaced = 0;  // id + 1 of the version of a variable that it replaced; 0: none, or not on this log
        std::uint64_t element_stamp = 0;
        std::size_t shape[max_rank];
    };

    // Positions [first, second) of the log.
    struct window
    {
        std::uint32_t first = 0;
        std::uint32_t second = 0;
    };
    using window_list = small_vector<window, 4>;

    // How much of the log there is: the end of what a tape has recorded.
    struct log_mark
    {
        std::uint32_t nodes = 0, arrays = 0;
        arena::mark memory;
        stream_mark doubles, floats;
        std::vector<stream_mark> further;  // by their spaces
    };

    // What a sweep whose operations are recorded reads of scalar statements: the program and the leaves of each.
    template <class T>
    struct scalar_replays
    {
        struct entry
        {
            std::uint32_t result;
            const replay_program* program;
            std::size_t first_leaf;
        };
        std::vector<entry> entries;  // in the order of results
        std::vector<T> values;
        std::vector<std::uint32_t> ids;
        void clear() noexcept
        {
            entries.clear();
            values.clear();
            ids.clear();
        }
    };

    // A target whose gradient left as plain numbers while its tape, other tapes or forward levels recorded: a constant to them,
    // should it come back into what they record (tape/plain_gradients.hpp).
    struct plain_gradient
    {
        const tape_core* tape;
        std::uint64_t stamp;  // record_log::window_stamp then
        site where;
        std::uint32_t known[3];  // ids given by then, by id_space
        std::uint32_t position;  // of the log
        id_space space;
        std::uint32_t id;
        std::vector<std::uint32_t> known_further;  // of further number types

        std::uint32_t known_in(id_space s) const noexcept
        {
            const auto k = static_cast<std::size_t>(s);
            return k < 3 ? known[k] : k - 3 < known_further.size() ? known_further[k - 3] : 0;
        }
    };

    struct log_statistics
    {
        std::size_t statements = 0;
        std::size_t edges = 0;
        std::size_t tape_bytes = 0;  // statements and edges
        std::size_t kept_bytes = 0;  // operand buffers and partials that the sweep needs
        std::size_t copied_bytes = 0;  // of these: copies of plain arrays
    };
}
