// SPDX-License-Identifier: BSL-1.0
// What optimisers do too early around a recording and a sweep, whose work is a few dozen instructions a statement.
#pragma once
#include <type_traits>

#include <etape/core/config.hpp>

namespace etape::runtime
{
    // x, a number or a pointer; but nothing that is made of this result is made before this place. For what a rare branch stores
    // (compilers build it in vector registers ahead of the branch, every time) and for a product that two branches have in common
    // (ahead of them it is no longer part of a fused multiply-add).
    template <class X>
        requires(std::is_integral_v<X> || std::is_pointer_v<X>)
    ETAPE_ALWAYS_INLINE X not_before(X x) noexcept
    {
#if defined(__GNUC__) || defined(__clang__)
        __asm__("" : "+r"(x));
#endif
        return x;
    }
}
