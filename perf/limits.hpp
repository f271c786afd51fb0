// SPDX-License-Identifier: BSL-1.0
// What a person writes by hand with SIMD: value, and value with gradient in one pass. The limit that etape is measured against.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <etape/rule/simd_compat.hpp>

namespace limits
{
    using batch = xsimd::batch<double>;
    constexpr std::size_t width = batch::size;
    // Independent accumulators hide the latency of an addition.
    constexpr std::size_t unroll = 4;

    inline batch load(const double* p)
    {
        return batch::load_unaligned(p);
    }
    inline void store(double* p, batch v)
    {
        v.store_unaligned(p);
    }
    inline batch fma(batch a, batch b, batch c)
    {
        return etape::lane::simd::fma(a, b, c);
    }
    // c - a*b
    inline batch fnma(batch a, batch b, batch c)
    {
        return etape::lane::simd::fnma(a, b, c);
    }

    struct accumulators
    {
        batch s[unroll] = {batch(0.0), batch(0.0), batch(0.0), batch(0.0)};
        double total() const
        {
            return etape::lane::simd::reduce_add((s[0] + s[1]) + (s[2] + s[3]));
        }
    };

    // (a) f = sum(exp(x) sin(x) + x^2),  df/dx = exp(x) (sin(x) + cos(x)) + 2x
    inline double exp_sin(const double* x, std::size_t n)
    {
        batch s0(0.0), s1(0.0);
        std::size_t i = 0;
        for (; i + 2 * width <= n; i += 2 * width)
        {
            const batch u = load(x + i), v = load(x + i + width);
            s0 += fma(xsimd::exp(u), xsimd::sin(u), u * u);
            s1 += fma(xsimd::exp(v), xsimd::sin(v), v * v);
        }
        double s = etape::lane::simd::reduce_add(s0 + s1);
        for (; i < n; ++i)
            s += std::exp(x[i]) * std::sin(x[i]) + x[i] * x[i];
        return s;
    }
    inline double exp_sin_gradient(const double* x, double* g, std::size_t n)
    {
        batch s0(0.0);
        std::size_t i = 0;
        for (; i + width <= n; i += width)
        {
            const batch u = load(x + i);
            const auto [sine, cosine] = xsimd::sincos(u);
            const batch e = xsimd::exp(u);
            s0 += fma(e, sine, u * u);
            store(g + i, fma(e, sine + cosine, u + u));
        }
        double s = etape::lane::simd::reduce_add(s0);
        for (; i < n; ++i)
        {
            const double e = std::exp(x[i]), sine = std::sin(x[i]), cosine = std::cos(x[i]);
            s += e * sine + x[i] * x[i];
            g[i] = e * (sine + cosine) + 2 * x[i];
        }
        return s;
    }

    // (b) f = sum(t^2 / (1 + x^2)) with t = a x + b; with q = t / (1 + x^2) it is sum(q t), df/dx = 2 q (a - q x)
    inline double rational(const double* x, double a, double b, std::size_t n)
    {
        accumulators acc;
        std::size_t i = 0;
        for (; i + unroll * width <= n; i += unroll * width)
            for (std::size_t k = 0; k < unroll; ++k)
            {
                const batch u = load(x + i + k * width);
                const batch t = fma(batch(a), u, batch(b));
                acc.s[k] += t * t / fma(u, u, batch(1.0));
            }
        double s = acc.total();
        for (; i < n; ++i)
        {
            const double t = a * x[i] + b;
            s += t * t / (1 + x[i] * x[i]);
        }
        return s;
    }
    inline double rational_gradient(const double* x, double a, double b, double* g, std::size_t n)
    {
        accumulators acc;
        std::size_t i = 0;
        for (; i + unroll * width <= n; i += unroll * width)
            for (std::size_t k = 0; k < unroll; ++k)
            {
                const batch u = load(x + i + k * width);
                const batch t = fma(batch(a), u, batch(b));
                const batch q = t / fma(u, u, batch(1.0));
                acc.s[k] = fma(q, t, acc.s[k]);
                store(g + i + k * width, (q + q) * fnma(q, u, batch(a)));
            }
        double s = acc.total();
        for (; i < n; ++i)
        {
            const double t = a * x[i] + b, q = t / (1 + x[i] * x[i]);
            s += q * t;
            g[i] = 2 * q * (a - q * x[i]);
        }
        return s;
    }

