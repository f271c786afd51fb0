// SPDX-License-Identifier: BSL-1.0
// ht: the distances of measured points from the surface of a hand whose joints bend, and their derivatives by 26 pose parameters and by
// the 2 coordinates of each point on its triangle. Forward mode: dual numbers with 28 tangents, of which each point has the last two to itself.
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include <etape/etape.hpp>

#include "eval.hpp"

namespace gradbench
{
    namespace
    {
        namespace ad = etape;

        constexpr std::size_t poses = 26, columns = poses + 2;
        template <class T>
        using vector3 = std::array<T, 3>;
        // An affine map: three rows of a 4 x 4 matrix whose last is (0, 0, 0, 1).
        template <class T>
        struct motion
        {
            std::array<vector3<T>, 3> turn;
            vector3<T> shift;
        };
        template <class A, class B>
        auto operator*(motion<A> const& a, motion<B> const& b)
        {
            using T = std::remove_cvref_t<decltype(a.shift[0] * b.shift[0])>;
            motion<T> c;
            for (std::size_t i = 0; i < 3; ++i)
            {
                for (std::size_t j = 0; j < 3; ++j)
                    c.turn[i][j] = a.turn[i][0] * b.turn[0][j] + a.turn[i][1] * b.turn[1][j] + a.turn[i][2] * b.turn[2][j];
                c.shift[i] = a.turn[i][0] * b.shift[0] + a.turn[i][1] * b.shift[1] + a.turn[i][2] * b.shift[2] + a.shift[i];
            }
            return c;
        }

        struct hand
        {
            std::vector<int> parents;  // before their children; -1: none
            std::vector<motion<double>> relative, to_bone;
            struct share
            {
                std::size_t bone;
                double weight;
            };
            std::vector<vector3<double>> rest;  // positions of the vertices
            std::vector<std::vector<share>> shares;
            std::vector<std::array<std::size_t, 3>> triangles;
            bool mirrored;
            numbers theta, us;
            std::vector<std::size_t> correspondences;
            std::vector<vector3<double>> points;
        };

        // Angles of bones: of each finger, two joints of the first and one of the two others.
        template <class T>
        std::vector<vector3<T>> angles_of(T const* theta, std::size_t bones)
        {
            std::vector<vector3<T>> angles(bones, vector3<T>{T(0.0), T(0.0), T(0.0)});
            std::size_t next = 6, bone = 2;
            for (int finger = 0; finger < 5; ++finger, ++bone)
                for (int joint = 0; joint < 3; ++joint, ++bone)
                {
                    angles[bone][0] = theta[next++];
                    if (joint == 0)
                        angles[bone][1] = theta[next++];
                }
            return angles;
        }
        // A turn about x and then z; no joint turns about y.
        template <class T>
        motion<T> bent(vector3<T> const& angles)
        {
            using std::cos, std::sin;
            const T sx = sin(angles[0]), cx = cos(angles[0]), sz = sin(angles[1]), cz = cos(angles[1]), zero(0.0);
            return {{{{cz, -sz * cx, sz * sx}, {sz, cz * cx, -cz * sx}, {zero, sx, cx}}}, {zero, zero, zero}};
        }
        // About an axis, by its length.
        template <class T>
        std::array<vector3<T>, 3> turned(T const* axis)
        {
            using std::cos, std::sin, std::sqrt;
            const T zero(0.0), one(1.0);
            const T angle = sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
            if (angle < T(1e-4))
                return {{{one, zero, zero}, {zero, one, zero}, {zero, zero, one}}};
            const T x = axis[0] / angle, y = axis[1] / angle, z = axis[2] / angle, s = sin(angle), c = cos(angle), d = one - c;
            return {{{x * x + (one - x * x) * c, x * y * d - z * s, x * z * d + y * s},
                     {x * y * d + z * s, y * y + (one - y * y) * c, y * z * d - x * s},
                     {x * z * d - y * s, z * y * d + x * s, z * z + (one - z * z) * c}}};
        }

