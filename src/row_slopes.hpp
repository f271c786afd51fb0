// SPDX-License-Identifier: BSL-1.0
// Slopes of a row of the rule table at numbers, and their own slopes: what statements that compute a derivative have as partials.
#pragma once
#include <atomic>
#include <cstdint>

#include <etape/core/config.hpp>
#include <etape/rule/number.hpp>

namespace etape
{
    // y = f(a...); p_j = df/da_j; g: the adjoint of y.
    template <class T>
    struct slopes
    {
        T slope[3];      // p_j
        T pulled[3];     // g p_j; 0 where g is 0 and p_j is not finite
        T change[3][3];  // [j][i]: d(g p_j) / da_i
    };
    template <class T>
    struct row_slopes
    {
        int arity;
        bool active[3];
        bool offered;  // not for functions of several arguments whose derivatives by parameters are costly
        void (*pull)(const T* a, T g, slopes<T>& to);
        T (*push)(const T* a, const T* tangents);
    };
    template <class T>
    row_slopes<T> const& slopes_of(row_number row);
    extern template row_slopes<double> const& slopes_of<double>(row_number);
    extern template row_slopes<float> const& slopes_of<float>(row_number);

    // How p_j of a row depends on its arguments, as recorded operations tell: not by values, which may be 0.
    struct row_structure
    {
        bool known = false;             // false: take the recorded operations
        unsigned reads[3] = {0, 0, 0};  // [j]: bits of the arguments
    };
    namespace runtime
    {
        // By row: 1 known, 2 looked at, then three bits for each argument.
        extern std::atomic<std::uint16_t> row_structures[static_cast<std::size_t>(row_number::count)];
        ETAPE_COLD std::uint16_t find_structure(row_number row);
    }
    inline row_structure structure_of(row_number row)
    {
        unsigned bits = runtime::row_structures[static_cast<std::size_t>(row)].load(std::memory_order_relaxed);
        if (bits == 0) [[unlikely]]
            bits = runtime::find_structure(row);
        return {(bits & 1u) != 0, {bits >> 2 & 7u, bits >> 5 & 7u, bits >> 8 & 7u}};
    }
}
