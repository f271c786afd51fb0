// SPDX-License-Identifier: BSL-1.0
// The loops over rows: evaluation, reverse, tangents, full reductions (value, or value and partials in one pass).
#pragma once
#include <cstddef>

#include <etape/kernel/product.hpp>
#include <etape/kernel/row.hpp>

ETAPE_BEGIN_ARCH
namespace kernel
{
    using kernel_args::loop;
    using kernel_args::operand;

    // to += a + b; to += a where b is null
    template <class T>
    void add_rows(T* to, const T* a, const T* b, std::size_t n)
    {
        using batch = lane_of<T>;
        constexpr std::size_t width = batch::size;
        const auto add = [&](auto const& lane, auto const& one) __attribute__((always_inline)) {
            std::size_t i = 0;
            for (; i + width <= n; i += width)
                (batch::load_unaligned(to + i) + lane(i)).store_unaligned(to + i);
            for (; i < n; ++i)
                to[i] += one(i);
        };
        if (b == nullptr)
            add([&](std::size_t i) { return batch::load_unaligned(a + i); }, [&](std::size_t i) { return a[i]; });
        else
            add([&](std::size_t i) { return batch::load_unaligned(a + i) + batch::load_unaligned(b + i); },
                [&](std::size_t i) { return a[i] + b[i]; });
    }

    template <class T, class Tree, class Map, bool Unit>
    struct loops
    {
        using steps_type = steps<Tree, Map>;
        using row_type = row<T, Tree, Map, Unit>;
        using batch = typename row_type::batch;
        static constexpr int size = steps_type::size;
        static constexpr int leaves = steps_type::leaves;
        static constexpr int root = steps_type::root;
        static constexpr auto program = steps_type::program;
        template <bool Full>
        using at = typename row_type::template at<Full>;

        // out = values, or out += values
        static void evaluate(loop<T> const& l)
        {
            each_row<true>(l, l.out, l.out_strides, nullptr, nullptr,
                [&](row_type& shared, std::size_t n, T* out, std::ptrdiff_t step, const T*, std::ptrdiff_t)
                {
                    row_type r = shared;  // a copy that nobody else sees stays in registers
                    if (l.accumulate && step == 0)
                    {
                        batch total(T(0));
                        row_type::each_lane(r, n, [&]<bool Full>(at<Full> const& here) __attribute__((always_inline)) {
                            batch v[size], x[size];
                            steps_type::template forward<pass::value>(here, v, x);
                            total = total + row_type::template masked<Full>(v[root], here.k);
                        });
                        *out += etape::lane::reduce_add(total);
                    }
                    else
                        row_type::each_lane(r, n, [&]<bool Full>(at<Full> const& here) __attribute__((always_inline)) {
                            batch v[size], x[size];
                            steps_type::template forward<pass::value>(here, v, x);
                            here.template write<Unit>(out, step, v[root], l.accumulate);
                        });
                });
        }

        // adjoints of the operands from the seed
        static void reverse(loop<T>& l)
        {
            each_row<false>(l, const_cast<T*>(l.result), l.result_strides, l.seed, l.seed_strides,
                [&](row_type& shared, std::size_t n, T* result, std::ptrdiff_t result_step, const T* seed, std::ptrdiff_t seed_step)
                {
                    row_type r = shared;
                    const batch factor(l.seed_factor);
                    const auto all = [&]<bool Stored>() __attribute__((always_inline)) {
                        row_type::each_lane(r, n, [&]<bool Full>(at<Full> const& where) __attribute__((always_inline)) {
                            at<Full> here = where;
                            here.root = result;
                            here.root_stride = result_step;
                            batch v[size], x[size], a[size];
                            steps_type::template forward<pass::reverse>(here, v, x);
                            if (seed == nullptr)
                                a[root] = factor;
                            else
                                a[root] = factor * here.template read<Stored>(seed, seed_step);
                            const batch given = a[root];
                            steps_type::backward(v, x, a);
                            if (seed != nullptr)
                                nothing_for_zero(given, a, typename steps_type::leaf_numbers{});
                            r.template deliver<Full, Stored>(here, a, r.sum);
                        });
                    };
                    // First contributions, with nothing to decide in the loop.
                    if constexpr (Unit)
                        if (seed != nullptr && seed_step == 1 && r.stores_all(typename steps_type::leaf_numbers{}))
                        {
                            all.template operator()<true>();
                            return shared.take_sums(r);
                        }
                    all.template operator()<false>();
                    shared.take_sums(r);
                });
        }

