// SPDX-License-Identifier: BSL-1.0
// What becomes of history when an expression is not recorded: notes for the explanation, nothing on the hot path.
#pragma once
#include <etape/array/source.hpp>
#include <etape/scalar/variable.hpp>
#include <etape/tape/origin.hpp>

namespace etape::runtime
{
    template <class T>
    buffer_ptr copy_dense(source<T> const& s);
    // An untracked operand of a recorded statement: its old identity and its reason, for edges().
    template <class T>
    void note_constant(source<T> const& s, std::uint64_t& tag, origin*& why);
    // A result without a statement: why, and what it read. Null when there is nothing to tell.
    template <class T>
    origin* lost_history_of(source<T> const* s, int n, const char* name, site const& where,
                            reason because);
    // Is this update of a variable, which another recording computed, itself computed from what such recordings left? Then it is no new
    // leaf: its history is elsewhere. While a tape records.
    bool stays_foreign(buffer const& now, buffer const& before);

    extern template buffer_ptr copy_dense<double>(source<double> const&);
    extern template buffer_ptr copy_dense<float>(source<float> const&);
    extern template void note_constant<double>(source<double> const&, std::uint64_t&, origin*&);
    extern template void note_constant<float>(source<float> const&, std::uint64_t&, origin*&);
    extern template origin* lost_history_of<double>(source<double> const*, int, const char*, site const&, reason);
    extern template origin* lost_history_of<float>(source<float> const*, int, const char*, site const&, reason);
}

ETAPE_BEGIN_ARCH
namespace detail
{
    using runtime::copy_dense;
    using runtime::note_constant;

    template <class T>
    ETAPE_ALWAYS_INLINE void note_lost_history(buffer& out, source<T> const* s, int n, const char* name, site const& where,
                                               reason because = reason::none)
    {
        if (!tape_alive())
            return;
        out.stamp = static_cast<std::uint32_t>(runtime::thread.log->window_stamp);
        out.why = runtime::lost_history_of<T>(s, n, name, where, because);
    }
    template <class T>
    variable<T, 0> lost_history(T value, source<T> const* s, int n, const char* name, site const& where, reason because = reason::none)
    {
        if (!tape_alive())
            return variable<T, 0>(value);
        auto& log = *runtime::thread.log;
        const auto tag = log.template new_leaf<T>();
        if (auto* o = runtime::lost_history_of<T>(s, n, name, where, because))
            log.note_scalar(scalar_space<T>, tag, o);
        return variable<T, 0>(with_tag{}, value, tag);
    }
}
ETAPE_END_ARCH
