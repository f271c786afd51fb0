// SPDX-License-Identifier: BSL-1.0
// d result / d element of full reductions, as active values.
#include "reduction_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <etape/core/buffer.hpp>
#include <etape/tape/primitive.hpp>

namespace etape
{
    using namespace primitive;

    namespace
    {
        // ---- lines: the last axis of a matrix of `count` lines of n elements each ----
        struct lines
        {
            std::size_t count, n;

            // elements [first, first + length) of each, or backwards from first
            window_layout part(std::size_t first, std::size_t length, std::ptrdiff_t step = 1) const
            {
                window_layout w;
                w.rank = 2;
                w.shape[0] = count;
                w.shape[1] = length;
                w.strides[0] = static_cast<std::ptrdiff_t>(n);
                w.strides[1] = step;
                w.offset = static_cast<std::ptrdiff_t>(first);
                return w;
            }
            window_layout backwards() const
            {
                return part(n - 1, n, -1);
            }
            // one number for each line
            window_layout spread() const
            {
                window_layout w = part(0, n, 0);
                w.strides[0] = 1;
                return w;
            }
            active matrix(active const& a) const
            {
                const std::size_t shape[] = {count, n};
                return reshape(a, shape, 2);
            }
            // moved up by s places, ones before them
            active shifted(active const& x, std::size_t s) const
            {
                const std::size_t shape[] = {count, n};
                const auto head = scatter(constant(1, x.single), part(0, s), shape, 2);
                return add(scatter(gather(x, part(0, n - s)), part(s, n - s), shape, 2), head);
            }
        };

        // ---- products that overflow or underflow on the way, and not in the end ----
        // A factor 2^-k is taken out of numbers close to the limits of the type, as a constant, and given back at the end.
        using exponents = std::vector<std::int64_t>;
        double at(active const& x, std::size_t i)
        {
            return x.single ? static_cast<double>(x.values->data<float>()[i]) : x.values->data<double>()[i];
        }
        template <class F>
        active constants_like(active const& x, F&& f)
        {
            const auto fill = [&]<class T>(T)
            {
                auto b = make_buffer<T>(x.values->shape, x.values->rank);
                for (std::size_t i = 0; i < b->size; ++i)
                    b->template data<T>()[i] = static_cast<T>(f(i));
                return constant(std::move(b), x.single);
            };
            return x.single ? fill(0.0f) : fill(0.0);
        }
        int most(bool single)
        {
            return single ? std::numeric_limits<float>::max_exponent - 1 : std::numeric_limits<double>::max_exponent - 1;
        }
        // x = result 2^e: x itself, and e as it was, where all is far from the limits, and otherwise mantissas
        active tamed(active const& x, exponents& e, bool all = false)
        {
            const int far = most(x.single) / 2 - 12;
            const auto exponent_of = [&](std::size_t i)
            {
                const double v = at(x, i);
                int k = 0;
                if (std::isfinite(v))
                    std::frexp(v, &k);
                return std::max(k, -most(x.single));
            };
            for (std::size_t i = 0; !all && i < x.values->size; ++i)
                all = std::abs(exponent_of(i)) > far;
            if (!all)
                return x;
            for (std::size_t i = 0; i < x.values->size; ++i)
                e[i] += exponent_of(i);
            return multiply(x, constants_like(x, [&](std::size_t i) { return std::ldexp(1.0, -exponent_of(i)); }));
        }
        // x 2^e
        active restored(active x, exponents e)
        {
            const auto taken = [](auto k) { return k != 0; };
            if (std::any_of(e.begin(), e.end(), taken))
                x = tamed(x, e, true);
            const std::int64_t step = most(x.single);
            while (std::any_of(e.begin(), e.end(), taken))
                x = multiply(x, constants_like(x,
                                               [&](std::size_t i)
                                               {
                                                   const auto k = std::clamp(e[i], -step, step);
                                                   // more than three steps change nothing
                                                   e[i] = std::clamp(e[i] - k, -2 * step, 2 * step);
                                                   return std::ldexp(1.0, static_cast<int>(k));
                                               }));
            return x;
        }

        // x_0 ... x_{i-1} for each i, by doubling
        active products_before(active const& x, lines const& l, exponents& e)
        {
            e.assign(l.count * l.n, 0);
            exponents own(e.size(), 0);
            const auto given = tamed(x, own);
            for (std::size_t i = e.size(); i-- > 0;)
                e[i] = i % l.n == 0 ? 0 : own[i - 1];
            auto p = l.shifted(given, 1);
            for (std::size_t s = 1; s < l.n; s *= 2)
            {
                p = multiply(p, l.shifted(p, s));
                for (std::size_t i = e.size(); i-- > 0;)
                    if (i % l.n >= s)
                        e[i] += e[i - s];
                p = tamed(p, e);
            }
            return p;
        }
        // The product of all other elements of the line, for each element.
        active others(active const& x, lines const& l)
        {
            if (l.n < 2)
                return constant(1, x.single);
            exponents e, f;
            const auto before = products_before(x, l, e);
            const auto after = gather(products_before(gather(x, l.backwards()), l, f), l.backwards());
            for (std::size_t i = 0; i < e.size(); ++i)
                e[i] += f[i + l.n - 1 - 2 * (i % l.n)];
            return restored(multiply(before, after), std::move(e));
        }