        // out = tangents of the result, or out += them
        static void tangents(loop<T> const& l)
        {
            each_row<true>(l, l.out, l.out_strides, nullptr, nullptr,
                [&](row_type& r, std::size_t n, T* out, std::ptrdiff_t step, const T*, std::ptrdiff_t)
                {
                    batch total(T(0));
                    row_type::each_lane(r, n, [&]<bool Full>(at<Full> const& here) __attribute__((always_inline)) {
                        batch v[size], x[size], d[size];
                        steps_type::template forward<pass::tangent>(here, v, x);
                        steps_type::tangents(here, v, x, d);
                        if (l.accumulate && step == 0)
                            total = total + row_type::template masked<Full>(d[root], here.k);
                        else
                            here.template write<Unit>(out, step, d[root], l.accumulate);
                    });
                    if (l.accumulate && step == 0)
                        *out += etape::lane::reduce_add(total);
                });
        }

        // Full reduction. Partials: also scale * d result / d operand, up to the returned factor, into the adjoints. Stored: these are
        // the first ones of every array, with unit stride.
        template <class Reducer, bool Partials>
        static reduced<T> reduce(loop<T>& l, std::size_t elements, T scale = T(1))
        {
            return reduce_here<Reducer, Partials, false>(l, elements, scale);
        }
        // Inlined, for a caller whose loop and operands then need no memory; but not the rows, whose sums would be spilled.
        template <class Reducer, bool Partials, bool Stored>
        ETAPE_ALWAYS_INLINE static reduced<T> reduce_here(loop<T>& l, std::size_t elements, T scale)
        {
            T s[Reducer::state] = {};
            statistics_of<Reducer>(l, elements, s);
            T sum = T(0);
            each_row<!Partials>(l, nullptr, nullptr, nullptr, nullptr,
                [&](row_type& r, std::size_t n, T*, std::ptrdiff_t, const T*, std::ptrdiff_t) __attribute__((noinline))
                { sum += add_up<Reducer, Partials, Stored>(r, n, s, scale); });
            return Reducer::finish(sum, s, elements);
        }

        // d result / d direction of a full reduction, by the forward rules.
        template <class Reducer>
        static T reduce_tangent(loop<T>& l, std::size_t elements)
        {
            T s[Reducer::state] = {};
            statistics_of<Reducer>(l, elements, s);
            T sum = T(0);
            T slope = T(0);
            each_row<true>(l, nullptr, nullptr, nullptr, nullptr,
                [&](row_type& r, std::size_t n, T*, std::ptrdiff_t, const T*, std::ptrdiff_t)
                {
                    batch terms(T(0)), slopes(T(0));
                    row_type::each_lane(r, n, [&]<bool Full>(at<Full> const& here) __attribute__((always_inline)) {
                        batch v[size], x[size], d[size];
                        steps_type::template forward<pass::tangent>(here, v, x);
                        steps_type::tangents(here, v, x, d);
                        const batch t = Reducer::term(v[root], s);
                        terms = terms + row_type::template masked<Full>(t, here.k);
                        // What does not move does not count, also where the weight is infinite.
                        const batch slope_here = etape::lane::select(etape::lane::eq(d[root], batch(T(0))), d[root],
                                                                     batch(Reducer::weight(v[root], t, s) * d[root]));
                        slopes = slopes + row_type::template masked<Full>(slope_here, here.k);
                    });
                    sum += etape::lane::reduce_add(terms);
                    slope += etape::lane::reduce_add(slopes);
                });
            return slope * Reducer::finish(sum, s, elements).factor;
        }

    private:
        // Where an adjoint of 0 arrives, 0 goes on, also past factors that are infinite or NaN: a `where` in a later
        // statement did not choose this element.
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE static void nothing_for_zero(batch const& given, batch* a, std::index_sequence<J...>)
        {
            constexpr bool factors = []
            {
                for (int i = 0; i < size; ++i)
                    if (program[i].keep_value || program[i].keep_aux)
                        return true;
                return false;
            }();
            if constexpr (factors)
            {
                const auto zero = etape::lane::eq(given, batch(T(0)));
                auto one = [&]<int Leaf>() __attribute__((always_inline)) {
                    if constexpr (steps_type::leaf_active(Leaf))
                    {
                        auto& to = a[program.leaf_slot[static_cast<std::size_t>(Leaf)]];
                        to = etape::lane::select(zero, batch(T(0)), to);
                    }
                };
                (one.template operator()<static_cast<int>(J)>(), ...);
            }
        }

