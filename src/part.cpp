// SPDX-License-Identifier: BSL-1.0
// Composition of views: slices, strides over strides, broadcasts.
#include <etape/array/part.hpp>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>

#include <etape/core/error.hpp>

namespace etape::runtime
{
    part whole_array(buffer_ptr b)
    {
        part p = whole_array(b.get());
        p.hold = std::move(b);
        return p;
    }

    bool parts_meet(std::ptrdiff_t distance, int rank, const std::size_t* shape, const std::ptrdiff_t* strides, int second_rank,
                    const std::size_t* second_shape, const std::ptrdiff_t* second_strides) noexcept
    {
        struct step
        {
            std::ptrdiff_t size;   // of one step
            std::ptrdiff_t reach;  // of all of them, second part less first
        };
        step steps[2 * max_rank];
        int n = 0;
        const auto collect = [&](int r, const std::size_t* extents, const std::ptrdiff_t* of, std::ptrdiff_t sign)
        {
            for (int k = 0; k < r; ++k)
                if (extents[k] > 1 && of[k] != 0)
                    steps[n++] = {std::abs(of[k]), sign * of[k] * static_cast<std::ptrdiff_t>(extents[k] - 1)};
        };
        collect(rank, shape, strides, -1);
        collect(second_rank, second_shape, second_strides, 1);
        std::sort(steps, steps + n, [](step const& a, step const& b) { return a.size < b.size; });
        // The distances that the small steps can make, against multiples of what all large ones have in common.
        std::ptrdiff_t least = distance, most = distance;
        for (int small = 0;; ++small)
        {
            std::ptrdiff_t common = 0;
            for (int k = small; k < n; ++k)
                common = std::gcd(common, steps[k].size);
            // the largest multiple that is not above `most`
            const auto multiple = [&] { return (most >= 0 ? most / common : -((-most + common - 1) / common)) * common; };
            if (common == 0 ? least > 0 || most < 0 : multiple() < least)
                return false;
            if (small == n)
                return true;
            (steps[small].reach < 0 ? least : most) += steps[small].reach;
        }
    }

    void refuse_rank()
    {
        throw_shape_error("view", "a result of rank 9 or more", "rank at most " + std::to_string(max_rank));
    }
    void refuse_slices(int rank)
    {
        throw_shape_error("view", "more slices than dimensions", "at most " + std::to_string(rank));
    }
    void refuse_index(std::ptrdiff_t i, int axis, std::size_t extent)
    {
        throw_shape_error("view", "index " + std::to_string(i) + " in dimension " + std::to_string(axis),
                          "an index below " + std::to_string(extent));
    }
    void refuse_range(std::ptrdiff_t first, std::ptrdiff_t last, int axis, std::size_t extent)
    {
        throw_shape_error("view",
                          "a range from " + std::to_string(first) + " to " + std::to_string(last) + " in dimension " + std::to_string(axis),
                          "indices below " + std::to_string(extent));
    }

    bool restride(part& p, const std::size_t* shape, const std::ptrdiff_t* strides, int rank, std::ptrdiff_t offset)
    {
        if (rank > max_rank)
            throw_shape_error("view", "rank " + std::to_string(rank), "rank at most " + std::to_string(max_rank));
        std::size_t n = 1;
        for (int k = 0; k < rank; ++k)
            n *= shape[k];
        // Position in the row-major sequence <-> index: the digits of a number in the mixed base of the shape.
        std::ptrdiff_t weight[max_rank];
        std::ptrdiff_t total = 1;
        for (int d = p.rank - 1; d >= 0; --d)
        {
            weight[d] = total;
            total *= static_cast<std::ptrdiff_t>(p.shape[d]);
        }
        std::ptrdiff_t low[max_rank], high[max_rank], steps[max_rank] = {};
        std::ptrdiff_t start = 0;
        if (n != 0)
        {
            std::ptrdiff_t first = offset, last = offset;
            for (int k = 0; k < rank; ++k)
                (strides[k] < 0 ? first : last) += strides[k] * static_cast<std::ptrdiff_t>(shape[k] - 1);
            if (first < 0 || last >= total)
                throw_shape_error("strided_view", "positions from " + std::to_string(first) + " to " + std::to_string(last),
                                  "positions below " + std::to_string(total));
            std::ptrdiff_t rest = offset;
            for (int d = 0; d < p.rank; ++d)
            {
                low[d] = high[d] = rest / weight[d];
                start += low[d] * p.strides[d];
                rest %= weight[d];
            }
            for (int k = 0; k < rank; ++k)
            {
                if (shape[k] == 1 || strides[k] == 0)
                    continue;
                rest = strides[k];
                for (int d = 0; d < p.rank; ++d)
                {
                    if (p.shape[d] == 1)
                        continue;
                    const auto digit = rest / weight[d];
                    rest %= weight[d];
                    steps[k] += digit * p.strides[d];
                    (digit < 0 ? low[d] : high[d]) += digit * static_cast<std::ptrdiff_t>(shape[k] - 1);
                }
            }
            // No digit carries over anywhere: the map of indices is affine. On dense memory a carry does no harm.
            bool affine = true;
            for (int d = 0; d < p.rank && affine; ++d)
                affine = low[d] >= 0 && high[d] < static_cast<std::ptrdiff_t>(p.shape[d]);
            if (!affine)
            {
                for (int d = 0; d < p.rank; ++d)
                    if (p.shape[d] != 1 && p.strides[d] != weight[d])
                        return false;
                std::copy_n(strides, rank, steps);
                start = offset;
            }
        }
        p.offset = n == 0 ? 0 : p.offset + start;
        p.rank = rank;
        for (int k = 0; k < rank; ++k)
        {
            p.shape[k] = shape[k];
            p.strides[k] = shape[k] > 1 ? steps[k] : 0;
        }
        return true;
    }

    void broadcast_part(part& p, const std::size_t* shape, int rank)
    {
        if (rank > max_rank)
            throw_shape_error("broadcast", "rank " + std::to_string(rank), "rank at most " + std::to_string(max_rank));
        const int left = rank - p.rank;
        for (int k = rank - 1; k >= 0; --k)
        {
            p.strides[k] = k < left || p.shape[k - left] == 1 ? 0 : p.strides[k - left];
            if (k >= left && p.shape[k - left] != 1 && p.shape[k - left] != shape[k])
                throw_shape_error("broadcast", "an extent of " + std::to_string(p.shape[k - left]) + " in dimension " + std::to_string(k),
                                  std::to_string(shape[k]) + ", or 1");
        }
        p.rank = rank;
        std::copy_n(shape, rank, p.shape);
    }
}
