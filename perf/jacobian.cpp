// SPDX-License-Identifier: BSL-1.0
// Jacobians of a camera projection (15 inputs, 2 outputs) at many points: etape's lanes of points against the dual numbers
// of Ceres and Eigen, as far as these are installed.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <xtensor/xtensor.hpp>

#include <etape/api/jacobians.hpp>
#include <etape/etape.hpp>

#if __has_include(<ceres/jet.h>)
#include <ceres/jet.h>
#define PERF_CERES 1
#endif
#if __has_include(<unsupported/Eigen/AutoDiff>)
#include <Eigen/Core>  // AutoDiff does not include what it uses
#include <unsupported/Eigen/AutoDiff>
#define PERF_EIGEN 1
#endif

#include "camera.hpp"
#include "measure.hpp"

namespace
{
    namespace ad = etape;
    constexpr auto n = perf::camera::inputs, m = perf::camera::outputs;

    struct contestant
    {
        std::string name;
        perf::contender run;
        double error = 0;  // against scalar dual numbers, relative to the largest entry of the point
        double seconds = 0;
    };

    // What the peers fill.
    struct dense
    {
        std::vector<double> values, jacobians;
        explicit dense(std::size_t points)
            : values(points * m),
              jacobians(points * m * n)
        {
        }
    };

    // One point after the other with a number type that carries 15 tangents.
    template <class Number, class Seeded, class Value, class Slope>
    void point_by_point(std::vector<double> const& in, dense& out, Seeded seeded, Value value, Slope slope)
    {
        const std::size_t points = in.size() / n;
        for (std::size_t p = 0; p < points; ++p)
        {
            std::array<Number, n> x;
            for (std::size_t k = 0; k < n; ++k)
                x[k] = seeded(in[p * n + k], k);
            const auto y = perf::camera{}(x);
            for (std::size_t i = 0; i < m; ++i)
            {
                out.values[p * m + i] = value(y[i]);
                for (std::size_t k = 0; k < n; ++k)
                    out.jacobians[(p * m + i) * n + k] = slope(y[i], k);
            }
        }
    }
    void scalar_duals(std::vector<double> const& in, dense& out)
    {
        using number = ad::dual<double, n>;
        point_by_point<number>(
            in, out, [](double v, std::size_t k) { return number::independent(v, k); },
            [](number const& y) { return y.v; }, [](number const& y, std::size_t k) { return y.d[k]; });
    }
#ifdef PERF_CERES
    void ceres_jets(std::vector<double> const& in, dense& out)
    {
        using number = ceres::Jet<double, static_cast<int>(n)>;
        point_by_point<number>(
            in, out, [](double v, std::size_t k) { return number(v, static_cast<int>(k)); },
            [](number const& y) { return y.a; },
            [](number const& y, std::size_t k) { return y.v[static_cast<Eigen::Index>(k)]; });
    }
#endif
#ifdef PERF_EIGEN
    void eigen_autodiff(std::vector<double> const& in, dense& out)
    {
        using number = Eigen::AutoDiffScalar<Eigen::Matrix<double, static_cast<int>(n), 1>>;
        point_by_point<number>(
            in, out,
            [](double v, std::size_t k) { return number(v, static_cast<int>(n), static_cast<int>(k)); },
            [](number const& y) { return y.value(); },
            [](number const& y, std::size_t k)
            { return y.derivatives()[static_cast<Eigen::Index>(k)]; });
    }
#endif

    double difference(const double* a, std::vector<double> const& b, std::size_t record)
    {
        double worst = 0;
        for (std::size_t p = 0; p < b.size(); p += record)
            worst = perf::worse(worst, perf::difference(a + p, b.data() + p, record));
        return worst;
    }
}

