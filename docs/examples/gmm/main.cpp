// SPDX-License-Identifier: BSL-1.0
// Fits a Gaussian mixture by maximum likelihood, checks the gradient, and shows what it costs.
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "data.hpp"
#include "fit.hpp"
#include "plot.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "start.hpp"

namespace
{
    constexpr const char* no_picture = "none";

    struct command_line
    {
        std::string file = "docs/examples/data/faithful.csv";
        std::optional<long long> components;
        int max_iterations = 500;
        std::uint64_t seed = 1;
        std::optional<std::string> picture;
        std::string json;
        bool quiet = false;
    };

    void describe(CLI::App& app, command_line& c)
    {
        app.add_option(
               "file", c.file,
               "CSV with one point a row, or one of ADBench's gmm_*.txt (which has start values)")
            ->capture_default_str();
        app.add_option("-k,--components", c.components,
                       "number of components (default: 2, or the ADBench file's)");
        app.add_option("--max-iterations", c.max_iterations, "limit of gradient evaluations")
            ->capture_default_str();
        app.add_option("--seed", c.seed, "of the start values")->capture_default_str();
        app.add_option(
            "--plot", c.picture,
            "picture of data and fit, .svg or .png; none for no picture (default: gmm.svg)");
        app.add_option("--json", c.json, "write the fitted parameters to this file");
        app.add_flag("--quiet", c.quiet, "print the fitted parameters only");
    }

    // What can be known to be wrong before any work is done.
    void check(command_line const& c)
    {
        if (c.components && *c.components < 1)
            throw std::invalid_argument(
                fmt::format("--components is {}, expected at least 1", *c.components));
        if (c.max_iterations < 1)
            throw std::invalid_argument(
                fmt::format("--max-iterations is {}, expected at least 1", c.max_iterations));
        if (c.picture && *c.picture != no_picture)
            gmm::check_picture_file(*c.picture);
    }

    // Without --plot the picture is a courtesy: a machine without gnuplot gets a note.
    void draw(command_line const& c, gmm::data_set const& data, gmm::parameters const& best,
              double log_likelihood)
    {
        const auto file = c.picture.value_or("gmm.svg");
        if (file == no_picture)
            return;
        try
        {
            gmm::plot(file, data, best, log_likelihood);
            if (!c.quiet)
                fmt::print("\npicture {}\n", file);
        }
        catch (std::runtime_error const& e)
        {
            if (c.picture)
                throw;
            fmt::print("\n{}\n", e.what());
        }
    }

    // How many components, from the command line or the file; throws when the data cannot have so many.
    std::size_t choose_components(command_line const& c, gmm::data_set const& data)
    {
        const auto K = c.components ? static_cast<std::size_t>(*c.components)
            : data.start            ? data.start->components()
                                    : 2;
        if (K > data.size())
            throw std::invalid_argument(fmt::format(
                "{} components are more than the {} point{} in '{}', expected at most one a point",
                K, data.size(), data.size() == 1 ? "" : "s", data.path));
        return K;
    }

    int run(command_line const& c)
    {
        check(c);
        const auto data = gmm::read_data(c.file);
        const auto K = choose_components(c, data);
        const auto units = gmm::scaling_of(data.points, data.names);
        const auto points = units.standardise(data.points);
        const bool from_file = data.start && !c.components;
        const auto start =
            from_file ? units.standardise(*data.start) : gmm::start_values(points, K, c.seed);

        if (!c.quiet)
            fmt::print(
                "{}: {} points, {} columns\nfit {} normal distribution{} with full covariances, {} parameters, start values from {}\n",
                data.path, data.size(), data.dimensions(), K, K == 1 ? "" : "s",
                gmm::flat_size(K, data.dimensions()),
                from_file ? "the file" : fmt::format("k-means (seed {})", c.seed));
        gmm::progress progress(units, data.size(), c.quiet);
        gmm::fit_options options;
        options.max_iterations = c.max_iterations;
        options.on_iteration = [&progress](gmm::iteration const& i) { progress(i); };
        const auto result = gmm::fit(points, start, options);
        progress.finish(result.converged);
        const auto best = units.restore(result.best);
        const double log_likelihood = units.restore(result.log_likelihood, data.size());
        if (!c.quiet)
            fmt::print("  {} after {} iterations, {} gradients, {:.3f} s\n", result.stopped,
                       result.iterations, result.gradients, result.seconds);
        gmm::print_fit(data, best, log_likelihood);
        if (result.narrow_components > 0)
            fmt::print(
                "  note: {} of the components shrank to {} of the data's width, where the likelihood has no maximum: use fewer components\n",
                result.narrow_components, options.narrowest);

        bool correct = true;
        if (!c.quiet)
        {
            correct = gmm::print_verification(points, start, c.seed);
            gmm::print_cost(points, result.best);
        }
        if (!c.json.empty())
            gmm::write_json(c.json, data, best, log_likelihood, result);
        draw(c, data, best, log_likelihood);
        return correct ? 0 : 1;
    }
}

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);  // a gnuplot that is not there is an error message, not an end
    command_line c;
    CLI::App app("Fits a Gaussian mixture by maximum likelihood, with gradients by etape.",
                 "etape_demo");
    describe(app, c);
    try
    {
        app.parse(argc, argv);
        return run(c);
    }
    catch (CLI::ParseError const& e)
    {
        return app.exit(e);
    }
    catch (std::exception const& e)
    {
        std::fflush(stdout);
        fmt::print(stderr, "etape_demo: {}\n", e.what());
        return 1;
    }
}
