// SPDX-License-Identifier: BSL-1.0
// The order in which a chain of steps is reversed when only a few of its states fit in memory: revolve (Griewank and Walther,
// ACM TOMS 26(1), 2000, algorithm 799).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace etape
{
    // Binomial coefficient (s + t choose s): the longest chain that s snapshots reverse with no step run more than t times
    // without being recorded. Saturates.
    std::uint64_t longest_chain(std::size_t snapshots, std::size_t repetitions);
    // The least number of steps to run without recording them, to reverse a chain: r l - beta(s + 1, r - 1) with
    // beta(s, r - 1) < l <= beta(s, r).
    std::uint64_t fewest_advances(std::size_t steps, std::size_t snapshots);

    // Hands out what to do next. State k is the one before step k; state 0 is the first snapshot.
    class revolve_schedule
    {
    public:
        struct action
        {
            enum kind
            {
                store,   // advance from state `from`, a snapshot, to state `to`, and keep that
                record,  // advance from state `from` to state `to`; record step `to`, and sweep it
                done
            } what = done;
            std::size_t from = 0, to = 0;
            bool drop = false;  // the last snapshot is not needed any more
        };
        // steps >= 1, snapshots >= 1 (the initial state among them)
        revolve_schedule(std::size_t steps, std::size_t snapshots);
        action next();

    private:
        std::vector<std::size_t> kept_;
        std::size_t end_;  // steps [0, end) are to be reversed yet
        std::size_t limit_;
    };
}
