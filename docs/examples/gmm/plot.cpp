// SPDX-License-Identifier: BSL-1.0
// A picture of data and fit through gnuplot.
#include "plot.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <stdexcept>

#include <fmt/format.h>

namespace gmm
{
    namespace
    {
        // Okabe and Ito's colours, which the colour-blind can tell apart too.
        constexpr std::array colours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                        "#e69f00", "#56b4e9", "#f0e442", "#000000"};

        const char* terminal_for(std::string const& file)
        {
            if (file.ends_with(".svg"))
                return "svg size 800,560 enhanced background rgb 'white' font 'sans,13'";
            if (file.ends_with(".png"))
                return "pngcairo size 1000,700 enhanced font 'sans,13'";
            throw std::invalid_argument(fmt::format(
                "cannot draw '{}', expected a file name that ends in .svg or .png", file));
        }

        // In gnuplot's single quotes.
        std::string quoted(std::string const& text)
        {
            std::string s = "'";
            for (char c : text)
                s += c == '\'' ? std::string("''") : std::string(1, c);
            return s + "'";
        }

        // Index of the component with the largest w_k N(x_i; k).
        std::vector<std::size_t> most_probable(data_set const& data, parameters const& p)
        {
            const auto n = data.size(), d = data.dimensions();
            std::vector<std::size_t> label(n);
            std::vector<double> best(n, -HUGE_VAL);
            const auto w = weights(p);
            for (std::size_t k = 0; k < p.components(); ++k)
            {
                const auto q = precision_factor(p, k);
                double height = std::log(w(k));
                for (std::size_t i = 0; i < d; ++i)
                    height += p.log_diagonal(k, i);
                for (std::size_t i = 0; i < n; ++i)
                {
                    double log_density = height;
                    for (std::size_t a = 0; a < d; ++a)
                    {
                        double z = 0;
                        for (std::size_t b = 0; b <= a; ++b)
                            z += q(a, b) * (data.points(i, b) - p.mean(k, b));
                        log_density -= 0.5 * z * z;
                    }
                    if (log_density > best[i])
                    {
                        best[i] = log_density;
                        label[i] = k;
                    }
                }
            }
            return label;
        }

        // mean + radius L (cos t, sin t)' with L L' the covariance of the first two columns
        void write_ellipse(std::FILE* to, parameters const& p, std::size_t k, double radius)
        {
            const auto s = covariance(p, k);
            const double l00 = std::sqrt(s(0, 0)), l10 = s(1, 0) / l00,
                         l11 = std::sqrt(s(1, 1) - l10 * l10);
            constexpr int steps = 120;
            for (int i = 0; i <= steps; ++i)
            {
                const double t = 2 * std::numbers::pi * i / steps, c = radius * std::cos(t),
                             e = radius * std::sin(t);
                fmt::print(to, "{} {}\n", p.mean(k, 0) + l00 * c, p.mean(k, 1) + l10 * c + l11 * e);
            }
            fmt::print(to, "\n");
        }

        void write_script(std::FILE* to, std::string const& file, data_set const& data,
                          parameters const& p, double log_likelihood)
        {
            const auto K = p.components();
            fmt::print(to, "set terminal {}\nset output {}\n", terminal_for(file), quoted(file));
            const auto name = data.path.substr(data.path.find_last_of('/') + 1);
            fmt::print(
                to, "set title {} noenhanced\n",
                quoted(fmt::format("{}: {} points, {} component{}, log-likelihood {:.3f}", name,
                                   data.size(), K, K == 1 ? "" : "s", log_likelihood)));
            fmt::print(to, "set xlabel {} noenhanced\nset ylabel {} noenhanced\n",
                       quoted(data.names[0]), quoted(data.names[1]));
            fmt::print(
                to,
                "set grid lc rgb '#dddddd' lt 1\nset border 3\nset tics nomirror out\nunset key\n");

            const auto label = most_probable(data, p);
            std::vector<std::vector<std::size_t>> members(K);
            for (std::size_t i = 0; i < label.size(); ++i)
                members[label[i]].push_back(i);
            fmt::print(to, "$ellipses << EOD\n");
            for (std::size_t k = 0; k < K; ++k)
            {
                write_ellipse(to, p, k, 1);
                write_ellipse(to, p, k, 2);
                fmt::print(to, "\n");
            }
            fmt::print(to, "EOD\n$points << EOD\n");
            for (auto const& m : members)
            {
                // gnuplot skips '?': a component may have no point, but needs its block
                fmt::print(to, "? ?\n");
                for (auto i : m)
                    fmt::print(to, "{} {}\n", data.points(i, 0), data.points(i, 1));
                fmt::print(to, "\n\n");
            }
            fmt::print(to, "EOD\n$means << EOD\n");
            for (std::size_t k = 0; k < K; ++k)
                fmt::print(to, "{} {}\n", p.mean(k, 0), p.mean(k, 1));
            fmt::print(to, "EOD\nset datafile missing '?'\nplot ");
            for (std::size_t k = 0; k < K; ++k)
                fmt::print(to, "$points index {} with points pt 7 ps 0.6 lc rgb '{}', ", k,
                           colours[k % colours.size()]);
            for (std::size_t k = 0; k < K; ++k)
                fmt::print(
                    to,
                    "$ellipses index {0} every :::0::0 with lines lw 2 lc rgb '{1}', $ellipses index {0} every :::1::1 with lines lw 1.2 dt 2 lc rgb '{1}', ",
                    k, colours[k % colours.size()]);
            fmt::print(to, "$means with points pt 2 ps 1.3 lw 2 lc rgb 'black'\n");
        }
    }

    void check_picture_file(std::string const& file)
    {
        terminal_for(file);
        const auto folder = std::filesystem::path(file).parent_path();
        if (!folder.empty() && !std::filesystem::is_directory(folder))
            throw std::invalid_argument(
                fmt::format("cannot write '{}': found no folder '{}'", file, folder.string()));
    }

    void plot(std::string const& file, data_set const& data, parameters const& p,
              double log_likelihood)
    {
        if (data.dimensions() < 2)
            throw std::runtime_error("no picture: it needs two columns of data");
        if (std::FILE* probe = std::fopen(file.c_str(), "ab"))
            std::fclose(probe);
        else
            throw std::runtime_error(fmt::format("cannot write '{}'", file));
        std::FILE* gnuplot = popen("gnuplot", "w");
        if (gnuplot == nullptr)
            throw std::runtime_error("cannot start gnuplot");
        write_script(gnuplot, file, data, p, log_likelihood);
        if (pclose(gnuplot) != 0)
        {
            std::remove(file.c_str());
            throw std::runtime_error(
                "no picture: gnuplot is missing or failed (Debian: apt-get install gnuplot-nox)");
        }
    }
}
