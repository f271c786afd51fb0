// SPDX-License-Identifier: BSL-1.0
// Binomial schedules.
#include <etape/tape/revolve.hpp>

#include <algorithm>
#include <limits>

namespace etape
{
    std::uint64_t longest_chain(std::size_t snapshots, std::size_t repetitions)
    {
        constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / 4;
        const std::uint64_t k = std::min(snapshots, repetitions), n = std::uint64_t{snapshots} + repetitions;
        std::uint64_t c = 1;
        // c (n - k + i) / i is whole at every step
        for (std::uint64_t i = 1; i <= k; ++i)
        {
            if (c > most / (n - k + i))
                return most;
            c = c * (n - k + i) / i;
        }
        return c;
    }

    namespace
    {
        std::size_t repetitions_of(std::size_t steps, std::size_t snapshots)
        {
            std::size_t r = 0;
            while (longest_chain(snapshots, r) < steps)
                ++r;
            return r;
        }
        // The state to keep next: the rest then needs one repetition less, or one snapshot less.
        std::size_t split(std::size_t steps, std::size_t snapshots)
        {
            const auto r = repetitions_of(steps, snapshots);
            const std::uint64_t left = r >= 2 ? longest_chain(snapshots, r - 2) : 0;
            const std::uint64_t right = longest_chain(snapshots - 1, r);
            const std::uint64_t at = std::max(left, steps > right ? steps - right : 0);
            return static_cast<std::size_t>(std::clamp<std::uint64_t>(at, 1, steps - 1));
        }
    }

    std::uint64_t fewest_advances(std::size_t steps, std::size_t snapshots)
    {
        const auto r = repetitions_of(steps, snapshots);
        return r == 0 ? 0 : std::uint64_t{r} * steps - longest_chain(snapshots + 1, r - 1);
    }

    revolve_schedule::revolve_schedule(std::size_t steps, std::size_t snapshots)
        : end_(steps)
        , limit_(snapshots)
    {
        kept_.push_back(0);
    }

    revolve_schedule::action revolve_schedule::next()
    {
        if (end_ == 0)
            return {};
        const auto from = kept_.back(), length = end_ - from, free = limit_ - kept_.size();
        if (length == 1)
        {
            end_ = from;
            kept_.pop_back();
            return {action::record, from, from, true};
        }
        if (free == 0)
        {
            --end_;
            return {action::record, from, end_, false};
        }
        kept_.push_back(from + split(length, free + 1));
        return {action::store, from, kept_.back(), false};
    }
}
