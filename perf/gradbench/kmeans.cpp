// SPDX-License-Identifier: BSL-1.0
// kmeans: a step of Newton's method for the squared distances of points to their nearest centroids: the gradient divided by the
// diagonal of the Hessian, which has no other entries.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <etape/etape.hpp>

#ifdef ETAPE_PERF_CODIPACK
#include <codi.hpp>
#endif

#include "arrays.hpp"
#include "eval.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        struct clustering
        {
            std::size_t n, k, d;
            numbers points, centroids;
            ad::constant<double, 2> rows;  // the points

            explicit clustering(input const& in)
                : n(in["points"].shape[0]),
                  k(in["centroids"].shape[0]),
                  d(in["points"].shape[1]),
                  points(in["points"].values),
                  centroids(in["centroids"].values),
                  rows(xt::xtensor<double, 2>(shown(points, n, d)))
            {
            }
        };

        template <class T>
        T distance(const double* point, const T* centroid, std::size_t d)
        {
            T sum = 0.0;
            for (std::size_t i = 0; i < d; ++i)
                sum += (point[i] - centroid[i]) * (point[i] - centroid[i]);
            return sum;
        }
        template <class T>
        T cost(clustering const& in, std::vector<T> const& centroids)
        {
            T sum = 0.0;
            for (std::size_t p = 0; p < in.n; ++p)
            {
                T nearest = std::numeric_limits<double>::infinity();
                for (std::size_t j = 0; j < in.k; ++j)
                {
                    const T found = distance(&in.points[p * in.d], &centroids[j * in.d], in.d);
                    if (found < nearest)
                        nearest = found;
                }
                sum += nearest;
            }
            return sum;
        }
        // use(point, centroid, squared distance)
        template <class Use>
        void each_nearest(clustering const& in, Use use)
        {
            for (std::size_t p = 0; p < in.n; ++p)
            {
                double nearest = std::numeric_limits<double>::infinity();
                std::size_t to = 0;
                for (std::size_t j = 0; j < in.k; ++j)
                {
                    const double found = distance(&in.points[p * in.d], &in.centroids[j * in.d], in.d);
                    if (found < nearest)
                    {
                        nearest = found;
                        to = j;
                    }
                }
                use(p, to, nearest);
            }
        }

        double by_hand(clustering const& in, numbers& g)
        {
            std::fill(g.begin(), g.end(), 0.0);
            numbers count(in.k);
            double sum = 0;
            each_nearest(in,
                         [&](std::size_t p, std::size_t j, double found)
                         {
                             sum += found;
                             count[j] += 1;
                             for (std::size_t i = 0; i < in.d; ++i)
                                 g[j * in.d + i] += in.points[p * in.d + i];
                         });
            for (std::size_t j = 0; j < in.k; ++j)
                for (std::size_t i = 0; i < in.d; ++i)
                    g[j * in.d + i] = in.centroids[j * in.d + i] - g[j * in.d + i] / count[j];
            return sum;
        }

        // The gradient and, since the Hessian is diagonal, its product with ones: hvp runs the fused kernels on dual lanes, which
        // jvp(grad(f)), with both in one call, does not.
        template <class F>
        double newton(F const& f, clustering const& in, numbers& g)
        {
            const xt::xtensor<double, 2> at = shown(in.centroids, in.k, in.d), ones = xt::ones<double>({in.k, in.d});
            const auto [value, gradient] = ad::value_and_grad(f)(at);
            const auto diagonal = ad::hvp(f, at, ones);
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = gradient.data()[i] / diagonal.data()[i];
            return value;
        }
        double smallest_of_all(clustering const& in, numbers& g)
        {
            using xt::all, xt::newaxis;
            const auto f = [&](auto const& c)
            {
                const auto distances = ad::sum(xt::square(xt::view(in.rows, all(), newaxis(), all()) - xt::view(c, newaxis(), all(), all())), {2});
                return ad::sum(ad::amin(distances, {1}));
            };
            return newton(f, in, g);
        }
        // |p - c|^2 = |p|^2 - 2 p.c + |c|^2: one matrix product.
        double smallest_by_products(clustering const& in, numbers& g)
        {
            using xt::all, xt::newaxis;
            const xt::xtensor<double, 2> turned = xt::transpose(shown(in.points, in.n, in.d));
            const double squares = xt::sum(xt::square(shown(in.points)))();
            const auto f = [&](auto const& c)
            {
                const auto norms = ad::sum(xt::square(c), {1});
                return ad::sum(ad::amin(xt::view(norms, all(), newaxis()) - 2.0 * ad::matmul(c, turned), {0})) + squares;
            };
            return newton(f, in, g);
        }
        // Which centroid is the nearest has no derivative: it is found with plain numbers, and selects.
        double selected(clustering const& in, numbers& g)
        {
            xt::xtensor<double, 2> selection = xt::zeros<double>({in.n, in.k});
            each_nearest(in, [&](std::size_t p, std::size_t j, double) { selection(p, j) = 1; });
            const auto f = [&](auto const& c) { return ad::sum(xt::square(in.rows - ad::matmul(selection, c))); };
            return newton(f, in, g);
        }
        // The same with the points sorted by centroid: every cluster is a part.
        double sorted(clustering const& in, numbers& g)
        {
            using xt::all;
            std::vector<std::size_t> nearest(in.n), first(in.k + 1), next;
            each_nearest(in, [&](std::size_t p, std::size_t j, double) { ++first[(nearest[p] = j) + 1]; });
            std::partial_sum(first.begin(), first.end(), first.begin());
            next = first;
            auto points = xt::xtensor<double, 2>::from_shape({in.n, in.d});
            for (std::size_t p = 0; p < in.n; ++p)
                std::copy_n(&in.points[p * in.d], in.d, &points(next[nearest[p]]++, 0));
            const auto lent = ad::borrow(points);
            const auto f = [&](auto const& c)
            {
                ad::variable<double> y = 0.0;
                for (std::size_t j = 0; j < in.k; ++j)
                    y += ad::sum(xt::square(xt::view(lent, xt::range(first[j], first[j + 1]), all()) - xt::view(c, j, all())));
                return y;
            };
            return newton(f, in, g);
        }

        double scalars(clustering const& in, numbers& g)
        {
            using inner = ad::dual<double, 1>;
            using number = ad::variable<inner>;
            static std::vector<number> x;
            x.clear();
            for (double c : in.centroids)
                x.push_back(inner::independent(c, 0));
            ad::tape tape;
            const number y = cost(in, x);
            const auto slopes = tape.gradient(y, x);
            for (std::size_t i = 0; i < g.size(); ++i)
                g[i] = slopes[i]->v / slopes[i]->d[0];
            return y.value().v;
        }