        template <class Reducer>
        ETAPE_ALWAYS_INLINE static void statistics_of(loop<T> const& l, std::size_t elements, T* s)
        {
            if constexpr (Reducer::statistics > 0)
            {
                for (int k = 0; k < Reducer::statistics; ++k)
                    s[k] = Reducer::template start<T>(k);
                each_row<true>(l, nullptr, nullptr, nullptr, nullptr,
                    [&](row_type& r, std::size_t n, T*, std::ptrdiff_t, const T*, std::ptrdiff_t)
                    { collect<Reducer>(r, n, s); });
                Reducer::prepare(s, elements);
            }
        }
        template <class Reducer>
        ETAPE_ALWAYS_INLINE static void collect(row_type const& shared, std::size_t n, T* total)
        {
            row_type r = shared;
            constexpr std::size_t count = Reducer::statistics;
            constexpr std::size_t width = row_type::width;
            constexpr std::size_t unroll = program.cost < 40 ? 4 : 1;
            batch acc[unroll * count];
            for (std::size_t u = 0; u < unroll; ++u)
                for (std::size_t k = 0; k < count; ++k)
                    acc[u * count + k] = Reducer::template start<batch>(static_cast<int>(k));
            auto one = [&]<bool Full>(at<Full> const& here, batch* to) __attribute__((always_inline)) {
                batch v[size], x[size];
                steps_type::template forward<pass::value>(here, v, x);
                if constexpr (Full)
                    Reducer::statistic(to, v[root]);
                else
                {
                    batch next[count];
                    for (std::size_t k = 0; k < count; ++k)
                        next[k] = to[k];
                    Reducer::statistic(next, v[root]);
                    for (std::size_t k = 0; k < count; ++k)
                        to[k] = etape::lane::select(etape::lane::first_lanes_mask<batch>(here.k), next[k], to[k]);
                }
            };
            std::size_t i = 0;
            for (; i + unroll * width <= n; i += unroll * width)
                for (std::size_t u = 0; u < unroll; ++u)
                    one(at<true>{r, i + u * width, width}, acc + u * count);
            if constexpr (unroll > 1)
                for (; i + width <= n; i += width)
                    one(at<true>{r, i, width}, acc);
            if (i < n)
                one(at<false>{r, i, n - i}, acc);
            for (std::size_t u = 1; u < unroll; ++u)
                Reducer::join(acc, acc + u * count);
            Reducer::fold(total, acc);
        }

        template <class Reducer, bool Partials, bool Stored>
        ETAPE_ALWAYS_INLINE static T add_up(row_type& shared, std::size_t n, const T* s, T scale)
        {
            const row_type r = shared;  // a copy that nobody else sees stays in registers
            // Cheap programs are bound by the latency of one running sum: keep four.
            constexpr std::size_t unroll = program.cost + (Reducer::unit_weight ? 0 : 4) < 40 ? 4 : 1;
            constexpr std::size_t width = row_type::width;
            constexpr auto count = row_type::sum_count;
            const batch factor(scale);
            batch acc[unroll], sums[unroll * count + 1];
            for (auto& a : acc)
                a = batch(T(0));
            if constexpr (Partials)
                for (std::size_t j = 0; j < unroll * count; ++j)
                    sums[j] = batch(T(0));
            auto one = [&]<std::size_t U, bool Full>(at<Full> const& here) __attribute__((always_inline)) {
                batch v[size], x[size], a[size];
                steps_type::template forward<Partials ? pass::combined : pass::value>(here, v, x);
                const batch term = Reducer::term(v[root], s);
                acc[U] = acc[U] + row_type::template masked<Full>(term, here.k);
                if constexpr (Partials)
                {
                    a[root] = Reducer::unit_weight ? factor : factor * Reducer::weight(v[root], term, s);
                    steps_type::backward(v, x, a);
                    r.template deliver<Full, Stored>(here, a, sums + U * count);
                }
            };
            std::size_t i = 0;
            // Unrolled by constants: accumulators behind a running index would live in memory.
            for (; i + unroll * width <= n; i += unroll * width)
                [&]<std::size_t... U>(std::index_sequence<U...>) __attribute__((always_inline)) {
                    (one.template operator()<U>(at<true>{r, i + U * width, width}), ...);
                }(std::make_index_sequence<unroll>{});
            if constexpr (unroll > 1)
                for (; i + width <= n; i += width)
                    one.template operator()<0>(at<true>{r, i, width});
            if (i < n)
                one.template operator()<0>(at<false>{r, i, n - i});
            // The first one last: the rest of the row has just been added to it.
            if constexpr (Partials)
                for (std::size_t j = 0; j < count; ++j)
                {
                    for (std::size_t u = 1; u < unroll; ++u)
                        shared.sum[j] = shared.sum[j] + sums[u * count + j];
                    shared.sum[j] = shared.sum[j] + sums[j];
                }
            if constexpr (unroll > 1)
            {
                for (std::size_t u = 2; u < unroll; ++u)
                    acc[1] = acc[1] + acc[u];
                acc[0] = acc[0] + acc[1];
            }
            return etape::lane::reduce_add(acc[0]);
        }

