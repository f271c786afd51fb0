// SPDX-License-Identifier: BSL-1.0
// A program on plain numbers: the value, and the partials of every leaf.
#pragma once
#include <etape/kernel/steps.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    // Rank 0 throughout: one evaluation on plain numbers, with the partials of every leaf.
    template <class T, class Tree, class Map>
    struct point
    {
        using steps_type = steps<Tree, Map>;
        static constexpr int size = steps_type::size;
        struct env
        {
            const T* values;
            const T* slopes;
            template <int Leaf>
            ETAPE_ALWAYS_INLINE T load() const
            {
                return values[Leaf];
            }
            template <int Leaf>
            ETAPE_ALWAYS_INLINE T tangent() const
            {
                return slopes[Leaf];
            }
            T load_root() const
            {
                return T(0);
            }
        };
        static T value(const T* values)
        {
            T v[size] = {}, x[size] = {};
            steps_type::template forward<pass::value>(env{values, nullptr}, v, x);
            return v[steps_type::root];
        }
        static T value_and_partials(const T* values, T* partials)
        {
            T v[size] = {}, x[size] = {}, a[size] = {};
            steps_type::template forward<pass::combined>(env{values, nullptr}, v, x);
            a[steps_type::root] = T(1);
            steps_type::backward(v, x, a);
            for (int j = 0; j < steps_type::leaves; ++j)
                partials[j] = steps_type::leaf_active(j) ? a[steps_type::program.leaf_slot[static_cast<std::size_t>(j)]] : T(0);
            return v[steps_type::root];
        }
        static T tangent(const T* values, const T* slopes)
        {
            T v[size] = {}, x[size] = {}, d[size] = {};
            const env e{values, slopes};
            steps_type::template forward<pass::tangent>(e, v, x);
            steps_type::tangents(e, v, x, d);
            return d[steps_type::root];
        }
    };
}
ETAPE_END_ARCH
