// SPDX-License-Identifier: BSL-1.0
// What a kernel is told at run time: the loop, the operands with their strides, where results and adjoints go.
#pragma once
#include <cstddef>

namespace etape
{
    // Full reductions by number, for what is decided at run time.
    enum class reducer_kind
    {
        sum,
        mean,
        norm_l1,
        norm_sq,
        norm_l2,
        extremum,
        logsumexp,
        prod,
        variance,
        stddev
    };
}

namespace etape::kernel_args
{
    // One operand (after merging). Strides are in elements, one per loop dimension; a broadcast dimension has stride 0.
    // Adjoint and tangent arrays share the layout of the data, hence its strides.
    template <class T>
    struct operand
    {
        const T* data = nullptr;
        const std::ptrdiff_t* strides = nullptr;
        T* adjoint = nullptr;        // null: nobody asks
        const T* tangent = nullptr;  // null: zero
        T scalar = 0;                // rank 0: the value
        T scalar_tangent = 0;
        T scalar_adjoint = 0;  // rank 0: contributions are added here
        bool add = false;      // add to the adjoint; false: store (first contribution, operand covers it once)
    };

    template <class T>
    struct loop
    {
        int rank = 0;  // 0: one element
        const std::size_t* shape = nullptr;
        operand<T>* operands = nullptr;
        bool unit = false;  // every array operand and result runs with stride 1 in the last dimension

        T* out = nullptr;  // values, or tangents of the result
        const std::ptrdiff_t* out_strides = nullptr;
        bool accumulate = false;  // add to out (a reduction); otherwise store

        const T* seed = nullptr;  // adjoint of the result; null: the same number everywhere
        const std::ptrdiff_t* seed_strides = nullptr;
        T seed_factor = 1;        // times this (or: this number)

        const T* result = nullptr;  // stored values of the result, for rules that read them
        const std::ptrdiff_t* result_strides = nullptr;
    };
}
