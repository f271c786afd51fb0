// SPDX-License-Identifier: BSL-1.0
// ba: the sparse Jacobian of bundle adjustment: reprojections of points by cameras, and a prior on their weights.
#include <array>
#include <cmath>

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

        constexpr std::size_t camera_size = 11, inputs = camera_size + 3 + 1, outputs = 2;

        // Weighted difference of a projection and a feature. Inputs: the camera's rotation vector 3, centre 3, focal length, principal
        // point 2, radial distortion 2; the point 3; the weight. The feature is subtracted from the principal point, which has the same
        // derivatives: the function then has no argument that is not differentiated.
        struct residual
        {
            template <class In, class T = std::remove_cvref_t<decltype(std::declval<In const&>()[0])>>
            std::array<T, outputs> operator()(In const& in) const
            {
                using std::cos;
                using std::sin;
                using std::sqrt;
                const T x = in[11] - in[3], y = in[12] - in[4], z = in[13] - in[5];
                const T square = in[0] * in[0] + in[1] * in[1] + in[2] * in[2];
                T px, py, pz;
                if (square != 0.0)
                {
                    const T theta = sqrt(square), c = cos(theta), s = sin(theta), inverse = 1.0 / theta;
                    const T u = in[0] * inverse, v = in[1] * inverse, w = in[2] * inverse;
                    const T along = (u * x + v * y + w * z) * (1.0 - c);
                    px = x * c + (v * z - w * y) * s + u * along;
                    py = y * c + (w * x - u * z) * s + v * along;
                    pz = z * c + (u * y - v * x) * s + w * along;
                }
                else
                {
                    px = x + in[1] * z - in[2] * y;
                    py = y + in[2] * x - in[0] * z;
                    pz = z + in[0] * y - in[1] * x;
                }
                const T a = px / pz, b = py / pz;
                const T radius = a * a + b * b;
                const T distortion = 1.0 + in[9] * radius + in[10] * radius * radius;
                return {in[14] * (a * distortion * in[6] + in[7]), in[14] * (b * distortion * in[6] + in[8])};
            }
        };

        struct scene
        {
            std::size_t cameras, points, observations;
            numbers camera, point, weight, feature;  // of all of them; the suite repeats one
            std::vector<std::array<int, 2>> seen;    // camera and point of an observation

            explicit scene(input const& in)
                : cameras(in.size("n")),
                  points(in.size("m")),
                  observations(in.size("p")),
                  weight(observations, in.number("w"))
            {
                repeat(in["cam"].values, cameras, camera);
                repeat(in["x"].values, points, point);
                repeat(in["feat"].values, observations, feature);
                for (std::size_t i = 0; i < observations; ++i)
                    seen.push_back({static_cast<int>(i % cameras), static_cast<int>(i % points)});
            }
            static void repeat(numbers const& one, std::size_t times, numbers& all)
            {
                all.reserve(times * one.size());
                for (std::size_t i = 0; i < times; ++i)
                    all.insert(all.end(), one.begin(), one.end());
            }
            // The inputs of an observation, from anything to anything.
            template <class To>
            void gather(std::size_t i, To to) const
            {
                const double* c = &camera[camera_size * static_cast<std::size_t>(seen[i][0])];
                const double* x = &point[3 * static_cast<std::size_t>(seen[i][1])];
                for (std::size_t k = 0; k < camera_size; ++k)
                    to[k] = k == 7 || k == 8 ? c[k] - feature[2 * i + k - 7] : c[k];
                for (std::size_t k = 0; k < 3; ++k)
                    to[camera_size + k] = x[k];
                to[camera_size + 3] = weight[i];
            }
        };

        // Compressed rows: two of 15 entries for each observation, then one of one entry for each weight.
        struct sparse
        {
            std::vector<int> rows, columns;
            explicit sparse(scene const& s)
                : rows(3 * s.observations + 1),
                  columns((outputs * inputs + 1) * s.observations)
            {
            }
            void fill_structure(scene const& s)
            {
                const auto first_point = static_cast<int>(camera_size * s.cameras), first_weight = first_point + static_cast<int>(3 * s.points);
                int row = 0;
                int *to_row = rows.data(), *to = columns.data();
                *to_row++ = 0;
                for (std::size_t i = 0; i < s.observations; ++i)
                {
                    const int camera = static_cast<int>(camera_size) * s.seen[i][0], point = first_point + 3 * s.seen[i][1];
                    for (std::size_t j = 0; j < outputs; ++j)
                    {
                        *to_row++ = row += static_cast<int>(inputs);
                        for (int k = 0; k < static_cast<int>(camera_size); ++k)
                            *to++ = camera + k;
                        for (int k = 0; k < 3; ++k)
                            *to++ = point + k;
                        *to++ = first_weight + static_cast<int>(i);
                    }
                }
                for (std::size_t i = 0; i < s.observations; ++i)
                {
                    *to_row++ = ++row;
                    *to++ = first_weight + static_cast<int>(i);
                }
            }
        };

        // Structure and values of the Jacobian; the sum of all errors. Fill computes the blocks: fill(values of errors, values of entries).
        struct jacobian
        {
            std::shared_ptr<const scene> in;
            sparse structure;
            numbers errors, entries;

            explicit jacobian(std::shared_ptr<const scene> s)
                : in(std::move(s)),
                  structure(*in),
                  errors(3 * in->observations),
                  entries(structure.columns.size())
            {
            }
            void fill_weights()
            {
                const auto p = in->observations;
                for (std::size_t i = 0; i < p; ++i)
                {
                    errors[outputs * p + i] = 1 - in->weight[i] * in->weight[i];
                    entries[outputs * inputs * p + i] = -2 * in->weight[i];
                }
            }
            double checksum() const
            {
                return errors[0] + errors[1] + errors.back();
            }
        };
        double primal(scene const& s, numbers& errors)
        {
            const auto p = s.observations;
            for (std::size_t i = 0; i < p; ++i)
            {
                std::array<double, inputs> x;
                s.gather(i, x.begin());
                const auto e = residual()(x);
                errors[2 * i] = e[0];
                errors[2 * i + 1] = e[1];
            }
            for (std::size_t i = 0; i < p; ++i)
                errors[2 * p + i] = 1 - s.weight[i] * s.weight[i];
            return errors[0] + errors[1] + errors.back();
        }

        // All observations at once, the Jacobians where they come to lie.
        double all_at_once(jacobian& j)
        {
            const auto p = j.in->observations;
            xt::xtensor<double, 2> x = xt::xtensor<double, 2>::from_shape({p, inputs});
            for (std::size_t i = 0; i < p; ++i)
                j.in->gather(i, x.data() + i * inputs);
            const auto r = ad::jacobians_at<inputs>(residual(), x);
            std::copy_n(r.values.data(), outputs * p, j.errors.data());
            std::copy_n(r.jacobians.data(), outputs * inputs * p, j.entries.data());
            j.fill_weights();
            j.structure.fill_structure(*j.in);
            return j.checksum();
        }
        // Blocks of observations: what is gathered and what is copied stays in the cache.
        double in_blocks(jacobian& j)
        {
            constexpr std::size_t most = 128;
            const auto p = j.in->observations;
            double x[most * inputs];
            for (std::size_t first = 0; first < p; first += most)
            {
                const auto n = std::min(most, p - first);
                for (std::size_t i = 0; i < n; ++i)
                    j.in->gather(first + i, x + i * inputs);
                const auto r = ad::jacobians_at<inputs>(residual(), xt::adapt(&x[0], n * inputs, xt::no_ownership(), std::array{n, inputs}));
                std::copy_n(r.values.data(), outputs * n, &j.errors[outputs * first]);
                std::copy_n(r.jacobians.data(), outputs * inputs * n, &j.entries[outputs * inputs * first]);
            }
            j.fill_weights();
            j.structure.fill_structure(*j.in);
            return j.checksum();
        }
        double dual_numbers(jacobian& j)
        {
            using number = ad::dual<double, inputs>;
            const auto p = j.in->observations;
            std::array<double, inputs> plain;
            for (std::size_t i = 0; i < p; ++i)
            {
                j.in->gather(i, plain.begin());
                std::array<number, inputs> x;
                for (std::size_t k = 0; k < inputs; ++k)
                    x[k] = number::independent(plain[k], k);
                const auto e = residual()(x);
                for (std::size_t o = 0; o < outputs; ++o)
                {
                    j.errors[outputs * i + o] = e[o].v;
                    for (std::size_t k = 0; k < inputs; ++k)
                        j.entries[(outputs * i + o) * inputs + k] = e[o].d[k];
                }
            }
            j.fill_weights();
            j.structure.fill_structure(*j.in);
            return j.checksum();
        }
        double one_tape_each(jacobian& j)
        {
            using number = ad::variable<double>;
            const auto p = j.in->observations;
            std::array<double, inputs> plain;
            for (std::size_t i = 0; i < p; ++i)
            {
                j.in->gather(i, plain.begin());
                const ad::variable<double, 1> all = xt::adapt(plain.data(), inputs, xt::no_ownership(), std::array{inputs});
                ad::tape tape(true);
                std::array<number, inputs> x;
                for (std::size_t k = 0; k < inputs; ++k)
                    x[k] = all(k);
                const auto e = residual()(x);
                for (std::size_t o = 0; o < outputs; ++o)
                {
                    j.errors[outputs * i + o] = e[o].value();
                    std::copy_n(tape.gradient(e[o], all)->data(), inputs, &j.entries[(outputs * i + o) * inputs]);
                }
            }
            j.fill_weights();
            j.structure.fill_structure(*j.in);
            return j.checksum();
        }
