// SPDX-License-Identifier: BSL-1.0
// llsq: least squares of a polynomial in m coefficients to the sign function at n points of [-1, 1], and its gradient.
#include <algorithm>
#include <cmath>

#include <etape/etape.hpp>

#include "scalars.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        double point(std::size_t i, std::size_t n)
        {
            return -1 + static_cast<double>(i) * 2 / (static_cast<double>(n) - 1);
        }
        double sign(double t)
        {
            return static_cast<double>((0 < t) - (t < 0));
        }

        struct least_squares
        {
            std::size_t n;
            template <class T>
            T operator()(std::vector<T> const& x) const
            {
                T sum = 0.0;
                for (std::size_t i = 0; i < n; ++i)
                {
                    const double t = point(i, n);
                    T residual = sign(t);
                    double power = 1;
                    for (auto const& coefficient : x)
                    {
                        residual -= coefficient * power;
                        power *= t;
                    }
                    sum += residual * residual;
                }
                return sum * 0.5;
            }
        };

        double by_hand(numbers const& x, std::size_t n, numbers& g)
        {
            std::fill(g.begin(), g.end(), 0.0);
            double sum = 0;
            for (std::size_t i = 0; i < n; ++i)
            {
                const double t = point(i, n);
                double residual = sign(t), power = 1;
                for (double coefficient : x)
                {
                    residual -= coefficient * power;
                    power *= t;
                }
                sum += residual * residual;
                double weight = -residual;
                for (double& slope : g)
                {
                    slope += weight;
                    weight *= t;
                }
            }
            return sum * 0.5;
        }

        struct block
        {
            std::size_t first, size;
        };
        // Row j holds t^j at the points of a block: each from the one before.
        struct powers
        {
            static constexpr std::size_t most_points = 128;
            std::vector<double> signs, rows;
            powers(std::size_t n, std::size_t m)
                : signs(std::min(n, most_points)),
                  rows(m * signs.size())
            {
            }
            void fill(block b, std::size_t n)
            {
                double t[most_points];
                for (std::size_t i = 0; i < b.size; ++i)
                {
                    t[i] = point(b.first + i, n);
                    signs[i] = sign(t[i]);
                    rows[i] = 1;
                }
                for (std::size_t k = b.size; k + b.size <= rows.size(); k += b.size)
                    for (std::size_t i = 0; i < b.size; ++i)
                        rows[k + i] = rows[k - b.size + i] * t[i];
            }
        };
    }

    workload llsq(input const& in)
    {
        const auto x = std::make_shared<const numbers>(in["x"].values);
        const auto n = in.size("n"), m = x->size();
        workload w;
        w.primal = [x, n] { return least_squares{n}(*x); };
        w.contestants.push_back(fills(column::hand, "", m, [x, n](numbers& g) { return by_hand(*x, n, g); }));
        // The matrix of all powers has 17 MB at the largest size: blocks of it stay in the cache, and may be lent to the tape.
        w.contestants.push_back(fills(column::arrays, "matmul, a tape for 128 points", m,
                                      [x, n, m](numbers& g)
                                      {
                                          std::vector<block> blocks;
                                          for (std::size_t i = 0; i < n; i += powers::most_points)
                                              blocks.push_back({i, std::min(powers::most_points, n - i)});
                                          const xt::xtensor<double, 1> at = shown(*x);
                                          powers p(n, m);
                                          auto [value, slope] = ad::map_reduce_gradient(
                                              ad::execution::serial{},
                                              [&](block b, auto const& c)
                                              {
                                                  p.fill(b, n);
                                                  const auto rows = xt::adapt(p.rows.data(), m * b.size, xt::no_ownership(), std::array{m, b.size});
                                                  const auto signs = xt::adapt(p.signs.data(), b.size, xt::no_ownership(), std::array{b.size});
                                                  return 0.5 * ad::sum(xt::square(signs - ad::matmul(c, ad::borrow(rows))));
                                              },
                                              blocks, at);
                                          std::copy(slope.begin(), slope.end(), g.begin());
                                          return value;
                                      }));
        w.contestants.push_back(fills(column::arrays, "matmul, all points", m,
                                      [x, n, m](numbers& g)
                                      {
                                          auto rows = xt::xtensor<double, 2>::from_shape({m, n});
                                          auto signs = xt::xtensor<double, 1>::from_shape({n});
                                          for (std::size_t i = 0; i < n; ++i)
                                          {
                                              const double t = point(i, n);
                                              signs(i) = sign(t);
                                              double power = 1;
                                              for (std::size_t j = 0; j < m; ++j)
                                              {
                                                  rows(j, i) = power;
                                                  power *= t;
                                              }
                                          }
                                          const ad::constant<double, 2> all = std::move(rows);
                                          const ad::variable<double, 1> c = shown(*x);
                                          ad::tape tape;
                                          const ad::variable<double> y = 0.5 * ad::sum(xt::square(signs - ad::matmul(c, all)));
                                          const auto slope = tape.gradient(y, c);
                                          std::copy(slope->begin(), slope->end(), g.begin());
                                          return y.value();
                                      }));
        add_scalars(w, least_squares{n}, x);
        return w;
    }
}
