// SPDX-License-Identifier: BSL-1.0
// Programs written for a scalar type, recorded and swept: etape against the primal, a tape or an adjoint written by hand, and
// the peers that the build found.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include "measure.hpp"
#include "scalar_peers.hpp"
#include "scalar_programs.hpp"

namespace
{
    using peers::numbers;
    namespace ad = etape;

    struct entry
    {
        std::string name;
        double seconds = 0;
        double error = 0;  // of the gradient, relative to its largest entry; of the value, where there is no more
    };
    struct row
    {
        std::string key, name;
        std::size_t statements = 0;
        double tape_bytes = 0, bytes = 0;  // a statement: of the tape; with the adjoints
        double primal = 0;
        std::vector<entry> entries;  // the first is what the others are compared with
    };

    numbers uniform(std::size_t n, double low, double high, unsigned seed)
    {
        std::mt19937_64 engine(seed);
        numbers v(n);
        for (auto& e : v)
            e = low + (high - low) * static_cast<double>(engine() >> 11) * 0x1p-53;
        return v;
    }

    struct contestant
    {
        std::string name;
        std::function<double(numbers&)> run;  // fills the gradient and returns the value
        bool value_only = false;              // and no gradient
    };

    // f: std::vector<T> -> T, homogeneous of that degree (0: not); extra: what was written by hand, first of all the reference.
    template <class F>
    row measure(std::string key, std::string name, F const& f, numbers const& at, double degree,
                std::vector<contestant> extra, double seconds)
    {
        row r;
        r.key = std::move(key);
        r.name = std::move(name);
        const auto s = peers::etape::statistics(f, at);
        r.statements = s.statements;
        r.tape_bytes = static_cast<double>(s.tape_bytes) / static_cast<double>(s.statements);
        r.bytes = r.tape_bytes + sizeof(double);
        auto all = std::move(extra);
        const auto add = [&]<class Peer>(Peer*)
        { all.push_back({Peer::name, [&](numbers& g) { return Peer::gradient(f, at, g); }}); };
        add(static_cast<peers::etape*>(nullptr));
#ifdef ETAPE_PERF_XAD
        add(static_cast<peers::xad_*>(nullptr));
#endif
#ifdef ETAPE_PERF_CODIPACK
        add(static_cast<peers::codipack*>(nullptr));
#endif
#ifdef ETAPE_PERF_ADEPT
        add(static_cast<peers::adept_*>(nullptr));
#endif
#ifdef ETAPE_PERF_SACADO
        add(static_cast<peers::sacado*>(nullptr));
#endif
#ifdef ETAPE_PERF_ADOLC
        add(static_cast<peers::adolc*>(nullptr));
#endif
        numbers reference(at.size()), g(at.size());
        const double value = all.front().run(reference);
        // Euler: x . f'(x) = degree * f(x)
        double euler = 0;
        for (std::size_t i = 0; i < at.size(); ++i)
            euler += at[i] * reference[i];
        const double reference_error = degree == 0 ? 0 : std::abs(euler / (degree * value) - 1);
        std::vector<perf::contender> contenders{perf::repeat([&] { return f(at); })};
        for (auto const& c : all)
        {
            const double found = c.run(g);
            const double error = c.value_only ? std::abs(found / value - 1) : perf::difference(g.data(), reference.data(), g.size());
            r.entries.push_back({c.name, 0, perf::worse(error, reference_error)});
            contenders.push_back(perf::repeat([&] { return c.run(g); }));
        }
        const auto t = perf::interleaved_medians(contenders, seconds);
        r.primal = t[0];
        for (std::size_t k = 0; k < r.entries.size(); ++k)
            r.entries[k].seconds = t[k + 1];
        return r;
    }

    void print(row const& r)
    {
        std::printf("(%s) %s: %zu statements, %.1f bytes each (%.1f with its adjoint), primal %.2f ns each\n", r.key.c_str(),
                    r.name.c_str(), r.statements, r.tape_bytes, r.bytes, r.primal / static_cast<double>(r.statements) * 1e9);
        for (auto const& e : r.entries)
            std::printf("    %-22s %10.2f ns a statement %9.2f x primal %9.2f x %s%s\n", e.name.c_str(),
                        e.seconds / static_cast<double>(r.statements) * 1e9, e.seconds / r.primal, e.seconds / r.entries[0].seconds,
                        r.entries[0].name.c_str(), !(e.error <= 1e-9) ? "   WRONG" : "");
        std::printf("\n");
    }
    void write_json(std::string const& path, std::vector<row> const& rows)
    {
        std::ofstream out(path);
        out << "[";
        for (std::size_t i = 0; i < rows.size(); ++i)
        {
            auto const& r = rows[i];
            out << (i != 0 ? ",\n" : "\n") << "  {\"key\": \"" << r.key << "\", \"statements\": " << r.statements
                << ", \"tape_bytes\": " << r.tape_bytes << ", \"bytes\": " << r.bytes << ", \"primal\": " << r.primal << ", \"seconds\": {";
            for (std::size_t k = 0; k < r.entries.size(); ++k)
                out << (k != 0 ? ", " : "") << '"' << r.entries[k].name << "\": " << r.entries[k].seconds;
            out << "}}";
        }
        out << "\n]\n";
        if (!out.flush())
            throw std::runtime_error("cannot write '" + path + "'");
    }

