// SPDX-License-Identifier: BSL-1.0
// Reasons for a missing gradient, and the note that an untracked value carries about why it has no history.
#pragma once
#include <cstdint>
#include <type_traits>
#include <vector>

#include <etape/core/site.hpp>

namespace etape
{
    enum class reason : std::uint8_t
    {
        none,  // there is a gradient
        unconnected,
        not_watched,
        watched_after_use,
        foreign_recording,
        escaped,
        non_differentiable,
        overwritten,
        rule_missing,
        recorded_while_paused,
        detached,
        target_not_recorded,
        tape_consumed,
        control_only,
        not_watched_by_outer
    };
    const char* to_string(reason r) noexcept;

    // Numbers of values on a record log: arrays and scalars of each type count apart.
    enum class id_space : std::uint8_t
    {
        array,
        scalar_double,
        scalar_float,
        further  // this and those behind it: other number types, in the order in which the program meets them
    };
    // Streams and sweeps of these are compiled into the library; those of further number types where they are used.
    template <class T>
    inline constexpr bool is_compiled_number_v = std::is_same_v<T, double> || std::is_same_v<T, float>;
    namespace runtime
    {
        // The next number type of the program. Throws rule_error beyond 250.
        id_space next_number_space();
    }
    template <class T>
    id_space space_of()
    {
        if constexpr (is_compiled_number_v<T>)
            return sizeof(T) == sizeof(float) ? id_space::scalar_float : id_space::scalar_double;
        else
        {
            static const id_space space = runtime::next_number_space();
            return space;
        }
    }
    namespace runtime
    {
        template <class T>
        constexpr id_space compiled_space()
        {
            static_assert(is_compiled_number_v<T>, "etape: this call takes variables of float or double, found another number type: such "
                                                   "variables have operators, functions, tape.gradient(), grad() and vjp()");
            return sizeof(T) == sizeof(float) ? id_space::scalar_float : id_space::scalar_double;
        }
    }
    template <class T>
    inline constexpr id_space scalar_space = runtime::compiled_space<T>();

    // A value by its tag: unique on every thread, for ever.
    struct value_key
    {
        id_space space = id_space::array;
        std::uint64_t tag = 0;
        friend bool operator==(value_key const&, value_key const&) = default;
    };

    // Made only on the slow paths (pause, detach, escape, overwriting), counted by hand: the layers below know it as an incomplete type.
    struct origin
    {
        std::uint32_t refs = 1;
        reason why = reason::none;
        bool foreign = false;   // it read values that another recording computed
        bool captures = false;  // by a custom_rule whose function may have captured tracked values
        const char* operation = "";
        site where{};
        std::uint32_t depth = 0;        // longest chain of parents
        std::uint64_t stamp = 0;        // state of the log then (record_log::window_stamp): was a tape paused, closed?
        std::vector<value_key> reads;   // what the lost history read
        std::vector<origin*> parents;  // and values that had lost theirs before
    };
    void retain_origin(origin* o) noexcept;
    void release_origin(origin* o) noexcept;
    // The note of an array that takes the values of another, whose note this is: one reference. That the history of a variable ends at an
    // assignment is told of that variable only; of what took its values it is something further back.
    origin* note_of_copy(origin* o);
}