#ifdef ETAPE_PERF_CODIPACK
        double codipack(jacobian& j)
        {
            using number = codi::RealReverse;
            auto& tape = number::getTape();
            const auto p = j.in->observations;
            for (std::size_t i = 0; i < p; ++i)
            {
                std::array<number, inputs> x;
                j.in->gather(i, x.begin());
                tape.setActive();
                for (auto& e : x)
                    tape.registerInput(e);
                auto e = residual()(x);
                for (auto& o : e)
                    tape.registerOutput(o);
                tape.setPassive();
                for (std::size_t o = 0; o < outputs; ++o)
                {
                    j.errors[outputs * i + o] = e[o].getValue();
                    e[o].setGradient(1.0);
                    tape.evaluate();
                    for (std::size_t k = 0; k < inputs; ++k)
                        j.entries[(outputs * i + o) * inputs + k] = x[k].getGradient();
                    tape.clearAdjoints();
                }
                tape.reset();
            }
            j.fill_weights();
            j.structure.fill_structure(*j.in);
            return j.checksum();
        }
#endif
    }

    workload ba(input const& file)
    {
        const auto in = std::make_shared<const scene>(file);
        const auto errors = std::make_shared<numbers>(3 * in->observations);
        workload w;
        w.primal = [in, errors] { return primal(*in, *errors); };
        // One after the other: the same memory serves all.
        const auto j = std::make_shared<jacobian>(in);
        const auto add = [&](column c, const char* note, double (*f)(jacobian&))
        {
            w.contestants.push_back({c, note, [j, f] { return f(*j); }, [j]() -> numbers const& { return j->entries; }});
        };
        add(column::arrays, "jacobians_at, 128 observations a time", in_blocks);
        add(column::arrays, "jacobians_at", all_at_once);
        add(column::scalars, "dual<double, 15>", dual_numbers);
        if (in->observations < 50'000)
            add(column::scalars, "a tape for each observation", one_tape_each);
#ifdef ETAPE_PERF_CODIPACK
        add(column::codipack, "", codipack);
#endif
        return w;
    }
}
