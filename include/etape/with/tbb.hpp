// SPDX-License-Identifier: BSL-1.0
// map_reduce_gradient on the threads of oneTBB (Debian: libtbb-dev; link TBB::tbb).
#pragma once
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <etape/api/map_reduce.hpp>

ETAPE_BEGIN_ARCH
namespace execution
{
    // On at most `threads` threads; 0: as many as TBB takes.
    struct tbb
    {
        int threads = 0;

        template <class Body>
        void operator()(std::size_t n, Body const& body) const
        {
            ::tbb::task_arena arena(threads == 0 ? ::tbb::task_arena::automatic : threads);
            arena.execute([&] { ::tbb::parallel_for(std::size_t{0}, n, [&](std::size_t i) { ::tbb::this_task_arena::isolate([&] { body(i); }); }); });
        }
    };
}
ETAPE_END_ARCH
