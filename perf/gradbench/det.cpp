// SPDX-License-Identifier: BSL-1.0
// det: the determinant of a matrix by expansion into minors, and its gradient.
#include <algorithm>
#include <numeric>
#include <stdexcept>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        // The columns that are left, as a list in an array: next[c] follows c, next[n] is the first.
        struct columns
        {
            std::vector<std::size_t> next;
            explicit columns(std::size_t n)
                : next(n + 1)
            {
                std::iota(next.begin(), next.end() - 1, 1);
            }
            // use(column, sign) for every column that is left, which is taken out for the call.
            template <class Use>
            void each(Use use)
            {
                const auto n = next.size() - 1;
                double sign = 1;
                for (std::size_t before = n, c = next[n]; c != n; before = c, c = next[c], sign = -sign)
                {
                    next[before] = next[c];
                    use(c, sign);
                    next[before] = c;
                }
            }
        };

        // Of the rows from `row` on and the columns that are left.
        template <class T>
        T minor(const T* a, std::size_t n, std::size_t row, columns& left)
        {
            if (row + 1 == n)
                return a[row * n + left.next[n]];
            T sum = 0.0;
            left.each(
                [&](std::size_t c, double sign)
                {
                    if (sign > 0)
                        sum += a[row * n + c] * minor(a, n, row + 1, left);
                    else
                        sum -= a[row * n + c] * minor(a, n, row + 1, left);
                });
            return sum;
        }
        struct determinant
        {
            std::size_t n;
            template <class T>
            T operator()(std::vector<T> const& a) const
            {
                columns all(n);
                return minor(a.data(), n, 0, all);
            }
        };

        // The adjoint of a minor is known before the minor: one descent serves for both.
        double minor_and_gradient(const double* a, double* g, std::size_t n, std::size_t row, columns& left, double adjoint)
        {
            if (row + 1 == n)
            {
                const auto at = row * n + left.next[n];
                g[at] += adjoint;
                return a[at];
            }
            double sum = 0;
            left.each(
                [&](std::size_t c, double sign)
                {
                    const auto at = row * n + c;
                    const double found = minor_and_gradient(a, g, n, row + 1, left, adjoint * sign * a[at]);
                    sum += sign * a[at] * found;
                    g[at] += adjoint * sign * found;
                });
            return sum;
        }

        // Minors of size 3 as one statement each
        struct few_statements
        {
            std::size_t n;
            using number = ad::variable<double>;
            static number minor_of_3(const number* a, std::size_t n, columns const& left)
            {
                const auto i = left.next[n], j = left.next[i], k = left.next[j];
                const number *p = a + (n - 3) * n, *q = p + n, *r = q + n;
                return ad::preaccumulate([](auto const& p0, auto const& p1, auto const& p2, auto const& q0, auto const& q1, auto const& q2,
                                            auto const& r0, auto const& r1, auto const& r2) -> std::remove_cvref_t<decltype(p0)>
                                         { return p0 * (q1 * r2 - q2 * r1) - p1 * (q0 * r2 - q2 * r0) + p2 * (q0 * r1 - q1 * r0); },
                                         p[i], p[j], p[k], q[i], q[j], q[k], r[i], r[j], r[k]);
            }
            static number expand(const number* a, std::size_t n, std::size_t row, columns& left)
            {
                if (row + 3 == n)
                    return minor_of_3(a, n, left);
                number sum = 0.0;
                left.each([&](std::size_t c, double sign) { sum += sign * a[row * n + c] * expand(a, n, row + 1, left); });
                return sum;
            }
            number operator()(std::vector<number> const& a) const
            {
                columns all(n);
                return expand(a.data(), n, 0, all);
            }
        };
    }

    workload det(input const& in)
    {
        const auto a = std::make_shared<const numbers>(in["A"].values);
        const auto n = in.size("ell");
        if (n < 3 || a->size() != n * n)
            throw std::runtime_error("det takes a square matrix of 3 rows or more");
        workload w;
        w.primal = [a, n] { return determinant{n}(*a); };
        w.contestants.push_back(fills(column::hand, "", n * n,
                                      [a, n](numbers& g)
                                      {
                                          std::fill(g.begin(), g.end(), 0.0);
                                          columns all(n);
                                          return minor_and_gradient(a->data(), g.data(), n, 0, all, 1);
                                      }));
        w.contestants.push_back(fills(column::scalars, "minors of size 3 preaccumulated", n * n,
                                      [a, n](numbers& g) { return scalar_gradient(few_statements{n}, *a, g); }));
        add_scalars(w, determinant{n}, a);
        return w;
    }
}
