// SPDX-License-Identifier: BSL-1.0
// One level of forward mode on this thread: while it lives, what is recorded also computes tangents.
#pragma once
#include <vector>

#include <etape/tape/forward.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape::runtime
{
    class level
    {
    public:
        // Who asks for tangents: its owner when all is recorded, or also the program that is recorded.
        enum class asked
        {
            afterwards,
            meanwhile
        };
        level(site const& where, asked when);
        ~level();
        level(level const&) = delete;
        level& operator=(level const&) = delete;

        // The tangent of an input; it may be a value on outer recordings. False: the input has one already.
        template <class T>
        bool set_scalar(std::uint64_t& tag, T tangent, std::uint64_t& tangent_tag);
        bool set_array(buffer& b, buffer_ptr tangent, bool single);

        // The tangent of a result; tag 0: a constant. Null: zero.
        template <class T>
        T scalar(std::uint64_t& tag, std::uint64_t& tangent_tag);
        buffer_ptr array(buffer& b);

        // A tangent of a value that the program goes on with. Levels inside this one do not follow what it depends on, so that
        // their tangent of a result that is made of it throws rule_error instead of lacking a part.
        template <class T>
        void give(std::uint64_t& of, std::uint64_t tangent, site const& where);
        void give(buffer& of, buffer_ptr const& tangent, site const& where);
        bool inner_level_moves(buffer& b) const;

    private:
        struct given
        {
            id_space space;
            std::uint64_t tag;  // of a number
            buffer_ptr array;
            site where, opened;  // where it was given, and where the level began that did
            bool numbered = false;
        };
        bool moves(id_space space, std::uint32_t id) const;
        void take_note(given const& g, std::uint32_t of);
        void check_given(id_space space, std::uint32_t id, std::uint64_t tag, buffer const* array);
        [[noreturn]] void refuse(given const& g) const;

        tape_core core_;
        forward_state state_;
        std::vector<given> given_;
        std::vector<std::uint32_t> made_of_[3];  // by id_space and id: given_ + 1
        std::uint32_t followed_ = 0;             // position of the log
    };
    extern template bool level::set_scalar<double>(std::uint64_t&, double, std::uint64_t&);
    extern template bool level::set_scalar<float>(std::uint64_t&, float, std::uint64_t&);
    extern template void level::give<double>(std::uint64_t&, std::uint64_t, site const&);
    extern template void level::give<float>(std::uint64_t&, std::uint64_t, site const&);
    extern template double level::scalar<double>(std::uint64_t&, std::uint64_t&);
    extern template float level::scalar<float>(std::uint64_t&, std::uint64_t&);
}
