// SPDX-License-Identifier: BSL-1.0
// A kernel with operands of any strides next to its scalar reference: the same program on plain numbers, element by element.
#pragma once
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <etape/kernel/loops.hpp>
#include <etape/kernel/point.hpp>
#include <expr/trees.hpp>

namespace kernels
{
    using namespace etape;
    using extents = std::vector<std::size_t>;
    using steps_of = std::vector<std::ptrdiff_t>;  // strides; none for an operand of rank 0

    template <class T>
    constexpr std::size_t width = xsimd::batch<T>::size;
    template <class T>
    extents tail_sizes()
    {
        constexpr auto w = width<T>;
        return {0, 1, w - 1, w, w + 1, 2 * w + 1, 5 * w + 3};
    }
    // Between 0.5 and 1.5, different for each k.
    template <class T>
    T value_at(std::size_t k)
    {
        return static_cast<T>(0.5 + static_cast<double>(k * 37 % 101) / 101.0);
    }
    template <class T>
    bool near(T found, double expected, double scale)
    {
        return std::abs(static_cast<double>(found) - expected) <= 64 * static_cast<double>(std::numeric_limits<T>::epsilon()) * scale;
    }

    // Memory that sees writes outside of it. Values that are only read have none, so that a sanitizer sees reads outside.
    template <class T>
    class guarded
    {
    public:
        explicit guarded(std::size_t n = 0, T initial = T(0))
            : all_(n + 2 * pad, sentinel)
            , n_(n)
        {
            std::fill_n(data(), n, initial);
        }
        T* data()
        {
            return all_.data() + pad;
        }
        bool intact() const
        {
            const auto is_sentinel = [](T x) { return x == sentinel; };
            return std::all_of(all_.begin(), all_.begin() + pad, is_sentinel) && std::all_of(all_.end() - pad, all_.end(), is_sentinel);
        }
        std::size_t size() const
        {
            return n_;
        }

    private:
        static constexpr std::ptrdiff_t pad = 2 * width<T>;
        static constexpr T sentinel = T(-12345);
        std::vector<T> all_;
        std::size_t n_;
    };

    // The window that strides address: where index 0 is, and how many elements there are.
    struct span
    {
        std::ptrdiff_t first = 0;
        std::size_t size = 1;
        span(extents const& shape, steps_of const& strides)
        {
            std::ptrdiff_t low = 0, high = 0;
            for (std::size_t k = 0; k < strides.size(); ++k)
            {
                if (shape[k] == 0)
                {
                    size = 0;
                    return;
                }
                const auto reach = static_cast<std::ptrdiff_t>(shape[k] - 1) * strides[k];
                (reach < 0 ? low : high) += reach;
            }
            first = -low;
            size = static_cast<std::size_t>(high - low + 1);
        }
    };
    inline std::ptrdiff_t offset(extents const& index, steps_of const& strides)
    {
        std::ptrdiff_t at = 0;
        for (std::size_t k = 0; k < strides.size(); ++k)
            at += static_cast<std::ptrdiff_t>(index[k]) * strides[k];
        return at;
    }
    template <class F>
    void each_index(extents const& shape, F f)
    {
        extents index(shape.size(), 0);
        if (std::find(shape.begin(), shape.end(), 0u) != shape.end())
            return;
        for (;;)
        {
            f(index);
            std::size_t k = shape.size();
            while (k > 0 && ++index[k - 1] == shape[k - 1])
                index[--k] = 0;
            if (k == 0)
                return;
        }
    }

    template <class T, class Tree, class Map, bool Unit>
    struct harness
    {
        using loops = kernel::loops<T, Tree, Map, Unit>;
        using point = kernel::point<T, Tree, Map>;
        static constexpr std::size_t leaves = static_cast<std::size_t>(kernel::steps<Tree, Map>::leaves);

        extents shape;
        steps_of strides[leaves];
        std::vector<T> values[leaves], slopes[leaves];
        guarded<T> adjoints[leaves];
        std::ptrdiff_t first[leaves];
        kernel_args::operand<T> operands[leaves];
        steps_of out_strides;
        guarded<T> out;
        std::ptrdiff_t first_out = 0;
        kernel_args::loop<T> l;

        harness(extents s, std::vector<steps_of> const& all, steps_of to)
            : shape(std::move(s))
            , out_strides(std::move(to))
        {
            for (std::size_t j = 0; j < leaves; ++j)
            {
                strides[j] = all[j];
                const span where(shape, strides[j]);
                first[j] = where.first;
                for (std::size_t k = 0; k < where.size; ++k)
                {
                    values[j].push_back(value_at<T>(k + 17 * j));
                    slopes[j].push_back(value_at<T>(k + 29 * j + 5));
                }
                auto& o = operands[j];
                if (strides[j].empty())
                {
                    o.scalar = values[j][0];
                    o.scalar_tangent = slopes[j][0];
                    continue;
                }
                adjoints[j] = guarded<T>(where.size);
                o.data = values[j].data() + where.first;
                o.tangent = slopes[j].data() + where.first;
                o.adjoint = adjoints[j].data() + where.first;
                o.strides = strides[j].data();
            }
            const span where(shape, out_strides);
            first_out = where.first;
            out = guarded<T>(where.size, T(100));
            l.rank = static_cast<int>(shape.size());
            l.shape = shape.data();
            l.operands = operands;
            l.unit = Unit;
            l.out = out.data() + first_out;
            l.out_strides = out_strides.data();
        }

        void evaluate()
        {
            loops::evaluate(l);
        }
        void reverse()
        {
            loops::reverse(l);
        }
        void tangents()
        {
            loops::tangents(l);
        }
        // Value and tangent of one element on plain numbers.
        T reference(extents const& index) const
        {
            return point::value(at(index).v);
        }
        T slope(extents const& index) const
        {
            const auto a = at(index);
            return point::tangent(a.v, a.d);
        }

        static void point_partials(const T* v, T* partials)
        {
            point::value_and_partials(v, partials);
        }
        struct arguments
        {
            T v[leaves], d[leaves];
        };
        arguments at(extents const& index) const
        {
            arguments a;
            for (std::size_t j = 0; j < leaves; ++j)
            {
                const auto k = static_cast<std::size_t>(first[j] + offset(index, strides[j]));
                a.v[j] = values[j][k];
                a.d[j] = slopes[j][k];
            }
            return a;
        }
        T& result(extents const& index)
        {
            return out.data()[first_out + offset(index, out_strides)];
        }
        bool intact() const
        {
            bool all = out.intact();
            for (auto const& a : adjoints)
                all = all && a.intact();
            return all;
        }
    };
}
