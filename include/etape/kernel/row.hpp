// SPDX-License-Identifier: BSL-1.0
// One row (the innermost loop dimension) of a program: W elements at a time, the rest as one partial lane, so that every
// element goes through the same arithmetic wherever it stands.
#pragma once
#include <algorithm>
#include <cstddef>

#include <etape/kernel/args.hpp>
#include <etape/kernel/steps.hpp>
#include <etape/rule/lane_memory.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    template <class T>
    using lane_of = xsimd::batch<T>;

    // A lane of k elements that do not lie side by side; the last one fills the rest. Calls, since a kernel has one for each operand and most
    // operands never need them.
    template <class T>
    ETAPE_NOINLINE lane_of<T> gather(const T* p, std::ptrdiff_t step, std::size_t k)
    {
        constexpr std::size_t width = lane_of<T>::size;
        alignas(64) T part[width];
        for (std::size_t j = 0; j < width; ++j)
            part[j] = p[static_cast<std::ptrdiff_t>(std::min(j, k - 1)) * step];
        return lane_of<T>::load_aligned(part);
    }
    template <class T>
    ETAPE_NOINLINE void scatter(T* p, std::ptrdiff_t step, std::size_t k, lane_of<T> const& value, bool accumulate)
    {
        alignas(64) T part[lane_of<T>::size];
        value.store_aligned(part);
        for (std::size_t j = 0; j < k; ++j)
        {
            T& to = p[static_cast<std::ptrdiff_t>(j) * step];
            to = accumulate ? to + part[j] : part[j];
        }
    }

    // Reads and writes of one row. Unit: every array operand has stride 1; otherwise the stride is looked at per operand.
    template <class T, class Tree, class Map, bool Unit>
    struct row
    {
        using steps_type = steps<Tree, Map>;
        using batch = lane_of<T>;
        static constexpr auto program = steps_type::program;
        static constexpr int leaves = steps_type::leaves;
        static constexpr std::size_t width = batch::size;

        const T* data[static_cast<std::size_t>(leaves)];
        T* adjoint[static_cast<std::size_t>(leaves)];
        const T* tangent_data[static_cast<std::size_t>(leaves)];
        std::ptrdiff_t stride[static_cast<std::size_t>(leaves)];
        batch splat[static_cast<std::size_t>(leaves)];
        bool add[static_cast<std::size_t>(leaves)];

        // Adjoints of operands that are one number along the row add up: numbers, and arrays that may have stride 0.
        static constexpr bool sums(int leaf)
        {
            return steps_type::leaf_active(leaf) && !(Unit && steps_type::leaf_array(leaf));
        }
        static constexpr std::size_t sum_of(int leaf)
        {
            std::size_t n = 0;
            for (int j = 0; j < leaf; ++j)
                n += sums(j);
            return n;
        }
        static constexpr std::size_t sum_count = sum_of(leaves);
        batch sum[sum_count + 1];  // one that is not used, so that there is an array

        row() = default;
        // What leaf L of this program needs of its operand, and nothing else.
        template <int L>
        ETAPE_ALWAYS_INLINE void set(kernel_args::operand<T> const& o, int inner) noexcept
        {
            if constexpr (steps_type::leaf_array(L))
            {
                data[L] = o.data;
                tangent_data[L] = o.tangent;
                if constexpr (!Unit)
                    stride[L] = inner < 0 || o.strides == nullptr ? 0 : o.strides[inner];
                if constexpr (steps_type::leaf_active(L))
                {
                    adjoint[L] = o.adjoint;
                    add[L] = o.add;
                }
            }
            else
            {
                splat[L] = batch(o.scalar);
                tangent_data[L] = &o.scalar_tangent;
            }
            if constexpr (sums(L))
                sum[sum_of(L)] = batch(T(0));
        }
        // The next row: every pointer of an array goes on by `by`.
        template <int L>
        ETAPE_ALWAYS_INLINE void move(std::ptrdiff_t by) noexcept
        {
            if (data[L] != nullptr)
                data[L] += by;
            if constexpr (steps_type::leaf_active(L))
                if (adjoint[L] != nullptr)
                    adjoint[L] += by;
            if (tangent_data[L] != nullptr)
                tangent_data[L] += by;
        }
        // Member by member: the copy that a loop works on then stays in registers, where a copy of the whole is a memcpy.
        ETAPE_ALWAYS_INLINE row(row const& o) noexcept
        {
            copy_all(o, typename steps_type::leaf_numbers{});
        }
        row& operator=(row const&) = delete;

        // A position in the row, and how many elements of the lane are real.
        template <bool Full>
        struct at
        {
            row const& r;
            std::size_t i;
            std::size_t k;
            const T* root = nullptr;
            std::ptrdiff_t root_stride = 1;

            template <int Leaf>
            ETAPE_ALWAYS_INLINE batch load() const
            {
                if constexpr (!steps_type::leaf_array(Leaf))
                    return r.splat[Leaf];
                else
                    return read<Unit>(r.data[Leaf], r.template step<Leaf>());
            }
            template <int Leaf>
            ETAPE_ALWAYS_INLINE batch tangent() const
            {
                if (r.tangent_data[Leaf] == nullptr)
                    return batch(T(0));
                if constexpr (!steps_type::leaf_array(Leaf))
                    return batch(*r.tangent_data[Leaf]);
                else
                    return read<Unit>(r.tangent_data[Leaf], r.template step<Leaf>());
            }
            ETAPE_ALWAYS_INLINE batch load_root() const
            {
                return read<Unit>(root, root_stride);
            }
            template <bool Contiguous>
            ETAPE_ALWAYS_INLINE batch read(const T* p, std::ptrdiff_t step) const
            {
                if constexpr (Contiguous)
                {
                    if constexpr (Full)
                        return batch::load_unaligned(p + i);
                    else
                        return etape::lane::load_partial<batch>(p + i, k);
                }
                else
                {
                    if (step == 1)
                        return read<true>(p, 1);
                    if (step == 0)
                        return batch(*p);
                    return gather<T>(p + static_cast<std::ptrdiff_t>(i) * step, step, k);
                }
            }
            template <bool Contiguous>
            ETAPE_ALWAYS_INLINE void write(T* p, std::ptrdiff_t step, batch const& value, bool accumulate) const
            {
                if (Contiguous || step == 1)
                {
                    batch v = value;
                    if (accumulate)
                        v = v + read<true>(p, 1);
                    if constexpr (Full)
                        v.store_unaligned(p + i);
                    else
                        etape::lane::store_partial(p + i, v, k);
                }
                else
                    scatter<T>(p + static_cast<std::ptrdiff_t>(i) * step, step, k, value, accumulate);
            }
        };

        // Lanes beyond the row contribute nothing.
        template <bool Full>
        ETAPE_ALWAYS_INLINE static batch masked(batch const& v, std::size_t k)
        {
            if constexpr (Full)
                return v;
            else
                return etape::lane::select(etape::lane::first_lanes_mask<batch>(k), v, batch(T(0)));
        }

        // After backward(): hand the adjoints of the leaves to memory or to the sums, which are the caller's: several of them hide
        // the latency of an addition. Stored: every array takes its adjoints, as its first ones.
        template <bool Full, bool Stored = false>
        ETAPE_ALWAYS_INLINE void deliver(at<Full> const& here, const batch* a, batch* totals) const
        {
            deliver_all<Full, Stored>(here, a, totals, typename steps_type::leaf_numbers{});
        }
        template <std::size_t... L>
        ETAPE_ALWAYS_INLINE bool stores_all(std::index_sequence<L...>) const noexcept
        {
            return ((!steps_type::leaf_active(L) || !steps_type::leaf_array(L) || (adjoint[L] != nullptr && !add[L])) && ...);
        }

        // The sums that a copy of this row has gathered.
        ETAPE_ALWAYS_INLINE void take_sums(row const& r)
        {
            for (std::size_t j = 0; j < sum_count; ++j)
                sum[j] = r.sum[j];
        }
        template <int Leaf>
        ETAPE_ALWAYS_INLINE std::ptrdiff_t step() const noexcept
        {
            if constexpr (Unit)
                return 1;
            else
                return stride[Leaf];
        }

    private:
        template <std::size_t... L>
        ETAPE_ALWAYS_INLINE void copy_all(row const& o, std::index_sequence<L...>) noexcept
        {
            (copy_one<static_cast<int>(L)>(o), ...);
            for (std::size_t j = 0; j < sum_count; ++j)
                sum[j] = o.sum[j];
        }
        template <int L>
        ETAPE_ALWAYS_INLINE void copy_one(row const& o) noexcept
        {
            tangent_data[L] = o.tangent_data[L];
            if constexpr (!steps_type::leaf_array(L))
                splat[L] = o.splat[L];
            else
            {
                data[L] = o.data[L];
                if constexpr (!Unit)
                    stride[L] = o.stride[L];
                if constexpr (steps_type::leaf_active(L))
                {
                    adjoint[L] = o.adjoint[L];
                    add[L] = o.add[L];
                }
            }
        }
        template <bool Full, bool Stored, std::size_t... L>
        ETAPE_ALWAYS_INLINE void deliver_all(at<Full> const& here, const batch* a, batch* totals, std::index_sequence<L...>) const
        {
            (deliver_one<static_cast<int>(L), Full, Stored>(here, a, totals), ...);
        }
        template <int Leaf, bool Full, bool Stored>
        ETAPE_ALWAYS_INLINE void deliver_one(at<Full> const& here, const batch* a, batch* totals) const
        {
            if constexpr (steps_type::leaf_active(Leaf))
            {
                constexpr int slot = program.leaf_slot[static_cast<std::size_t>(Leaf)];
                if constexpr (!steps_type::leaf_array(Leaf))
                    totals[sum_of(Leaf)] = totals[sum_of(Leaf)] + masked<Full>(a[slot], here.k);
                else if constexpr (Stored)
                {
                    // Memory that is only written: asked for ahead, or a large array in small pages costs a quarter of the time.
                    __builtin_prefetch(adjoint[Leaf] + here.i + 2048 / sizeof(T), 1);
                    here.template write<true>(adjoint[Leaf], 1, a[slot], false);
                }
                else if (adjoint[Leaf] != nullptr)
                {
                    if constexpr (sums(Leaf))
                        if (stride[Leaf] == 0)
                        {
                            totals[sum_of(Leaf)] = totals[sum_of(Leaf)] + masked<Full>(a[slot], here.k);
                            return;
                        }
                    here.template write<Unit>(adjoint[Leaf], step<Leaf>(), a[slot], add[Leaf]);
                }
            }
        }

    public:
        // Calls body.template operator()<Full>(position) for every lane of a row of n elements.
        template <class Body>
        ETAPE_ALWAYS_INLINE static void each_lane(row& r, std::size_t n, Body&& body)
        {
            std::size_t i = 0;
            for (; i + width <= n; i += width)
                body(at<true>{r, i, width});
            if (i < n)
                body(at<false>{r, i, n - i});
        }
    };
}
ETAPE_END_ARCH