        // use(number of the point, coordinate, the difference) for all of them.
        template <class T, class Coordinate, class Use>
        void distances(hand const& h, T const* theta, Coordinate on_triangle, Use use)
        {
            const auto angles = angles_of(theta, h.parents.size());
            std::vector<motion<T>> absolute, moved;
            for (std::size_t b = 0; b < h.parents.size(); ++b)
            {
                const auto relative = h.relative[b] * bent(angles[b]);
                absolute.push_back(h.parents[b] < 0 ? relative : absolute[static_cast<std::size_t>(h.parents[b])] * relative);
                moved.push_back(absolute[b] * h.to_bone[b]);
            }
            const auto turn = turned(theta);
            const auto vertex = [&](std::size_t v)
            {
                vector3<T> at{T(0.0), T(0.0), T(0.0)};
                auto const& p = h.rest[v];
                for (auto const& [bone, weight] : h.shares[v])
                {
                    auto const& m = moved[bone];
                    for (std::size_t i = 0; i < 3; ++i)
                        at[i] += (m.turn[i][0] * p[0] + m.turn[i][1] * p[1] + m.turn[i][2] * p[2] + m.shift[i]) * weight;
                }
                if (h.mirrored)
                    at[0] = -at[0];
                return at;
            };
            for (std::size_t k = 0; k < h.points.size(); ++k)
            {
                vector3<T> on_surface;
                if (h.us.empty())
                    on_surface = vertex(h.correspondences[k]);
                else
                {
                    auto const& corners = h.triangles[h.correspondences[k]];
                    const auto a = vertex(corners[0]), b = vertex(corners[1]), c = vertex(corners[2]);
                    const T u = on_triangle(k, 0), v = on_triangle(k, 1), w = 1.0 - u - v;
                    for (std::size_t i = 0; i < 3; ++i)
                        on_surface[i] = u * a[i] + v * b[i] + w * c[i];
                }
                for (std::size_t i = 0; i < 3; ++i)
                    use(k, i,
                        T(h.points[k][i] - (turn[i][0] * on_surface[0] + turn[i][1] * on_surface[1] + turn[i][2] * on_surface[2] + theta[3 + i])));
            }
        }
        double sum_of_squares(hand const& h)
        {
            double sum = 0;
            distances(h, h.theta.data(), [&](std::size_t k, std::size_t i) { return h.us[2 * k + i]; },
                      [&](std::size_t, std::size_t, double d) { sum += d * d; });
            return sum;
        }
        // The Jacobian by rows: by the two coordinates on the triangle first.
        double jacobian(hand const& h, numbers& rows)
        {
            using dual = ad::dual<double, columns>;
            std::array<dual, poses> theta;
            for (std::size_t j = 0; j < poses; ++j)
                theta[j] = dual::independent(h.theta[j], j + 2);
            double sum = 0;
            distances(h, theta.data(), [&](std::size_t k, std::size_t i) { return dual::independent(h.us[2 * k + i], i); },
                      [&](std::size_t k, std::size_t i, dual const& d)
                      {
                          for (std::size_t j = 0; j < columns; ++j)
                              rows[(3 * k + i) * columns + j] = d.d[j];
                          sum += d.v * d.v;
                      });
            return sum;
        }
        // The same by quotients of differences.
        double jacobian_by_differences(hand const& h, numbers& rows)
        {
            constexpr double step = 1e-6;
            for (std::size_t j = 0; j < columns; ++j)
                for (double sign : {1.0, -1.0})
                {
                    auto moved = h.theta;
                    if (j >= 2)
                        moved[j - 2] += sign * step;
                    distances(h, moved.data(), [&](std::size_t k, std::size_t i) { return h.us[2 * k + i] + (i == j ? sign * step : 0.0); },
                              [&](std::size_t k, std::size_t i, double d)
                              {
                                  auto& to = rows[(3 * k + i) * columns + j];
                                  to = (sign > 0 ? 0.0 : to) + sign * d / (2 * step);
                              });
                }
            return sum_of_squares(h);
        }