    // (c) f = m + log(sum(exp(x - m))) with m the largest x,  df/dx = exp(x - m) / sum(exp(x - m))
    inline double largest(const double* x, std::size_t n)
    {
        const double lowest = -std::numeric_limits<double>::infinity();
        batch m[unroll] = {batch(lowest), batch(lowest), batch(lowest), batch(lowest)};
        std::size_t i = 0;
        for (; i + unroll * width <= n; i += unroll * width)
            for (std::size_t k = 0; k < unroll; ++k)
                m[k] = xsimd::max(m[k], load(x + i + k * width));
        double lanes[width];
        store(lanes, xsimd::max(xsimd::max(m[0], m[1]), xsimd::max(m[2], m[3])));
        double best = *std::max_element(lanes, lanes + width);
        for (; i < n; ++i)
            best = std::max(best, x[i]);
        return best;
    }
    inline double logsumexp(const double* x, std::size_t n)
    {
        const double m = largest(x, n);
        batch s0(0.0), s1(0.0);
        std::size_t i = 0;
        for (; i + 2 * width <= n; i += 2 * width)
        {
            s0 += xsimd::exp(load(x + i) - m);
            s1 += xsimd::exp(load(x + i + width) - m);
        }
        double s = etape::lane::simd::reduce_add(s0 + s1);
        for (; i < n; ++i)
            s += std::exp(x[i] - m);
        return m + std::log(s);
    }
    inline double logsumexp_gradient(const double* x, double* g, std::size_t n)
    {
        const double m = largest(x, n);
        batch s0(0.0), s1(0.0);
        std::size_t i = 0;
        for (; i + 2 * width <= n; i += 2 * width)
        {
            const batch e0 = xsimd::exp(load(x + i) - m), e1 = xsimd::exp(load(x + i + width) - m);
            s0 += e0;
            s1 += e1;
            store(g + i, e0);
            store(g + i + width, e1);
        }
        double s = etape::lane::simd::reduce_add(s0 + s1);
        for (; i < n; ++i)
            s += g[i] = std::exp(x[i] - m);
        const double r = 1 / s;
        for (i = 0; i + width <= n; i += width)
            store(g + i, load(g + i) * r);
        for (; i < n; ++i)
            g[i] *= r;
        return m + std::log(s);
    }

    // (d) f = sum(-z^2/2) - n log(sigma) - n log(2 pi)/2 with z = (x - mu) / sigma,
    //     df/dmu = z / sigma,  df/dsigma = (sum(z^2) - n) / sigma
    inline double normal_value(double sum_of_squares, double sigma, std::size_t n)
    {
        return -0.5 * sum_of_squares -
            static_cast<double>(n) * (std::log(sigma) + 0.5 * std::log(2 * std::numbers::pi));
    }
    inline double normal(const double* x, const double* mu, double sigma, std::size_t n)
    {
        const double r = 1 / sigma;
        accumulators acc;
        std::size_t i = 0;
        for (; i + unroll * width <= n; i += unroll * width)
            for (std::size_t k = 0; k < unroll; ++k)
            {
                const batch z = (load(x + i + k * width) - load(mu + i + k * width)) * r;
                acc.s[k] = fma(z, z, acc.s[k]);
            }
        double s = acc.total();
        for (; i < n; ++i)
        {
            const double z = (x[i] - mu[i]) * r;
            s += z * z;
        }
        return normal_value(s, sigma, n);
    }
    inline double normal_gradient(const double* x, const double* mu, double sigma, double* g_mu,
                                  double& g_sigma, std::size_t n)
    {
        const double r = 1 / sigma;
        accumulators acc;
        std::size_t i = 0;
        for (; i + unroll * width <= n; i += unroll * width)
            for (std::size_t k = 0; k < unroll; ++k)
            {
                const batch z = (load(x + i + k * width) - load(mu + i + k * width)) * r;
                acc.s[k] = fma(z, z, acc.s[k]);
                store(g_mu + i + k * width, z * r);
            }
        double s = acc.total();
        for (; i < n; ++i)
        {
            const double z = (x[i] - mu[i]) * r;
            s += z * z;
            g_mu[i] = z * r;
        }
        g_sigma = (s - static_cast<double>(n)) * r;
        return normal_value(s, sigma, n);
    }
}