#ifdef ETAPE_PERF_CODIPACK
        double codipack(clustering const& in, numbers& g)
        {
            using number = codi::RealReverseGen<codi::RealForward>;
            auto& tape = number::getTape();
            double value = 0;
            {
                std::vector<number> x(in.centroids.begin(), in.centroids.end());
                tape.setActive();
                for (auto& c : x)
                {
                    tape.registerInput(c);
                    c.value().gradient() = 1.0;
                }
                number y = cost(in, x);
                tape.registerOutput(y);
                tape.setPassive();
                y.setGradient(1.0);
                tape.evaluate();
                for (std::size_t i = 0; i < g.size(); ++i)
                    g[i] = x[i].getGradient().getValue() / x[i].getGradient().getGradient();
                value = y.getValue().getValue();
            }
            tape.reset();
            return value;
        }
#endif
    }

    workload kmeans(input const& file)
    {
        const auto in = std::make_shared<const clustering>(file);
        workload w;
        w.primal = [in] { return cost(*in, in->centroids); };
        const auto add = [&](column c, const char* note, double (*f)(clustering const&, numbers&))
        { w.contestants.push_back(fills(c, note, in->centroids.size(), [in, f](numbers& g) { return f(*in, g); })); };
        add(column::hand, "", by_hand);
        add(column::arrays, "sorted, a statement for each cluster", sorted);
        add(column::arrays, "matmul with a selection", selected);
        add(column::arrays, "amin, matmul", smallest_by_products);
        add(column::arrays, "amin", smallest_of_all);
        add(column::scalars, "", scalars);
#ifdef ETAPE_PERF_CODIPACK
        add(column::codipack, "", codipack);
#endif
        return w;
    }
}