int main(int argc, char** argv)
try
{
    std::size_t points = 100'000;
    double seconds = 2;
    std::string json;
    for (int i = 1; i < argc; ++i)
    {
        const std::string_view option = argv[i];
        if (option == "--help" || i + 1 == argc)
        {
            std::puts("usage: jacobian [--points N] [--seconds S] [--json FILE]");
            return option == "--help" ? 0 : 2;
        }
        const std::string value = argv[++i];
        if (option == "--points")
            points = std::stoul(value);
        else if (option == "--seconds")
            seconds = std::stod(value);
        else if (option == "--json")
            json = value;
        else
            throw std::invalid_argument("unknown option '" + std::string(option) +
                                        "', expected --points, --seconds or --json");
    }
    const bool pinned = perf::pin_to_core();
    const auto in = perf::cameras(points, 1);
    xt::xtensor<double, 2> rows = xt::zeros<double>({points, n});
    std::copy(in.begin(), in.end(), rows.data());
    const xt::xtensor<double, 2> columns = xt::transpose(rows);
    const auto by_rows = [&] { return ad::jacobians_at<n>(perf::camera{}, rows); };
    const auto by_columns = [&] { return ad::jacobians_at<n>(perf::camera{}, xt::transpose(columns)); };

    dense exact(points), out(points);
    scalar_duals(in, exact);
    std::vector<contestant> all;
    const auto lanes = [&](const char* name, auto f)
    {
        const auto r = f();
        all.push_back({name, perf::repeat([f] { return f().jacobians.data()[0]; }),
                       perf::worse(difference(r.values.data(), exact.values, m),
                                   difference(r.jacobians.data(), exact.jacobians, m * n))});
    };
    const auto peer = [&](const char* name, void (*f)(std::vector<double> const&, dense&))
    {
        f(in, out);
        all.push_back({name, perf::repeat([f, &in, &out] { return f(in, out), out.jacobians[0]; }),
                       perf::worse(difference(out.values.data(), exact.values, m),
                                   difference(out.jacobians.data(), exact.jacobians, m * n))});
    };
    lanes("etape, array of structs", by_rows);
    lanes("etape, struct of arrays", by_columns);
    peer("etape, dual<double, 15>", scalar_duals);
#ifdef PERF_CERES
    peer("Ceres, Jet<double, 15>", ceres_jets);
#else
    std::puts("Ceres is not installed (Debian: libceres-dev): its row is left out");
#endif
#ifdef PERF_EIGEN
    peer("Eigen, AutoDiffScalar", eigen_autodiff);
#else
    std::puts("Eigen is not installed (Debian: libeigen3-dev): its row is left out");
#endif

    std::vector<perf::contender> runs;
    for (auto const& c : all)
        runs.push_back(c.run);
    const auto medians = perf::interleaved_medians(runs, seconds);
    bool correct = true;
    std::printf("values and Jacobians (2, 15) at %zu points, one thread%s; medians of interleaved runs\n\n%-26s %10s %8s %12s\n",
                points, pinned ? " pinned to a core" : "", "", "ns/point", "ratio", "difference");
    for (std::size_t k = 0; k < all.size(); ++k)
    {
        all[k].seconds = medians[k];
        const bool right = all[k].error < 1e-12;
        correct = correct && right;
        std::printf("%-26s %10.1f %8.2f %12.1e%s\n", all[k].name.c_str(), medians[k] / static_cast<double>(points) * 1e9,
                    medians[k] / medians[0], all[k].error, right ? "" : "  WRONG");
    }
    if (!json.empty())
    {
        std::ofstream file(json);
        file << "{\n  \"program\": \"jacobian\",\n  \"points\": " << points << ",\n  \"unit\": \"s\",\n  \"rows\": [";
        for (std::size_t k = 0; k < all.size(); ++k)
            file << (k == 0 ? "\n" : ",\n") << "    {\"name\": \"" << all[k].name << "\", \"seconds\": " << all[k].seconds
                 << ", \"ratio\": " << all[k].seconds / all[0].seconds << ", \"difference\": " << all[k].error << "}";
        file << "\n  ]\n}\n";
        if (!file)
            throw std::runtime_error("cannot write '" + json + "'");
    }
    return correct ? 0 : 1;
}
catch (std::exception const& e)
{
    std::fprintf(stderr, "jacobian: %s\n", e.what());
    return 2;
}
