// SPDX-License-Identifier: BSL-1.0
// The elements of a strided part of an array (a column), one after the other, as a statement keeps them.
#pragma once
#include <cstddef>

#include <etape/core/config.hpp>

namespace etape::packed_part
{
    // Strides of the packed elements along a loop of which the part has the given ones (0: the loop repeats an element); their number.
    inline std::size_t strides(int rank, const std::size_t* shape, const std::ptrdiff_t* of_part, std::ptrdiff_t* packed) noexcept
    {
        std::size_t n = 1;
        for (int k = rank - 1; k >= 0; --k)
        {
            packed[k] = of_part[k] == 0 ? 0 : static_cast<std::ptrdiff_t>(n);
            if (of_part[k] != 0)
                n *= shape[k];
        }
        return n;
    }
    // f(offset in the array, offset among the packed elements) for each element, once.
    template <class F>
    void each(int rank, const std::size_t* shape, const std::ptrdiff_t* of_part, const std::ptrdiff_t* packed, F&& f)
    {
        std::size_t index[max_rank] = {};
        std::ptrdiff_t a = 0, b = 0;
        for (;;)
        {
            f(a, b);
            int k = rank - 1;
            for (; k >= 0; --k)
            {
                if (of_part[k] == 0)
                    continue;
                if (++index[k] < shape[k])
                {
                    a += of_part[k];
                    b += packed[k];
                    break;
                }
                const auto back = static_cast<std::ptrdiff_t>(shape[k] - 1);
                index[k] = 0;
                a -= of_part[k] * back;
                b -= packed[k] * back;
            }
            if (k < 0)
                return;
        }
    }
    // The elements from the first to the last in memory, and where the first one is, relative to the first of the loop.
    inline std::size_t span(int rank, const std::size_t* shape, const std::ptrdiff_t* strides, std::ptrdiff_t& first) noexcept
    {
        std::ptrdiff_t last = first = 0;
        for (int k = 0; k < rank; ++k)
        {
            const std::ptrdiff_t reach = strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
            (reach < 0 ? first : last) += reach;
        }
        return static_cast<std::size_t>(last - first) + 1;
    }
}
