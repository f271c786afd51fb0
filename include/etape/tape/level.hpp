// SPDX-License-Identifier: BSL-1.0
// One level of forward mode on this thread: while it lives, what is recorded also computes tangents.
#pragma once
#include <etape/tape/forward.hpp>
#include <etape/tape/tape_core.hpp>

namespace etape::runtime
{
    class level
    {
    public:
        explicit level(site const& where);
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

    private:
        tape_core core_;
        forward_state state_;
    };
    extern template bool level::set_scalar<double>(std::uint64_t&, double, std::uint64_t&);
    extern template bool level::set_scalar<float>(std::uint64_t&, float, std::uint64_t&);
    extern template double level::scalar<double>(std::uint64_t&, std::uint64_t&);
    extern template float level::scalar<float>(std::uint64_t&, std::uint64_t&);
}
