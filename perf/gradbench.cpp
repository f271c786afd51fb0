// SPDX-License-Identifier: BSL-1.0
// Evals of the GradBench suite on its own inputs: derivatives by etape against the primal, derivatives by hand and CoDiPack.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "gradbench/eval.hpp"
#include "measure.hpp"

// One thread also where OpenBLAS is the BLAS.
extern "C" __attribute__((weak)) void openblas_set_num_threads(int);

namespace
{
    using gradbench::column;

    // The fastest tool of the suite for automatic differentiation and its ratio to the suite's primal, small to large, one thread
    // of a Zen 4: what the suite's own C++ tools reach there, g++ 12 or, for Enzyme, clang. particle and saddle, whose searches take
    // derivatives themselves, have no primal: ms.
    struct published
    {
        const char* tool;
        double small, medium, large;
    };
    struct eval
    {
        const char* name;
        gradbench::workload (*make)(gradbench::input const&);
        published best;
    };
    // clang-format off
    const eval evals[] = {
        {"lse", gradbench::lse, {"Enzyme", 1.52, 1.51, 1.56}},
        {"llsq", gradbench::llsq, {"Enzyme", 1.30, 1.33, 1.51}},
        {"gmm", gradbench::gmm, {"Tapenade", 3.28, 2.26, 3.05}},
        {"lstm", gradbench::lstm, {"CoDiPack", 2.79, 2.78, 2.73}},
        {"ba", gradbench::ba, {"Enzyme", 9.4, 15.7, 14.9}},
        {"kmeans", gradbench::kmeans, {"Enzyme", 2.07, 2.41, 2.31}},
        {"ode", gradbench::ode, {"Enzyme", 13.6, 1.73, 4.34}},
        {"det", gradbench::det, {"ad-hpp", 2.09, 2.16, 2.40}},
        {"ht", gradbench::ht, {"CoDiPack", 25.2, 24.5, 25.4}},
        {"particle", gradbench::particle, {"ms: Enzyme, 6.3 rr", 0.78, 0, 0}},
        {"saddle", gradbench::saddle, {"ms: Enzyme", 1.4, 0, 0}},
    };
    // clang-format on

    struct result
    {
        std::string eval, size, note;
        double primal = 0;
        double seconds[4] = {-1, -1, -1, -1};  // by column; -1: none
        double error = 0;
        std::string best;
    };

    // Relative to the largest entry; derivatives that are all 0 (ode) must be so.
    double difference(gradbench::numbers const& a, gradbench::numbers const& b)
    {
        if (a.size() != b.size())
            return HUGE_VAL;
        if (a == b)
            return 0;
        return perf::difference(a.data(), b.data(), a.size());
    }

    bool is_scalar(gradbench::contestant const& c)
    {
        return c.where == column::scalars || c.where == column::codipack;
    }

    std::vector<result> measure(eval const& e, std::string const& size, std::string const& file, double seconds)
    {
        const auto w = e.make(gradbench::input(file));
        const double value = w.primal();
        // Apart: tapes of a gigabyte, after which the caches and the memory of others are cold.
        std::vector<perf::contender> arrays{perf::repeat(w.primal)}, scalars = arrays;
        std::vector<double> errors;
        std::optional<gradbench::numbers> reference;
        for (auto const& c : w.contestants)
        {
            const double found = c.run();
            auto const& d = c.derivative();
            if (!reference)
                reference = d;
            errors.push_back(perf::worse(difference(d, *reference), difference({found}, {value})));
            (is_scalar(c) ? scalars : arrays).push_back(perf::repeat(c.run));
        }
        const auto of_arrays = perf::interleaved_medians(arrays, seconds, perf::processor_seconds),
                   of_scalars = perf::interleaved_medians(scalars, seconds, perf::processor_seconds);
        // Ratios are to the primal of the same rounds.
        const double primal = of_arrays[0];

        char best[64];
        const double ratio = size == "small" ? e.best.small : size == "medium" ? e.best.medium : size == "large" ? e.best.large : 0;
        std::snprintf(best, sizeof best, "%.1f %s", ratio, e.best.tool);
        std::vector<result> rows{{e.name, size, "", primal, {-1, -1, -1, -1}, 0, ratio == 0 ? "" : best}};
        std::size_t next_array = 1, next_scalar = 1;
        for (std::size_t k = 0; k < w.contestants.size(); ++k)
        {
            auto const& c = w.contestants[k];
            const auto at = static_cast<std::size_t>(c.where);
            const bool first = rows[0].seconds[at] < 0;
            if (!first)
                rows.push_back({e.name, size, c.note, primal, {-1, -1, -1, -1}, 0, ""});
            auto& r = first ? rows[0] : rows.back();
            r.seconds[at] = is_scalar(c) ? of_scalars[next_scalar++] * (primal / of_scalars[0]) : of_arrays[next_array++];
            r.error = perf::worse(r.error, errors[k]);
            if (first && !c.note.empty())
                r.note += (r.note.empty() ? "" : "; ") + c.note;
        }
        return rows;
    }

