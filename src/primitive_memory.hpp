// SPDX-License-Identifier: BSL-1.0
// Memory of primitive statements: whole arrays as windows, fresh arrays in a precision known at run time.
#pragma once
#include <etape/tape/primitive.hpp>

namespace etape::primitive
{
    template <class T>
    inline constexpr bool is_float = sizeof(T) == sizeof(float);

    // All elements of an array of that shape, in order.
    inline window_layout whole(const std::size_t* shape, int rank)
    {
        window_layout w;
        w.rank = rank;
        std::ptrdiff_t step = 1;
        for (int k = rank - 1; k >= 0; --k)
        {
            w.shape[k] = shape[k];
            w.strides[k] = step;
            step *= static_cast<std::ptrdiff_t>(shape[k]);
        }
        return w;
    }
    // No element of the array is in the window twice? (No may be said of windows that have no such elements either.)
    inline bool once_each(window_layout const& w)
    {
        std::ptrdiff_t steps[max_rank], reach[max_rank];
        int n = 0;
        for (int k = 0; k < w.rank; ++k)
            if (w.shape[k] > 1)
            {
                const auto step = w.strides[k] < 0 ? -w.strides[k] : w.strides[k];
                int at = n++;
                for (; at > 0 && steps[at - 1] > step; --at)
                {
                    steps[at] = steps[at - 1];
                    reach[at] = reach[at - 1];
                }
                steps[at] = step;
                reach[at] = step * static_cast<std::ptrdiff_t>(w.shape[k] - 1);
            }
        std::ptrdiff_t below = 0;
        for (int k = 0; k < n; ++k)
        {
            if (steps[k] <= below)
                return false;
            below += reach[k];
        }
        return true;
    }
    // f(float{}) or f(double{})
    template <class F>
    decltype(auto) in_precision(bool single, F&& f)
    {
        return single ? f(float{}) : f(double{});
    }
    inline buffer_ptr fresh(bool single, const std::size_t* shape, int rank)
    {
        return in_precision(single, [&](auto t) { return make_buffer<decltype(t)>(shape, rank); });
    }
}
