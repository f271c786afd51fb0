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