        // The products of lines: the derivatives are products of the others, which may be ordinary numbers where the product is not.
        struct product_node final : primitive_node
        {
            lines of;

            explicit product_node(lines const& l)
                : of(l)
            {
            }
            active pull(int, active const& g) const override
            {
                const auto seed = gather(g, of.spread());
                return guarded(seed, multiply(seed, others(in[0], of)));
            }
            active push(active const* tangents) const override
            {
                auto const& t = tangents[0];
                return scatter(guarded(t, multiply(t, others(in[0], of))), of.spread(), &of.count, 1);
            }
        };
        active maximum_or_zero(active const& v)
        {
            double m = -INFINITY;
            for (std::size_t i = 0; !v.is_number() && i < v.values->size; ++i)
                m = std::max(m, v.single ? static_cast<double>(v.values->data<float>()[i]) : v.values->data<double>()[i]);
            if (v.is_number())
                m = v.number;
            return constant(std::isinf(m) ? 0 : m, v.single);
        }
    }

    active products_of_others(active const& v)
    {
        const lines l{1, v.values->size};
        const auto w = others(l.matrix(v), l);
        return w.is_number() ? w : reshape(w, v.values->shape, v.values->rank);
    }

    active reduction_weights(reducer_kind kind, active const& v, double value, const std::size_t* shape, int rank)
    {
        const bool single = v.single;
        double n = 1;
        for (int k = 0; k < rank; ++k)
            n *= static_cast<double>(shape[k]);
        const auto total = [&](active const& a) { return sum(a, shape, rank); };
        const auto number = [&](double x) { return constant(x, single); };
        switch (kind)
        {
        case reducer_kind::mean:
            return number(1 / n);
        case reducer_kind::norm_l1:
            return apply(row_number::sign, v);
        case reducer_kind::norm_sq:
            return multiply(number(2), v);
        case reducer_kind::norm_l2:
            return value == 0 ? number(0) : divide(v, apply(row_number::sqrt, total(multiply(v, v))));
        case reducer_kind::extremum:
        {
            auto plain = v;
            plain.id = record_log::no_id;
            // Elements that are NaN are the extremum where there are any.
            const auto chosen = value == value ? apply(row_number::equal_to, plain, number(value)) : apply(row_number::not_equal_to, plain, plain);
            return divide(chosen, total(chosen));
        }
        case reducer_kind::logsumexp:
        {
            const auto e = apply(row_number::exp, subtract(v, maximum_or_zero(v)));
            const auto s = total(e);
            return s.number == 0 ? number(0) : divide(e, s);
        }
        case reducer_kind::prod:
            return products_of_others(v.is_number() ? reshape(v, shape, rank) : v);
        case reducer_kind::variance:
            return multiply(number(2 / n), subtract(v, multiply(number(1 / n), total(v))));
        case reducer_kind::stddev:
        {
            if (value == 0)
                return number(0);
            const auto d = subtract(v, multiply(number(1 / n), total(v)));
            const auto sd = apply(row_number::sqrt, multiply(number(1 / n), total(multiply(d, d))));
            return divide(d, multiply(number(n), sd));
        }
        default:
            return number(1);
        }
    }

    namespace runtime
    {
        template <class T>
        buffer_ptr product(buffer const& v, unsigned mask);

        buffer_ptr recorded_product(buffer_ptr const& b, bool single, unsigned mask, bool keep_dims)
        {
            const auto v = primitive::of(b, single);
            if (!v.tracked())
                return {};
            // (kept, reduced) as a matrix
            window_layout w;
            std::size_t kept = 1, n = 1, shape[max_rank];
            int rank = 0;
            for (const bool reduced : {false, true})
                for (int k = 0; k < b->rank; ++k)
                    if (((mask >> k & 1u) != 0) == reduced)
                    {
                        w.shape[w.rank] = b->shape[k];
                        w.strides[w.rank++] = b->strides[k];
                        (reduced ? n : kept) *= b->shape[k];
                    }
            for (int k = 0; k < b->rank; ++k)
                if ((mask >> k & 1u) == 0 || keep_dims)
                    shape[rank++] = (mask >> k & 1u) == 0 ? b->shape[k] : 1;
            if (n == 0 || kept == 0)
                return {};
            const lines l{kept, n};
            const auto x = l.matrix(gather(v, w));
            auto values = single ? make_buffer<float>(&kept, 1) : make_buffer<double>(&kept, 1);
            const auto plain = single ? product<float>(*x.values, 2) : product<double>(*x.values, 2);
            if (single)
                std::copy_n(plain->data<float>(), kept, values->data<float>());
            else
                std::copy_n(plain->data<double>(), kept, values->data<double>());
            active p = constant(std::move(values), single);
            p = record<product_node>(std::move(p), "prod", {&x}, l);
            return reshape(p, shape, rank).values;
        }
    }
}
