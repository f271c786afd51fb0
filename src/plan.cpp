// SPDX-License-Identifier: BSL-1.0
// Broadcasting and the order of loops.
#include <etape/array/source.hpp>

#include <algorithm>
#include <cstdlib>

namespace etape
{
    template <class T>
    int broadcast_shapes(source<T> const* s, int n, const std::size_t* extra, int extra_rank, std::size_t* shape, const char* call)
    {
        int rank = extra_rank;
        for (int j = 0; j < n; ++j)
            rank = std::max(rank, s[j].rank);
        std::fill_n(shape, rank, std::size_t{1});
        auto join = [&](const std::size_t* with, int r)
        {
            for (int k = 0; k < r; ++k)
            {
                auto& to = shape[k + rank - r];
                if (to == with[k] || with[k] == 1)
                    continue;
                if (to != 1)
                    throw_shape_error(call, "shapes " + shape_text(shape, static_cast<std::size_t>(rank)) + " and " +
                                                shape_text(with, static_cast<std::size_t>(r)),
                                      "shapes that broadcast: equal extents, or 1");
                to = with[k];
            }
        };
        if (extra_rank > 0)
            join(extra, extra_rank);
        for (int j = 0; j < n; ++j)
            if (s[j].array)
                join(s[j].shape, s[j].rank);
        return rank;
    }
    template int broadcast_shapes<double>(source<double> const*, int, const std::size_t*, int, std::size_t*, const char*);
    template int broadcast_shapes<float>(source<float> const*, int, const std::size_t*, int, std::size_t*, const char*);

    void make_plan(loop_plan& p, std::ptrdiff_t (*strides)[max_rank], int n, int key)
    {
        // Outermost first: the dimension in which the key operand takes the largest steps.
        int order[max_rank];
        int r = 0;
        for (int k = 0; k < p.rank; ++k)
            if (p.shape[k] != 1)
                order[r++] = k;
        // By insertion: stable, and unlike std::stable_sort without the heap.
        for (int k = 1; k < r; ++k)
            for (int i = k; i > 0 && std::abs(strides[key][order[i - 1]]) < std::abs(strides[key][order[i]]); --i)
                std::swap(order[i - 1], order[i]);
        std::size_t shape[max_rank];
        std::copy_n(p.shape, p.rank, shape);
        for (int k = 0; k < r; ++k)
            p.shape[k] = shape[order[k]];
        for (int j = 0; j < n; ++j)
        {
            std::ptrdiff_t row[max_rank];
            std::copy_n(strides[j], p.rank, row);
            for (int k = 0; k < r; ++k)
                strides[j][k] = row[order[k]];
        }
        // Dimensions that every operand walks as if they were one become one.
        int out = 0;
        for (int k = 1; k < r; ++k)
        {
            bool joined = true;
            for (int j = 0; j < n && joined; ++j)
                joined = strides[j][out] == strides[j][k] * static_cast<std::ptrdiff_t>(p.shape[k]);
            if (joined)
            {
                p.shape[out] *= p.shape[k];
                for (int j = 0; j < n; ++j)
                    strides[j][out] = strides[j][k];
            }
            else
            {
                ++out;
                p.shape[out] = p.shape[k];
                for (int j = 0; j < n; ++j)
                    strides[j][out] = strides[j][k];
            }
        }
        p.rank = r == 0 ? 0 : out + 1;
        p.unit = p.rank > 0;
        for (int j = 0; j < n && p.unit; ++j)
            p.unit = strides[j][p.rank - 1] == 1;
    }
}
