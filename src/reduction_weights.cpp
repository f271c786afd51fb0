// SPDX-License-Identifier: BSL-1.0
// d result / d element of full reductions, as active values.
#include "reduction_weights.hpp"

#include <cmath>

#include <etape/core/buffer.hpp>

namespace etape
{
    using namespace primitive;

    namespace
    {
        window_layout span(std::size_t first, std::size_t n, std::ptrdiff_t step = 1)
        {
            window_layout w;
            w.rank = 1;
            w.shape[0] = n;
            w.strides[0] = step;
            w.offset = static_cast<std::ptrdiff_t>(first);
            return w;
        }
        // x moved up by s places, ones before it
        active shifted(active const& x, std::size_t n, std::size_t s)
        {
            const auto head = scatter(constant(1, x.single), span(0, s), &n, 1);
            return add(scatter(gather(x, span(0, n - s)), span(s, n - s), &n, 1), head);
        }
        // x_0 ... x_{i-1} for each i, by doubling
        active products_before(active const& x, std::size_t n)
        {
            auto p = shifted(x, n, 1);
            for (std::size_t s = 1; s < n; s *= 2)
                p = multiply(p, shifted(p, n, s));
            return p;
        }
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
        if (v.values->size < 2)
            return constant(1, v.single);
        const std::size_t n = v.values->size;
        const auto x = reshape(v, &n, 1);
        const auto backwards = span(n - 1, n, -1);
        const auto before = products_before(x, n);
        const auto after = gather(products_before(gather(x, backwards), n), backwards);
        return reshape(multiply(before, after), v.values->shape, v.values->rank);
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
            const auto chosen = apply(row_number::equal_to, plain, number(value));
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
            // Halves times halves: every order of derivative is right, also where elements are 0.
            const auto columns = [&](active const& a, std::size_t width, std::size_t first, std::size_t count)
            {
                window_layout c;
                c.rank = 2;
                c.shape[0] = kept;
                c.shape[1] = count;
                c.strides[0] = static_cast<std::ptrdiff_t>(width);
                c.strides[1] = 1;
                c.offset = static_cast<std::ptrdiff_t>(first);
                return gather(a, c);
            };
            const std::size_t matrix[] = {kept, n}, column[] = {kept, 1};
            auto p = reshape(gather(v, w), matrix, 2);
            auto rest = constant(1, single);
            for (; n > 1; n /= 2)
            {
                const std::size_t half = n / 2;
                if (n % 2 != 0)
                    rest = multiply(rest, columns(p, n, n - 1, 1));
                p = multiply(columns(p, n, 0, half), columns(p, n, half, half));
            }
            return reshape(reshape(multiply(p, rest), column, 2), shape, rank).values;
        }
    }
}
