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
        batch sum[static_cast<std::size_t>(leaves)];  // adjoints of operands that are one number along the row
        bool add[static_cast<std::size_t>(leaves)];

        row() = default;
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
                    return read<Unit>(r.data[Leaf], r.stride[Leaf]);
            }
            template <int Leaf>
            ETAPE_ALWAYS_INLINE batch tangent() const
            {
                if (r.tangent_data[Leaf] == nullptr)
                    return batch(T(0));
                if constexpr (!steps_type::leaf_array(Leaf))
                    return batch(*r.tangent_data[Leaf]);
                else
                    return read<Unit>(r.tangent_data[Leaf], r.stride[Leaf]);
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
                    alignas(64) T part[width];
                    const T* const q = p + static_cast<std::ptrdiff_t>(i) * step;
                    for (std::size_t j = 0; j < width; ++j)
                        part[j] = q[static_cast<std::ptrdiff_t>(Full || j < k ? j : k - 1) * step];
                    return batch::load_aligned(part);
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
                {
                    alignas(64) T part[width];
                    value.store_aligned(part);
                    T* q = p + static_cast<std::ptrdiff_t>(i) * step;
                    for (std::size_t j = 0; j < (Full ? width : k); ++j)
                    {
                        T& to = q[static_cast<std::ptrdiff_t>(j) * step];
                        to = accumulate ? to + part[j] : part[j];
                    }
                }
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
        ETAPE_ALWAYS_INLINE void deliver(at<Full> const& here, const batch* a, batch* sums) const
        {
            deliver_all<Full, Stored>(here, a, sums, typename steps_type::leaf_numbers{});
        }
        template <std::size_t... L>
        ETAPE_ALWAYS_INLINE bool stores_all(std::index_sequence<L...>) const noexcept
        {
            return ((!steps_type::leaf_active(L) || !steps_type::leaf_array(L) || (adjoint[L] != nullptr && !add[L])) && ...);
        }

        // The sums that a copy of this row has gathered.
        ETAPE_ALWAYS_INLINE void take_sums(row const& r)
        {
            for (int j = 0; j < leaves; ++j)
                sum[j] = r.sum[j];
        }

    private:
        template <std::size_t... L>
        ETAPE_ALWAYS_INLINE void copy_all(row const& o, std::index_sequence<L...>) noexcept
        {
            ((data[L] = o.data[L], adjoint[L] = o.adjoint[L], tangent_data[L] = o.tangent_data[L], stride[L] = o.stride[L],
              splat[L] = o.splat[L], sum[L] = o.sum[L], add[L] = o.add[L]),
             ...);
        }
        template <bool Full, bool Stored, std::size_t... L>
        ETAPE_ALWAYS_INLINE void deliver_all(at<Full> const& here, const batch* a, batch* sums, std::index_sequence<L...>) const
        {
            (deliver_one<static_cast<int>(L), Full, Stored>(here, a, sums), ...);
        }
        template <int Leaf, bool Full, bool Stored>
        ETAPE_ALWAYS_INLINE void deliver_one(at<Full> const& here, const batch* a, batch* sums) const
        {
            if constexpr (steps_type::leaf_active(Leaf))
            {
                constexpr int slot = program.leaf_slot[static_cast<std::size_t>(Leaf)];
                if constexpr (!steps_type::leaf_array(Leaf))
                    sums[Leaf] = sums[Leaf] + masked<Full>(a[slot], here.k);
                else if constexpr (Stored)
                    here.template write<true>(adjoint[Leaf], 1, a[slot], false);
                else if (adjoint[Leaf] != nullptr)
                {
                    if (!Unit && stride[Leaf] == 0)
                        sums[Leaf] = sums[Leaf] + masked<Full>(a[slot], here.k);
                    else
                        here.template write<Unit>(adjoint[Leaf], stride[Leaf], a[slot], add[Leaf]);
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