    void print_head(bool pinned)
    {
        std::printf("derivative / primal, one thread%s; medians of interleaved runs, processor time; error: largest difference of derivatives and of "
                    "values, relative\n\n%-7s %-6s %11s | %8s %8s %8s %8s | %-24s %8s\n%-7s %-6s %11s | %8s %8s %8s %8s | %-24s %8s\n",
                    pinned ? " pinned to a core" : "", "", "", "primal", "by hand", "etape", "etape", "CoDiPack", "best peer (published", "", "eval",
                    "size", "us", "", "arrays", "scalars", "", "on another machine)", "error");
    }
    void print(result const& r)
    {
        std::printf("%-7s %-6s %11.2f |", r.eval.c_str(), r.size.c_str(), r.primal * 1e6);
        for (double s : r.seconds)
            if (s < 0)
                std::printf(" %8s", "");
            else
                std::printf(" %8.2f", s / r.primal);
        std::printf(" | %-24s %8.1e%s%s%s\n", r.best.c_str(), r.error, r.note.empty() ? "" : "  ", r.note.c_str(), r.error <= 1e-8 ? "" : "  WRONG");
        std::fflush(stdout);
    }
    void write_json(std::string const& path, std::vector<result> const& rows)
    {
        const char* names[] = {"hand", "arrays", "scalars", "codipack"};
        std::ofstream out(path);
        out.precision(9);
        out << "{\n  \"program\": \"gradbench\",\n  \"unit\": \"s\",\n  \"rows\": [";
        const char* separator = "\n";
        for (auto const& r : rows)
        {
            out << separator << "    {\"eval\": \"" << r.eval << "\", \"size\": \"" << r.size << "\", \"note\": \"" << r.note
                << "\", \"primal\": " << r.primal;
            for (std::size_t k = 0; k < 4; ++k)
                if (r.seconds[k] >= 0)
                    out << ", \"" << names[k] << "\": " << r.seconds[k];
            out << ", \"error\": " << r.error << "}";
            separator = ",\n";
        }
        out << "\n  ]\n}\n";
        if (!out.flush())
            throw std::runtime_error("cannot write '" + path + "'");
    }

    constexpr const char* usage =
        "usage: gradbench DIR [--evals lse,llsq,...] [--sizes small,medium] [--json FILE] [--seconds S]\n"
        "DIR holds inputs of the GradBench suite (github.com/gradbench/gradbench) in its JSON form, named EVAL_SIZE.json, for example\n"
        "lse_small.json; files that are not there are left out";

    struct options
    {
        std::string directory, json, evals, sizes = "small,medium";
        double seconds = 1;
    };
    bool lists(std::string const& list, std::string const& name)
    {
        return list.empty() || (',' + list + ',').find(',' + name + ',') != std::string::npos;
    }
    std::vector<std::string> parts(std::string const& list)
    {
        std::vector<std::string> all;
        for (std::size_t from = 0; from <= list.size();)
        {
            const auto to = std::min(list.find(',', from), list.size());
            all.push_back(list.substr(from, to - from));
            from = to + 1;
        }
        return all;
    }
    options parse(int argc, char** argv)
    {
        options o;
        for (int i = 1; i < argc; ++i)
        {
            const std::string arg = argv[i];
            const auto value = [&]
            {
                if (++i == argc)
                    throw std::invalid_argument("option '" + arg + "' needs a value");
                return argv[i];
            };
            if (arg == "--json")
                o.json = value();
            else if (arg == "--evals")
                o.evals = value();
            else if (arg == "--sizes")
                o.sizes = value();
            else if (arg == "--seconds")
                o.seconds = std::atof(value());
            else if (arg.starts_with("--") || !o.directory.empty())
                throw std::invalid_argument("unexpected '" + arg + "'\n" + usage);
            else
                o.directory = arg;
        }
        if (o.directory.empty())
            throw std::invalid_argument(std::string("no directory of inputs\n") + usage);
        if (!std::filesystem::is_directory(o.directory))
            throw std::invalid_argument("'" + o.directory + "' is no directory\n" + usage);
        for (auto const& name : parts(o.evals))
            if (!name.empty() && std::none_of(std::begin(evals), std::end(evals), [&](auto const& e) { return name == e.name; }))
                throw std::invalid_argument("unknown eval '" + name + "'");
        return o;
    }
}

int main(int argc, char** argv)
try
{
    // `./run perf` runs all programs without arguments.
    if (argc == 1)
    {
        std::puts("gradbench: nothing to do without the inputs of the suite: ./run perf gradbench DIR");
        return 0;
    }
    if (std::string_view(argv[1]) == "--help")
    {
        std::puts(usage);
        return 0;
    }
    const auto o = parse(argc, argv);
    if (openblas_set_num_threads != nullptr)
        openblas_set_num_threads(1);
    print_head(perf::pin_to_core());
    std::vector<result> rows;
    for (auto const& e : evals)
        for (auto const& size : parts(o.sizes))
        {
            const auto file = o.directory + '/' + e.name + '_' + size + ".json";
            if (!lists(o.evals, e.name) || !std::filesystem::exists(file))
                continue;
            for (auto& r : measure(e, size, file, o.seconds))
            {
                print(r);
                rows.push_back(std::move(r));
            }
        }
    if (rows.empty())
        throw std::runtime_error("'" + o.directory + "' holds none of the inputs asked for");
    if (!o.json.empty())
        write_json(o.json, rows);
    return std::all_of(rows.begin(), rows.end(), [](auto const& r) { return r.error <= 1e-8; }) ? 0 : 1;
}
catch (std::exception const& e)
{
    std::fprintf(stderr, "gradbench: %s\n", e.what());
    return 2;
}
