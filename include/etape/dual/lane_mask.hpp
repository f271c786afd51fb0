// SPDX-License-Identifier: BSL-1.0
// The truth of a comparison of SIMD lanes, and what `if` and `?:` make of it.
#pragma once

#include <cstdint>
#include <type_traits>

#include <etape/core/error.hpp>
#include <etape/rule/lane.hpp>

namespace etape::runtime
{
    // A function that is written for a number runs on many lanes at once, until an `if` on which they disagree: then those
    // that would have gone the other way than the leader are dropped from `following`, and run again later with a leader of
    // their own. Whoever calls the function sets this up (each_path).
    struct lane_leader
    {
        bool present = false;
        unsigned lane = 0;
        std::uint64_t following = 0;
    };
    inline constinit thread_local lane_leader leader{};

    // The way that the leader goes; truth: one bit a lane.
    inline bool follow(std::uint64_t truth, std::uint64_t all)
    {
        if (truth == 0 || truth == all)
            return truth != 0;
        if (!leader.present)
            throw rule_error("etape: found an `if` (or ?:) on SIMD lanes that disagree, expected one truth for all: use "
                             "select(condition, a, b), or call the function through map or jacobians_at");
        const bool way = (truth >> leader.lane & 1u) != 0;
        leader.following &= way ? truth : ~truth;
        return way;
    }

    // Calls run(done) once for each path that some of the first `count` lanes take: done() after the function was evaluated
    // tells which of them have their result.
    template <class Run>
    void each_path(unsigned count, Run&& run)
    {
        struct restore
        {
            lane_leader before = leader;
            ~restore()
            {
                leader = before;
            }
        } scope;
        std::uint64_t todo = count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
        while (todo != 0)
        {
            leader = {true, static_cast<unsigned>(__builtin_ctzll(todo)), todo};
            run([&] { return leader.following & todo; });
            todo &= ~leader.following;
        }
    }
}

ETAPE_BEGIN_ARCH
// One truth a lane. Steers select(mask, a, b) lane by lane; as the condition of `if` the lanes follow a leader.
template <class M>
class lane_mask
{
public:
    ETAPE_ALWAYS_INLINE lane_mask(M const& m)
        : mask_(m)
    {
    }
    ETAPE_ALWAYS_INLINE operator M const&() const noexcept
    {
        return mask_;
    }
    explicit operator bool() const
    {
        constexpr std::size_t width = M::size;
        alignas(64) bool lanes[width];
        mask_.store_aligned(lanes);
        std::uint64_t truth = 0;
        for (std::size_t i = 0; i < width; ++i)
            truth |= std::uint64_t{lanes[i]} << i;
        return runtime::follow(truth, width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1);
    }

    friend ETAPE_ALWAYS_INLINE lane_mask operator&(lane_mask const& a, lane_mask const& b)
    {
        return lane_mask(a.mask_ & b.mask_);
    }
    friend ETAPE_ALWAYS_INLINE lane_mask operator|(lane_mask const& a, lane_mask const& b)
    {
        return lane_mask(a.mask_ | b.mask_);
    }
    // Without short circuit: both sides are values already.
    friend ETAPE_ALWAYS_INLINE lane_mask operator&&(lane_mask const& a, lane_mask const& b)
    {
        return a & b;
    }
    friend ETAPE_ALWAYS_INLINE lane_mask operator||(lane_mask const& a, lane_mask const& b)
    {
        return a | b;
    }
    friend ETAPE_ALWAYS_INLINE lane_mask operator!(lane_mask const& a)
    {
        return lane_mask(!a.mask_);
    }

private:
    M mask_;
};

namespace lane
{
    // What a comparison of numbers gives its user: bool, or a lane_mask.
    template <class T>
    using truth_t = std::conditional_t<is_batch_v<primal_t<T>>, lane_mask<mask_t<T>>, mask_t<T>>;

    template <class M>
    ETAPE_ALWAYS_INLINE bool all(const lane_mask<M>& m)
    {
        return xsimd::all(static_cast<M const&>(m));
    }
    template <class M>
    ETAPE_ALWAYS_INLINE bool any(const lane_mask<M>& m)
    {
        return xsimd::any(static_cast<M const&>(m));
    }
}
ETAPE_END_ARCH
