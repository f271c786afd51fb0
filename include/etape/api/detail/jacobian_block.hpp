// SPDX-License-Identifier: BSL-1.0
// One lane-width of points through a function on dual numbers, and from columns of inputs to records of results.
#pragma once
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <etape/dual/lanes.hpp>
#include <etape/rule/lane_transpose.hpp>

ETAPE_BEGIN_ARCH
namespace detail
{
    // Input k at point p is data[k][p * stride[k]].
    template <class T, std::size_t Inputs>
    struct point_columns
    {
        std::array<const T*, Inputs> data{};
        std::array<std::ptrdiff_t, Inputs> stride{};
        bool records = true;  // the inputs of a point lie side by side

        void add(std::size_t k, const T* p, std::ptrdiff_t s)
        {
            data[k] = p;
            stride[k] = s;
            records = records && p == data[0] + k && s == stride[0];
        }
    };

    template <class R>
    struct numbers_of
    {
        static constexpr std::size_t count = 1;
        static R const& get(R const& r, std::size_t)
        {
            return r;
        }
    };
    template <class D, std::size_t M>
    struct numbers_of<std::array<D, M>>
    {
        static constexpr std::size_t count = M;
        static D const& get(std::array<D, M> const& r, std::size_t i)
        {
            return r[i];
        }
    };

    template <class F, class T, std::size_t Inputs>
    struct jacobian_block
    {
        using batch = xsimd::batch<T>;
        static constexpr std::size_t width = batch::size;
        // Tangents that one evaluation carries: all of a small function; of a larger one equal parts, or they would not stay
        // near the registers.
        static constexpr std::size_t passes = (Inputs + 15) / 16;
        static constexpr std::size_t tangents = (Inputs + passes - 1) / passes;
        using number = dual<batch, tangents>;
        using arguments = std::array<number, Inputs>;
        static_assert(std::is_invocable_v<F const&, arguments const&>,
                      "etape: jacobians_at() needs a function of one argument, std::array<number, n> for any type of number");
        using result = std::remove_cvref_t<std::invoke_result_t<F const&, arguments const&>>;
        static constexpr std::size_t outputs = numbers_of<result>::count;
        static_assert(std::is_same_v<result, number> || std::is_same_v<result, std::array<number, outputs>>,
                      "etape: jacobians_at() needs a function that returns a number, or a std::array of numbers, of its argument's type");

        // Column by column: values[i], slopes[i * Inputs + k], in lanes.
        batch in[Inputs];
        batch values[outputs];
        batch slopes[outputs * Inputs];

        void load(point_columns<T, Inputs> const& c, std::size_t p, std::size_t some)
        {
            if (some == width && c.records)
                return lane::load_records(in, Inputs, c.data[0] + static_cast<std::ptrdiff_t>(p) * c.stride[0], c.stride[0]);
            for (std::size_t k = 0; k < Inputs; ++k)
            {
                const T* from = c.data[k] + static_cast<std::ptrdiff_t>(p) * c.stride[k];
                if (c.stride[k] != 1)
                    in[k] = lane::gather_partial<batch>(from, c.stride[k], some);
                else if (some == width)
                    in[k] = lane::load<batch>(from);
                else
                    in[k] = lane::load_partial<batch>(from, some);
            }
        }

        template <std::size_t Pass>
        ETAPE_FLATTEN ETAPE_NOINLINE void evaluate(F const& f)
        {
            constexpr std::size_t first = Pass * tangents;
            constexpr std::size_t last = std::min(first + tangents, Inputs);
            const auto argument = [&](auto k) __attribute__((always_inline))
            {
                number x(in[k]);
                if constexpr (k >= first && k < last)
                    x.d[k - first] = batch(T(1));
                return x;
            };
            const result y = [&]<std::size_t... K>(std::index_sequence<K...>) __attribute__((always_inline))
            {
                return f(arguments{argument(std::integral_constant<std::size_t, K>{})...});
            }(std::make_index_sequence<Inputs>{});
            for (std::size_t i = 0; i < outputs; ++i)
            {
                auto const& yi = numbers_of<result>::get(y, i);
                values[i] = yi.v;
                for (std::size_t k = first; k < last; ++k)
                    slopes[i * Inputs + k] = yi.d[k - first];
            }
        }
        template <std::size_t... Pass>
        void evaluate_all(F const& f, std::index_sequence<Pass...>)
        {
            (evaluate<Pass>(f), ...);
        }

        static void run(F const& f, point_columns<T, Inputs> const& in, std::size_t points, T* values, T* jacobians)
        {
            constexpr std::size_t record = outputs * Inputs;
            // Results that no cache holds go past it: what they overwrite need not be read first.
            constexpr std::size_t large = std::size_t{1} << 22;
            const bool stream = points * record * sizeof(T) >= large && lane::can_stream(jacobians, width * record);
            jacobian_block b;
            alignas(64) T rows[width * record];
            for (std::size_t p = 0; p < points; p += width)
            {
                const std::size_t some = std::min(width, points - p);
                b.load(in, p, some);
                runtime::each_path(static_cast<unsigned>(some),
                    [&](auto&& done)
                    {
                        b.evaluate_all(f, std::make_index_sequence<passes>{});
                        const auto lanes = done();
                        const bool all = lanes == (width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1);
                        if (all)
                        {
                            lane::store_records(values + p * outputs, outputs, b.values, outputs);
                            if (!stream)
                                return lane::store_records(jacobians + p * record, record, b.slopes, record);
                            lane::store_records(rows, record, b.slopes, record);
                            return lane::stream(jacobians + p * record, rows, width * record);
                        }
                        for (std::size_t l = 0; l < some; ++l)
                            if ((lanes >> l & 1u) != 0)
                            {
                                copy_lane(values + (p + l) * outputs, b.values, outputs, l);
                                copy_lane(jacobians + (p + l) * record, b.slopes, record, l);
                            }
                    });
            }
            if (stream)
                lane::end_stream();
        }
        static void copy_lane(T* to, const batch* columns, std::size_t n, std::size_t l)
        {
            for (std::size_t k = 0; k < n; ++k)
                to[k] = columns[k].get(l);
        }
    };
}
ETAPE_END_ARCH
