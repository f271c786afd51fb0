// SPDX-License-Identifier: BSL-1.0
// The programs of perf/scalar, written once for any scalar type; and their adjoints by hand where the table compares with one.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace programs
{
    // (a) n statements of two reads
    template <class T>
    T chain(std::vector<T> const& x, std::size_t n)
    {
        using std::sin;
        T y = 1.0;
        for (std::size_t i = 0; i < n; ++i)
            y = y * 1.0000001 + sin(x[i & 1023]) * 0.5;
        return y;
    }

    // (b) linear advection by Lax and Wendroff between fixed ends; the sum of squares after all steps
    constexpr double courant = 0.4;
    template <class T>
    T advection(std::vector<T> const& start, std::size_t steps)
    {
        const std::size_t n = start.size();
        std::vector<T> u = start, next = start;
        for (std::size_t s = 0; s < steps; ++s)
        {
            for (std::size_t i = 1; i + 1 < n; ++i)
                next[i] = u[i] - 0.5 * courant * (u[i + 1] - u[i - 1]) + 0.5 * courant * courant * (u[i + 1] - 2.0 * u[i] + u[i - 1]);
            u.swap(next);
        }
        T sum = 0.0;
        for (auto const& v : u)
            sum += v * v;
        return sum;
    }
    // The step is linear: its transpose is the mirrored stencil, with ends that only collect.
    inline double advection_adjoint(std::vector<double> const& start, std::size_t steps, std::vector<double>& g)
    {
        const std::size_t n = start.size(), last = n - 1;
        const double l = 0.5 * courant * (courant + 1), c = 1 - courant * courant, r = 0.5 * courant * (courant - 1);
        std::vector<double> u = start, next = start;
        for (std::size_t s = 0; s < steps; ++s)
        {
            for (std::size_t i = 1; i < last; ++i)
                next[i] = l * u[i - 1] + c * u[i] + r * u[i + 1];
            u.swap(next);
        }
        double sum = 0;
        for (auto& v : u)
        {
            sum += v * v;
            v *= 2;
        }
        for (std::size_t s = 0; s < steps; ++s)
        {
            next[0] = u[0] + l * u[1];
            next[1] = c * u[1] + l * u[2];
            for (std::size_t i = 2; i + 1 < last; ++i)
                next[i] = r * u[i - 1] + c * u[i] + l * u[i + 1];
            next[last - 1] = r * u[last - 2] + c * u[last - 1];
            next[last] = u[last] + r * u[last - 1];
            u.swap(next);
        }
        g = u;
        return sum;
    }

    // (c) the determinant of a matrix by LU with partial pivoting
    template <class T>
    T determinant(std::vector<T> const& matrix, std::size_t n)
    {
        using std::fabs;
        std::vector<T> a = matrix;
        T det = 1.0;
        for (std::size_t k = 0; k < n; ++k)
        {
            std::size_t p = k;
            for (std::size_t i = k + 1; i < n; ++i)
                if (fabs(a[i * n + k]) > fabs(a[p * n + k]))
                    p = i;
            if (p != k)
            {
                for (std::size_t j = 0; j < n; ++j)
                    std::swap(a[k * n + j], a[p * n + j]);
                det = -det;
            }
            det *= a[k * n + k];
            for (std::size_t i = k + 1; i < n; ++i)
            {
                const T factor = a[i * n + k] / a[k * n + k];
                for (std::size_t j = k + 1; j < n; ++j)
                    a[i * n + j] -= factor * a[k * n + j];
            }
        }
        return det;
    }

    // (d) x' = A x by the classical Runge-Kutta method; the sum of squares after all steps
    template <class T>
    T runge_kutta(std::vector<T> const& start, std::vector<double> const& a, std::size_t steps)
    {
        const std::size_t n = start.size();
        const double h = 1e-3;
        std::vector<T> x = start, k[4], at = start;
        for (auto& v : k)
            v = start;
        const auto slope = [&](std::vector<T> const& from, std::vector<T>& to)
        {
            for (std::size_t i = 0; i < n; ++i)
            {
                T sum = a[i * n] * from[0];
                for (std::size_t j = 1; j < n; ++j)
                    sum += a[i * n + j] * from[j];
                to[i] = sum;
            }
        };
        for (std::size_t s = 0; s < steps; ++s)
        {
            slope(x, k[0]);
            for (int stage = 1; stage < 4; ++stage)
            {
                for (std::size_t i = 0; i < n; ++i)
                    at[i] = x[i] + (stage == 3 ? h : 0.5 * h) * k[stage - 1][i];
                slope(at, k[stage]);
            }
            for (std::size_t i = 0; i < n; ++i)
                x[i] = x[i] + h / 6 * (k[0][i] + 2.0 * k[1][i] + 2.0 * k[2][i] + k[3][i]);
        }
        T sum = 0.0;
        for (auto const& v : x)
            sum += v * v;
        return sum;
    }

    // The leanest tape for (a): two partials and two ids a statement, the result's id is its position.
    class minimal_tape
    {
    public:
        explicit minimal_tape(std::size_t n)
            : partials_(2 * n)
            , adjoints_(n + 1025)
            , ids_(2 * n)
        {
        }
        double record(const double* x, std::size_t n)
        {
            double y = 1;
            std::uint32_t id = 1024;
            for (std::size_t i = 0; i < n; ++i, ++id)
            {
                const double s = std::sin(x[i & 1023]), c = std::cos(x[i & 1023]);
                y = y * 1.0000001 + s * 0.5;
                partials_[2 * i] = 1.0000001;
                partials_[2 * i + 1] = 0.5 * c;
                ids_[2 * i] = id;
                ids_[2 * i + 1] = static_cast<std::uint32_t>(i & 1023);
            }
            return y;
        }
        const double* reverse(std::size_t n)
        {
            std::fill(adjoints_.begin(), adjoints_.end(), 0.0);
            adjoints_[1024 + n] = 1;
            for (std::size_t i = n; i-- > 0;)
                if (const double a = adjoints_[1025 + i]; a != 0)
                {
                    adjoints_[ids_[2 * i]] += partials_[2 * i] * a;
                    adjoints_[ids_[2 * i + 1]] += partials_[2 * i + 1] * a;
                }
            return adjoints_.data();
        }

    private:
        std::vector<double> partials_, adjoints_;
        std::vector<std::uint32_t> ids_;
    };
}
