// SPDX-License-Identifier: BSL-1.0
// Random and fixed points of the domain of a row.
#include "points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace etape_test::proof
{
    namespace
    {
        using etape::rule::interval;

        template <class S>
        struct maker
        {
            using limits = std::numeric_limits<S>;
            std::mt19937_64 random;

            double uniform(double low, double high)
            {
                return std::uniform_real_distribution<>(low, high)(random);
            }

            static interval finite(interval d)
            {
                return {std::max(d.low, static_cast<double>(limits::lowest())),
                        std::min(d.high, static_cast<double>(limits::max()))};
            }
            static bool inside(double x, interval d)
            {
                return x >= d.low && x <= d.high;
            }
            static double clamped(double x, interval d)
            {
                S s = static_cast<S>(x);
                const interval f = finite(d);
                if (static_cast<double>(s) < f.low)
                {
                    s = std::nextafter(s, limits::max());
                }
                if (static_cast<double>(s) > f.high)
                {
                    s = std::nextafter(s, limits::lowest());
                }
                return static_cast<double>(s);
            }

            // Sizes of ordinary arguments.
            double ordinary(interval d)
            {
                const interval f = finite(d);
                double low = std::max(f.low, -20.0), high = std::min(f.high, 20.0);
                if (!(low < high))
                {
                    low = f.low;
                    high = f.high;
                }
                return clamped(uniform(low, high), d);
            }
            // Every magnitude is as likely as another.
            double any_magnitude(interval d)
            {
                const interval f = finite(d);
                const bool negative = f.low < 0 && (f.high <= 0 || random() % 2 == 0);
                const double most = negative ? -f.low : f.high;
                const double least = negative ? std::max(-f.high, 0.0) : std::max(f.low, 0.0);
                const double tiny = static_cast<double>(limits::min());
                const double a = std::log2(std::max(least, tiny)), b = std::log2(most);
                const double size = std::exp2(a < b ? uniform(a, b) : b);
                return clamped(negative ? -size : size, d);
            }
            // Close to a special point or to an end of the domain, at every scale of distance.
            double close(interval d, std::vector<double> const& special)
            {
                std::vector<double> centres(special);
                for (const double end : {d.low, d.high})
                {
                    if (std::isfinite(end))
                    {
                        centres.push_back(end);
                    }
                }
                if (centres.empty())
                {
                    centres.push_back(0);
                }
                const double c = centres[random() % centres.size()];
                const double scale = c == 0 ? 1 : std::abs(c);
                const double away = scale * std::exp2(-uniform(0, c == 0 ? 60 : limits::digits));
                const double x = random() % 2 == 0 ? c + away : c - away;
                return inside(x, finite(d))        ? clamped(x, d)
                    : inside(2 * c - x, finite(d)) ? clamped(2 * c - x, d)
                                                   : ordinary(d);
            }
            double draw(interval d, std::vector<double> const& special)
            {
                switch (random() % 3)
                {
                case 0:
                    return ordinary(d);
                case 1:
                    return any_magnitude(d);
                default:
                    return close(d, special);
                }
            }

            std::vector<double> fixed(interval d, std::vector<double> const& special)
            {
                std::vector<double> all;
                const auto with_neighbours = [&](double x)
                {
                    const S s = static_cast<S>(x);
                    for (const S y :
                         {s, std::nextafter(s, limits::max()), std::nextafter(s, limits::lowest())})
                    {
                        all.push_back(static_cast<double>(y));
                    }
                };
                for (const double c : special)
                {
                    with_neighbours(c);
                }
                with_neighbours(finite(d).low);
                with_neighbours(finite(d).high);
                for (const S s : {S(0), S(1), limits::min(), limits::denorm_min(), limits::max(),
                                  limits::epsilon()})
                {
                    all.push_back(static_cast<double>(s));
                    all.push_back(-static_cast<double>(s));
                }
                std::erase_if(all, [&](double x) { return !inside(x, finite(d)); });
                return all;
            }
        };

        template <class S>
        std::vector<arguments> make(row_info const& row, std::vector<double> const& special,
                                    std::size_t count, std::uint64_t seed, bool mirrored)
        {
            std::seed_seq sequence{static_cast<std::uint32_t>(seed),
                                   static_cast<std::uint32_t>(seed >> 32),
                                   static_cast<std::uint32_t>(std::hash<std::string>()(row.name))};
            maker<S> m{std::mt19937_64(sequence)};
            std::vector<arguments> all;
            // Each argument in turn at its fixed points, the others at ordinary ones.
            for (std::size_t j = 0; j < row.arity; ++j)
            {
                for (const double x : m.fixed(row.domain[j], special))
                {
                    arguments p;
                    for (std::size_t i = 0; i < row.arity; ++i)
                    {
                        p.a[i] = i == j ? x : m.ordinary(row.domain[i]);
                    }
                    all.push_back(p);
                }
            }
            for (std::size_t k = 0; k < count; ++k)
            {
                arguments p;
                for (std::size_t i = 0; i < row.arity; ++i)
                {
                    p.a[i] = m.draw(row.domain[i], special);
                }
                // Ties and near-ties of two arguments.
                if (row.arity >= 2 && k % 8 == 0 && m.inside(p.a[0], row.domain[1]))
                {
                    p.a[1] = p.a[0];
                }
                else if (row.arity >= 2 && k % 8 == 1 && m.inside(p.a[0], row.domain[1]))
                {
                    p.a[1] = m.clamped(
                        std::nextafter(static_cast<S>(p.a[0]), std::numeric_limits<S>::max()),
                        row.domain[1]);
                }
                else if (mirrored && k % 8 < 5)
                {
                    p.a[0] = -(k % 8 == 2 ? m.ordinary(row.domain[0]) : p.a[0]);
                    p.a[1] = std::round(m.ordinary(row.domain[1]));
                }
                all.push_back(p);
            }
            for (auto& p : all)
            {
                for (std::size_t i = 0; i < row.arity; ++i)
                {
                    p.a[i] = row.whole[i] ? std::round(p.a[i]) : p.a[i];
                }
            }
            return all;
        }
    }

    std::vector<arguments> points(row_info const& row, std::vector<double> const& special,
                                  bool single, std::size_t random, std::uint64_t seed, bool mirrored)
    {
        return single ? make<float>(row, special, random, seed, mirrored)
                      : make<double>(row, special, random, seed, mirrored);
    }
}
