// SPDX-License-Identifier: BSL-1.0
// particle and saddle: derivatives of programs that use derivatives, in all four orders of forward and reverse mode. Both descend along
// a gradient in a loop whose length depends on the data, and the function that they descend on takes gradients itself.
// Forward mode is that of the functional interface, or dual numbers as the number type of the function.
#include <array>
#include <cmath>

#include <etape/etape.hpp>

#include "eval.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;
        using number = ad::variable<double>;
        template <class T, std::size_t N>
        using point = std::array<T, N>;

        double plain(double x)
        {
            return x;
        }
        double plain(number const& x)
        {
            return x.value();
        }
        template <class T, std::size_t N>
        double plain(ad::dual<T, N> const& x)
        {
            return plain(x.v);
        }

        // The suite's descent: steps of eta times the gradient; eta doubles after ten that help and halves after one that does not.
        template <class T, std::size_t N, class F, class G>
        point<T, N> descend(F f, G gradient, point<T, N> x)
        {
            constexpr double tolerance = 1e-5;
            double eta = 1e-5, height = plain(f(x));
            auto slope = gradient(x);
            for (int helped = 0;;)
            {
                double steepness = 0, way = 0;
                for (auto const& s : slope)
                    steepness += plain(s) * plain(s);
                if (std::sqrt(steepness) <= tolerance)
                    return x;
                if (helped == 10)
                {
                    eta *= 2;
                    helped = 0;
                    continue;
                }
                auto to = x;
                for (std::size_t i = 0; i < N; ++i)
                {
                    to[i] = x[i] - eta * slope[i];
                    way += (plain(to[i]) - plain(x[i])) * (plain(to[i]) - plain(x[i]));
                }
                if (std::sqrt(way) <= tolerance)
                    return x;
                if (const double lower = plain(f(to)); lower < height)
                {
                    x = to;
                    height = lower;
                    slope = gradient(x);
                    ++helped;
                }
                else
                {
                    eta /= 2;
                    helped = 0;
                }
            }
        }

        // ---- the modes ----
        struct reverse
        {
            template <class F, class T, std::size_t N>
            point<T, N> operator()(F const& f, point<T, N> const& at) const
            {
                return ad::grad(f)(at);
            }
        };
        struct forward
        {
            template <class F, class T, std::size_t N>
            point<T, N> operator()(F const& f, point<T, N> const& at) const
            {
                point<T, N> g;
                for (std::size_t i = 0; i < N; ++i)
                {
                    point<double, N> direction{};
                    direction[i] = 1;
                    g[i] = ad::jvp(f, at, direction).tangent;
                }
                return g;
            }
        };
        struct dual_numbers
        {
            template <class F, class T, std::size_t N>
            point<T, N> operator()(F const& f, point<T, N> const& at) const
            {
                using D = ad::dual<T, N>;
                point<D, N> x;
                for (std::size_t i = 0; i < N; ++i)
                    x[i] = D::independent(at[i], i);
                const D y = f(x);
                point<T, N> g;
                for (std::size_t i = 0; i < N; ++i)
                    g[i] = y.d[i];
                return g;
            }
        };

        // ---- particle ----
        // Between two charges, of which the first moves with w, a particle falls to the ground; the square of where it lands.
        constexpr double time_step = 0.1;
        template <class T, class Slope>
        T landing(T const& w, Slope slope)
        {
            point<T, 2> at{T(0.0), T(8.0)}, speed{T(0.75), T(0.0)};
            for (;;)
            {
                const auto force = slope(w, at);
                for (std::size_t i = 0; i < 2; ++i)
                    at[i] += time_step * speed[i];
                if (plain(at[1]) <= 0)
                {
                    const T x = at[0] - at[1] / speed[1] * speed[0];
                    return x * x;
                }
                for (std::size_t i = 0; i < 2; ++i)
                    speed[i] -= time_step * force[i];
            }
        }
        template <class Inner>
        struct landing_by
        {
            template <class T>
            T operator()(point<T, 1> const& w) const
            {
                const auto force = [](T const& moved, point<T, 2> const& at)
                {
                    const auto potential = [&](auto const& p)
                    {
                        using std::sqrt;
                        using P = std::remove_cvref_t<decltype(p[0])>;
                        const P dx = p[0] - 10.0, dy = p[1] - P(10.0 - moved);
                        return P(1.0 / sqrt(dx * dx + dy * dy) + 1.0 / sqrt(dx * dx + p[1] * p[1]));
                    };
                    return Inner{}(potential, at);
                };
                return landing(w[0], force);
            }
        };
        // By hand: a number and its tangent along w.
        struct moving
        {
            double v, d;
        };
        void attract(moving x, moving y, point<moving, 2>& force)
        {
            const double r2 = x.v * x.v + y.v * y.v, r3 = r2 * std::sqrt(r2), along = 3 * (x.v * x.d + y.v * y.d) / r2;
            force[0].v -= x.v / r3;
            force[1].v -= y.v / r3;
            force[0].d -= (x.d - x.v * along) / r3;
            force[1].d -= (y.d - y.v * along) / r3;
        }
        moving landing_by_hand(double w)
        {
            point<moving, 2> at{{{0, 0}, {8, 0}}}, speed{{{0.75, 0}, {0, 0}}};
            for (;;)
            {
                point<moving, 2> force{};
                attract({at[0].v - 10, at[0].d}, {at[1].v - (10 - w), at[1].d + 1}, force);
                attract({at[0].v - 10, at[0].d}, at[1], force);
                for (std::size_t i = 0; i < 2; ++i)
                {
                    at[i].v += time_step * speed[i].v;
                    at[i].d += time_step * speed[i].d;
                }
                if (at[1].v <= 0)
                {
                    const double t = -at[1].v / speed[1].v, x = at[0].v + t * speed[0].v;
                    const double dt = -(at[1].d + t * speed[1].d) / speed[1].v;
                    return {x * x, 2 * x * (at[0].d + dt * speed[0].v + t * speed[0].d)};
                }
                for (std::size_t i = 0; i < 2; ++i)
                {
                    speed[i].v -= time_step * force[i].v;
                    speed[i].d -= time_step * force[i].d;
                }
            }
        }
        double particle_by_hand(double start, numbers& found)
        {
            const auto height = [](point<double, 1> const& w) { return landing_by_hand(w[0]).v; };
            const auto best = descend(height, [](point<double, 1> const& w) { return point<double, 1>{landing_by_hand(w[0]).d}; },
                                      point<double, 1>{start});
            found[0] = best[0];
            return height(best);
        }
        template <class Outer, class Inner>
        double particle_by(double start, numbers& found)
        {
            const landing_by<Inner> height;
            const auto best = descend(height, [&](point<double, 1> const& w) { return Outer{}(height, w); }, point<double, 1>{start});
            found[0] = best[0];
            return height(best);
        }

        // ---- saddle ----
        template <class P, class Q>
        auto saddle_height(P const& p, Q const& q)
        {
            return (p[0] * p[0] + p[1] * p[1]) - (q[0] * q[0] + q[1] * q[1]);
        }
        // The saddle is at 0: distances from (1, 1, 1, 1) and the height 1 have a relative difference.
        double seen_from_afar(point<double, 2> const& p, point<double, 2> const& q, numbers& found)
        {
            found = {1 - p[0], 1 - p[1], 1 - q[0], 1 - q[1]};
            return 1 + saddle_height(p, q);
        }
        // The q that makes the function highest for p.
        template <class T, class Slope>
        point<T, 2> highest(point<T, 2> const& p, point<double, 2> const& start, Slope slope)
        {
            const auto depth = [&](auto const& q)
            {
                using Q = std::remove_cvref_t<decltype(q[0])>;
                return Q(-saddle_height(point<Q, 2>{Q(p[0]), Q(p[1])}, q));
            };
            return descend(depth, [&](point<T, 2> const& q) { return slope(depth, q); }, point<T, 2>{T(start[0]), T(start[1])});
        }
        template <class Outer, class Inner>
        double saddle_by(point<double, 2> const& start, numbers& found)
        {
            const auto height = [&]<class T>(point<T, 2> const& p) -> T { return saddle_height(p, highest(p, start, Inner{})); };
            const auto p = descend(height, [&](point<double, 2> const& at) { return Outer{}(height, at); }, start);
            const auto q = highest(p, start, Inner{});
            return seen_from_afar(p, q, found);
        }
        double saddle_by_hand(point<double, 2> const& start, numbers& found)
        {
            const auto twice = [](auto const&, point<double, 2> const& q) { return point<double, 2>{2 * q[0], 2 * q[1]}; };
            const auto height = [&](point<double, 2> const& p) { return saddle_height(p, highest(p, start, twice)); };
            // q does not move with p
            const auto p = descend(height, [&](point<double, 2> const& at)
                {
                    highest(at, start, twice);
                    return point<double, 2>{2 * at[0], 2 * at[1]};
                }, start);
            const auto q = highest(p, start, twice);
            return seen_from_afar(p, q, found);
        }

        // by(outer, inner) -> the search in these modes
        template <class Search>
        workload in_all_orders(std::size_t entries, std::function<double(numbers&)> by_hand, Search by)
        {
            workload w;
            w.primal = [by_hand, found = numbers(entries)]() mutable { return by_hand(found); };
            w.contestants.push_back(fills(column::hand, "", entries, by_hand));
            w.contestants.push_back(fills(column::scalars, "reverse over reverse", entries, by(reverse{}, reverse{})));
            w.contestants.push_back(fills(column::scalars, "reverse over forward", entries, by(reverse{}, forward{})));
            w.contestants.push_back(fills(column::scalars, "forward over reverse", entries, by(forward{}, reverse{})));
            w.contestants.push_back(fills(column::scalars, "forward over forward", entries, by(forward{}, forward{})));
            w.contestants.push_back(fills(column::scalars, "dual numbers over reverse", entries, by(dual_numbers{}, reverse{})));
            w.contestants.push_back(fills(column::scalars, "dual numbers over dual numbers", entries, by(dual_numbers{}, dual_numbers{})));
            return w;
        }
    }

    workload particle(input const& in)
    {
        const double start = in.number("w");
        return in_all_orders(1, [start](numbers& found) { return particle_by_hand(start, found); }, [start]<class O, class I>(O, I)
                             { return [start](numbers& found) { return particle_by<O, I>(start, found); }; });
    }
    workload saddle(input const& in)
    {
        auto const& start = in["start"].values;
        if (start.size() != 2)
            throw std::runtime_error("saddle starts at two numbers");
        const point<double, 2> at{start[0], start[1]};
        return in_all_orders(4, [at](numbers& found) { return saddle_by_hand(at, found); }, [at]<class O, class I>(O, I)
                             { return [at](numbers& found) { return saddle_by<O, I>(at, found); }; });
    }
}
