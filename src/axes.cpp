// SPDX-License-Identifier: BSL-1.0
// Reductions over axes that are not sums: plain loops over (kept, reduced) index pairs.
#include <etape/core/buffer.hpp>
#include <etape/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace etape::runtime
{
    namespace
    {
        // For each element in row-major order, the position of its cell in the reduced array.
        struct cells
        {
            std::size_t shape[max_rank];
            buffer_ptr make(buffer const& v, unsigned mask, std::size_t bytes)
            {
                for (int k = 0; k < v.rank; ++k)
                    shape[k] = (mask >> k & 1u) != 0 ? 1 : v.shape[k];
                return bytes == sizeof(float) ? make_buffer<float>(shape, v.rank) : make_buffer<double>(shape, v.rank);
            }
            template <class F>
            void each(buffer const& v, buffer const& cell, F&& f) const
            {
                std::size_t index[max_rank] = {};
                std::ptrdiff_t at = 0;
                for (std::size_t i = 0; i < v.size; ++i)
                {
                    f(i, static_cast<std::size_t>(at));
                    for (int k = v.rank - 1; k >= 0; --k)
                    {
                        if (++index[k] < v.shape[k])
                        {
                            at += cell.strides[k];
                            break;
                        }
                        at -= cell.strides[k] * static_cast<std::ptrdiff_t>(v.shape[k] - 1);
                        index[k] = 0;
                    }
                }
            }
            // The same for runs of n elements of the innermost dimensions, all of them reduced (to the cell `at`) or none (to the cells from `at`
            // on): f(i, at, n, reduced).
            template <class F>
            static void each_run(buffer const& v, unsigned mask, buffer const& cell, F&& f)
            {
                if (v.size == 0)
                    return;
                const auto is_reduced = [&](int k) { return (mask >> k & 1u) != 0; };
                const bool reduced = v.rank > 0 && is_reduced(v.rank - 1);
                int outer = v.rank;
                std::size_t n = 1;
                while (outer > 0 && is_reduced(outer - 1) == reduced)
                    n *= v.shape[--outer];
                std::size_t index[max_rank] = {};
                std::ptrdiff_t at = 0;
                for (std::size_t i = 0; i < v.size; i += n)
                {
                    f(i, static_cast<std::size_t>(at), n, reduced);
                    for (int k = outer - 1; k >= 0; --k)
                    {
                        if (++index[k] < v.shape[k])
                        {
                            at += cell.strides[k];
                            break;
                        }
                        at -= cell.strides[k] * static_cast<std::ptrdiff_t>(v.shape[k] - 1);
                        index[k] = 0;
                    }
                }
            }
        };
    }

    namespace
    {
        // NaN wins, the first one.
        template <int Sign, class T>
        T better(T a, T best)
        {
            const bool wins = Sign > 0 ? a > best : a < best;
            return wins || (a != a && best == best) ? a : best;
        }
        template <int Sign, class T>
        T best_of(const T* p, std::size_t n)
        {
            constexpr std::size_t lanes = 8;
            std::size_t i = 0;
            T best = p[0];
            if (n >= 2 * lanes)
            {
                // Several at once, side by side, with one comparison each: right where all are finite, which their products with 0 tell.
                T some[lanes], nothing[lanes] = {};
                std::copy_n(p, lanes, some);
                for (; i + lanes <= n; i += lanes)
                    for (std::size_t k = 0; k < lanes; ++k)
                    {
                        const T v = p[i + k];
                        some[k] = (Sign > 0 ? v > some[k] : v < some[k]) ? v : some[k];
                        nothing[k] += v * T(0);
                    }
                T sum = 0;
                for (std::size_t k = 0; k < lanes; ++k)
                {
                    best = better<Sign>(some[k], best);
                    sum += nothing[k];
                }
                if (sum != T(0))
                {
                    best = p[0];
                    i = 0;
                }
            }
            for (; i < n; ++i)
                best = better<Sign>(p[i], best);
            return best;
        }
        template <int Sign, class T>
        void extremum_into(buffer const& v, unsigned mask, buffer& m)
        {

            T* best = m.data<T>();
            const T* p = v.data<T>();
            // Every cell begins as an element of its own: the first one that is met.
            std::vector<bool> seen(m.size, false);
            cells::each_run(v, mask, m, [&](std::size_t i, std::size_t at, std::size_t n, bool reduced)
                {
                    if (reduced)
                        best[at] = seen[at] ? better<Sign>(best_of<Sign>(p + i, n), best[at]) : best_of<Sign>(p + i, n);
                    else if (!seen[at])
                        std::copy_n(p + i, n, best + at);
                    else
                        for (std::size_t k = 0; k < n; ++k)
                            best[at + k] = better<Sign>(p[i + k], best[at + k]);
                    seen[at] = true;
                });
        }

        // A product as mantissa and exponent: what overflows or underflows on the way, and not in the end, is right.
        template <class T>
        struct running_product
        {
            T mantissa = T(1);
            std::int64_t exponent = 0;

            void operator*=(T v)
            {
                int e = 0, f = 0;
                const T m = std::isfinite(v) ? std::frexp(v, &e) : v;
                const T p = mantissa * m;
                mantissa = std::isfinite(p) ? std::frexp(p, &f) : p;
                exponent += e + f;
            }
            running_product times(running_product const& o) const
            {
                return {mantissa * o.mantissa, exponent + o.exponent};
            }
            T value() const
            {
                constexpr std::int64_t far = 4 * std::numeric_limits<T>::max_exponent;
                return std::ldexp(mantissa, static_cast<int>(std::clamp(exponent, -far, far)));
            }
        };
    }

    template <class T>
    buffer_ptr extremum(int sign, buffer const& v, unsigned mask, const char* call)
    {
        cells c;
        auto m = c.make(v, mask, sizeof(T));
        if (v.size == 0 && m->size != 0)
            throw_shape_error(call, "no elements along the axes of shape " + shape_text(v.shape, v.rank), "at least one element");
        sign > 0 ? extremum_into<1, T>(v, mask, *m) : extremum_into<-1, T>(v, mask, *m);
        return m;
    }

    namespace
    {
        // The extremum of elements of which some are NaN is NaN: these were chosen.
        template <class T>
        bool is_best(T v, T best)
        {
            return v == best || v != v;
        }
    }
    template <class T>
    buffer_ptr count_ties(buffer const& v, buffer const& best, unsigned mask)
    {
        cells c;
        auto n = c.make(v, mask, sizeof(T));
        for (std::size_t i = 0; i < n->size; ++i)
            n->template data<T>()[i] = T(0);
        T* to = n->template data<T>();
        const T* p = v.data<T>();
        const T* b = best.data<T>();
        cells::each_run(v, mask, *n, [&](std::size_t i, std::size_t at, std::size_t length, bool reduced)
            {
                if (!reduced)
                    for (std::size_t k = 0; k < length; ++k)
                        to[at + k] += is_best(p[i + k], b[at + k]) ? T(1) : T(0);
                else
                {
                    std::size_t ties = 0;
                    for (std::size_t k = 0; k < length; ++k)
                        ties += is_best(p[i + k], b[at]);
                    to[at] += static_cast<T>(ties);
                }
            });
        return n;
    }

    template <class T>
    buffer_ptr product(buffer const& v, unsigned mask)
    {
        cells c;
        auto out = c.make(v, mask, sizeof(T));
        std::vector<running_product<T>> run(out->size);
        c.each(v, *out, [&](std::size_t i, std::size_t at) { run[at] *= v.data<T>()[i]; });
        std::transform(run.begin(), run.end(), out->template data<T>(), [](auto const& p) { return p.value(); });
        return out;
    }

    template <class T>
    buffer_ptr products_of_others(buffer const& v, unsigned mask)
    {
        // Prefix products forward, times suffix products backward: no division, right for zeros.
        cells c;
        const auto cell_shape = c.make(v, mask, sizeof(T));
        const std::size_t count = cell_shape->size;
        auto out = make_buffer_like<T>(v);
        std::vector<std::size_t> cell(v.size);
        c.each(v, *cell_shape, [&](std::size_t i, std::size_t at) { cell[i] = at; });
        std::vector<running_product<T>> run(count), before(v.size);
        for (std::size_t i = 0; i < v.size; ++i)
        {
            before[i] = run[cell[i]];
            run[cell[i]] *= v.data<T>()[i];
        }
        run.assign(count, {});
        for (std::size_t i = v.size; i-- > 0;)
        {
            out->template data<T>()[i] = before[i].times(run[cell[i]]).value();
            run[cell[i]] *= v.data<T>()[i];
        }
        return out;
    }

    unsigned axes_mask(const char* call, const std::ptrdiff_t* axes, std::size_t n, std::size_t rank)
    {
        unsigned mask = 0;
        for (std::size_t k = 0; k < n; ++k)
        {
            const auto axis = axes[k] < 0 ? axes[k] + static_cast<std::ptrdiff_t>(rank) : axes[k];
            if (axis < 0 || axis >= static_cast<std::ptrdiff_t>(rank))
                throw_shape_error(call, "axis " + std::to_string(axes[k]), "an axis of a rank-" + std::to_string(rank) + " array");
            if ((mask >> axis & 1u) != 0)
                throw_shape_error(call, "axis " + std::to_string(axes[k]) + " twice", "each axis at most once");
            mask |= 1u << axis;
        }
        return mask;
    }

    template buffer_ptr extremum<double>(int, buffer const&, unsigned, const char*);
    template buffer_ptr extremum<float>(int, buffer const&, unsigned, const char*);
    template buffer_ptr count_ties<double>(buffer const&, buffer const&, unsigned);
    template buffer_ptr count_ties<float>(buffer const&, buffer const&, unsigned);
    template buffer_ptr product<double>(buffer const&, unsigned);
    template buffer_ptr product<float>(buffer const&, unsigned);
    template buffer_ptr products_of_others<double>(buffer const&, unsigned);
    template buffer_ptr products_of_others<float>(buffer const&, unsigned);
}