        // Visits the rows of the loop. Quiet: no adjoints are delivered.
        template <bool Quiet, class Body>
        ETAPE_ALWAYS_INLINE static void each_row(loop<T> const& l, T* first, const std::ptrdiff_t* first_strides,
                                                 const T* second, const std::ptrdiff_t* second_strides, Body&& body)
        {
            row_type r;
            const int inner = l.rank - 1;
            const std::size_t n = inner < 0 ? 1 : l.shape[inner];
            std::size_t rows = n == 0 ? 0 : 1;
            for (int k = 0; k < inner; ++k)
                rows *= l.shape[k];
            [&]<std::size_t... J>(std::index_sequence<J...>) __attribute__((always_inline)) {
                (r.template set<static_cast<int>(J)>(l.operands[J], inner), ...);
            }(typename steps_type::leaf_numbers{});
            const std::ptrdiff_t first_step = inner < 0 || first_strides == nullptr ? 0 : first_strides[inner];
            const std::ptrdiff_t second_step = inner < 0 || second_strides == nullptr ? 0 : second_strides[inner];
            if (rows == 1)
            {
                body(r, n, first, first_step, second, second_step);
                if constexpr (!Quiet)
                    flush_row(r, l);
            }
            else
            {
                std::size_t index[8] = {};
                for (std::size_t row_number = 0; row_number < rows; ++row_number)
                {
                    body(r, n, first, first_step, second, second_step);
                    if constexpr (!Quiet)
                        flush_row(r, l);
                    for (int k = inner - 1; k >= 0; --k)
                    {
                        // One step in dimension k; at its end back to the start and on to dimension k - 1.
                        const bool wrap = ++index[k] == l.shape[k];
                        const std::ptrdiff_t back = wrap ? 1 - static_cast<std::ptrdiff_t>(l.shape[k]) : 1;
                        if (wrap)
                            index[k] = 0;
                        [&]<std::size_t... J>(std::index_sequence<J...>) {
                            (move_one<static_cast<int>(J)>(r, l, back, k), ...);
                        }(typename steps_type::leaf_numbers{});
                        if (first != nullptr)
                            first += back * first_strides[k];
                        if (second != nullptr)
                            second += back * second_strides[k];
                        if (!wrap)
                            break;
                    }
                }
            }
            if constexpr (!Quiet)
                flush_scalars(r, l, typename steps_type::leaf_numbers{});
        }

        template <int J>
        ETAPE_ALWAYS_INLINE static void move_one(row_type& r, loop<T> const& l, std::ptrdiff_t rows, int k)
        {
            if constexpr (steps_type::leaf_array(J))
                r.template move<J>(rows * l.operands[J].strides[k]);
        }

        ETAPE_ALWAYS_INLINE static void flush_row(row_type& r, loop<T> const& l)
        {
            if constexpr (!Unit)
                flush_row_all(r, l, typename steps_type::leaf_numbers{});
        }
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE static void flush_row_all(row_type& r, loop<T> const& l, std::index_sequence<J...>)
        {
            (flush_row_one<static_cast<int>(J)>(r, l), ...);
        }
        template <int J>
        ETAPE_ALWAYS_INLINE static void flush_row_one(row_type& r, loop<T> const&)
        {
            if constexpr (steps_type::leaf_active(J) && steps_type::leaf_array(J))
                if (r.adjoint[J] != nullptr && r.stride[J] == 0)
                {
                    auto& sum = r.sum[row_type::sum_of(J)];
                    const T total = etape::lane::reduce_add(sum);
                    *r.adjoint[J] = r.add[J] ? *r.adjoint[J] + total : total;
                    sum = batch(T(0));
                }
        }
        template <std::size_t... J>
        ETAPE_ALWAYS_INLINE static void flush_scalars(row_type& r, loop<T> const& l, std::index_sequence<J...>)
        {
            (flush_scalar<static_cast<int>(J)>(r, l), ...);
        }
        template <int J>
        ETAPE_ALWAYS_INLINE static void flush_scalar(row_type& r, loop<T> const& l)
        {
            if constexpr (steps_type::leaf_active(J) && !steps_type::leaf_array(J))
                l.operands[J].scalar_adjoint += etape::lane::reduce_add(r.sum[row_type::sum_of(J)]);
        }
    };
}
ETAPE_END_ARCH
