// SPDX-License-Identifier: BSL-1.0
// What the statements have in common forward over reverse.
#pragma once
#include <etape/tape/dual_sweep.hpp>

#include "dual_blocks.hpp"

namespace etape::dual_blocks
{
    template <class T>
    void fill(block<T> to, std::size_t n, dual_number<T> g)
    {
        std::fill_n(to.v, padded(n), g.v);
        std::fill_n(to.d, padded(n), g.d);
    }
    template <class T>
    buffer_ptr zero_tangent(record_log const& log, std::uint32_t id)
    {
        auto const& slot = log.arrays[id];
        auto t = make_buffer<T>(slot.shape, slot.rank, slot.order);
        std::fill_n(t->template data<T>(), t->size, T(0));
        return t;
    }
}