    // Two recordings of n statements: time must grow with n alone, and the second must need no more memory than the first.
    void long_recordings(std::size_t n)
    {
        const auto resident = []
        {
            rusage u{};
            getrusage(RUSAGE_SELF, &u);
            return static_cast<double>(u.ru_maxrss) / 1024;
        };
        const auto at = uniform(1024, -3, 3, 1);
        numbers g(at.size());
        for (std::size_t m = n / 100; m <= n; m *= 10)
            for (int again = 0; again < 2; ++again)
            {
                const auto t = perf::seconds_of([&](std::size_t)
                    { peers::etape::gradient([m](auto const& x) { return programs::chain(x, m); }, at, g); }, 1);
                std::printf("%10zu statements: %6.2f ns each, peak memory %8.1f MB\n", m, t / static_cast<double>(m) * 1e9, resident());
            }
    }

    struct options
    {
        std::string json, rows = "abcd";
        double seconds = 2, scale = 1;
        std::size_t longest = 0;
    };
    options parse(int argc, char** argv)
    {
        options o;
        for (int i = 1; i < argc; ++i)
        {
            const std::string_view arg = argv[i];
            const auto value = [&]
            {
                if (++i == argc)
                    throw std::invalid_argument("option '" + std::string(arg) + "' needs a value");
                return argv[i];
            };
            if (arg == "--json")
                o.json = value();
            else if (arg == "--rows")
                o.rows = value();
            else if (arg == "--seconds")
                o.seconds = std::atof(value());
            else if (arg == "--scale")
                o.scale = std::atof(value());
            else if (arg == "--long")
                o.longest = static_cast<std::size_t>(std::atof(value()));
            else
                throw std::invalid_argument("unknown option '" + std::string(arg) +
                                            "', expected --json FILE, --rows abcd, --seconds S, --scale F or --long N");
        }
        return o;
    }
}

int main(int argc, char** argv)
try
{
    const auto o = parse(argc, argv);
    std::printf("record and sweep, one thread%s; medians of interleaved runs\n\n", perf::pin_to_core() ? " pinned to a core" : "");
    if (o.longest != 0)
    {
        long_recordings(o.longest);
        return 0;
    }
    const auto scaled = [&](double n) { return static_cast<std::size_t>(n * o.scale); };
    std::vector<row> rows;
    const auto add = [&](row r)
    {
        print(r);
        rows.push_back(std::move(r));
    };
    if (o.rows.find('a') != std::string::npos)
    {
        const auto n = scaled(1e7);
        const auto at = uniform(1024, -3, 3, 1);
        programs::minimal_tape minimal(n);
        add(measure("a", "y = y*c + sin(x)*0.5", [n](auto const& x) { return programs::chain(x, n); }, at, 0,
                    {{"a minimal tape", [&](numbers& g)
                      {
                          const double y = minimal.record(at.data(), n);
                          const double* a = minimal.reverse(n);
                          std::copy_n(a, g.size(), g.begin());
                          return y;
                      }}},
                    o.seconds));
    }
    if (o.rows.find('b') != std::string::npos)
    {
        const auto steps = scaled(2000);
        const auto at = uniform(100, -1, 1, 2);
        const auto n = static_cast<std::ptrdiff_t>(at.size());
        const auto start = xt::adapt(at, std::array<std::size_t, 1>{at.size()});
        const auto advance = [&](auto& u)
        {
            constexpr double c = programs::courant;
            for (std::size_t s = 0; s < steps; ++s)
            {
                const auto left = xt::view(u, xt::range(0, n - 2)), inside = xt::view(u, xt::range(1, n - 1)), right = xt::view(u, xt::range(2, n));
                xt::view(u, xt::range(1, n - 1)) = inside - 0.5 * c * (right - left) + 0.5 * c * c * (right - 2.0 * inside + left);
            }
        };
        const auto xtensor = [&](numbers&)
        {
            xt::xtensor<double, 1> u = start;
            advance(u);
            return xt::sum(u * u)();
        };
        const auto arrays = [&](numbers& g)
        {
            const ad::variable<double, 1> x = start;
            ad::tape t;
            ad::variable<double, 1> u = x;
            advance(u);
            const ad::variable<double> y = ad::sum(u * u);
            const auto d = t.gradient(y, x);
            std::copy_n(d->data(), g.size(), g.begin());
            return y.value();
        };
        add(measure("b", "Lax-Wendroff, 100 cells", [steps](auto const& x) { return programs::advection(x, steps); }, at, 2,
                    {{"the adjoint by hand", [&](numbers& g) { return programs::advection_adjoint(at, steps, g); }}, {"xtensor, value only", xtensor, true}, {"etape, arrays", arrays}},
                    o.seconds));
    }
    if (o.rows.find('c') != std::string::npos)
    {
        const std::size_t n = 40;
        const auto at = uniform(n * n, -1, 1, 3);
        add(measure("c", "determinant, 40 x 40", [n](auto const& x) { return programs::determinant(x, n); }, at, static_cast<double>(n), {}, o.seconds));
    }
    if (o.rows.find('d') != std::string::npos)
    {
        const auto steps = scaled(1000);
        const auto at = uniform(100, -1, 1, 4), matrix = uniform(100 * 100, -1, 1, 5);
        add(measure("d", "Runge-Kutta, 100 dimensions", [&](auto const& x) { return programs::runge_kutta(x, matrix, steps); }, at, 2, {},
                    o.seconds));
    }
    if (!o.json.empty())
        write_json(o.json, rows);
    for (auto const& r : rows)
        for (auto const& e : r.entries)
            if (!(e.error <= 1e-9))
                return 1;
    return 0;
}
catch (std::exception const& e)
{
    std::fprintf(stderr, "scalar: %s\n", e.what());
    return 2;
}