        motion<double> motion_at(array const& all, std::size_t k)
        {
            const double* m = all.values.data() + 16 * k;
            if (m[12] != 0 || m[13] != 0 || m[14] != 0 || m[15] != 1)
                throw std::runtime_error("ht takes affine maps: found a last row that is not 0 0 0 1");
            return {{{{m[0], m[1], m[2]}, {m[4], m[5], m[6]}, {m[8], m[9], m[10]}}}, {m[3], m[7], m[11]}};
        }
        std::size_t index(double x, std::size_t end)
        {
            if (!(x >= 0 && x < static_cast<double>(end)))
                throw std::runtime_error("ht: found an index that is not below " + std::to_string(end));
            return static_cast<std::size_t>(x);
        }
        hand read(input const& in)
        {
            hand h;
            const std::string model = "data.model.";
            for (double p : in[model + "parents"].values)
                h.parents.push_back(p < 0 ? -1 : static_cast<int>(index(p, h.parents.size())));
            const auto bones = h.parents.size();
            auto const &relative = in[model + "base_relatives"], &to_bone = in[model + "inverse_base_absolutes"], &rest = in[model + "base_positions"],
                       &weights = in[model + "weights"], &triangles = in[model + "triangles"], &points = in["data.points"];
            h.theta = in["theta"].values;
            h.us = in["us"].values;
            const auto vertices = rest.values.size() / 4, measured = points.values.size() / 3;
            if (bones != 22 || h.theta.size() != poses || relative.values.size() != 16 * bones || to_bone.values.size() != 16 * bones ||
                weights.values.size() != bones * vertices || in["data.correspondences"].values.size() != measured ||
                (!h.us.empty() && h.us.size() != 2 * measured))
                throw std::runtime_error("ht takes a hand of 22 bones and 26 pose parameters");
            for (std::size_t b = 0; b < bones; ++b)
            {
                h.relative.push_back(motion_at(relative, b));
                h.to_bone.push_back(motion_at(to_bone, b));
            }
            h.shares.resize(vertices);
            for (std::size_t v = 0; v < vertices; ++v)
            {
                h.rest.push_back({rest.values[4 * v], rest.values[4 * v + 1], rest.values[4 * v + 2]});
                for (std::size_t b = 0; b < bones; ++b)
                    if (const double w = weights.values[v * bones + b]; w != 0)
                        h.shares[v].push_back({b, w});
            }
            for (std::size_t t = 0; 3 * t < triangles.values.size(); ++t)
                h.triangles.push_back({index(triangles.values[3 * t], vertices), index(triangles.values[3 * t + 1], vertices),
                                       index(triangles.values[3 * t + 2], vertices)});
            for (std::size_t k = 0; k < measured; ++k)
            {
                h.points.push_back({points.values[3 * k], points.values[3 * k + 1], points.values[3 * k + 2]});
                h.correspondences.push_back(index(in["data.correspondences"].values[k], h.us.empty() ? vertices : h.triangles.size()));
            }
            h.mirrored = in.number(model + "is_mirrored") != 0;
            return h;
        }
    }

    workload ht(input const& in)
    {
        const auto h = std::make_shared<const hand>(read(in));
        const auto entries = 3 * h->points.size() * columns;
        workload w;
        // Differences are good to 1e-8 of the largest entry: they look at the Jacobian, and are not measured.
        numbers expected(entries), found(entries);
        jacobian_by_differences(*h, expected);
        jacobian(*h, found);
        double largest = 0, worst = 0;
        for (std::size_t k = 0; k < entries; ++k)
        {
            largest = std::max(largest, std::abs(expected[k]));
            worst = std::max(worst, std::abs(expected[k] - found[k]));
        }
        if (!(worst <= 1e-7 * largest))
            throw std::runtime_error("ht: the Jacobian differs from quotients of differences by " + std::to_string(worst));
        w.primal = [h] { return sum_of_squares(*h); };
        w.contestants.push_back(fills(column::scalars, "dual numbers", entries, [h](numbers& rows) { return jacobian(*h, rows); }));
        return w;
    }
}
