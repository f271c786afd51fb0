// SPDX-License-Identifier: BSL-1.0
// A derivative taken inside other derivatives: what a call of the functional interface must know of what goes on around it.
#pragma once
#include <cstdint>
#include <vector>

#include <etape/tape/differentiate.hpp>

namespace etape::runtime
{
    // The tag of a number with the same value and an identity of its own, whose derivative is that of the given one; 0 when that is
    // no value on a recording.
    template <class T>
    std::uint64_t own_scalar(T v, std::uint64_t& tag);
    extern template std::uint64_t own_scalar<double>(double, std::uint64_t&);
    extern template std::uint64_t own_scalar<float>(float, std::uint64_t&);
    // The same of an array; null when it is none on a recording.
    buffer_ptr own_array(buffer_ptr const& b, bool single);

    // The state of the recording at the beginning of a call.
    class outer_call
    {
    public:
        explicit outer_call(const char* name);
        // Something outside records: a tape, or a level of forward mode.
        bool nested() const noexcept
        {
            return nested_;
        }
        // The arguments were made: what is numbered from here on is the function's.
        void arguments_made();
        static void adopt(buffer& argument, bool single);
        // The results of a call with plain arguments are plain. Throws rule_error when, inside a recording, the result depends on
        // tracked values that the function captured, whose part in the derivative would so be lost.
        void check_captured(target_request const& result) const;

    private:
        const char* name_;
        bool nested_;
        // How many values of each kind there are.
        struct numbers
        {
            std::uint32_t of[3] = {0, 0, 0};     // by id_space
            std::vector<std::uint32_t> further;  // of the number types behind it
            std::uint32_t in(id_space s) const noexcept;
        };
        static numbers count(record_log const& log);
        numbers before_, arguments_;
        std::uint32_t position_ = 0;
    };

    // Nothing for a missing derivative that is 0 in the mathematical sense; else throws missing_gradient.
    void zero_or_throw(explanation const& missing);
}
